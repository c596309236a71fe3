/* SPDX-License-Identifier: MIT */
/*
 * Kernel pages as the first kmem controller charged them. Operations of struct msim_variant.
 */
#ifndef MSIM_HISTORY_KMEM_V1_H
#define MSIM_HISTORY_KMEM_V1_H

#include "types.h"

int msim_charge_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			unsigned int order);
void msim_uncharge_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);
void msim_split_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);

#endif /* MSIM_HISTORY_KMEM_V1_H */
