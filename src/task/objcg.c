/* SPDX-License-Identifier: MIT */
/*
 * Owns task->objcg: the current task's cached answer to "who pays", lock-free against movers.
 * Called by the front doors. Keeps I-TASK-OBJCG and I-CHARGE-WHO. Models current_obj_cgroup() and
 * current_objcg_update(), mm/memcontrol.c, v6.7 and later (section 6, O-10 ... O-13, D3 ... D6,
 * K-06, K-07).
 */
#include "task/objcg.h"

#include "memcg/css.h"
#include "memcg/objcg.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/trace.h"
#include "task/current.h"
#include "task/mm.h"

/*
 * Under RCU: the nearest living objcg of @memcg and those above, with a reference; NULL at the root
 * (O-10).
 */
static struct memcgsim_obj_cgroup *nearest_objcg(struct msim_ctx *ctx,
						 const struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct msim_section section;

	msim_assert_rcu_read_lock_held();
	if (msim_memcg_is_root(memcg))
		return NULL;
	section = msim_section_enter(ctx);
	for (; !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		objcg = msim_rcu_dereference(&memcg->objcg);
		if (objcg && msim_ref_tryget(section.cpu, &objcg->ref))
			break;
		objcg = NULL; /* dying: what is the parent's is the answer */
	}
	msim_section_leave(&section);
	return objcg;
}

/* That of the task's memcg. */
static struct memcgsim_obj_cgroup *lookup(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	struct memcgsim_obj_cgroup *objcg;

	msim_rcu_read_lock();
	objcg = nearest_objcg(ctx, msim_rcu_dereference(&task->cset)->memcg);
	msim_rcu_read_unlock();
	return objcg;
}

/*
 * The same for the memcg of a scope, without a reference: whoever set the scope holds the memcg,
 * that holds its ancestors, and each of them its orig_objcg (D4, D5). At the root it is NULL, not
 * whatever was there before (D6).
 */
static struct memcgsim_obj_cgroup *scope_objcg(struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim_obj_cgroup *objcg = NULL;

	for (; !objcg && !msim_memcg_is_root(memcg); memcg = memcg->parent)
		objcg = msim_load_acquire(&memcg->objcg);
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
	/* Before 6.7 the word keeps a reference for who does not take one, and no answer. */
	unsigned long again = ctx->machine->variant->task_objcg ? 0 : MSIM_OBJCG_UPDATE_FLAG;
	unsigned long expected;

	msim_assert(task == ctx->current && task != &ctx->machine->idle); /* current only */
	do {
		unsigned long old = msim_xchg(&task->objcg, 0);

		put(ctx, (struct memcgsim_obj_cgroup *)(old & ~MSIM_OBJCG_UPDATE_FLAG));
		/* The word stays 0 until the next move, even if the task gets an mm (K-07). */
		task->unpaid = !task->mm || task->kthread;
		if (task->unpaid)
			return NULL;
		put(ctx, objcg); /* of the round that was lost */
		objcg = lookup(ctx, task);
		expected = 0;
	} while (!msim_cmpxchg(&task->objcg, &expected, (unsigned long)objcg | again));
	msim_trace(ctx, MEMCGSIM_EV_OBJCG_UPDATE, task, (long)objcg);
	return objcg;
}

struct memcgsim_obj_cgroup *msim_current_objcg(struct msim_ctx *ctx)
{
	struct memcgsim_mem_cgroup *active = msim_active_memcg(ctx);
	struct memcgsim_task *task = ctx->current;
	unsigned long word;

