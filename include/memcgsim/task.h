/* SPDX-License-Identifier: MIT */
/*
 * Tasks, and how a thread of the caller becomes a CPU that runs one.
 *
 * The kernel's signatures assume `current` and "this CPU". A thread gets both by binding. Binding
 * is exclusive per thread and per task. A thread must unbind before it exits; being cancelled,
 * forking or calling from a signal handler while inside a function of this library is misuse that
 * it cannot detect.
 */
#ifndef MEMCGSIM_TASK_H
#define MEMCGSIM_TASK_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_fork() - make a task
 * @machine: the machine
 * @parent: whose cgroup the child starts in, or NULL for the root cgroup
 * @ret_task: the new task, written only on success
 *
 * Context: any thread.
 * Return: 0; -ENOMEM; -ESRCH if @parent has exited or is of another machine.
 * Models: copy_process() as far as cgroup_post_fork() and mem_cgroup_fork() (K-01)
 * Differs: task_struct and stacks are not charged; takes the cgroup mutex where the kernel takes
 * the threadgroup rwsem
 */
MEMCGSIM_MUST_CHECK int memcgsim_fork(struct memcgsim *machine, struct memcgsim_task *parent,
				      struct memcgsim_task **ret_task);

/**
 * memcgsim_do_exit() - end a task
 * @task: the task; the handle is invalid afterwards. Its anonymous pages must have been freed.
 *
 * Context: any thread. The task may be current of the calling thread (which then runs no task), not
 * of another.
 * Return: 0; -EBUSY if another thread runs it, or if it is current inside a hook.
 * Models: do_exit() as far as cgroup_exit() and mem_cgroup_exit() (section 6)
 * Differs: there is no zombie state
 */
int memcgsim_do_exit(struct memcgsim_task *task);

/**
 * memcgsim_task_pid() - the number that cgroup.procs knows a task by
 * @task: a live task
 *
 * Context: any thread.
 * Return: the pid, 1 or more.
 * Models: task_tgid_nr()
 * Differs: pids are given in order and never reused
 */
int memcgsim_task_pid(const struct memcgsim_task *task);

/**
 * memcgsim_task_objcg_word() - task->objcg as it stands
 * @task: a live task
 *
 * Context: any thread; a single load.
 * Return: the pointer's bits, bit 0 being the update flag.
 * Models: task_struct.objcg (section 6)
 * Differs: none known
 */
unsigned long memcgsim_task_objcg_word(const struct memcgsim_task *task);

/**
 * memcgsim_thread_bind() - make the calling thread a CPU of a machine
 * @machine: the machine
 * @cpu: which CPU; several threads may share one, and then take turns under its lock
 * @task: what it runs, or NULL for none (accounted allocations are then charged to nobody)
 *
 * Registers the thread with liburcu unless it already is.
 *
 * Context: a thread that is not bound.
 * Return: 0; -EBUSY if the thread is bound or the task runs on another thread; -EINVAL for a CPU
 * out of range or a task of another machine; -ENXIO for a CPU that is offline; -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK int memcgsim_thread_bind(struct memcgsim *machine, unsigned int cpu,
					     struct memcgsim_task *task);

/**
 * memcgsim_thread_unbind() - undo exactly what memcgsim_thread_bind() did
 *
 * The last thread to unbind from a machine runs its deferred work.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0; -ESRCH if the thread is not bound; -EBUSY inside a hook or an RCU read section.
 * Models: nothing
 * Differs: nothing
 */
int memcgsim_thread_unbind(void);

/**
 * memcgsim_switch_to() - run another task on this CPU
 * @task: the next task, or NULL for none
 *
 * Context: a bound thread.
 * Return: 0; -EBUSY if another thread runs @task, or inside a hook; -EINVAL for a task of another
 * machine; -ESRCH if the thread is not bound.
 * Models: context_switch()
 * Differs: nothing is scheduled: the caller decides
 */
MEMCGSIM_MUST_CHECK int memcgsim_switch_to(struct memcgsim_task *task);

/**
 * memcgsim_memalloc_noreclaim_save() - begin a scope that must not reclaim
 *
 * The current task has PF_MEMALLOC until memcgsim_memalloc_noreclaim_restore(): what it charges
 * beyond a limit is forced, at once.
 *
 * Context: a bound thread.
 * Return: what the restore needs.
 * Models: memalloc_noreclaim_save() (C-04)
 * Differs: a thread without a task has flags of its own
 */
MEMCGSIM_MUST_CHECK unsigned int memcgsim_memalloc_noreclaim_save(void);

/**
 * memcgsim_memalloc_noreclaim_restore() - end that scope
 * @flags: what the save returned
 *
 * Context: a bound thread, running the same task as at the save.
 * Models: memalloc_noreclaim_restore() (C-04)
 * Differs: none known
 */
void memcgsim_memalloc_noreclaim_restore(unsigned int flags);

/**
 * memcgsim_current() - the task that the calling thread runs
 *
 * Context: any thread.
 * Return: the task, or NULL for none or an unbound thread.
 * Models: current
 * Differs: NULL where the kernel has a kernel thread
 */
struct memcgsim_task *memcgsim_current(void);

/**
 * memcgsim_this_machine() - the machine that the calling thread is bound to
 *
 * Context: any thread.
 * Return: the machine, or NULL for an unbound thread.
 * Models: nothing
 * Differs: nothing
 */
struct memcgsim *memcgsim_this_machine(void);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_TASK_H */
