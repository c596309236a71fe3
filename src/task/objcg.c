/* SPDX-License-Identifier: MIT */
/*
 * Owns task->objcg: the current task's cached answer to "who pays", lock-free against movers.
 * Called by the front doors. Keeps I-TASK-OBJCG and I-CHARGE-WHO. Models current_obj_cgroup() and
 * current_objcg_update(), mm/memcontrol.c, v6.7 and later (section 6, O-10 ... O-12, K-06, K-07).
 */
#include "task/objcg.h"

#include "memcg/css.h"
#include "memcg/objcg.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/trace.h"

/*
 * The nearest living objcg of the task's memcg and those above, with a reference; NULL at the root
 * (O-10).
 */
static struct memcgsim_obj_cgroup *lookup(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	struct memcgsim_mem_cgroup *memcg;
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct msim_section section;

	msim_rcu_read_lock();
	memcg = msim_rcu_dereference(&task->cset)->memcg;
	section = msim_section_enter(ctx);
	for (; !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		objcg = msim_rcu_dereference(&memcg->objcg);
		if (objcg && msim_ref_tryget(section.cpu, &objcg->ref))
			break;
		objcg = NULL; /* dying: what is the parent's is the answer */
	}
	msim_section_leave(&section);
	msim_rcu_read_unlock();
	return objcg;
}

static void put(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg)
{
	if (objcg)
		msim_objcg_put_ctx(ctx, objcg);
}

/*
 * The task has moved. A mover that comes between the exchange and the compare-exchange makes the
 * latter fail, for the word is then the bare flag; one that comes later leaves the flag for the
 * next reader (K-06).
 */
static struct memcgsim_obj_cgroup *update(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	struct memcgsim_obj_cgroup *objcg = NULL;
	/* Before 6.7 the word keeps a reference for the caller, and no answer: each charge looks. */
	unsigned long again = ctx->machine->variant->task_objcg ? 0 : MSIM_OBJCG_UPDATE_FLAG;
	unsigned long expected;

	msim_assert(task == ctx->task && task != &ctx->machine->idle); /* current only */
	do {
		unsigned long old = msim_xchg(&task->objcg, 0);

		put(ctx, (struct memcgsim_obj_cgroup *)(old & ~MSIM_OBJCG_UPDATE_FLAG));
		put(ctx, objcg); /* of the round that was lost */
		objcg = lookup(ctx, task);
		expected = 0;
	} while (!msim_cmpxchg(&task->objcg, &expected, (unsigned long)objcg | again));
	msim_trace(ctx, MEMCGSIM_EV_OBJCG_UPDATE, task, (long)objcg);
	return objcg;
}

struct memcgsim_obj_cgroup *msim_current_objcg(struct msim_ctx *ctx)
{
	struct memcgsim_task *task = ctx->task;
	unsigned long word = msim_load_relaxed(&task->objcg);

	/* Until a memcg besides the root exists nothing is accounted, and nothing looked up. */
	if (likely(!(word & MSIM_OBJCG_UPDATE_FLAG)) ||
	    !msim_load_relaxed(&ctx->machine->kmem_online))
		return (struct memcgsim_obj_cgroup *)(word & ~MSIM_OBJCG_UPDATE_FLAG);
	return update(ctx, task);
}

struct memcgsim_mem_cgroup *msim_get_current_memcg(struct msim_ctx *ctx)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;
	bool got;

	if (ctx->task == &ctx->machine->idle)
		return ctx->machine->root_memcg;
	do { /* one that is dying has been left: look again */
		msim_rcu_read_lock();
		memcg = msim_rcu_dereference(&ctx->task->cset)->memcg;
		section = msim_section_enter(ctx);
		got = msim_css_tryget(section.cpu, memcg);
		msim_section_leave(&section);
		msim_rcu_read_unlock();
	} while (!got);
	return memcg;
}

struct memcgsim_obj_cgroup *memcgsim_get_obj_cgroup_from_current(void)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg;
	struct msim_section section;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	objcg = msim_current_objcg(ctx);
	if (!objcg)
		return NULL;
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	return objcg;
}
