/* SPDX-License-Identifier: MIT */
/*
 * Who pays for swap slots. A slot names its memcg by the id, which outlives the directory: so what was
 * swapped out is uncharged from whom it was charged to. The caller holds no section, and is outside RCU
 * read sections.
 */
#ifndef MSIM_MEMCG_SWAP_H
#define MSIM_MEMCG_SWAP_H

#include "types.h"

/*
 * Charges the slots from @entry on, taken for the locked @page, to the nearest ancestor of its memcg
 * whose id is not released, and records them; counts what is refused, and for @entry 0 that none was
 * to be had. 0, also if nobody is charged; -ENOMEM (U-08).
 */
int msim_charge_swap(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry);

/* struct msim_variant's uncharge_swap() where swap has a counter of its own. */
void msim_uncharge_swap_counter(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				unsigned long nr_pages);

/*
 * @nr slots from @entry on, which nobody is charged for, are @memcg's, which has been charged, and on
 * whose id the caller has a reference for each. Or, of slots that are going, nobody's again: their
 * charges and references with them (U-09).
 */
void msim_swap_assign(struct memcgsim_mem_cgroup *memcg, unsigned long entry, unsigned long nr);
void msim_swap_unassign(struct msim_ctx *ctx, unsigned long entry, unsigned long nr);

/* The memcg that a slot has recorded, with a reference if it is online; else NULL (U-10). */
struct memcgsim_mem_cgroup *msim_swap_get_memcg(struct msim_ctx *ctx, unsigned long entry);

/* How many pages @memcg could still swap out: what its limits leave, and the swap area (U-13). */
long msim_swap_pages_left(struct memcgsim_mem_cgroup *memcg);

/* Whether slots should be given up as soon as their pages are back (U-12). NULL: nobody's page. */
bool msim_swap_is_full(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg);

#endif /* MSIM_MEMCG_SWAP_H */
