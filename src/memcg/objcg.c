/* SPDX-License-Identifier: MIT */
/*
 * Owns objcgs and the byte stocks (under their CPU's section). Called by charging, draining and the
 * release of references. Keeps I-OBJ-PAGES, I-OBJCG-BYTES and I-STOCK. Models struct obj_cgroup,
 * refill_obj_stock(), drain_obj_stock() and obj_cgroup_release(), mm/memcontrol.c (O-01 ... O-07,
 * O-17).
 */
#include "memcg/objcg.h"

#include <stdlib.h>

#include "memcg/stat.h"
#include "memcg/stock.h"
#include "memcg/taker.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/trace.h"

#define BYTES_IN_PAGE(bytes) ((unsigned long)(bytes) & (MEMCGSIM_PAGE_SIZE - 1))

struct memcgsim_obj_cgroup *msim_objcg_alloc(struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim *machine = memcg->machine;
	struct memcgsim_obj_cgroup *objcg;

	objcg = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*objcg));
	if (!objcg)
		return NULL;
	msim_ref_init(machine, &objcg->ref);
	objcg->machine = machine;
	objcg->memcg = memcg;
	return objcg;
}

void msim_objcg_abort(struct memcgsim_obj_cgroup *objcg)
{
	msim_ref_kill(objcg->machine, &objcg->ref, 1);
	msim_assert(msim_ref_read(objcg->machine, &objcg->ref) == 1);
	msim_free(objcg->machine, objcg);
}

void msim_objcg_put_ctx(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg)
{
	struct msim_section section = msim_section_enter(ctx);

	msim_objcg_put(section.cpu, objcg);
	msim_section_leave(&section);
}

void msim_objcg_hold(struct memcgsim_obj_cgroup *objcg)
{
	msim_taker_took(objcg->machine, MSIM_TAKEN_OBJCG, objcg, 1);
	msim_add_relaxed(&objcg->holds, 1);
}

bool msim_objcg_unhold(struct memcgsim_obj_cgroup *objcg, const char *caller)
{
	long held = msim_load_relaxed(&objcg->holds);

	do {
		if (msim_bug_if(objcg->machine, MEMCGSIM_MISUSE, held <= 0,
				"more references on an objcg were put than taken", caller, objcg)) {
			msim_taker_put_extra(objcg->machine, MSIM_TAKEN_OBJCG, objcg, 1);
			return false;
		}
	} while (!msim_cmpxchg(&objcg->holds, &held, held - 1));
	msim_taker_put(objcg->machine, MSIM_TAKEN_OBJCG, objcg, 1);
	return true;
}

struct memcgsim_mem_cgroup *msim_objcg_get_memcg(struct msim_cpu *cpu,
						 struct memcgsim_obj_cgroup *objcg)
{
	msim_assert_section(cpu);
	msim_assert_rcu_read_lock_held();
	for (;;) {
		struct memcgsim_mem_cgroup *memcg = msim_rcu_dereference(&objcg->memcg);

		if (msim_css_tryget(cpu, memcg))
			return memcg;
	}
}

struct memcgsim_mem_cgroup *msim_objcg_get_memcg_ctx(struct msim_ctx *ctx,
						     struct memcgsim_obj_cgroup *objcg)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;

	msim_rcu_read_lock();
	section = msim_section_enter(ctx);
	memcg = msim_objcg_get_memcg(section.cpu, objcg);
	msim_section_leave(&section);
	msim_rcu_read_unlock();
	return memcg;
}

void msim_objcg_uncharge_pages(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg,
			       unsigned long nr_pages)
{
	struct memcgsim_mem_cgroup *memcg;

	msim_assert_rcu_read_lock_held();
	msim_assert(nr_pages > 0);
	if (msim_stock_return_kmem(cpu, objcg, nr_pages))
		return;
	memcg = msim_objcg_get_memcg(cpu, objcg);
	msim_stock_refill(cpu, memcg, nr_pages);
	msim_stock_account_kmem(cpu, memcg, -(long)nr_pages);
	msim_css_put(cpu, memcg);
}

void msim_objcg_drain_bytes(struct msim_cpu *cpu)
{
	struct msim_stock *stock = &cpu->stock;
	struct memcgsim_obj_cgroup *old = stock->cached_objcg;
	unsigned long nr_pages = stock->nr_bytes >> MEMCGSIM_PAGE_SHIFT;
	unsigned long rest = BYTES_IN_PAGE(stock->nr_bytes);

	msim_assert_section(cpu);
	msim_assert_rcu_read_lock_held();
	if (!old) {
		msim_assert(stock->nr_bytes == 0 && stock->slab_bytes == 0);
		return;
	}
	if (nr_pages)
		msim_objcg_uncharge_pages(cpu, old, nr_pages);
	/* Whoever caches this objcg next takes these over (O-05). */
	if (rest)
		msim_add_return(&old->nr_charged_bytes, (long)rest);
	stock->nr_bytes = 0;
	msim_stat_add_slab(msim_rcu_dereference(&old->memcg), stock->slab_bytes);
	stock->slab_bytes = 0;
	msim_store_release(&stock->cached_objcg, NULL);
	msim_objcg_put(cpu, old);
}

