/* SPDX-License-Identifier: MIT */
/*
 * User pages from v3.17 on: uncharged after the final put, and no lock but the page's own.
 */
#ifndef MSIM_HISTORY_PAGES_V3_17_H
#define MSIM_HISTORY_PAGES_V3_17_H

#include "types.h"

extern const struct msim_page_ops msim_pages_v3_17;

/* struct msim_variant's uncharge_folio(): the last reference is gone, and the page is off the lists. */
void msim_uncharge_folio_v3_17(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			       struct memcgsim_page *page);

/*
 * struct msim_variant's migrate() and replace(): @new_page takes over what @old is charged, and @old is
 * nobody's. A @new_page that is charged already, as one that fuse stole from a pipe may be, stays as it
 * is, and so does @old.
 */
void msim_migrate_v3_17(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page);
void msim_replace_v3_17(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page);

/* struct msim_variant's swapout(). */
void msim_swapout_v3_17(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry);

#endif /* MSIM_HISTORY_PAGES_V3_17_H */
