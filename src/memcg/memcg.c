/* SPDX-License-Identifier: MIT */
/*
 * Owns the lives of memcgs, under the cgroup mutex, and the reparenting of objcgs (objcg_lock); the
 * tree's links are memcg/iter's, the ids memcg/id's. Called by the cgroup core. Keeps I-REPARENT,
 * I-TREE and I-FREE-ZERO. Models mem_cgroup_css_alloc(), _online(), _offline(), _free() and
 * memcg_offline_kmem(), mm/memcontrol.c (L-01, L-04, L-05, O-02, O-08).
 */
#include "memcg/memcg.h"

#include <errno.h>

#include <memcgsim/css.h>

#include "memcg/css.h"
#include "memcg/drain.h"
#include "memcg/id.h"
#include "memcg/iter.h"
#include "memcg/kmem.h"
#include "memcg/lru.h"
#include "memcg/objcg.h"
#include "memcg/page_counter.h"
#include "memcg/stat.h"
#include "memcg/taker.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/trace.h"

/* The kernel memory of a memcg is its parent's expense, until it is freed (L-01). */
static int charge_cost(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	const struct memcgsim_config *config = &ctx->machine->config;
	struct memcgsim_obj_cgroup *payer = msim_load_relaxed(&memcg->parent->objcg);
	struct msim_section section;
	int err;

	if (!payer || config->child_cost_bytes == 0)
		return 0;
	ctx->hooks_off++; /* the cgroup mutex is held */
	err = msim_objcg_charge_bytes(ctx, payer, MEMCGSIM_GFP_KERNEL_ACCOUNT,
				      config->child_cost_bytes, config->child_cost_slab_bytes);
	ctx->hooks_off--;
	if (err)
		return err;
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, payer);
	msim_section_leave(&section);
	memcg->cost_objcg = payer;
	memcg->cost_bytes = config->child_cost_bytes;
	msim_stat_add(memcg->parent, MSIM_STAT_PERCPU_BYTES, (long)config->child_cost_percpu_bytes);
	return 0;
}

static void uncharge_cost(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	if (!memcg->cost_objcg)
		return;
	msim_objcg_uncharge_bytes(ctx, memcg->cost_objcg, memcg->cost_bytes,
				  ctx->machine->config.child_cost_slab_bytes);
	msim_rcu_read_lock(); /* the payer's memcg may be another by now */
	msim_stat_add(msim_rcu_dereference(&memcg->cost_objcg->memcg), MSIM_STAT_PERCPU_BYTES,
		      -(long)ctx->machine->config.child_cost_percpu_bytes);
	msim_rcu_read_unlock();
	msim_objcg_put_ctx(ctx, memcg->cost_objcg);
	memcg->cost_objcg = NULL;
}

/* From here on it is charged: its objcg and its id can be found. */
static void online(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, unsigned int id,
		   struct memcgsim_obj_cgroup *objcg)
{
	struct msim_section section = msim_section_enter(ctx);

	if (objcg && ctx->machine->variant->orig_objcg) {
		msim_objcg_get(section.cpu, objcg);
		memcg->orig_objcg = objcg;
	}
	if (memcg->parent)
		msim_css_get(section.cpu, memcg->parent);
	msim_css_get(section.cpu, memcg); /* the id's */
	msim_trace_in(section.cpu, MEMCGSIM_EV_ONLINE, memcg, id);
	msim_section_leave(&section);

	if (memcg->v1)
		ctx->machine->variant->memcg_online(ctx, memcg);
	msim_rcu_assign_pointer(&memcg->objcg, objcg);
	if (memcg->parent)
		msim_memcg_link(memcg);
	msim_list_add_tail(&memcg->node, &ctx->machine->memcgs);
	memcg->online = true;
	msim_memcg_id_publish(memcg, id);
}

int msim_memcg_create(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *parent,
		      void (*released)(struct msim_ctx *ctx, struct msim_work *work),
		      struct memcgsim_mem_cgroup **ret_memcg)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_mem_cgroup *memcg;
	struct memcgsim_obj_cgroup *objcg = NULL;
	bool v1 = machine->variant->v1;
	unsigned int id;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	memcg = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*memcg));
	if (!memcg)
		return -ENOMEM;
	memcg->machine = machine;
	memcg->parent = parent;
	memcg->released = released;
	msim_list_init(&memcg->children);
	msim_list_init(&memcg->objcg_list);
	msim_lruvec_init(&memcg->lruvec);
	msim_page_counter_init(&memcg->memory, parent ? &parent->memory : NULL);
	msim_page_counter_init(&memcg->swap, parent ? &parent->swap : NULL);
	err = msim_memcg_id_reserve(machine, &id);
	if (err)
		goto free_memcg;
	err = v1 ? machine->variant->memcg_create(ctx, memcg) : 0;
	if (err)
		goto cancel_id;
	if (parent && !v1) { /* the root has none: nothing is charged there (O-11) */
		err = -ENOMEM;
		objcg = msim_objcg_alloc(memcg);
		if (!objcg)
			goto free_v1;
	}
	err = parent ? charge_cost(ctx, memcg) : 0;
	if (err)
		goto free_objcg;
	msim_ref_init(machine, &memcg->ref);
	if (parent)
		msim_store_relaxed(&machine->kmem_online, true);
	online(ctx, memcg, id, objcg);
	*ret_memcg = memcg;
	return 0;