	/* Until a memcg besides the root exists nothing is accounted, and nothing looked up. */
	if (!msim_load_relaxed(&ctx->machine->kmem_online))
		return NULL;
	if (active)
		return scope_objcg(active);
	if (!msim_in_task(ctx)) /* the interrupted task pays for no interrupt (O-12) */
		return NULL;
	word = msim_load_relaxed(&task->objcg);
	if (likely(!(word & MSIM_OBJCG_UPDATE_FLAG)))
		return (struct memcgsim_obj_cgroup *)word;
	/* The charge that a hook interrupts still uses it, on no other reference than the word's. */
	if (ctx->in_hook && word != MSIM_OBJCG_UPDATE_FLAG)
		return (struct memcgsim_obj_cgroup *)(word & ~MSIM_OBJCG_UPDATE_FLAG);
	if (ctx->machine->variant->update_objcg)
		return ctx->machine->variant->update_objcg(ctx, task);
	return update(ctx, task);
}

/*
 * With a reference: of the memcg of a scope or, where the task does not remember its objcg, of the
 * task's, looked up by each charge.
 */
static struct memcgsim_obj_cgroup *get_looked_up(struct msim_ctx *ctx,
						 const struct memcgsim_mem_cgroup *active)
{
	struct memcgsim_task *task = ctx->current;
	struct memcgsim_obj_cgroup *objcg;

	if (!msim_load_relaxed(&ctx->machine->kmem_online))
		return NULL;
	if (!active && (!msim_in_task(ctx) || !task->mm || task->kthread))
		return NULL;
	msim_rcu_read_lock();
	objcg = nearest_objcg(ctx, active ? active : msim_rcu_dereference(&task->cset)->memcg);
	msim_rcu_read_unlock();
	if (!active)
		msim_trace(ctx, MEMCGSIM_EV_OBJCG_UPDATE, task, (long)objcg);
	return objcg;
}

struct memcgsim_obj_cgroup *msim_get_current_objcg(struct msim_ctx *ctx)
{
	struct memcgsim_mem_cgroup *active = msim_active_memcg(ctx);
	struct memcgsim_obj_cgroup *objcg;
	struct msim_section section;

	if (ctx->machine->variant->orig_objcg)
		return msim_current_objcg(ctx);
	if (active || !ctx->machine->variant->task_objcg)
		return get_looked_up(ctx, active);
	objcg = msim_current_objcg(ctx);
	if (!objcg)
		return NULL;
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	return objcg;
}

void msim_put_current_objcg(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg)
{
	if (!ctx->machine->variant->orig_objcg)
		put(ctx, objcg);
}

bool msim_vet_mm(struct msim_ctx *ctx, const struct memcgsim_mm *mm, const char *caller)
{
	return !msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, mm && mm->machine != ctx->machine,
			    "the mm is not this machine's", caller, mm);
}

struct memcgsim_mem_cgroup *msim_get_memcg_from_mm(struct msim_ctx *ctx, struct memcgsim_mm *mm)
{
	struct memcgsim_mem_cgroup *active;

	if (mm) /* then a scope says nothing */
		return msim_mm_get_memcg(ctx, mm);
	active = msim_active_memcg(ctx);
	if (active) {
		msim_css_get_ctx(ctx, active); /* the scope's reference keeps it until then */
		return active;
	}
	/* Also in an interrupt: current is the task that it struck. */
	return ctx->current->mm ? msim_mm_get_memcg(ctx, ctx->current->mm)
				: ctx->machine->root_memcg;
}

struct memcgsim_mem_cgroup *memcgsim_get_mem_cgroup_from_mm(struct memcgsim_mm *mm)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_mem_cgroup *memcg;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	if (!msim_vet_mm(ctx, mm, __func__))
		return NULL;
	memcg = msim_get_memcg_from_mm(ctx, mm);
	msim_css_hold(memcg);
	return memcg;
}

struct memcgsim_obj_cgroup *memcgsim_current_obj_cgroup(void)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	return msim_current_objcg(ctx);
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
	objcg = msim_get_current_objcg(ctx);
	if (!objcg)
		return NULL;
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	msim_put_current_objcg(ctx, objcg);
	msim_objcg_hold(objcg);
	return objcg;
}
