/* SPDX-License-Identifier: MIT */
/*
 * Tasks: born in their parent's cgroup or another, moved with their thread group or alone, ended.
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

/*
 * A child of @parent, or of nobody, in @into, or where its parent is. 0; -EINVAL for flags that do
 * not go together; -ESRCH for a parent that is none; -EBUSY, -EOPNOTSUPP if @into may not have it
 * (G-09); -ENOMEM. Under the cgroup mutex.
 */
int msim_fork(struct msim_ctx *ctx, struct memcgsim_task *parent,
	      const struct memcgsim_clone_args *args, struct memcgsim_cgroup *into,
	      struct memcgsim_task **ret_task);

/*
 * Moves @task, with all of its thread group if @threadgroup, to @cgroup: all of them or none. 0;
 * -EINVAL for one that is tied to its CPU; -EBUSY; -EOPNOTSUPP; -ENOMEM (G-03, G-08). Under the
 * cgroup mutex.
 */
int msim_attach_task(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
		     struct memcgsim_task *task, bool threadgroup);

/* By pid, zombies included; NULL if there is none. Under the cgroup mutex. */
struct memcgsim_task *msim_find_task(struct memcgsim *machine, long pid);

#endif /* MSIM_TASK_TASK_H */
