/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: who owns one, and so pays for its pages. All under the cgroup mutex, but for the
 * lookup.
 */
#ifndef MSIM_TASK_MM_H
#define MSIM_TASK_MM_H

#include "types.h"

/* A new one, with one user, owned by @owner. NULL without memory. */
struct memcgsim_mm *msim_mm_alloc(struct memcgsim *machine, struct memcgsim_task *owner);

/* One user more, and one less: the last frees it. */
void msim_mm_get(struct memcgsim_mm *mm);
void msim_mm_put(struct memcgsim_mm *mm);

/* @task leaves its mm: somebody else who uses it becomes its owner (O-13). */
void msim_mm_leave(struct memcgsim_task *task);

/* Frees those that references were never put on; how many. Nobody inside, and no task left. */
unsigned long msim_mm_sweep(struct memcgsim *machine);

/*
 * The memcg that pays for pages of @mm, with a reference: its owner's; the root for one without an
 * owner.
 */
struct memcgsim_mem_cgroup *msim_mm_get_memcg(struct msim_ctx *ctx, struct memcgsim_mm *mm);

#endif /* MSIM_TASK_MM_H */
