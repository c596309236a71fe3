/* SPDX-License-Identifier: MIT */
/*
 * How long a memcg lives on for its kernel pages: three answers. Operations of struct msim_variant,
 * and the limit that begins it.
 */
#ifndef MSIM_HISTORY_KMEM_LIFE_H
#define MSIM_HISTORY_KMEM_LIFE_H

#include "types.h"

/*
 * Sets the limit on kernel memory, in bytes. The first one but MSIM_RES_COUNTER_MAX makes the group an
 * accounted one, for good. -EBUSY if then it has tasks or children, or if more is in use. Under the
 * cgroup mutex.
 */
int msim_kmem_set_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, uint64_t limit);

/* v3.7: each block has its own reference, so these only count. */
void msim_uncharge_kmem_v3_7(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			     uint64_t bytes);
void msim_kmem_destroy_v3_7(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/* v3.8: one reference for all, put once by whoever sees the last of them go. */
void msim_uncharge_kmem_v3_8(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			     uint64_t bytes);
void msim_kmem_destroy_v3_8(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/* The same as it was posted. */
void msim_uncharge_kmem_posted(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			       uint64_t bytes);
void msim_kmem_destroy_posted(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

#endif /* MSIM_HISTORY_KMEM_LIFE_H */
