/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the references on a page beyond its owner's first, and the block that becomes many
 * pages. Called on bound threads; a count is shared by whoever has a pointer to the page. Models
 * get_page(), folio_try_get(), put_page(), include/linux/mm.h, and split_page(), mm/page_alloc.c
 * (B-33).
 */
#include "alloc/page_alloc.h"

#include "frames/page.h"
#include "memcg/split.h"
#include "seam/bug.h"
#include "seam/thread.h"

void memcgsim_get_page(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = msim_page_ctx(page, __func__);

	if (!ctx)
		return;
	page = msim_compound_head(page);
	if (!msim_vm_bug_on(ctx->machine, msim_page_ref_count(page) <= 0, page))
		(void)msim_add_return(&page->_refcount, 1);
}

bool memcgsim_try_get_page(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = msim_page_ctx(page, __func__);

	if (!ctx)
		return false;
	page = msim_compound_head(page);
	if (msim_warn_on_once(ctx->machine, msim_page_ref_count(page) <= 0, page))
		return false;
	(void)msim_add_return(&page->_refcount, 1);
	return true;
}

bool memcgsim_folio_try_get(struct memcgsim_page *page)
{
	return msim_page_ctx(page, __func__) && msim_page_ref_unless_zero(page);
}

void memcgsim_put_page(struct memcgsim_page *page)
{
	if (msim_page_ctx(page, __func__))
		memcgsim_folio_put(msim_compound_head(page));
}

void memcgsim_split_page(struct memcgsim_page *page, unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	if (!msim_vet_page(ctx, page, order, __func__) ||
	    msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_HEAD, page))
		return;
	msim_split_page_memcg(ctx, page, order);
	msim_split_frames(page, order);
}
