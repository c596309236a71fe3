/* SPDX-License-Identifier: MIT */
/*
 * Tasks that are to die, and those that must not.
 *
 * The library kills nobody: it marks whom the hook `oom` chose (hooks.h), and a marked task behaves
 * as a dying one where it charges. Ending it, memcgsim_do_exit(), and giving back its memory are
 * the caller's.
 */
#ifndef MEMCGSIM_OOM_H
#define MEMCGSIM_OOM_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_send_sigkill() - let a fatal signal be pending
 * @task: a live task
 *
 * Context: any thread.
 * Models: send_sig() of SIGKILL (C-14)
 * Differs: the task goes on until the caller ends it
 */
void memcgsim_send_sigkill(struct memcgsim_task *task);

/**
 * memcgsim_fatal_signal_pending() - whether a task is to die
 * @task: a live task
 *
 * Context: any thread.
 * Return: true after memcgsim_send_sigkill(), or if the OOM killer has chosen it.
 * Models: fatal_signal_pending()
 * Differs: none known
 */
bool memcgsim_fatal_signal_pending(const struct memcgsim_task *task);

/**
 * memcgsim_tsk_is_oom_victim() - whether the OOM killer has chosen a task
 * @task: a live task
 *
 * Context: any thread.
 * Return: whether it has.
 * Models: tsk_is_oom_victim()
 * Differs: none known
 */
bool memcgsim_tsk_is_oom_victim(const struct memcgsim_task *task);

/**
 * memcgsim_oom_reap_task() - note that a victim's memory is gone
 * @task: a live task whose pages the caller has freed
 *
 * From here on its own charges are refused at a limit at once, and choosing it again helps nobody.
 * A victim that is chosen a second time is taken to have been reaped in between.
 *
 * Context: any thread.
 * Models: oom_reap_task() as far as MMF_OOM_SKIP (C-04)
 * Differs: frees nothing itself
 */
void memcgsim_oom_reap_task(struct memcgsim_task *task);

/**
 * memcgsim_set_oom_score_adj() - protect a task from the OOM killer, or not
 * @task: a live task
 * @adj: -1000 ... 1000; -1000 spares it, whoever chooses it and also where a whole group is killed
 *
 * Context: any thread.
 * Return: 0; -EINVAL for a value out of range.
 * Models: /proc/PID/oom_score_adj (C-18)
 * Differs: other values than -1000 are the hook's to weigh; a child does not inherit it
 */
MEMCGSIM_MUST_CHECK int memcgsim_set_oom_score_adj(struct memcgsim_task *task, int adj);

/**
 * memcgsim_mem_cgroup_scan_tasks() - look at all tasks that a memcg and those below it pay for
 * @memcg: root of the subtree; held by the caller
 * @fn: called for each task until it returns something else than 0: parents before their children,
 * within one memcg as they came to it; it may look at the task, and must not call the library
 * otherwise
 * @arg: passed on to @fn
 *
 * Context: any thread, outside RCU read sections.
 * Return: what the last call of @fn returned; 0 if there was none.
 * Models: mem_cgroup_scan_tasks()
 * Differs: also threads, and the root; tasks cannot exit meanwhile
 */
int memcgsim_mem_cgroup_scan_tasks(struct memcgsim_mem_cgroup *memcg,
				   int (*fn)(struct memcgsim_task *task, void *arg), void *arg);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_OOM_H */
