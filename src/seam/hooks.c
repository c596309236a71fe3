/* SPDX-License-Identifier: MIT */
/*
 * Owns the hooks (set while nobody is inside) and the flag PF_MEMALLOC of the current task, which
 * only its own thread reads and writes. Called by charging, the page allocator and the files. Stands
 * in for vmscan and the OOM killer's choice; models memalloc_noreclaim_save() and what
 * try_to_free_pages() and its memcg kin do with it.
 */
#include "seam/hooks.h"

#include <memcgsim/hooks.h>
#include <memcgsim/task.h>

#include "seam/bug.h"
#include "seam/thread.h"

#define SWAP_CLUSTER_MAX 32 /* reclaim takes no fewer pages at a time */

void memcgsim_set_hooks(struct memcgsim *machine, const struct memcgsim_hooks *hooks)
{
	machine->hooks = hooks ? *hooks : (struct memcgsim_hooks){ 0 };
}

static unsigned int noreclaim_save(struct msim_ctx *ctx)
{
	unsigned int *flags = msim_current_flags(ctx);
	unsigned int old = *flags & MSIM_PF_MEMALLOC;

	*flags |= MSIM_PF_MEMALLOC;
	return old;
}

static void noreclaim_restore(struct msim_ctx *ctx, unsigned int old)
{
	unsigned int *flags = msim_current_flags(ctx);

	*flags = (*flags & ~MSIM_PF_MEMALLOC) | (old & MSIM_PF_MEMALLOC);
}

/* Whether a hook may be called at all; from here on it is. Nobody waits in a read section. */
static bool begin(struct msim_ctx *ctx)
{
	if (ctx->hooks_off ||
	    msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, msim_rcu_reading(),
			"an allocation that may wait, inside an RCU read section", __func__, NULL))
		return false;
	msim_assert(ctx->self.held_ranks == 0);
	ctx->in_hook++;
	return true;
}

static void end(struct msim_ctx *ctx)
{
	msim_assert(ctx->in_hook > 0 && ctx->self.held_ranks == 0);
	ctx->in_hook--;
}

unsigned long msim_hook_page_reclaim(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned int order)
{
	const struct memcgsim_hooks *hooks = &ctx->machine->hooks;
	unsigned long freed;
	unsigned int old;

	if (!hooks->page_reclaim || !begin(ctx))
		return 0;
	old = noreclaim_save(ctx);
	freed = hooks->page_reclaim(ctx->machine, gfp, order, hooks->arg);
	noreclaim_restore(ctx, old);
	end(ctx);
	return freed;
}

unsigned long msim_hook_memcg_reclaim(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				      unsigned long nr_pages, memcgsim_gfp_t gfp)
{
	const struct memcgsim_hooks *hooks = &ctx->machine->hooks;
	unsigned long freed;
	unsigned int old;

	if (!hooks->memcg_reclaim || !begin(ctx))
		return 0;
	if (nr_pages < SWAP_CLUSTER_MAX)
		nr_pages = SWAP_CLUSTER_MAX;
	old = noreclaim_save(ctx);
	freed = hooks->memcg_reclaim(ctx->machine, memcg, nr_pages, gfp, hooks->arg);
	noreclaim_restore(ctx, old);
	end(ctx);
	return freed;
}

struct memcgsim_task *msim_hook_oom(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				    memcgsim_gfp_t gfp, unsigned int order)
{
	const struct memcgsim_hooks *hooks = &ctx->machine->hooks;
	struct memcgsim_task *victim;

	/* Who chooses a victim has to do with what there is: it would be asked again and again. */
	if (!hooks->oom || ctx->in_oom || !begin(ctx))
		return NULL;
	ctx->in_oom = true;
	victim = hooks->oom(ctx->machine, memcg, gfp, order, hooks->arg);
	ctx->in_oom = false;
	end(ctx);
	return victim;
}

unsigned int memcgsim_memalloc_noreclaim_save(void)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return 0;
	}
	return noreclaim_save(ctx);
}

void memcgsim_memalloc_noreclaim_restore(unsigned int flags)
{
	struct msim_ctx *ctx = msim_ctx();

	if (ctx)
		noreclaim_restore(ctx, flags);
	else
		msim_unbound(__func__);
}
