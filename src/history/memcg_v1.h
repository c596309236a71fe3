/* SPDX-License-Identifier: MIT */
/*
 * What a memcg of 2012 to 2014 has besides. Operations of struct msim_variant, and the count that
 * keeps its directory.
 */
#ifndef MSIM_HISTORY_MEMCG_V1_H
#define MSIM_HISTORY_MEMCG_V1_H

#include "types.h"

/* 0 or -ENOMEM. */
int msim_memcg_v1_create(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_memcg_v1_online(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_memcg_v1_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_memcg_v1_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/*
 * The directory stays until the put; false if it has gone. The caller reads under RCU. The root's is
 * not counted.
 */
bool msim_css_v1_tryget(struct memcgsim_mem_cgroup *memcg);
void msim_css_v1_put(struct memcgsim_mem_cgroup *memcg);

/* A reference on the memcg for kernel memory: counted, as memcgsim_history_count() tells. */
void msim_kmem_get(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_kmem_put(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/*
 * The end of a machine: removed memcgs that a reference keeps which nobody will put are freed. Returns
 * how many there were.
 */
unsigned long msim_memcg_v1_sweep(struct msim_ctx *ctx);

#endif /* MSIM_HISTORY_MEMCG_V1_H */
