/* SPDX-License-Identifier: MIT */
/*
 * The page allocator's front door, where frames meet accounting; the public one is memcgsim/page.h.
 */
#ifndef MSIM_ALLOC_PAGE_ALLOC_H
#define MSIM_ALLOC_PAGE_ALLOC_H

#include "types.h"
#include "alloc/page_check.h"

/* Charging and uncharging a kernel page as v6.12 does: the operations of struct msim_variant. */
int msim_charge_page_objcg(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			   unsigned int order);
void msim_uncharge_page_objcg(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);

/*
 * Whether @page is this machine's, allocated, a head, of this order and not full of objects;
 * reports what it is not, as found by @caller. What passes may be charged, uncharged and put.
 */
bool msim_vet_page(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order,
		   const char *caller);

/* The same for a block of whatever order it has. */
bool msim_vet_folio(struct msim_ctx *ctx, struct memcgsim_page *page, const char *caller);

/*
 * Drops a reference on a block, having vetted it; whether it was the last, so that the caller must
 * free it. The last on a page that holds objects is theirs, and nobody else's to drop.
 */
bool msim_folio_put_testzero(struct msim_ctx *ctx, struct memcgsim_page *page, const char *caller);

/* 2^order frames that nobody is charged for, or NULL. No section held. */
struct memcgsim_page *msim_alloc_pages_unaccounted(struct msim_ctx *ctx, memcgsim_gfp_t gfp,
						   unsigned int order);

/*
 * At the end of the machine: gathers whatever @page is charged, also where that should have ended
 * before the page did.
 */
void msim_sweep_charge(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
		       struct memcgsim_page *page);

/*
 * Uncharges and frees every block that is still allocated, but for slabs; returns the frames.
 * Nobody inside.
 */
unsigned long msim_page_sweep(struct msim_ctx *ctx);

#endif /* MSIM_ALLOC_PAGE_ALLOC_H */
