/* SPDX-License-Identifier: MIT */
/*
 * Owns what tasks owe for being over memory.high or swap.high (task.over_high_pages, current's alone),
 * and the marks that interrupts leave (memcg.high_pending). Called by charging, by the return to user
 * space and by the deferred work. Models mem_cgroup_handle_over_high(), reclaim_high() and
 * high_work_func(), mm/memcontrol.c (C-07, C-08, C-15).
 */
#include "memcg/high.h"

#include <memcgsim/limit.h>

#include "memcg/css.h"
#include "memcg/events.h"
#include "memcg/oom.h"
#include "seam/hooks.h"
#include "seam/thread.h"

#define HZ		    100UL /* of the kernel of the recordings */
#define MAX_DELAY_JIFFIES   (2 * HZ)
#define PRECISION_SHIFT	    20
#define SCALING_SHIFT	    14
#define MAX_RECLAIM_RETRIES 16
#define SWAP_CLUSTER_MAX    32

static bool is_over(struct msim_page_counter *counter)
{
	return msim_load_relaxed(&counter->usage) > msim_load_relaxed(&counter->high);
}

static bool over_high(struct memcgsim_mem_cgroup *memcg)
{
	return is_over(&memcg->memory);
}

/* Without a swap area nothing is asked: there is nothing to be over it with. */
static bool over_any_high(struct memcgsim_mem_cgroup *memcg)
{
	return over_high(memcg) || (memcg->machine->swap.nr_slots && is_over(&memcg->swap));
}

/* Each level that is over it counts an event and is asked to shrink; the root is not. */
static unsigned long reclaim_high(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				  unsigned long nr_pages, memcgsim_gfp_t gfp)
{
	unsigned long reclaimed = 0;

	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		if (!over_high(memcg))
			continue;
		msim_memcg_event(memcg, MSIM_EVENT_HIGH);
		reclaimed += msim_hook_memcg_reclaim(ctx, memcg, nr_pages, gfp);
	}
	return reclaimed;
}

/* An interrupt's way: the nearest level that is over it, later (C-07). */
static void defer(struct memcgsim_mem_cgroup *memcg)
{
	(void)msim_xchg(&memcg->high_pending, 1);
	(void)msim_xchg(&memcg->machine->high_pending, 1);
}

void msim_high_check(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		     unsigned long batch)
{
	struct memcgsim_task *task = ctx->current;

	/* An interrupt does not mind swap: what it defers could do nothing about it. */
	while (memcg && !(ctx->irq_nesting ? over_high(memcg) : over_any_high(memcg)))
		memcg = memcg->parent;
	if (ctx->irq_nesting) {
		if (memcg)
			defer(memcg);
		return;
	}
	if (memcg && task != &ctx->machine->idle)
		task->over_high_pages += batch;
	if (task->over_high_pages > MEMCGSIM_CHARGE_BATCH &&
	    !(*msim_current_flags(ctx) & MSIM_PF_MEMALLOC) && (gfp & MEMCGSIM___GFP_DIRECT_RECLAIM))
		task->penalty_ms += msim_handle_over_high(ctx, gfp);
}

/* How far over, as a fraction of the limit in fixed point; a limit of nothing stands for a page. */
static uint64_t overage(struct msim_page_counter *counter)
{
	uint64_t usage = (uint64_t)msim_load_relaxed(&counter->usage);
	uint64_t high = (uint64_t)msim_load_relaxed(&counter->high);

	if (usage <= high)
		return 0;
	if (high == 0)
		high = 1;
	return ((usage - high) << PRECISION_SHIFT) / high;
}

/* The worst level decides. */
static uint64_t worst_overage(struct memcgsim_mem_cgroup *memcg)
{
	uint64_t worst = 0;

	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		uint64_t level = overage(&memcg->memory);

		if (level > worst)
			worst = level;
	}
	return worst;
}

/* The same of swap; each level that is over is an event, for nobody has reclaimed there (C-15). */
static uint64_t worst_swap_overage(struct memcgsim_mem_cgroup *memcg)
{
	uint64_t worst = 0;

	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		uint64_t level = overage(&memcg->swap);

		if (level)
			msim_memcg_event(memcg, MSIM_EVENT_SWAP_HIGH);
		if (level > worst)
			worst = level;
	}
	return worst;
}

