/* SPDX-License-Identifier: MIT */
/*
 * Tasks: born in their parent's cgroup, moved, run by threads, ended.
 */
#ifndef MSIM_TASK_TASK_H
#define MSIM_TASK_TASK_H

#include "types.h"

void msim_task_init(struct memcgsim *machine);

/* No task is left. */
void msim_task_destroy(struct memcgsim *machine);

/*
 * Whether @task is a task of this machine that has not exited: its address is looked for, nothing
 * is read through it. Under the cgroup mutex.
 */
bool msim_task_lives(struct memcgsim *machine, const struct memcgsim_task *task);

/* Moves @task to @cgroup. 0, -EBUSY, -ESRCH, -ENOMEM. Under the cgroup mutex. */
int msim_attach_task(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
		     struct memcgsim_task *task);

/* By pid; NULL if there is none. Under the cgroup mutex. */
struct memcgsim_task *msim_find_task(struct memcgsim *machine, long pid);

#endif /* MSIM_TASK_TASK_H */