/* Makes the byte stock this objcg's: what no stock has of it comes along (O-05). */
static void cache_objcg(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg)
{
	struct msim_stock *stock = &cpu->stock;

	msim_objcg_drain_bytes(cpu);
	msim_objcg_get(cpu, objcg);
	msim_store_release(&stock->cached_objcg, objcg); /* drain reads it under RCU */
	if (msim_load_relaxed(&objcg->nr_charged_bytes))
		stock->nr_bytes = (unsigned long)msim_xchg(&objcg->nr_charged_bytes, 0);
}

void msim_objcg_account_slab(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg, long bytes)
{
	struct msim_stock *stock = &cpu->stock;
	bool first;

	msim_assert_section(cpu);
	msim_assert_rcu_read_lock_held();
	if (stock->byte_cap == 0) {
		msim_stat_add_slab(msim_rcu_dereference(&objcg->memcg), bytes);
		return;
	}
	if (stock->cached_objcg != objcg)
		cache_objcg(cpu, objcg);
	first = stock->slab_bytes == 0; /* waits at least once, whatever its size */
	stock->slab_bytes += bytes;
	if (first || labs(stock->slab_bytes) <= (long)MEMCGSIM_PAGE_SIZE)
		return;
	msim_stat_add_slab(msim_rcu_dereference(&objcg->memcg), stock->slab_bytes);
	stock->slab_bytes = 0;
}

/*
 * With the byte stock off: bytes gather in the objcg itself, and whole pages of them go back at
 * once.
 */
static void return_bytes_directly(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg,
				  unsigned long nr_bytes)
{
	long bytes = msim_add_return(&objcg->nr_charged_bytes, (long)nr_bytes);

	while (bytes >= (long)MEMCGSIM_PAGE_SIZE) {
		if (msim_cmpxchg(&objcg->nr_charged_bytes, &bytes, (long)BYTES_IN_PAGE(bytes))) {
			msim_objcg_uncharge_pages(cpu, objcg,
						  (unsigned long)bytes >> MEMCGSIM_PAGE_SHIFT);
			return;
		}
	}
}

void msim_objcg_refill_bytes(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg,
			     unsigned long nr_bytes, bool allow_uncharge)
{
	struct msim_stock *stock = &cpu->stock;
	unsigned long nr_pages;

	msim_assert_section(cpu);
	msim_assert_rcu_read_lock_held();
	if (stock->byte_cap == 0) {
		return_bytes_directly(cpu, objcg, nr_bytes);
		return;
	}
	if (stock->cached_objcg != objcg) {
		cache_objcg(cpu, objcg);
		allow_uncharge = true;
	}
	stock->nr_bytes += nr_bytes;
	if (!allow_uncharge || stock->nr_bytes <= stock->byte_cap)
		return;
	nr_pages = stock->nr_bytes >> MEMCGSIM_PAGE_SHIFT;
	stock->nr_bytes = BYTES_IN_PAGE(stock->nr_bytes);
	msim_objcg_uncharge_pages(cpu, objcg, nr_pages);
}

static void free_objcg(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_obj_cgroup *objcg =
		msim_container_of(work, struct memcgsim_obj_cgroup, work);

	msim_taker_forget(ctx->machine, objcg);
	msim_free(ctx->machine, objcg);
}

/* The last reference is gone; readers may still look. */
void msim_objcg_release(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_obj_cgroup *objcg =
		msim_container_of(work, struct memcgsim_obj_cgroup, work);
	struct memcgsim *machine = ctx->machine;
	long bytes = msim_load_relaxed(&objcg->nr_charged_bytes);
	struct msim_section section;

	/*
	 * I-OBJCG-BYTES: what is left over from objects that lay across pages must add up to whole
	 * ones.
	 */
	(void)msim_warn_on_once(machine, BYTES_IN_PAGE(bytes) != 0, objcg);
	msim_rcu_read_lock();
	section = msim_section_enter(ctx);
	if (bytes >= (long)MEMCGSIM_PAGE_SIZE)
		msim_objcg_uncharge_pages(section.cpu, objcg,
					  (unsigned long)bytes >> MEMCGSIM_PAGE_SHIFT);
	msim_trace_in(section.cpu, MEMCGSIM_EV_OBJCG_RELEASE, objcg, bytes >> MEMCGSIM_PAGE_SHIFT);
	msim_section_leave(&section);
	msim_rcu_read_unlock();

	msim_spin_lock(&machine->objcg_lock);
	msim_list_del(&objcg->node);
	msim_spin_unlock(&machine->objcg_lock);
	msim_call_rcu(machine, &objcg->work, free_objcg);
}

unsigned long msim_objcg_sweep(struct memcgsim_mem_cgroup *memcg)
{
	unsigned long count = 0;

	while (!msim_list_empty(&memcg->objcg_list)) {
		struct memcgsim_obj_cgroup *objcg =
			msim_list_first(&memcg->objcg_list, struct memcgsim_obj_cgroup, node);

		msim_list_del(&objcg->node);
		msim_free(objcg->machine, objcg);
		count++;
	}
	return count;
}
