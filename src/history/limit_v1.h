/* SPDX-License-Identifier: MIT */
/*
 * Limits of memory, and of memory and swap, on v1 machines.
 */
#ifndef MSIM_HISTORY_LIMIT_V1_H
#define MSIM_HISTORY_LIMIT_V1_H

#include "types.h"

/*
 * Both shrink the group to its new limit, in bytes, or leave the old one: -EBUSY if reclaim does not
 * get there, -EINTR if the caller is to die, -EINVAL for the root, and for a limit of memory above that
 * of memory and swap. No lock held.
 */
int msim_resize_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, uint64_t limit);
int msim_resize_memsw_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			    uint64_t limit);

#endif /* MSIM_HISTORY_LIMIT_V1_H */
