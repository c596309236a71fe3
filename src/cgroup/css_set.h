/* SPDX-License-Identifier: MIT */
/*
 * Which memcg a task belongs to: through its css_set, which joins a cgroup and the memcg that is
 * effective there. All under the cgroup mutex, but for the lookups.
 */
#ifndef MSIM_CGROUP_CSS_SET_H
#define MSIM_CGROUP_CSS_SET_H

#include "types.h"

/* The cgroup's own memcg, or else the nearest ancestor's (G-10). */
struct memcgsim_mem_cgroup *msim_effective_memcg(const struct memcgsim_cgroup *cgroup);

/* The cgroup's css_set, for a task to come; made if it has none. NULL without memory. */
struct msim_css_set *msim_css_set_get(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup);

/*
 * After effective memcgs below @top have changed: makes css_sets for all tasks that this concerns,
 * or none (-ENOMEM); then moves the tasks. The css_sets of @top itself stay (G-10).
 */
int msim_css_sets_prepare(struct msim_ctx *ctx, struct memcgsim_cgroup *top);
void msim_css_sets_commit(struct msim_ctx *ctx, struct memcgsim_cgroup *top);

/* The next directory of the subtree of @top in depth-first order, or NULL after the last. */
struct memcgsim_cgroup *msim_cgroup_next(struct memcgsim_cgroup *cgroup,
					 struct memcgsim_cgroup *top);

/*
 * Moves @task there from where it is, or puts it there if it is nowhere, or (NULL) takes it out. If
 * that changes its memcg it must look up its objcg anew (section 6).
 */
void msim_css_set_move_task(struct msim_ctx *ctx, struct memcgsim_task *task,
			    struct msim_css_set *to);

/*
 * @task, a leader, has exited before its threads: it is not counted any more, but stays where it
 * died until the last of them reaps it.
 */
void msim_css_set_bury(struct msim_ctx *ctx, struct memcgsim_task *task);
void msim_css_set_reap(struct msim_ctx *ctx, struct memcgsim_task *zombie);

#endif /* MSIM_CGROUP_CSS_SET_H */
