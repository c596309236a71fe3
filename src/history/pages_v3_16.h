/* SPDX-License-Identifier: MIT */
/*
 * User pages up to v3.16: uncharged where it is still known what they are, each under its record's
 * lock.
 */
#ifndef MSIM_HISTORY_PAGES_V3_16_H
#define MSIM_HISTORY_PAGES_V3_16_H

#include "types.h"

extern const struct msim_page_ops msim_pages_v3_16;

/* struct msim_variant's uncharge_folio(): it is too late by then; who is charged still is a bad page. */
void msim_uncharge_folio_v3_16(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			       struct memcgsim_page *page);

/* struct msim_variant's swapout(), and for every other way out of the swap cache. */
void msim_uncharge_swapcache_v3_16(struct msim_ctx *ctx, struct memcgsim_page *page,
				   unsigned long entry);

/* struct msim_variant's migrate(): prepared and ended at once, with nothing in between. */
void msim_migrate_v3_16(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page);

/* struct msim_variant's replace(). */
void msim_replace_v3_16(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page);

#endif /* MSIM_HISTORY_PAGES_V3_16_H */
