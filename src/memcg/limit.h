/* SPDX-License-Identifier: MIT */
/*
 * Limits, as their files set them: the new value first, and then what it takes to get there. The
 * caller holds a reference on the memcg and nothing else.
 */
#ifndef MSIM_MEMCG_LIMIT_H
#define MSIM_MEMCG_LIMIT_H

#include "types.h"

/*
 * memory.max: exchanged, whatever the usage; then drained, reclaimed, and finally killed for. It
 * stands, reached or not (P-08).
 */
void msim_limit_set_max(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, long pages);

/* memory.high: likewise, and nobody dies for it. */
void msim_limit_set_high(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, long pages);

/* memory.reclaim: 0; -EAGAIN if not so much can be had; -EINTR for a dying caller. */
int msim_limit_reclaim(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
		       unsigned long nr_pages);

#endif /* MSIM_MEMCG_LIMIT_H */
