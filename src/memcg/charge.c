/* SPDX-License-Identifier: MIT */
/*
 * Owns the order in which a charge is tried. Called by the front doors on any thread, without
 * locks. Keeps I-LIMIT and I-FAIL-UNDO. Models try_charge_memcg(), mm/memcontrol.c (C-02 ... C-06):
 * numbers in comments are the steps of C-04. Reclaim and the OOM killer are not modelled: they find
 * nothing.
 */
#include "memcg/charge.h"

#include <errno.h>

#include "memcg/drain.h"
#include "memcg/events.h"
#include "memcg/page_counter.h"
#include "memcg/stock.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/trace.h"

#define MAX_RECLAIM_RETRIES 16
#define COSTLY_ORDER	    3 /* beyond it a charge fails without an OOM */

/* What one charge remembers from attempt to attempt. */
struct attempt {
	bool drained;
	bool raised_max_event;
	unsigned int retries;
};

static struct memcgsim_mem_cgroup *counter_memcg(struct msim_page_counter *counter)
{
	return msim_container_of(counter, struct memcgsim_mem_cgroup, memory);
}

static bool consume(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	struct msim_section section = msim_section_enter(ctx);
	bool hit = msim_stock_consume(section.cpu, memcg, nr_pages);

	msim_section_leave(&section);
	return hit;
}

/* Keeps in stock what a batch brought beyond @nr_pages. */
static void keep_surplus(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			 unsigned long batch, unsigned long nr_pages)
{
	struct msim_section section = msim_section_enter(ctx);

	msim_trace_in(section.cpu, MEMCGSIM_EV_CHARGE, memcg, (long)batch);
	if (batch > nr_pages)
		msim_stock_refill(section.cpu, memcg, batch - nr_pages);
	msim_section_leave(&section);
}

/*
 * Steps 6 to 17: a limit was met. Whether it is worth trying again. Each look counts one MAX event
 * at the memcg whose limit it was.
 */
static bool make_room(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *over, memcgsim_gfp_t gfp,
		      unsigned long nr_pages, struct attempt *attempt)
{
	if (!(gfp & MEMCGSIM___GFP_DIRECT_RECLAIM))
		return false;
	msim_memcg_event(over, MSIM_EVENT_MAX);
	attempt->raised_max_event = true;
	if (msim_page_counter_margin(&over->memory) >= nr_pages)
		return true;
	if (!attempt->drained) {
		attempt->drained = true;
		msim_drain_all_stock(ctx, over);
		return true;
	}
	if (gfp & MEMCGSIM___GFP_NORETRY)
		return false;
	if (attempt->retries++ < MAX_RECLAIM_RETRIES)
		return true;
	if (!(gfp & MEMCGSIM___GFP_RETRY_MAYFAIL) && nr_pages <= 1UL << COSTLY_ORDER)
		msim_memcg_event(over, MSIM_EVENT_OOM); /* C-14; and there is nobody to kill */
	return false;
}

int msim_try_charge(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		    unsigned long nr_pages)
{
	struct memcgsim *machine = ctx->machine;
	unsigned long batch = machine->config.stock_batch_pages;
	struct msim_page_counter *counter;
	struct memcgsim_mem_cgroup *over = memcg;
	struct attempt attempt = { 0 };

	msim_assert(nr_pages > 0 && ctx->self.held_ranks >> MSIM_RANK_CPU == 0);
	if (batch < nr_pages)
		batch = nr_pages;
	for (;;) {
		if (consume(ctx, memcg, nr_pages)) /* 1 */
			return 0;
		if (msim_should_fail(machine, MEMCGSIM_FAULT_CHARGE))
			break;
		if (msim_page_counter_try_charge(machine, &memcg->memory, batch,
						 &counter)) { /* 2 */
			keep_surplus(ctx, memcg, batch, nr_pages);
			return 0;
		}
		if (batch > nr_pages) { /* 3 */
			batch = nr_pages;
			continue;
		}
		over = counter_memcg(counter);
		if (!make_room(ctx, over, gfp, nr_pages, &attempt))
			break;
	}
	msim_trace(ctx, MEMCGSIM_EV_REFUSED, over, (long)nr_pages);
	if (!(gfp & (MEMCGSIM___GFP_NOFAIL | MEMCGSIM___GFP_HIGH)))
		return -ENOMEM;
	/* Forced: over the limit if need be, nothing ahead, and not unnoticed (C-05). */
	if (!attempt.raised_max_event)
		msim_memcg_event(over, MSIM_EVENT_MAX);
	msim_page_counter_charge(&memcg->memory, nr_pages);
	return 0;
}
