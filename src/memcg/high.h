/* SPDX-License-Identifier: MIT */
/*
 * memory.high: who is over it pays by reclaiming, and by waiting.
 */
#ifndef MSIM_MEMCG_HIGH_H
#define MSIM_MEMCG_HIGH_H

#include "types.h"

/*
 * After a charge of @batch pages went to the counters: if @memcg or one above it is over its high
 * limit, the current task owes as much reclaim (C-07), and much of it is paid at once if it may wait
 * (C-08). Nothing held.
 */
void msim_high_check(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		     unsigned long batch);

/* Pays what the current task owes: how long it has to sleep, in ms (C-15). Nothing held. */
unsigned long msim_handle_over_high(struct msim_ctx *ctx, memcgsim_gfp_t gfp);

/* What interrupts put off: how many memcgs were looked at. Nothing held. */
unsigned long msim_high_run_work(struct memcgsim *machine);

#endif /* MSIM_MEMCG_HIGH_H */
