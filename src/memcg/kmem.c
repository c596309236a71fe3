/* SPDX-License-Identifier: MIT */
/*
 * Owns the slow way of charging objcgs; the fast halves are in stock.h and objcg.h. Called by the
 * front doors. Keeps I-OBJ-PAGES. Models obj_cgroup_charge_pages(), obj_cgroup_charge() and
 * obj_cgroup_uncharge(), mm/memcontrol.c (O-04, O-05, C-10).
 */
#include "memcg/kmem.h"

#include "memcg/charge.h"
#include "memcg/objcg.h"
#include "memcg/stock.h"
#include "seam/percpu.h"

int msim_objcg_charge_pages(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			    memcgsim_gfp_t gfp, unsigned long nr_pages)
{
	struct memcgsim_mem_cgroup *memcg = msim_objcg_get_memcg_ctx(ctx, objcg);
	struct msim_section section;
	/* The memcg may go offline meanwhile: it is charged all the same, and stays pinned (O-09). */
	int err = msim_try_charge(ctx, memcg, gfp, nr_pages);

	section = msim_section_enter(ctx);
	if (!err)
		msim_stock_account_kmem(section.cpu, memcg, (long)nr_pages);
	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
	return err;
}

int msim_objcg_charge_bytes(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			    memcgsim_gfp_t gfp, unsigned long nr_bytes, unsigned long slab_bytes)
{
	unsigned long nr_pages = (nr_bytes + MEMCGSIM_PAGE_SIZE - 1) >> MEMCGSIM_PAGE_SHIFT;
	unsigned long surplus = (nr_pages << MEMCGSIM_PAGE_SHIFT) - nr_bytes;
	struct msim_section section;
	bool hit;
	int err;

	msim_assert(nr_bytes > 0 && slab_bytes <= nr_bytes);
	section = msim_section_enter(ctx);
	hit = msim_objcg_consume_bytes(section.cpu, objcg, nr_bytes, slab_bytes);
	msim_section_leave(&section);
	if (hit)
		return 0;

	/* What the stock has, if too little, is not used up first: it comes on top (O-04). */
	err = msim_objcg_charge_pages(ctx, objcg, gfp, nr_pages);
	if (err)
		return err;
	msim_rcu_read_lock();
	section = msim_section_enter(ctx);
	if (surplus)
		msim_objcg_refill_bytes(section.cpu, objcg, surplus, false);
	if (slab_bytes)
		msim_objcg_account_slab(section.cpu, objcg, (long)slab_bytes);
	msim_section_leave(&section);
	msim_rcu_read_unlock();
	return 0;
}

void msim_objcg_uncharge_bytes(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			       unsigned long nr_bytes, unsigned long slab_bytes)
{
	struct msim_section section;

	msim_assert(nr_bytes > 0 && slab_bytes <= nr_bytes);
	msim_rcu_read_lock();
	section = msim_section_enter(ctx);
	if (!msim_objcg_return_bytes(section.cpu, objcg, nr_bytes, slab_bytes)) {
		msim_objcg_refill_bytes(section.cpu, objcg, nr_bytes, true);
		if (slab_bytes)
			msim_objcg_account_slab(section.cpu, objcg, -(long)slab_bytes);
	}
	msim_section_leave(&section);
	msim_rcu_read_unlock();
}
