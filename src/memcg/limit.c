/* SPDX-License-Identifier: MIT */
/*
 * Owns the loops that make a new limit true, and the public doors to limits and protection. Called
 * by the files without a lock; limits themselves change under the cgroup mutex, so that setters are
 * serial (P-07). Models memory_max_write(), memory_high_write() and memory_reclaim(),
 * mm/memcontrol.c (section 10.2, P-07, P-08, P-11, P-12).
 */
#include "memcg/limit.h"

#include <memcgsim/limit.h>

#include <errno.h>

#include "memcg/css.h"
#include "memcg/drain.h"
#include "memcg/events.h"
#include "memcg/oom.h"
#include "memcg/page_counter.h"
#include "seam/bug.h"
#include "seam/hooks.h"
#include "seam/thread.h"

#define MAX_RECLAIM_RETRIES 16

static bool signal_pending(const struct msim_ctx *ctx)
{
	return msim_load_relaxed(&ctx->current->dying) & MSIM_DYING_SIGKILL;
}

/* How much has been tried for one write. */
struct effort {
	bool drained;
	unsigned int vain; /* how often reclaim may still find nothing */
};

/*
 * Shrinks @memcg to @pages as long as that gets on: stocks first, then reclaim. Whether it is there,
 * or the caller is to die.
 */
static bool shrink(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, long pages,
		   struct effort *effort)
{
	for (;;) {
		long usage =
			msim_load_seq_cst(&memcg->memory.usage); /* pairs with chargers: P-07 */

		if (usage <= pages || signal_pending(ctx))
			return true;
		if (!effort->drained) {
			effort->drained = true;
			msim_drain_all_stock(ctx, memcg);
		} else if (effort->vain == 0) {
			return false;
		} else if (!msim_hook_memcg_reclaim(ctx, memcg, (unsigned long)(usage - pages),
						    MEMCGSIM_GFP_KERNEL)) {
			effort->vain--;
		}
	}
}

void msim_limit_set_max(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, long pages)
{
	struct effort effort = { .vain = MAX_RECLAIM_RETRIES };

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_page_counter_xchg_max(&memcg->memory, pages);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	while (!shrink(ctx, memcg, pages, &effort)) {
		/* There is room: somebody has raised it since, and for that nobody needs to die. */
		if (msim_load_relaxed(&memcg->memory.max) > pages)
			break;
		msim_memcg_event(memcg, MSIM_EVENT_OOM);
		if (!msim_out_of_memory(ctx, memcg, MEMCGSIM_GFP_KERNEL, 0))
			break;
	}
}

void msim_limit_set_high(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, long pages)
{
	struct effort effort = { .vain = MAX_RECLAIM_RETRIES + 1 };

	msim_store_relaxed(&memcg->memory.high, pages);
	(void)shrink(ctx, memcg, pages, &effort);
}

int msim_limit_reclaim(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
		       unsigned long nr_pages)
{
	unsigned int vain = 0;
	unsigned long reclaimed = 0;

	while (reclaimed < nr_pages) {
		unsigned long now;

		if (signal_pending(ctx))
			return -EINTR;
		/* A quarter of what is left: it may take more than it is asked for. */
		now = msim_hook_memcg_reclaim(ctx, memcg, (nr_pages - reclaimed) / 4,
					      MEMCGSIM_GFP_KERNEL);
		if (!now && vain++ == MAX_RECLAIM_RETRIES)
			return -EAGAIN;
		reclaimed += now;
	}
	return 0;
}

/* ---- the public doors ---- */

int memcgsim_page_counter_set_max(struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	struct memcgsim *machine = memcg->machine;
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	long pages = nr_pages < (unsigned long)MSIM_PAGE_COUNTER_MAX ? (long)nr_pages
								     : MSIM_PAGE_COUNTER_MAX;
	int err;

	msim_mutex_lock(&machine->cgroup_mutex);
	err = msim_page_counter_set_max(&memcg->memory, pages);
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	return err;
}

/* What @target stands for, in the functions that a reclaim pass calls. */
static struct memcgsim_mem_cgroup *target_of(struct memcgsim_mem_cgroup *target,
					     const struct memcgsim_mem_cgroup *memcg)
{
	return target ? target : memcg->machine->root_memcg;
}

void memcgsim_mem_cgroup_calculate_protection(struct memcgsim_mem_cgroup *target,
					      struct memcgsim_mem_cgroup *memcg)
{
	target = target_of(target, memcg);
	if (msim_bug_if(memcg->machine, MEMCGSIM_MISUSE, !msim_memcg_is_descendant(memcg, target),
			"the memcg is not in the target's subtree", __func__, memcg))
		return;
	msim_page_counter_calculate_protection(&target->memory, &memcg->memory,
					       memcg->machine->config.memory_recursiveprot);
}

/* The root and the target of the pass are never protected (P-12). */
static bool unprotected(struct memcgsim_mem_cgroup *target, const struct memcgsim_mem_cgroup *memcg)
{
	return msim_memcg_is_root(memcg) || memcg == target_of(target, memcg);
}

bool memcgsim_mem_cgroup_below_min(struct memcgsim_mem_cgroup *target,
				   struct memcgsim_mem_cgroup *memcg)
{
	return !unprotected(target, memcg) &&
	       msim_load_relaxed(&memcg->memory.emin) >=
		       (unsigned long)msim_load_relaxed(&memcg->memory.usage);
}

bool memcgsim_mem_cgroup_below_low(struct memcgsim_mem_cgroup *target,
				   struct memcgsim_mem_cgroup *memcg)
{
	return !unprotected(target, memcg) &&
	       msim_load_relaxed(&memcg->memory.elow) >=
		       (unsigned long)msim_load_relaxed(&memcg->memory.usage);
}

_Static_assert((int)MEMCGSIM_MEMCG_LOW == (int)MSIM_EVENT_LOW &&
		       (int)MEMCGSIM_MEMCG_HIGH == (int)MSIM_EVENT_HIGH &&
		       (int)MEMCGSIM_MEMCG_MAX == (int)MSIM_EVENT_MAX &&
		       (int)MEMCGSIM_MEMCG_OOM == (int)MSIM_EVENT_OOM &&
		       (int)MEMCGSIM_MEMCG_OOM_KILL == (int)MSIM_EVENT_OOM_KILL &&
		       (int)MEMCGSIM_MEMCG_OOM_GROUP_KILL == (int)MSIM_EVENT_OOM_GROUP_KILL,
	       "the public events are the internal ones");

int memcgsim_memcg_memory_event(struct memcgsim_mem_cgroup *memcg,
				enum memcgsim_memcg_memory_event event)
{
	if ((unsigned int)event >= MSIM_NR_MEMORY_EVENTS)
		return -EINVAL;
	msim_memcg_event(memcg, (enum msim_memcg_event)event);
	return 0;
}
