/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing yet: no limit on kernel memory can be set, so no group is accounted, and nobody pays
 * for a kernel page (Y-04).
 */
#include "history/kmem_v1.h"

int msim_charge_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			unsigned int order)
{
	(void)ctx, (void)page, (void)gfp, (void)order;
	return 0;
}

void msim_uncharge_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	(void)ctx, (void)page, (void)order;
}
