/* SPDX-License-Identifier: MIT */
/*
 * User pages on machines of 2012 to 2014, as far as both generations do the same. Operations of struct
 * msim_variant, and what the generations share.
 */
#ifndef MSIM_HISTORY_USER_PAGE_H
#define MSIM_HISTORY_USER_PAGE_H

#include "types.h"
#include "memcg/folio.h"

/* Whose user page it is by its record, or NULL: struct msim_variant's user_memcg(). */
struct memcgsim_mem_cgroup *msim_user_memcg_v1(struct memcgsim *machine,
					       const struct memcgsim_page *page);

/* Charges @page to @memcg, on which the caller has a reference. 0 or a negative errno. */
int msim_charge_folio_v1(struct msim_ctx *ctx, struct memcgsim_page *page,
			 struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp);

/* Settles what was gathered, in both currencies. */
void msim_uncharge_batch_v1(struct msim_ctx *ctx, struct msim_uncharge_gather *gather);

/*
 * Takes what @page is charged into @gather, as its last put does from v3.17 on; and at the end of a
 * machine whatever its version.
 */
void msim_uncharge_folio_v1(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			    struct memcgsim_page *page);

/*
 * Locks the LRU lists that @page belongs on, and takes it off if it is on one: whether it was. So
 * whose it is may change until msim_unlock_page_lru(), which puts it back where it then belongs.
 */
struct msim_lruvec *msim_lock_page_lru(struct msim_ctx *ctx, struct memcgsim_page *page,
				       bool *ret_isolated);
void msim_unlock_page_lru(struct msim_ctx *ctx, struct msim_lruvec *lruvec,
			  struct memcgsim_page *page, bool isolated);

#endif /* MSIM_HISTORY_USER_PAGE_H */
