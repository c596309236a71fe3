/* SPDX-License-Identifier: MIT */
/*
 * Memory and swap in one counter: what happens to it when a page goes to a slot of the swap area. The
 * caller holds no section.
 */
#ifndef MSIM_HISTORY_MEMSW_H
#define MSIM_HISTORY_MEMSW_H

#include "types.h"

/*
 * What @memcg, which is pinned, is charged to memory and swap for a page that it has no more is that of
 * the page's slots from here on. They are recorded as its own; or, if its directory is gone, as the
 * nearest ancestor's that has its id still.
 */
void msim_memsw_to_slots(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			 unsigned long entry, unsigned long nr_pages);

/* struct msim_variant's uncharge_swap(). */
void msim_uncharge_swap_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			   unsigned long nr_pages);

#endif /* MSIM_HISTORY_MEMSW_H */
