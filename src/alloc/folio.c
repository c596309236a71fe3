/* SPDX-License-Identifier: MIT */
/*
 * Owns the page lock; joins it and the LRU lists with charging into what the page cache and page
 * migration call. Called on bound threads. Keeps I-MIG and I-REPL. Models folio_lock() and its kin,
 * mm/filemap.c, release_pages(), mm/swap.c, and __mem_cgroup_uncharge(), mm/memcontrol.c (U-01,
 * U-02, U-04 ... U-07).
 */
#include <memcgsim/folio.h>

#include "alloc/page_alloc.h"
#include "frames/page.h"
#include "memcg/folio.h"
#include "memcg/lru.h"
#include "memcg/migrate.h"
#include "seam/bug.h"
#include "seam/thread.h"

#define PAGEVEC_SIZE 31 /* pages that are released as one batch */

/*
 * The context, if the calling thread has one and @page is a block of its machine's; what it is not is
 * told, as found by @caller.
 */
static struct msim_ctx *ctx_of(struct memcgsim_page *page, const char *caller)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound(caller);
	return ctx && msim_vet_folio(ctx, page, caller) ? ctx : NULL;
}

/* ---- lock and LRU lists ---- */

bool memcgsim_folio_trylock(struct memcgsim_page *page)
{
	return ctx_of(page, __func__) && !msim_page_test_and_set(page, MSIM_PG_LOCKED);
}

void memcgsim_folio_lock(struct memcgsim_page *page)
{
	unsigned int spins = 0;

	if (!ctx_of(page, __func__))
		return;
	while (msim_page_test_and_set(page, MSIM_PG_LOCKED))
		msim_spin_wait(&spins);
}

void memcgsim_folio_unlock(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);
	bool locked = ctx && msim_page_test_and_clear(page, MSIM_PG_LOCKED);

	if (ctx)
		(void)msim_vm_bug_on(ctx->machine, !locked, page);
}

bool memcgsim_folio_test_locked(const struct memcgsim_page *page)
{
	return msim_page_flags(page) & MSIM_PG_LOCKED;
}

void memcgsim_folio_add_lru(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);

	if (ctx)
		msim_folio_add_lru(ctx->machine, page);
}

bool memcgsim_folio_isolate_lru(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);

	return ctx && msim_folio_isolate_lru(ctx->machine, page);
}

void memcgsim_folio_putback_lru(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);

	if (ctx)
		msim_folio_add_lru(ctx->machine, page);
}

bool memcgsim_folio_test_lru(const struct memcgsim_page *page)
{
	return msim_page_flags(page) & MSIM_PG_LRU;
}

/* ---- uncharging ---- */

/* Where a page is uncharged by its kind, and not at its end, that holds of one without use as well. */
static void uncharge_by_kind(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	const struct msim_variant *variant = ctx->machine->variant;
	const struct msim_page_ops *ops = variant->pages;

	if (!variant->user_memcg(ctx->machine, page) ||
	    msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page))
		return;
	if (msim_page_is_anon(page))
		ops->uncharge_page(ctx, page);
	else
		ops->uncharge_cache_page(ctx, page);
}

void memcgsim___mem_cgroup_uncharge(struct memcgsim_page *page)
{
	struct msim_uncharge_gather gather = { 0 };
	struct msim_ctx *ctx = ctx_of(page, __func__);
	const struct msim_variant *variant;

	if (!ctx)
		return;
	variant = ctx->machine->variant;
	if (variant->pages && variant->pages->uncharge_page) {
		uncharge_by_kind(ctx, page);
		return;
	}
	variant->uncharge_folio(ctx, &gather, page);
	variant->uncharge_batch(ctx, &gather);
}

/* Uncharges and frees the pages of @dead, whose last references are gone. */
static void free_batch(struct msim_ctx *ctx, struct msim_list *dead)
{
	const struct msim_variant *variant = ctx->machine->variant;
	struct msim_uncharge_gather gather = { 0 };
	struct msim_list *pos;

	msim_list_for_each (pos, dead)
		variant->uncharge_folio(ctx, &gather,
					msim_list_entry(pos, struct memcgsim_page, lru));
	variant->uncharge_batch(ctx, &gather);
	while (!msim_list_empty(dead)) {
		struct memcgsim_page *page = msim_list_first(dead, struct memcgsim_page, lru);

		msim_list_del(&page->lru);
		msim_free_pages_final(ctx, page);
	}
}

void memcgsim_release_pages(struct memcgsim_page **pages, unsigned int nr)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_list dead;

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	msim_list_init(&dead);
	for (unsigned int i = 0; i < nr; i++) {
		struct memcgsim_page *page = pages[i];

		if (msim_page_valid(ctx->machine, page))
			page = msim_compound_head(page);
		if (msim_folio_put_testzero(ctx, page, __func__)) {
			if (unlikely(msim_page_flags(page) & MSIM_PG_LRU))
				msim_folio_leave_lru(ctx->machine, page);
			msim_list_add_tail(&page->lru, &dead);
		}
		if (i % PAGEVEC_SIZE == PAGEVEC_SIZE - 1)
			free_batch(ctx, &dead);
	}
	free_batch(ctx, &dead);
}

/* ---- another page in its place ---- */

/* The context, if both pages are fit for it. */
static struct msim_ctx *ctx_of_both(struct memcgsim_page *old, struct memcgsim_page *new_page,
				    const char *caller)
{
	struct msim_ctx *ctx = ctx_of(old, caller);

	return ctx && msim_vet_folio(ctx, new_page, caller) &&
			       msim_vet_replacement(ctx, old, new_page)
		       ? ctx
		       : NULL;
}

void memcgsim_mem_cgroup_replace_folio(struct memcgsim_page *old, struct memcgsim_page *new_page)
{
	struct msim_ctx *ctx = ctx_of_both(old, new_page, __func__);

	if (ctx)
		ctx->machine->variant->replace(ctx, old, new_page);
}

void memcgsim_mem_cgroup_migrate(struct memcgsim_page *old, struct memcgsim_page *new_page)
{
	struct msim_ctx *ctx = ctx_of_both(old, new_page, __func__);

	if (ctx)
		ctx->machine->variant->migrate(ctx, old, new_page);
}
