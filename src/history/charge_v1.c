/* SPDX-License-Identifier: MIT */
/*
 * Owns the order in which a charge of 2012 to 2014 is tried. Called by the front doors of v1 machines
 * on any thread, without locks. Keeps I-FAIL-UNDO. Models mem_cgroup_try_charge() and
 * mem_cgroup_do_charge(), mm/memcontrol.c, v3.16 (Y-01, Y-04). There is no OOM killer and no stock:
 * who finds no room after reclaim gets -ENOMEM.
 */
#include "history/charge_v1.h"

#include <errno.h>

#include "history/res_counter.h"
#include "memcg/css.h"
#include "memcg/oom.h"
#include "seam/fault.h"
#include "seam/hooks.h"
#include "seam/trace.h"

#define RECLAIM_RETRIES 5
#define MAX_NICE_PAGES	8 /* a charge beyond it is not tried again just because reclaim found some */

/* Memory first: what is refused there has not touched the other. @ret_over: whose limit it was. */
static bool charge_both(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, uint64_t bytes,
			struct memcgsim_mem_cgroup **ret_over)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_res_counter *fail;

	if (msim_res_counter_charge(machine, &memcg->v1->res, bytes, &fail)) {
		while (fail != &memcg->v1->res)
			memcg = memcg->parent;
		*ret_over = memcg;
		return false;
	}
	if (msim_res_counter_charge(machine, &memcg->v1->memsw, bytes, &fail)) {
		(void)msim_res_counter_uncharge(machine, &memcg->v1->res, bytes);
		while (fail != &memcg->v1->memsw)
			memcg = memcg->parent;
		*ret_over = memcg;
		return false;
	}
	return true;
}

static uint64_t margin(struct msim_res_counter *counter)
{
	struct msim_res_reading reading = msim_res_counter_read(counter);

	return reading.limit > reading.usage ? reading.limit - reading.usage : 0;
}

/* Whether it is worth trying again: the limits of @over refused. */
static bool make_room(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *over, memcgsim_gfp_t gfp,
		      unsigned long nr_pages, unsigned int *retries)
{
	uint64_t bytes = nr_pages * MEMCGSIM_PAGE_SIZE;
	unsigned long reclaimed;

	if (!(gfp & MEMCGSIM___GFP_DIRECT_RECLAIM))
		return false;
	reclaimed = msim_hook_memcg_reclaim(ctx, over, nr_pages, gfp);
	if (margin(&over->v1->res) >= bytes && margin(&over->v1->memsw) >= bytes)
		return true;
	if (gfp & MEMCGSIM___GFP_NORETRY)
		return false;
	if (reclaimed && nr_pages <= MAX_NICE_PAGES) /* somebody else may have taken it */
		return true;
	return (*retries)-- > 0;
}

int msim_try_charge_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		       unsigned long nr_pages)
{
	struct memcgsim_mem_cgroup *over = memcg;
	unsigned int retries = RECLAIM_RETRIES;

	msim_assert(nr_pages > 0 && ctx->self.held_ranks >> MSIM_RANK_CPU == 0);
	if (msim_memcg_is_root(memcg))
		return 0;
	do {
		if (msim_should_fail(ctx->machine, MEMCGSIM_FAULT_CHARGE))
			break;
		if (charge_both(ctx, memcg, nr_pages * MEMCGSIM_PAGE_SIZE, &over)) {
			msim_trace(ctx, MEMCGSIM_EV_CHARGE, memcg, (long)nr_pages);
			return 0;
		}
		/* Let it end, and free what it has; and let reclaim do its work. */
		if (msim_task_is_dying(ctx->current) || *msim_current_flags(ctx) & MSIM_PF_MEMALLOC)
			return -EINTR;
	} while (make_room(ctx, over, gfp, nr_pages, &retries));
	msim_trace(ctx, MEMCGSIM_EV_REFUSED, over, (long)nr_pages);
	return gfp & MEMCGSIM___GFP_NOFAIL ? -EINTR : -ENOMEM;
}

void msim_uncharge_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
		      unsigned long nr_mem_pages, unsigned long nr_memsw_pages)
{
	struct memcgsim *machine = ctx->machine;

	if (msim_memcg_is_root(memcg))
		return;
	if (nr_mem_pages)
		(void)msim_res_counter_uncharge(machine, &memcg->v1->res,
						nr_mem_pages * MEMCGSIM_PAGE_SIZE);
	if (nr_memsw_pages)
		(void)msim_res_counter_uncharge(machine, &memcg->v1->memsw,
						nr_memsw_pages * MEMCGSIM_PAGE_SIZE);
	if (nr_mem_pages)
		msim_trace(ctx, MEMCGSIM_EV_UNCHARGE, memcg, (long)nr_mem_pages);
}