/* It grows with the square of how far over, and with what was charged. */
static uint64_t delay_jiffies(uint64_t worst, unsigned long nr_pages)
{
	uint64_t penalty = worst * worst * HZ >> PRECISION_SHIFT >> SCALING_SHIFT;

	return penalty * nr_pages / MEMCGSIM_CHARGE_BATCH;
}

static unsigned long penalty_jiffies(struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	uint64_t penalty = delay_jiffies(worst_overage(memcg), nr_pages);

	if (memcg->machine->swap.nr_slots)
		penalty += delay_jiffies(worst_swap_overage(memcg), nr_pages);
	return penalty < MAX_DELAY_JIFFIES ? penalty : MAX_DELAY_JIFFIES;
}

/* The task's own memcg, with a reference. */
static struct memcgsim_mem_cgroup *get_task_memcg(struct msim_ctx *ctx)
{
	struct memcgsim_mem_cgroup *memcg;
	bool got;

	do { /* one that is dying has been left: look again */
		msim_rcu_read_lock();
		memcg = msim_rcu_dereference(&ctx->current->cset)->memcg;
		got = msim_css_tryget_ctx(ctx, memcg);
		msim_rcu_read_unlock();
	} while (!got);
	return memcg;
}

unsigned long msim_handle_over_high(struct msim_ctx *ctx, memcgsim_gfp_t gfp)
{
	struct memcgsim_task *task = ctx->current;
	unsigned long owed = task->over_high_pages, nr_pages = owed, jiffies = 0;
	unsigned int retries = 0;
	struct memcgsim_mem_cgroup *memcg;

	if (!owed)
		return 0;
	memcg = get_task_memcg(ctx);
	task->over_high_pages = 0; /* whatever comes of it */
	while (!msim_task_is_dying(task)) {
		unsigned long reclaimed = reclaim_high(ctx, memcg, nr_pages, gfp);

		jiffies = penalty_jiffies(memcg, owed);
		if (jiffies <= HZ / 100) { /* not worth it */
			jiffies = 0;
			break;
		}
		if (!reclaimed && retries++ == MAX_RECLAIM_RETRIES)
			break;
		nr_pages = SWAP_CLUSTER_MAX;
		jiffies = 0;
	}
	msim_css_put_ctx(ctx, memcg);
	return jiffies * (1000 / HZ);
}

/* The next memcg that an interrupt has marked, with a reference; NULL: none is left. */
static struct memcgsim_mem_cgroup *next_pending(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_mem_cgroup *found = NULL;
	struct msim_list *pos;

	msim_mutex_lock(&machine->cgroup_mutex);
	msim_list_for_each (pos, &machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		if (!msim_load_relaxed(&memcg->high_pending) || !msim_xchg(&memcg->high_pending, 0))
			continue;
		if (msim_css_tryget_ctx(ctx, memcg)) { /* else nothing is charged there */
			found = memcg;
			break;
		}
	}
	msim_mutex_unlock(&machine->cgroup_mutex);
	return found;
}

unsigned long msim_high_run_work(struct memcgsim *machine)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_ctx guest, *ctx;
	unsigned long count = 0;

	if (!msim_load_relaxed(&machine->high_pending) || !msim_xchg(&machine->high_pending, 0))
		return 0;
	ctx = msim_guest_enter_always(machine, &guest);
	while ((memcg = next_pending(ctx))) {
		(void)reclaim_high(ctx, memcg, MEMCGSIM_CHARGE_BATCH, MEMCGSIM_GFP_KERNEL);
		msim_css_put_ctx(ctx, memcg);
		count++;
	}
	msim_guest_leave(ctx, &guest);
	return count;
}

unsigned long memcgsim_mem_cgroup_handle_over_high(memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	unsigned long ms;

	if (!ctx) {
		msim_unbound(__func__);
		return 0;
	}
	ms = msim_handle_over_high(ctx, gfp) + ctx->current->penalty_ms;
	if (ctx->current != &ctx->machine->idle)
		ctx->current->penalty_ms = 0;
	return ms;
}
