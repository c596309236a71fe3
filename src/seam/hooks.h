/* SPDX-License-Identifier: MIT */
/*
 * Calls upward, to the library's user. Whoever makes one holds nothing: no lock, no section, no RCU
 * read section. A caller that cannot help holding the cgroup mutex says so beforehand, in
 * ctx->hooks_off, and is told that there is nobody.
 */
#ifndef MSIM_SEAM_HOOKS_H
#define MSIM_SEAM_HOOKS_H

#include "types.h"

#define MSIM_PF_MEMALLOC 0x1u /* of a task's flags: it reclaims, and is not to wait for reclaim */

/* The current task's flags: its own, or the thread's while it runs none. */
static inline unsigned int *msim_current_flags(struct msim_ctx *ctx)
{
	return ctx->current == &ctx->machine->idle ? &ctx->idle_flags : &ctx->current->flags;
}

/* How many pages were freed; 0 if nobody is asked. Of a memcg 32 are wanted at least. */
unsigned long msim_hook_page_reclaim(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned int order);
unsigned long msim_hook_memcg_reclaim(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				      unsigned long nr_pages, memcgsim_gfp_t gfp);

/* Whom to kill; NULL for nobody. */
struct memcgsim_task *msim_hook_oom(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				    memcgsim_gfp_t gfp, unsigned int order);

#endif /* MSIM_SEAM_HOOKS_H */
