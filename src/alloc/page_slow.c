/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the attempts of one allocation, from the CPU's list to the last reserve. Called by
 * the front door. Models get_page_from_freelist() and __alloc_pages_slowpath(), mm/page_alloc.c
 * (B-10, B-21 ... B-24). Differs: there is no compaction, no OOM kill, and no wait for ever.
 */
#include "alloc/page_slow.h"

#include "alloc/page_check.h"
#include "frames/fallback.h"
#include "frames/pageblock.h"
#include "frames/pcp.h"
#include "frames/watermark.h"
#include "seam/bug.h"
#include "seam/hooks.h"

#define COSTLY_ORDER 3
#define MAX_RETRIES  16

static unsigned int cma_flag(memcgsim_gfp_t gfp)
{
	return msim_gfp_migratetype(gfp) == MEMCGSIM_MIGRATE_MOVABLE ? MSIM_ALLOC_CMA : 0;
}

/* One attempt; before it fails for the sake of other types' pageblocks it gives that up. */
static struct memcgsim_page *from_freelist(struct msim_ctx *ctx, memcgsim_gfp_t gfp,
					   unsigned int order, unsigned int flags)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_page *page;

	for (;; flags &= ~(unsigned int)MSIM_ALLOC_NOFRAGMENT) {
		unsigned long mark = msim_watermark_pages(machine, flags);

		page = NULL;
		if ((flags & MSIM_ALLOC_NO_WATERMARKS) ||
		    msim_watermark_ok(machine, order, mark, flags)) {
			do {
				page = msim_rmqueue(ctx, order, msim_gfp_migratetype(gfp), flags);
			} while (page && !msim_ready_page(ctx, page, gfp, order));
		}
		if (page && (flags & MSIM_ALLOC_HIGHATOMIC))
			msim_reserve_highatomic(machine, page, order);
		if (page || !(flags & MSIM_ALLOC_NOFRAGMENT))
			return page;
	}
}

/* The slow path's own: what the caller may take of the reserve (B-22). */
static unsigned int slow_flags(memcgsim_gfp_t gfp, unsigned int order)
{
	unsigned int flags = MSIM_ALLOC_WMARK_MIN | cma_flag(gfp);

	if (gfp & MEMCGSIM___GFP_HIGH)
		flags |= MSIM_ALLOC_MIN_RESERVE;
	if (!(gfp & (MEMCGSIM___GFP_DIRECT_RECLAIM | MEMCGSIM___GFP_NOMEMALLOC))) {
		flags |= MSIM_ALLOC_NON_BLOCK;
		if (order > 0 && (gfp & MEMCGSIM___GFP_HIGH))
			flags |= MSIM_ALLOC_HIGHATOMIC;
	}
	return flags;
}

/* Whether the whole reserve is the caller's: it will give back more than it takes. */
static bool may_use_all(struct msim_ctx *ctx, memcgsim_gfp_t gfp)
{
	if (gfp & MEMCGSIM___GFP_NOMEMALLOC)
		return false;
	return (gfp & MEMCGSIM___GFP_MEMALLOC) || (*msim_current_flags(ctx) & MSIM_PF_MEMALLOC);
}

/* Lets somebody free memory, and looks again; then where nobody had looked. */
static struct memcgsim_page *direct_reclaim(struct msim_ctx *ctx, memcgsim_gfp_t gfp,
					    unsigned int order, unsigned int flags,
					    unsigned long *ret_progress)
{
	struct memcgsim_page *page;

	*ret_progress = msim_hook_page_reclaim(ctx, gfp, order);
	page = from_freelist(ctx, gfp, order, flags);
	if (page)
		return page;
	(void)msim_unreserve_highatomic(ctx->machine, msim_gfp_migratetype(gfp), false);
	msim_drain_all_pages(ctx->machine);
	return from_freelist(ctx, gfp, order, flags);
}

/* Whether another round might do better than the one that has just failed. */
static bool should_retry(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned int order,
			 unsigned long progress)
{
	bool nofail = gfp & MEMCGSIM___GFP_NOFAIL;

	if ((gfp & MEMCGSIM___GFP_NORETRY) && !nofail)
		return false;
	if (order > COSTLY_ORDER && !nofail &&
	    (~gfp & (MEMCGSIM___GFP_RETRY_MAYFAIL | MEMCGSIM___GFP_IO)))
		return false;
	return progress > 0 ||
	       msim_unreserve_highatomic(ctx->machine, msim_gfp_migratetype(gfp), true);
}

static struct memcgsim_page *slowpath(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned int order)
{
	bool may_wait = gfp & MEMCGSIM___GFP_DIRECT_RECLAIM;
	unsigned int flags = slow_flags(gfp, order);
	struct memcgsim_page *page;
	unsigned long progress;

	if (gfp & MEMCGSIM___GFP_KSWAPD_RECLAIM)
		msim_add_relaxed(&ctx->machine->zone.kswapd_wakeups, 1);
	page = from_freelist(ctx, gfp, order, flags);
	if (!page && may_use_all(ctx, gfp))
		page = from_freelist(ctx, gfp, order, MSIM_ALLOC_NO_WATERMARKS | cma_flag(gfp));
	if (page)
		return page;
	if (may_wait && !(*msim_current_flags(ctx) & MSIM_PF_MEMALLOC)) {
		for (unsigned int tries = 0; tries <= MAX_RETRIES; tries++) {
			page = direct_reclaim(ctx, gfp, order, flags, &progress);
			if (page || !should_retry(ctx, gfp, order, progress))
				break;
		}
	}
	if (!page && (gfp & MEMCGSIM___GFP_NOFAIL)) {
		if (may_wait)
			page = from_freelist(ctx, gfp, order, flags | MSIM_ALLOC_MIN_RESERVE);
		(void)msim_warn_on_once(ctx->machine, !page && (gfp & MEMCGSIM___GFP_NOFAIL), NULL);
	}
	return page;
}

struct memcgsim_page *msim_get_frames(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned int order)
{
	unsigned int type = msim_gfp_migratetype(gfp);
	struct memcgsim_page *page;

	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER);
	if (msim_warn_on_once(ctx->machine, type == MSIM_GFP_TYPE_MASK, NULL))
		gfp &= ~MEMCGSIM___GFP_MOVABLE;
	(void)msim_warn_on_once(ctx->machine, (gfp & MEMCGSIM___GFP_NOFAIL) && order > 1, NULL);
	/* what lies on the CPU's own list is not the zone's: no mark is looked at */
	while ((page = msim_pcp_take(ctx, order, msim_gfp_migratetype(gfp))) != NULL) {
		if (msim_ready_page(ctx, page, gfp, order))
			return page;
	}
	page = from_freelist(ctx, gfp, order,
			     MSIM_ALLOC_WMARK_LOW | MSIM_ALLOC_NOFRAGMENT | cma_flag(gfp));
	return page ? page : slowpath(ctx, gfp, order);
}
