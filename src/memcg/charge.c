/* SPDX-License-Identifier: MIT */
/*
 * Owns the order in which a charge is tried. Called by the front doors on any thread, without
 * locks. Keeps I-LIMIT and I-FAIL-UNDO. Models try_charge_memcg(), mm/memcontrol.c (C-02 ... C-08):
 * numbers in comments are the steps of C-04. What reclaim finds, and whom the OOM killer chooses,
 * hooks say; without them it is nothing and nobody.
 */
#include "memcg/charge.h"

#include <errno.h>

#include "memcg/drain.h"
#include "memcg/events.h"
#include "memcg/high.h"
#include "memcg/oom.h"
#include "memcg/page_counter.h"
#include "memcg/stock.h"
#include "seam/fault.h"
#include "seam/hooks.h"
#include "seam/percpu.h"
#include "seam/trace.h"

#define MAX_RECLAIM_RETRIES 16
#define COSTLY_ORDER	    3 /* beyond it a charge fails without an OOM */

/* What one charge remembers from attempt to attempt. */
struct attempt {
	bool drained;
	bool raised_max_event;
	bool passed_oom;
	unsigned int retries;
};

enum verdict { AGAIN, GIVE_UP, FORCE };

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

/* Step 17: whether the OOM killer helped. Large charges fail instead (C-14). */
static bool try_oom(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *over, memcgsim_gfp_t gfp,
		    unsigned long nr_pages)
{
	unsigned int order = 0;

	while (1UL << order < nr_pages)
		order++;
	if (order > COSTLY_ORDER)
		return false;
	msim_memcg_event(over, MSIM_EVENT_OOM);
	return msim_out_of_memory(ctx, over, gfp, order);
}

/* Steps 12 to 17: neither reclaim nor the drain has made room. */
static enum verdict make_room_again(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *over,
				    memcgsim_gfp_t gfp, unsigned long nr_pages,
				    unsigned long reclaimed, struct attempt *attempt)
{
	if (gfp & MEMCGSIM___GFP_NORETRY) /* 12 */
		return GIVE_UP;
	if (reclaimed && nr_pages <= 1UL << COSTLY_ORDER) /* 13: somebody else may have taken it */
		return AGAIN;
	if (attempt->retries++ < MAX_RECLAIM_RETRIES) /* 14 */
		return AGAIN;
	if (gfp & MEMCGSIM___GFP_RETRY_MAYFAIL) /* 15 */
		return GIVE_UP;
	if (attempt->passed_oom &&
	    msim_task_is_dying(ctx->current)) /* 16: or it would go on for ever */
		return GIVE_UP;
	if (!try_oom(ctx, over, gfp, nr_pages)) /* 17 */
		return GIVE_UP;
	attempt->passed_oom = true;
	attempt->retries = 0;
	return AGAIN;
}

/*
 * Steps 4 to 17: the limit of @over was met. Each look counts one MAX event there. Step 5 is of a
 * v1 hierarchy.
 */
static enum verdict make_room(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *over,
			      memcgsim_gfp_t gfp, unsigned long nr_pages, struct attempt *attempt)
{
	unsigned long reclaimed;

	if (*msim_current_flags(ctx) & MSIM_PF_MEMALLOC) /* 4: it is reclaiming already */
		return FORCE;
	if (!(gfp & MEMCGSIM___GFP_DIRECT_RECLAIM)) /* 6 */
		return GIVE_UP;
	if (msim_load_relaxed(&ctx->current->dying) & MSIM_DYING_OOM_SKIP) /* 7 */
		return GIVE_UP;
	msim_memcg_event(over, MSIM_EVENT_MAX); /* 8 */
	attempt->raised_max_event = true;
	reclaimed = msim_hook_memcg_reclaim(ctx, over, nr_pages, gfp); /* 9 */
	if (msim_page_counter_margin(&over->memory) >= nr_pages)       /* 10 */
		return AGAIN;
	if (!attempt->drained) { /* 11 */
		attempt->drained = true;
		msim_drain_all_stock(ctx, over);
		return AGAIN;
	}
	return make_room_again(ctx, over, gfp, nr_pages, reclaimed, attempt);
}

int msim_try_charge(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		    unsigned long nr_pages)
{
	struct memcgsim *machine = ctx->machine;
	unsigned long batch = machine->config.stock_batch_pages;
	struct msim_page_counter *counter;
	struct memcgsim_mem_cgroup *over = memcg;
	struct attempt attempt = { 0 };
	enum verdict verdict = GIVE_UP;

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
			msim_high_check(ctx, memcg, gfp, batch);
			return 0;
		}
		if (batch > nr_pages) { /* 3 */
			batch = nr_pages;
			continue;
		}
		over = counter_memcg(counter);
		verdict = make_room(ctx, over, gfp, nr_pages, &attempt);
		if (verdict != AGAIN)
			break;
	}
	msim_trace(ctx, MEMCGSIM_EV_REFUSED, over, (long)nr_pages);
	if (verdict != FORCE && !(gfp & (MEMCGSIM___GFP_NOFAIL | MEMCGSIM___GFP_HIGH)))
		return -ENOMEM;
	/* Forced: over the limit if need be, nothing ahead, and not unnoticed (C-05). */
	if (!attempt.raised_max_event)
		msim_memcg_event(over, MSIM_EVENT_MAX);
	msim_page_counter_charge(&memcg->memory, nr_pages);
	return 0;
}
