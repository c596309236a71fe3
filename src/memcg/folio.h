/* SPDX-License-Identifier: MIT */
/*
 * Charging user pages: the memcg itself, with a reference per page block. The caller holds no
 * section and is outside RCU read sections.
 */
#ifndef MSIM_MEMCG_FOLIO_H
#define MSIM_MEMCG_FOLIO_H

#include "types.h"

/* Charges @page to @memcg, on which the caller has a reference. 0 or -ENOMEM. */
int msim_charge_folio(struct msim_ctx *ctx, struct memcgsim_page *page,
		      struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp);

/*
 * Uncharges a page after its last reference: straight from the counters, never into the stock
 * (C-10).
 */
void msim_uncharge_folio(struct msim_ctx *ctx, struct memcgsim_page *page);

#endif /* MSIM_MEMCG_FOLIO_H */
