/* SPDX-License-Identifier: MIT */
/*
 * Charging memory, and memory and swap, on machines of 2012 to 2014: two byte counters at once.
 */
#ifndef MSIM_HISTORY_CHARGE_V1_H
#define MSIM_HISTORY_CHARGE_V1_H

#include "types.h"

/*
 * Charges @nr_pages to @memcg, which the caller has a reference on, in both currencies or in none. 0;
 * -ENOMEM; -EINTR: there was no room, but nobody is to fail for it: the caller goes over the limit, or
 * has the root pay. Nothing of the root. No section held.
 */
int msim_try_charge_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		       unsigned long nr_pages);

/* Takes that off again: so many pages of memory, and so many of memory and swap. Nothing of the root. */
void msim_uncharge_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
		      unsigned long nr_mem_pages, unsigned long nr_memsw_pages);

#endif /* MSIM_HISTORY_CHARGE_V1_H */
