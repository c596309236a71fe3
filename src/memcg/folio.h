/* SPDX-License-Identifier: MIT */
/*
 * Charging user pages: the memcg itself, with a reference per page block; and uncharging whatever
 * pages come to their end through their last put. The caller holds no section and is outside RCU
 * read sections.
 */
#ifndef MSIM_MEMCG_FOLIO_H
#define MSIM_MEMCG_FOLIO_H

#include "types.h"

/* Charges @page to @memcg, on which the caller has a reference. 0 or -ENOMEM. */
int msim_charge_folio(struct msim_ctx *ctx, struct memcgsim_page *page,
		      struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp);

/* @page becomes @memcg's, which has been charged for it, with a reference. */
void msim_commit_charge(struct msim_ctx *ctx, struct memcgsim_page *page,
			struct memcgsim_mem_cgroup *memcg);

/*
 * The memcg that a page's word leads to, with a reference, or NULL: itself a user page's, through
 * the objcg a kernel page's.
 */
struct memcgsim_mem_cgroup *msim_get_memcg_of_word(struct msim_ctx *ctx, unsigned long word);

/* Neighbours of one memcg, to be uncharged as one (U-02). Zero is an empty one. */
struct msim_uncharge_gather {
	struct memcgsim_mem_cgroup *memcg; /* with a reference of its own */
	unsigned long nr_memory_pages;
	unsigned long nr_kmem_pages;  /* of these */
	unsigned long pgpgout;	      /* blocks that were no kernel pages */
	unsigned long nr_memsw_pages; /* v1: to memory and swap together */
};

/*
 * Takes the charge of @page, if it has one, into @gather, whose own is settled first if it is another
 * memcg's. The page is nobody's afterwards.
 */
void msim_uncharge_folio(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			 struct memcgsim_page *page);

/* Settles what was gathered: straight from the counters, never into the stock (C-10). */
void msim_uncharge_batch(struct msim_ctx *ctx, struct msim_uncharge_gather *gather);

#endif /* MSIM_MEMCG_FOLIO_H */
