/* SPDX-License-Identifier: MIT */
/*
 * Charging pages to a memcg, with everything that may be tried before it is refused.
 */
#ifndef MSIM_MEMCG_CHARGE_H
#define MSIM_MEMCG_CHARGE_H

#include "types.h"

/*
 * Charges @nr_pages to @memcg, on which the caller has a reference; also to the root, for kernel
 * pages whose objcg has come to be the root's. 0, or -ENOMEM with every counter as it was. No
 * section held.
 */
int msim_try_charge(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		    unsigned long nr_pages);

#endif /* MSIM_MEMCG_CHARGE_H */
