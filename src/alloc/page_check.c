/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: a block on its way out of the free lists or back. Called by the front doors while
 * they own it. Keeps I-FREE-STATE and the count of frames left out, which I-PAGES needs. Models
 * prep_new_page() and free_pages_prepare(), mm/page_alloc.c (B-15 ... B-17, B-35).
 */
#include "alloc/page_check.h"

#include <string.h>

#include "frames/page.h"
#include "frames/pcp.h"
#include "memcg/lru.h"
#include "seam/bug.h"

/* Flags that a page must not have when it is freed. */
#define BAD_AT_FREE                                                                                \
	(MSIM_PG_USER(MEMCGSIM_PG_LOCKED) | MSIM_PG_USER(MEMCGSIM_PG_LRU) |                        \
	 MSIM_PG_USER(MEMCGSIM_PG_ACTIVE) | MSIM_PG_USER(MEMCGSIM_PG_UNEVICTABLE) |                \
	 MSIM_PG_USER(MEMCGSIM_PG_WRITEBACK) | MSIM_PG_USER(MEMCGSIM_PG_PRIVATE) |                 \
	 MSIM_PG_USER(MEMCGSIM_PG_PRIVATE_2) | MSIM_PG_USER(MEMCGSIM_PG_RESERVED) |                \
	 MSIM_PG_SWAPCACHE)

/* Whose memory an anonymous page is, it says until the very end. */
static void clear_anon(struct memcgsim_page *page)
{
	if (msim_page_is_anon(page))
		page->mapping = NULL;
}

/* The frames stay in use for ever, by nobody. */
static void leak(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	msim_folio_leave_lru(ctx->machine, page); /* which list, the mapping tells */
	clear_anon(page);
	msim_store_relaxed(&page->flags, (msim_page_flags(page) & MSIM_PG_HWPOISON) |
						 MSIM_PG_LEAKED |
						 (unsigned long)order << MSIM_PG_ORDER_SHIFT);
	msim_add_relaxed(&ctx->machine->zone.leaked_pages, 1UL << order);
}

/* ---- out of the lists ---- */

static void zero_pages(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	memset(memcgsim_page_address(ctx->machine, page), 0, MEMCGSIM_PAGE_SIZE << order);
}

/* Whether a block is as free ones are. Broken memory is no surprise, but is not given out either. */
static bool is_new(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	bool broken = false;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		if (msim_page_is_clean(&page[i]))
			continue;
		broken = true;
		if (!(msim_page_flags(&page[i]) & MSIM_PG_HWPOISON))
			(void)msim_vm_bug_on(ctx->machine, !msim_page_is_clean(&page[i]), &page[i]);
	}
	return !broken;
}

bool msim_ready_page(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
		     unsigned int order)
{
	if (ctx->machine->config.no_check_pages) {
		msim_scrub_frames(page, order);
	} else if (!is_new(ctx, page, order)) {
		for (unsigned long i = 0; i < 1UL << order; i++)
			msim_store_relaxed(&page[i].memcg_data, 0); /* nobody's, whatever it says */
		msim_store_relaxed(&page->_refcount, 0);
		leak(ctx, page, order);
		return false;
	}
	msim_prep_new_page(page, order, gfp & MEMCGSIM___GFP_COMP);
	if (gfp & MEMCGSIM___GFP_ZERO)
		zero_pages(ctx, page, order);
	return true;
}

/* ---- and back ---- */

/* What is bad about one page of a block, in the kernel's words; NULL for nothing. */
static const char *bad_page(const struct memcgsim_page *page, const void *mapping)
{
	if (msim_load_relaxed(&page->mapcount_or_type) != 0)
		return "nonzero mapcount";
	if (page->mapping != mapping)
		return mapping ? "corrupted mapping in tail page" : "non-NULL mapping";
	if (msim_page_ref_count(page) != 0)
		return "nonzero _refcount";
	if (msim_page_flags(page) & BAD_AT_FREE)
		return "PAGE_FLAGS_CHECK_AT_FREE flag(s) set";
	if (msim_page_word(page) != 0)
		return "page still charged to cgroup";
	return NULL;
}

static const char *bad_tail(const struct memcgsim_page *head, const struct memcgsim_page *tail)
{
	if (!(msim_page_flags(head) & MSIM_PG_HEAD))
		return bad_page(tail, NULL);
	if (!msim_page_is_tail(tail))
		return "PageTail not set";
	if (tail->compound_head != ((unsigned long)head | 1))
		return "compound_head not consistent";
	return bad_page(tail, MSIM_TAIL_MAPPING);
}

/* The same of the head, which may be anonymous still, or be charged by a record beside it. */
static const char *bad_head(struct memcgsim *machine, const struct memcgsim_page *page)
{
	const char *what = bad_page(page, msim_page_is_anon(page) ? page->mapping : NULL);

	if (!what && machine->variant->v1 &&
	    msim_load_relaxed(&machine->page_cgroups[msim_pfn(machine, page)].flags) &
		    MSIM_PCG_USED)
		what = "page still charged to cgroup";
	return what;
}

/* Whether every page of the block may be handed out again; reports those that may not (B-35). */
static bool may_be_free(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	bool good = true;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		const char *what = i ? bad_tail(page, &page[i]) : bad_head(ctx->machine, page);

		good &= !msim_bug_if(ctx->machine, MEMCGSIM_VM_BUG, what, what, __func__, &page[i]);
	}
	return good;
}

void msim_free_pages_final(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	unsigned int order = msim_page_order(page);

	msim_assert(!msim_page_is_tail(page) && order <= MEMCGSIM_MAX_PAGE_ORDER);
	msim_store_relaxed(&page->_refcount, 0);
	if (order == 0 && (msim_page_flags(page) & MSIM_PG_HWPOISON)) {
		leak(ctx, page, order);
		return;
	}
	if (!ctx->machine->config.no_check_pages && !may_be_free(ctx, page, order)) {
		leak(ctx, page, order);
		return;
	}
	clear_anon(page);
	msim_unprep_page(page, order);
	if (ctx->machine->config.no_check_pages)
		msim_scrub_frames(page, order);
	msim_free_frames(ctx, page, order);
}
