/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: joins the counter of memory and swap with the records of slots. Called by those who let
 * pages go to swap, and by swap when slots are freed. Keeps I-MEMSW and I-REF-ID. Models
 * mem_cgroup_swapout() and mem_cgroup_uncharge_swap(), mm/memcontrol.c (U-09 ... U-11).
 */
#include "history/memsw.h"

#include "history/charge_v1.h"
#include "history/res_counter.h"
#include "memcg/css.h"
#include "memcg/id.h"
#include "memcg/swap.h"

void msim_memsw_to_slots(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			 unsigned long entry, unsigned long nr_pages)
{
	struct memcgsim_mem_cgroup *owner = msim_memcg_id_get_online(memcg);

	/* The ancestor has been charged all along, and the root is not charged for its own. */
	if (owner != memcg)
		(void)msim_res_counter_uncharge_until(ctx->machine, &memcg->v1->memsw,
						      msim_memcg_is_root(owner) ? NULL
										: &owner->v1->memsw,
						      nr_pages * MEMCGSIM_PAGE_SIZE);
	if (nr_pages > 1)
		msim_memcg_id_get_many(owner, nr_pages - 1);
	msim_swap_assign(owner, entry, nr_pages);
}

void msim_uncharge_swap_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			   unsigned long nr_pages)
{
	msim_uncharge_v1(ctx, memcg, 0, nr_pages);
}
