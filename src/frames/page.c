/* SPDX-License-Identifier: MIT */
/*
 * Owns the state of a frame between the free lists and an owner, and the public look at it. The
 * caller owns the frames; no lock. Called by the page allocator, and by anybody who looks. Keeps
 * I-FREE-STATE and I-COMPOUND. Models prep_new_page() and prep_compound_page(), mm/page_alloc.c.
 */
#include "frames/page.h"

#include "seam/bug.h"
#include "seam/thread.h"

struct msim_ctx *msim_page_ctx(const struct memcgsim_page *page, const char *caller)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(caller);
		return NULL;
	}
	if (msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, !msim_page_valid(ctx->machine, page),
			"the page is not this machine's", caller, page))
		return NULL;
	return ctx;
}

void msim_prep_new_page(struct memcgsim_page *page, unsigned int order, bool compound)
{
	unsigned long flags = (unsigned long)order << MSIM_PG_ORDER_SHIFT;

	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER);
	page->private = 0;
	if (compound && order > 0) {
		flags |= MSIM_PG_HEAD;
		for (unsigned long i = 1; i < 1UL << order; i++) {
			page[i].compound_head = (unsigned long)page | 1;
			page[i].mapping = MSIM_TAIL_MAPPING;
		}
	}
	msim_store_relaxed(&page->flags, flags);
	/* Release: whoever gets a reference by chance, from now on, finds the page made ready. */
	msim_store_release(&page->_refcount, 1);
}

void msim_split_frames(struct memcgsim_page *page, unsigned int order)
{
	msim_assert(!(msim_page_flags(page) & MSIM_PG_HEAD) && !msim_page_is_tail(page));
	msim_page_clear_order(page);
	for (unsigned long i = 1; i < 1UL << order; i++) {
		msim_assert(msim_page_ref_count(&page[i]) == 0);
		msim_store_release(&page[i]._refcount, 1);
	}
}

void msim_page_clear_order(struct memcgsim_page *page)
{
	unsigned long old = msim_page_flags(page);

	while (!msim_cmpxchg(&page->flags, &old, old & ~MSIM_PG_ORDER_MASK))
		;
}

void msim_unprep_page(struct memcgsim_page *page, unsigned int order)
{
	unsigned long flags = msim_page_flags(page);

	msim_assert(msim_page_ref_count(page) == 0);
	if (flags & MSIM_PG_HEAD) {
		for (unsigned long i = 1; i < 1UL << order; i++) {
			page[i].compound_head = 0;
			page[i].mapping = NULL;
		}
	}
	msim_store_relaxed(&page->flags, flags & MSIM_PG_HWPOISON);
	page->mapping = NULL;
	page->private = 0;
}

void msim_scrub_frames(struct memcgsim_page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		msim_store_relaxed(&page[i].flags, 0);
		msim_store_relaxed(&page[i].mapcount_or_type, 0);
		msim_store_relaxed(&page[i].memcg_data, 0);
		msim_store_relaxed(&page[i]._refcount, 0);
		page[i].compound_head = 0;
		page[i].mapping = NULL;
	}
}

unsigned long memcgsim_page_to_pfn(const struct memcgsim *machine, const struct memcgsim_page *page)
{
	return msim_pfn(machine, page);
}

struct memcgsim_page *memcgsim_pfn_to_page(const struct memcgsim *machine, unsigned long pfn)
{
	return pfn < machine->config.nr_pages ? &machine->pages[pfn] : NULL;
}

void *memcgsim_page_address(const struct memcgsim *machine, const struct memcgsim_page *page)
{
	return machine->memory + (msim_pfn(machine, page) << MEMCGSIM_PAGE_SHIFT);
}

struct memcgsim_page *memcgsim_virt_to_head_page(const struct memcgsim *machine, const void *addr)
{
	unsigned long offset = (unsigned long)addr - (unsigned long)machine->memory;

	if (offset >> MEMCGSIM_PAGE_SHIFT >= machine->config.nr_pages)
		return NULL;
	return msim_compound_head(&machine->pages[offset >> MEMCGSIM_PAGE_SHIFT]);
}

int memcgsim_page_count(const struct memcgsim_page *page)
{
	return msim_page_ref_count(page);
}

unsigned long memcgsim_page_memcg_data(const struct memcgsim_page *page)
{
	return msim_load_relaxed(&page->memcg_data);
}
