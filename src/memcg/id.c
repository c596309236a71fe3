/* SPDX-License-Identifier: MIT */
/*
 * Owns the table of ids (memcg_id_lock, rank MSIM_RANK_MEMCG_ID; read under RCU) and the references
 * on them. Called when memcgs come and go, and by callers of the library. Keeps I-ID-LIFE and
 * I-REF-ID. Models mem_cgroup_ids, mem_cgroup_id_get_online(), mem_cgroup_id_put_many() and
 * mem_cgroup_from_id(), mm/memcontrol.c (L-01, L-08, L-09).
 */
#include "memcg/id.h"

#include <errno.h>

#include <memcgsim/css.h>

#include "base/lazy.h"
#include "memcg/css.h"
#include "memcg/taker.h"
#include "seam/bug.h"
#include "seam/thread.h"

#define IDS_BYTES ((MEMCGSIM_MAX_MEMCGS + 1) * sizeof(struct memcgsim_mem_cgroup *))

/* Taken, and not to be found under: what stands in the table between reservation and publication. */
#define RESERVED ((struct memcgsim_mem_cgroup *)1UL)

int msim_memcg_id_table_init(struct memcgsim *machine)
{
	msim_spin_init(&machine->memcg_id_lock, MSIM_RANK_MEMCG_ID);
	machine->lowest_free_id = 1; /* 0 is no id */
	machine->memcg_ids = msim_lazy_map(IDS_BYTES);
	return machine->memcg_ids ? 0 : -ENOMEM;
}

void msim_memcg_id_table_destroy(struct memcgsim *machine)
{
	msim_lazy_unmap(machine->memcg_ids, IDS_BYTES);
}

int msim_memcg_id_reserve(struct memcgsim *machine, unsigned int *ret_id)
{
	unsigned int id;
	int err = -EBUSY;

	msim_spin_lock(&machine->memcg_id_lock);
	id = machine->lowest_free_id;
	while (id <= machine->config.nr_memcg_ids && msim_load_relaxed(&machine->memcg_ids[id]))
		id++;
	if (id <= machine->config.nr_memcg_ids) {
		msim_store_relaxed(&machine->memcg_ids[id], RESERVED);
		*ret_id = id++;
		err = 0;
	}
	machine->lowest_free_id = id; /* none below, in either case */
	msim_spin_unlock(&machine->memcg_id_lock);
	return err;
}

static void free_id(struct memcgsim *machine, unsigned int id)
{
	msim_spin_lock(&machine->memcg_id_lock);
	msim_assert(id > 0 && msim_load_relaxed(&machine->memcg_ids[id]));
	msim_store_relaxed(&machine->memcg_ids[id], NULL);
	if (id < machine->lowest_free_id)
		machine->lowest_free_id = id;
	msim_spin_unlock(&machine->memcg_id_lock);
}

void msim_memcg_id_cancel(struct memcgsim *machine, unsigned int id)
{
	msim_assert(msim_load_relaxed(&machine->memcg_ids[id]) == RESERVED);
	free_id(machine, id);
}

void msim_memcg_id_publish(struct memcgsim_mem_cgroup *memcg, unsigned int id)
{
	struct memcgsim *machine = memcg->machine;

	msim_store_relaxed(&memcg->id, id);
	msim_add_return(&memcg->id_refs, 1);
	msim_spin_lock(&machine->memcg_id_lock);
	msim_assert(msim_load_relaxed(&machine->memcg_ids[id]) == RESERVED);
	/*
	 * Last: whoever finds the memcg finds it whole. Pairs with the acquire load of
	 * msim_memcg_from_id(); published before, id_alloc_vs_id_put finds an id without references.
	 */
	msim_store_release(&machine->memcg_ids[id], memcg);
	msim_spin_unlock(&machine->memcg_id_lock);
}

void msim_memcg_id_get_many(struct memcgsim_mem_cgroup *memcg, unsigned long nr)
{
	long refs = msim_add_return(&memcg->id_refs, (long)nr);

	msim_assert(nr > 0);
	(void)msim_vm_bug_on(memcg->machine, refs <= (long)nr, memcg); /* I-REF-RESURRECT */
}

void msim_memcg_id_put_many(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			    unsigned long nr)
{
	long refs = msim_sub_return(&memcg->id_refs, (long)nr);
	unsigned int id;

	msim_assert(nr > 0);
	if (msim_vm_bug_on(ctx->machine, refs < 0, memcg) || refs > 0) /* I-REF-POS */
		return;
	id = msim_load_relaxed(&memcg->id);
	msim_store_relaxed(&memcg->id, 0);
	free_id(ctx->machine, id);
	msim_css_put_ctx(ctx, memcg);
}

struct memcgsim_mem_cgroup *msim_memcg_id_get_online(struct memcgsim_mem_cgroup *memcg)
{
	for (;; memcg = memcg->parent) {
		long refs = msim_load_relaxed(&memcg->id_refs);

		while (refs > 0) { /* the root's is never put */
			if (msim_cmpxchg(&memcg->id_refs, &refs, refs + 1))
				return memcg;
		}
		msim_assert(memcg->parent);
	}
}

struct memcgsim_mem_cgroup *msim_memcg_from_id(struct memcgsim *machine, unsigned int id)
{
	struct memcgsim_mem_cgroup *memcg;

	if (id > MEMCGSIM_MAX_MEMCGS)
		return NULL;
	memcg = msim_rcu_dereference(&machine->memcg_ids[id]);
	return memcg == RESERVED ? NULL : memcg;
}

/* ---- for callers of the library, whose references are counted apart ---- */

unsigned int memcgsim_mem_cgroup_id(const struct memcgsim_mem_cgroup *memcg)
{
	return msim_load_relaxed(&memcg->id);
}

struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_from_id(struct memcgsim *machine, unsigned int id)
{
	return msim_memcg_from_id(machine, id);
}

void memcgsim_mem_cgroup_id_get_many(struct memcgsim_mem_cgroup *memcg, unsigned int nr)
{
	if (nr == 0 ||
	    msim_vm_bug_on(memcg->machine, msim_load_relaxed(&memcg->id_refs) == 0, memcg))
		return;
	msim_memcg_id_get_many(memcg, nr);
	msim_taker_took(memcg->machine, MSIM_TAKEN_ID, memcg, (long)nr);
	msim_add_relaxed(&memcg->id_holds, (long)nr);
}

void memcgsim_mem_cgroup_id_put_many(struct memcgsim_mem_cgroup *memcg, unsigned int nr)
{
	struct memcgsim *machine = memcg->machine;
	long held = msim_load_relaxed(&memcg->id_holds);
	struct msim_ctx guest, *ctx;

	do {
		if (msim_bug_if(machine, MEMCGSIM_MISUSE, held < (long)nr,
				"more references on an id were put than taken", __func__, memcg)) {
			msim_taker_put_extra(machine, MSIM_TAKEN_ID, memcg, (long)nr);
			return;
		}
	} while (!msim_cmpxchg(&memcg->id_holds, &held, held - (long)nr));
	if (nr == 0)
		return;
	msim_taker_put(machine, MSIM_TAKEN_ID, memcg, (long)nr);
	ctx = msim_guest_enter(machine, &guest);
	msim_memcg_id_put_many(ctx, memcg, nr);
	msim_guest_leave(ctx, &guest);
}

struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_id_get_online(struct memcgsim_mem_cgroup *memcg)
{
	memcg = msim_memcg_id_get_online(memcg);
	msim_taker_took(memcg->machine, MSIM_TAKEN_ID, memcg, 1);
	msim_add_relaxed(&memcg->id_holds, 1);
	return memcg;
}
