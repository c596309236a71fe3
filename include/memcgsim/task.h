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
 * memcgsim_fork() - make a process
 * @machine: the machine
 * @parent: whose cgroup the child starts in, or NULL for the root cgroup
 * @ret_task: the new task, written only on success
 *
 * It has an mm of its own, unless the parent has none.
 *
 * Context: any thread.
 * Return: 0; -ENOMEM; -ESRCH if @parent has exited or is of another machine.
 * Models: copy_process() as far as cgroup_post_fork() and mem_cgroup_fork() (K-01)
 * Differs: task_struct and stacks are not charged; takes the cgroup mutex where the kernel takes
 * the threadgroup rwsem
 */
MEMCGSIM_MUST_CHECK int memcgsim_fork(struct memcgsim *machine, struct memcgsim_task *parent,
				      struct memcgsim_task **ret_task);

#define MEMCGSIM_CLONE_VM	   0x1u /* in the parent's mm */
#define MEMCGSIM_CLONE_THREAD	   0x2u /* in the parent's thread group; needs CLONE_VM */
#define MEMCGSIM_CLONE_INTO_CGROUP 0x4u /* in @cgroup instead of where the parent is */

/**
 * struct memcgsim_clone_args - what kind of task
 * @flags: of MEMCGSIM_CLONE_...
 * @kthread: a kernel thread: it has no mm, and is charged only inside a scope (O-12)
 * @no_setaffinity: a kernel thread that is tied to its CPU, and cannot be moved (G-03)
 * @cgroup: with CLONE_INTO_CGROUP, the path of the directory
 */
struct memcgsim_clone_args {
	unsigned int flags;
	bool kthread;
	bool no_setaffinity;
	const char *cgroup;
};

/**
 * memcgsim_kernel_clone() - make a task of any kind
 * @machine: the machine
 * @parent: as in memcgsim_fork()
 * @args: what kind
 * @ret_task: the new task, written only on success
 *
 * A child of a task without an mm has none either, and so charges nobody, until it gets one by
 * memcgsim_begin_new_exec() and is moved after that (K-07).
 *
 * Context: any thread.
 * Return: 0; -ENOMEM; -ESRCH as memcgsim_fork(); -EINVAL for flags that do not go together, or
 * CLONE_VM without a parent; and for CLONE_INTO_CGROUP -ENOENT or -ENOTDIR, -EBUSY and -EOPNOTSUPP
 * as for a move, where a thread must stay in its domain (G-09).
 * Models: kernel_clone(), cgroup_css_set_fork()
 * Differs: CLONE_INTO_CGROUP takes a path, which a removed directory no longer has: -ENOENT instead
 * of -ENODEV
 */
MEMCGSIM_MUST_CHECK int memcgsim_kernel_clone(struct memcgsim *machine,
					      struct memcgsim_task *parent,
					      const struct memcgsim_clone_args *args,
					      struct memcgsim_task **ret_task);

/**
 * memcgsim_do_exit() - end a task
 * @task: the task; the handle is invalid afterwards. Its anonymous pages must have been freed.
 *
 * The leader of a thread group whose threads live on stays a zombie where it died: cgroup.procs
 * there lists it, and its pid still stands for the group. The last thread's exit ends it.
 *
 * Context: any thread. The task may be current of the calling thread (which then runs no task), not
 * of another.
 * Return: 0; -EBUSY if another thread runs it, or if it is current inside a hook or an interrupt;
 * -ESRCH for a zombie.
 * Models: do_exit() as far as cgroup_exit() and mem_cgroup_exit() (section 6)
 * Differs: nobody waits for a child: only such leaders are zombies
 */
int memcgsim_do_exit(struct memcgsim_task *task);

/**
 * memcgsim_task_pid() - a task's number, which cgroup.threads knows it by
 * @task: a live task
 *
 * Context: any thread.
 * Return: the pid, 1 or more.
 * Models: task_pid_nr()
 * Differs: pids are given in order and never reused
 */
int memcgsim_task_pid(const struct memcgsim_task *task);

/**
 * memcgsim_task_tgid() - the number of its thread group, which cgroup.procs knows
 * @task: a live task
 *
 * Context: any thread.
 * Return: the leader's pid.
 * Models: task_tgid_nr()
 * Differs: none known
 */
int memcgsim_task_tgid(const struct memcgsim_task *task);

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
 * Return: 0; -ESRCH if the thread is not bound; -EBUSY inside a hook, an interrupt or an RCU read
 * section.
 * Models: nothing
 * Differs: nothing
 */
int memcgsim_thread_unbind(void);

/**
 * memcgsim_switch_to() - run another task on this CPU
 * @task: the next task, or NULL for none
 *
 * Context: a bound thread.
 * Return: 0; -EBUSY if another thread runs @task, or inside a hook or an interrupt; -EINVAL for a
 * task of another machine; -ESRCH if the thread is not bound.
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
 * memcgsim_irq_enter() - an interrupt strikes this CPU
 *
 * Until the matching memcgsim_irq_exit() the thread is in an interrupt: what it allocates is
 * charged to the scope of the CPU's interrupts (memcgsim_set_active_memcg()), or to nobody. current
 * stays who it was. Nests. Real threads show interrupts best when one thread runs tasks on a CPU and
 * another, bound to the same CPU, takes its interrupts; neither ever enters the other's open
 * section.
 *
 * Context: a bound thread; fork, exit, moves and files sleep, and have no place in an interrupt.
 * Return: 0; -EBUSY if another thread of this CPU is in an interrupt; -ESRCH if the thread is not
 * bound.
 * Models: irq_enter() (O-12)
 * Differs: may be refused
 */
