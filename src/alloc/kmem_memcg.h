/* SPDX-License-Identifier: MIT */
/*
 * Kernel pages as before 5.13: charged to the memcg itself, which each block pins. Operations of
 * struct msim_variant.
 */
#ifndef MSIM_ALLOC_KMEM_MEMCG_H
#define MSIM_ALLOC_KMEM_MEMCG_H

#include "types.h"

int msim_charge_page_memcg(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			   unsigned int order);
void msim_uncharge_page_memcg(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);

#endif /* MSIM_ALLOC_KMEM_MEMCG_H */
