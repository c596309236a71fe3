/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: many single pages in one visit to the CPU's list. Called on bound threads. Models
 * alloc_pages_bulk_noprof(), mm/page_alloc.c, and put_pages_list(), mm/swap.c (B-32).
 */
#include "alloc/page_alloc.h"

#include "base/list.h"
#include "frames/page.h"
#include "frames/pageblock.h"
#include "frames/pcp.h"
#include "frames/watermark.h"
#include "seam/fault.h"
#include "seam/thread.h"

_Static_assert(sizeof(struct memcgsim_list_head) == sizeof(struct msim_list), "one layout");
_Static_assert(offsetof(struct memcgsim_list_head, prev) == offsetof(struct msim_list, prev),
	       "one layout");

static struct msim_list *list_of(struct memcgsim_list_head *list)
{
	return (struct msim_list *)(void *)list;
}

static struct memcgsim_page *pop(struct msim_list *list)
{
	struct memcgsim_page *page;

	if (msim_list_empty(list))
		return NULL;
	page = msim_list_first(list, struct memcgsim_page, lru);
	msim_list_del(&page->lru);
	return page;
}

/* Whatever is to be charged, and a single page, comes through the front door (B-32). */
static bool may_batch(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned long nr_pages)
{
	bool accounted =
		(gfp & MEMCGSIM___GFP_ACCOUNT) && msim_load_relaxed(&ctx->machine->kmem_online);

	return nr_pages > 1 && !accounted;
}

/*
 * Up to @nr_pages pages ready for their owner, appended to @list; one that is bad is dropped. None
 * if taking as many would go below the mark.
 */
static void take_batch(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned long nr_pages,
		       struct msim_list *list)
{
	unsigned int type = msim_gfp_migratetype(gfp) % MSIM_GFP_TYPE_MASK;
	unsigned int flags = MSIM_ALLOC_WMARK_LOW;
	struct msim_list frames;
	struct memcgsim_page *page;
	unsigned long mark_pages;

	if (type == MEMCGSIM_MIGRATE_MOVABLE)
		flags |= MSIM_ALLOC_CMA;
	if (nr_pages > ctx->machine->zone.nr_pages) /* also more than may be added to a mark */
		return;
	mark_pages = msim_watermark_pages(ctx->machine, flags) + nr_pages;
	if (!msim_watermark_ok(ctx->machine, 0, mark_pages, flags))
		return;
	msim_list_init(&frames);
	msim_rmqueue_bulk(ctx, nr_pages, &frames, type, flags);
	while ((page = pop(&frames)) != NULL) {
		if (msim_ready_page(ctx, page, gfp, 0))
			msim_list_add_tail(&page->lru, list);
	}
}

unsigned long memcgsim_alloc_pages_bulk_array(memcgsim_gfp_t gfp, unsigned long nr_pages,
					      struct memcgsim_page **page_array)
{
	struct msim_ctx *ctx = msim_ctx();
	unsigned long populated = 0, wanted = 0;
	struct memcgsim_page *page;
	struct msim_list batch;

	if (!ctx) {
		msim_unbound(__func__);
		return 0;
	}
	while (populated < nr_pages && page_array[populated])
		populated++;
	if (populated == nr_pages)
		return populated;
	msim_list_init(&batch);
	if (may_batch(ctx, gfp, nr_pages - populated)) {
		if (msim_should_fail(ctx->machine, MEMCGSIM_FAULT_PAGE))
			return populated;
		for (unsigned long i = populated; i < nr_pages; i++)
			wanted += !page_array[i];
		take_batch(ctx, gfp, wanted, &batch);
	}
	if (msim_list_empty(&batch)) {
		page = memcgsim_alloc_pages(gfp, 0);
		if (page)
			page_array[populated++] = page;
		return populated;
	}
	while (populated < nr_pages) {
		if (!page_array[populated]) {
			page = pop(&batch);
			if (!page)
				break;
			page_array[populated] = page;
		}
		populated++;
	}
	return populated;
}

unsigned long memcgsim_alloc_pages_bulk_list(memcgsim_gfp_t gfp, unsigned long nr_pages,
					     struct memcgsim_list_head *page_list)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_page *page;
	struct msim_list batch;
	unsigned long populated;

	if (!ctx) {
		msim_unbound(__func__);
		return 0;
	}
	if (nr_pages == 0)
		return 0;
	msim_list_init(&batch);
	if (may_batch(ctx, gfp, nr_pages)) {
		if (msim_should_fail(ctx->machine, MEMCGSIM_FAULT_PAGE))
			return 0;
		take_batch(ctx, gfp, nr_pages, &batch);
	}
	if (msim_list_empty(&batch)) {
		page = memcgsim_alloc_pages(gfp, 0);
		if (page)
			msim_list_add(&page->lru, &batch);
	}
	for (populated = 0; (page = pop(&batch)) != NULL; populated++)
		msim_list_add(&page->lru, list_of(page_list));
	return populated;
}

void memcgsim_INIT_LIST_HEAD(struct memcgsim_list_head *list)
{
	msim_list_init(list_of(list));
}

struct memcgsim_page *memcgsim_page_list_pop(struct memcgsim_list_head *list)
{
	return pop(list_of(list));
}

void memcgsim_put_pages_list(struct memcgsim_list_head *list)
{
	struct memcgsim_page *page;

	if (!msim_ctx()) {
		msim_unbound(__func__);
		return;
	}
	while ((page = pop(list_of(list))) != NULL)
		memcgsim_folio_put(page);
}