free_objcg:
	if (objcg)
		msim_objcg_abort(objcg);
free_v1:
	if (v1)
		machine->variant->memcg_free(ctx, memcg);
cancel_id:
	msim_memcg_id_cancel(machine, id);
free_memcg:
	msim_free(machine, memcg);
	return err;
}

void msim_memcg_kill(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(memcg->online && !msim_memcg_is_root(memcg));
	memcg->online = false;
	msim_ref_kill(ctx->machine, &memcg->ref, 2); /* the base and the id's */
}

/* Returns how many objcgs the parent inherits. */
static unsigned long reparent_objcgs(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_mem_cgroup *parent = memcg->parent;
	struct memcgsim_obj_cgroup *objcg = msim_load_relaxed(&memcg->objcg);
	struct msim_list *pos;
	unsigned long count = 0;

	msim_assert(objcg && parent);
	/* Lookups that find none here go on to the parent (O-10). */
	msim_rcu_assign_pointer(&memcg->objcg, NULL);
	msim_spin_lock(&machine->objcg_lock);
	msim_list_add(&objcg->node, &memcg->objcg_list);
	msim_list_for_each (pos, &memcg->objcg_list) {
		msim_rcu_assign_pointer(
			&msim_list_entry(pos, struct memcgsim_obj_cgroup, node)->memcg, parent);
		count++;
	}
	msim_list_splice(&memcg->objcg_list, &parent->objcg_list);
	msim_spin_unlock(&machine->objcg_lock);

	/* the memcg's own, and orig_objcg's */
	msim_ref_kill(machine, &objcg->ref, memcg->orig_objcg ? 2 : 1);
	msim_objcg_put_ctx(ctx, objcg); /* the memcg's own */
	return count;
}

void msim_memcg_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	const struct msim_variant *variant = ctx->machine->variant;
	struct msim_section section;
	unsigned long count = 0;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(!memcg->online && msim_load_relaxed(&memcg->id));
	msim_page_counter_set_min(&memcg->memory, 0); /* protects nothing any more */
	msim_page_counter_set_low(&memcg->memory, 0);
	if (!variant->v1)
		count = reparent_objcgs(ctx, memcg);
	msim_drain_all_stock(ctx, memcg);
	msim_memcg_id_put_many(ctx, memcg, 1); /* whoever wrote it down keeps it (L-08) */

	section = msim_section_enter(ctx);
	msim_trace_in(section.cpu, MEMCGSIM_EV_OFFLINE, memcg, (long)count);
	if (!variant->v1)
		msim_css_put(section.cpu, memcg); /* the base */
	msim_section_leave(&section);
	if (variant->v1)
		variant->memcg_offline(ctx, memcg);
}

void msim_memcg_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim_mem_cgroup *parent = memcg->parent;
	struct msim_section section;

	msim_assert_held(MSIM_RANK_CGROUP);
	/* I-FREE-ZERO, as far as a look at the object tells */
	msim_assert(!msim_load_relaxed(&memcg->objcg) && msim_list_empty(&memcg->objcg_list));
	msim_assert(msim_list_empty(&memcg->children) && msim_lruvec_empty(&memcg->lruvec));
	msim_assert(msim_load_relaxed(&memcg->id) == 0 && msim_load_relaxed(&memcg->holds) == 0);
	uncharge_cost(ctx, memcg);
	msim_list_del(&memcg->node);
	msim_trace(ctx, MEMCGSIM_EV_FREE, memcg, 0);
	if (parent) { /* last: the counters of the child point into the parent's */
		msim_add_relaxed(&parent->lost_pages, msim_load_relaxed(&memcg->lost_pages));
		msim_add_relaxed(&parent->lost_kmem_pages,
				 msim_load_relaxed(&memcg->lost_kmem_pages));
		section = msim_section_enter(ctx);
		if (memcg->orig_objcg)
			msim_objcg_put(section.cpu, memcg->orig_objcg);
		msim_css_put(section.cpu, parent);
		msim_section_leave(&section);
	}
	if (memcg->v1)
		ctx->machine->variant->memcg_free(ctx, memcg);
	msim_taker_forget(ctx->machine, memcg);
	msim_free(ctx->machine, memcg);
}

unsigned long msim_memcg_sweep(struct msim_ctx *ctx)
{
	unsigned long count = 0;
	struct msim_list *pos;

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_list_for_each (pos, &ctx->machine->memcgs) { /* freed by deferred work, so not yet */
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);
		long ids = msim_load_relaxed(&memcg->id_holds);

		count += ids > 0 || msim_load_relaxed(&memcg->holds) > 0;
		while (ids > 0) {
			unsigned int some = ids < UINT32_MAX ? (unsigned int)ids : UINT32_MAX;

			memcgsim_mem_cgroup_id_put_many(memcg, some);
			ids -= some;
		}
		while (msim_load_relaxed(&memcg->holds) > 0)
			memcgsim_css_put(memcg);
	}
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	return count;
}
