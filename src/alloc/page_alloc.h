/* SPDX-License-Identifier: MIT */
/*
 * The page allocator's front door, where frames meet accounting; the public one is memcgsim/page.h.
 */
#ifndef MSIM_ALLOC_PAGE_ALLOC_H
#define MSIM_ALLOC_PAGE_ALLOC_H

#include "types.h"

/* 2^order frames that nobody is charged for, or NULL. No section held. */
struct memcgsim_page *msim_alloc_pages_unaccounted(struct msim_ctx *ctx, memcgsim_gfp_t gfp,
						   unsigned int order);

/* Frees a block whose last reference is gone, having uncharged it. No section held. */
void msim_free_pages_final(struct msim_ctx *ctx, struct memcgsim_page *page);

/*
 * Uncharges and frees every block that is still allocated, but for slabs; returns the frames.
 * Nobody inside.
 */
unsigned long msim_page_sweep(struct msim_ctx *ctx);

#endif /* MSIM_ALLOC_PAGE_ALLOC_H */
