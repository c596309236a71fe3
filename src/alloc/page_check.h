/* SPDX-License-Identifier: MIT */
/*
 * The looks at a block between the free lists and an owner: what is bad is left out for good, for
 * nobody knows who still writes there.
 */
#ifndef MSIM_ALLOC_PAGE_CHECK_H
#define MSIM_ALLOC_PAGE_CHECK_H

#include "types.h"

/*
 * Makes 2^order free frames an allocated block, as @gfp wants it. False: they are not as free ones
 * are, which is reported, and nobody gets them (B-17).
 */
bool msim_ready_page(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
		     unsigned int order);

/* Frees a block whose last reference is gone, having uncharged it. No section held. */
void msim_free_pages_final(struct msim_ctx *ctx, struct memcgsim_page *page);

#endif /* MSIM_ALLOC_PAGE_CHECK_H */