MEMCGSIM_MUST_CHECK int memcgsim_irq_enter(void);

/**
 * memcgsim_irq_exit() - the interrupt is over
 *
 * Context: a bound thread in an interrupt.
 * Return: 0; -ESRCH if it is in none; -EBUSY if it is the outermost and its scope is still set.
 * Models: irq_exit()
 * Differs: may be refused
 */
int memcgsim_irq_exit(void);

/**
 * memcgsim_in_interrupt() - whether the calling thread is in an interrupt
 *
 * Context: any thread.
 * Return: true between memcgsim_irq_enter() and the matching memcgsim_irq_exit().
 * Models: in_interrupt()
 * Differs: none known
 */
bool memcgsim_in_interrupt(void);

/**
 * memcgsim_in_task() - whether it is not
 *
 * Context: any thread.
 * Return: the opposite of memcgsim_in_interrupt().
 * Models: in_task()
 * Differs: none known
 */
bool memcgsim_in_task(void);

/**
 * memcgsim_set_active_memcg() - let another memcg pay, for a scope
 * @memcg: who pays from now on; NULL ends it. The caller holds a reference for as long as the scope
 * lasts, for instance by memcgsim_mem_cgroup_from_path().
 *
 * Per task, also for kernel threads; in an interrupt per CPU. Scopes nest: set the old one again at
 * the end. A fork does not inherit it.
 *
 * Context: a bound thread.
 * Return: the memcg that was set before, or NULL.
 * Models: set_active_memcg() (O-12, O-13)
 * Differs: a thread without a task has a scope of its own
 */
struct memcgsim_mem_cgroup *memcgsim_set_active_memcg(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_get_task_mm() - the address space of a task
 * @task: a live task
 *
 * Context: any thread, outside RCU read sections.
 * Return: the mm with a reference, or NULL if the task has none, or has borrowed it.
 * Models: get_task_mm()
 * Differs: none known
 */
struct memcgsim_mm *memcgsim_get_task_mm(struct memcgsim_task *task);

/**
 * memcgsim_mmput() - drop a reference of memcgsim_get_task_mm()
 * @mm: the mm, or NULL for nothing
 *
 * Context: any thread, outside RCU read sections.
 * Models: mmput()
 * Differs: its pages are the caller's to free
 */
void memcgsim_mmput(struct memcgsim_mm *mm);

/**
 * memcgsim_kthread_use_mm() - a kernel thread borrows an address space
 * @mm: the mm
 *
 * Its user pages are then charged to the mm's owner, its kernel memory to nobody as before.
 *
 * Context: a bound thread that runs a kernel thread, outside RCU read sections.
 * Return: 0; -EINVAL if current is none or has an mm already; -ESRCH if the thread is not bound.
 * Models: kthread_use_mm()
 * Differs: may be refused
 */
MEMCGSIM_MUST_CHECK int memcgsim_kthread_use_mm(struct memcgsim_mm *mm);

/**
 * memcgsim_kthread_unuse_mm() - and gives it back
 * @mm: the mm
 *
 * Context: a bound thread that runs a kernel thread with that mm, outside RCU read sections.
 * Return: 0; -EINVAL if it is not so; -ESRCH if the thread is not bound.
 * Models: kthread_unuse_mm()
 * Differs: may be refused
 */
int memcgsim_kthread_unuse_mm(struct memcgsim_mm *mm);

/**
 * memcgsim_begin_new_exec() - current gets an address space of its own
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0; -EINVAL for a kernel thread; -EBUSY if it is not alone in its thread group; -ESRCH if
 * the thread runs no task; -ENOMEM.
 * Models: begin_new_exec() as far as exec_mmap() (K-07)
 * Differs: other threads are not killed
 */
MEMCGSIM_MUST_CHECK int memcgsim_begin_new_exec(void);

/**
 * memcgsim_get_mem_cgroup_from_mm() - who pays for user pages
 * @mm: the address space, or NULL
 *
 * With an mm its owner's memcg, whatever scope is set; without, that of the scope, else of current's
 * mm, else the root.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the memcg with a reference, to be dropped with memcgsim_mem_cgroup_put(); NULL for an
 * unbound thread or another machine's mm.
 * Models: get_mem_cgroup_from_mm(), mm/memcontrol.c (O-13)
 * Differs: none known
 */
struct memcgsim_mem_cgroup *memcgsim_get_mem_cgroup_from_mm(struct memcgsim_mm *mm);

/**
 * memcgsim_current() - the task that the calling thread runs
 *
 * Context: any thread.
 * Return: the task, or NULL for none or an unbound thread.
 * Models: current
 * Differs: NULL where the kernel has an idle task
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
