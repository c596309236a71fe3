/* SPDX-License-Identifier: MIT */
/*
 * Owns the swap counters of memcgs, and joins them with the records of slots and the references on ids
 * that these have. Called by the swap cache, with the page locked or the slot going. Keeps I-SWAP,
 * I-REF-ID and I-ID-LIFE. Models __mem_cgroup_try_charge_swap(), __mem_cgroup_uncharge_swap(),
 * mem_cgroup_get_nr_swap_pages() and mem_cgroup_swap_full(), mm/memcontrol.c (U-08 ... U-10, U-12, U-13,
 * L-08, L-09).
 */
#include "memcg/swap.h"

#include <errno.h>

#include "frames/swapfile.h"
#include "memcg/css.h"
#include "memcg/events.h"
#include "memcg/id.h"
#include "memcg/lru.h"
#include "memcg/page_counter.h"
#include "memcg/stat.h"
#include "seam/bug.h"
#include "seam/percpu.h"

int msim_charge_swap(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_mem_cgroup *memcg = machine->variant->user_memcg(machine, page);
	unsigned long nr_pages = msim_folio_nr_pages(page);
	struct msim_page_counter *limit;

	if (msim_warn_on_once(machine, !memcg, page))
		return 0;
	if (!entry) {
		msim_memcg_event(memcg, MSIM_EVENT_SWAP_FAIL);
		return 0;
	}
	memcg = msim_memcg_id_get_online(memcg);
	if (!msim_memcg_is_root(memcg) &&
	    !msim_page_counter_try_charge(machine, &memcg->swap, nr_pages, &limit)) {
		/* of the memcg itself, not of the one whose limit it was */
		msim_memcg_event(memcg, MSIM_EVENT_SWAP_MAX);
		msim_memcg_event(memcg, MSIM_EVENT_SWAP_FAIL);
		msim_memcg_id_put_many(ctx, memcg, 1);
		return -ENOMEM;
	}
	if (nr_pages > 1)
		msim_memcg_id_get_many(memcg, nr_pages - 1);
	msim_swap_assign(memcg, entry, nr_pages);
	return 0;
}

void msim_uncharge_swap_counter(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
				unsigned long nr_pages)
{
	msim_page_counter_uncharge(ctx->machine, &memcg->swap, nr_pages);
}

void msim_swap_assign(struct memcgsim_mem_cgroup *memcg, unsigned long entry, unsigned long nr)
{
	struct memcgsim *machine = memcg->machine;
	unsigned int id = msim_load_relaxed(&memcg->id);

	for (unsigned long i = 0; i < nr; i++) {
		unsigned int old = msim_swap_record(machine, entry + i, id);

		(void)msim_vm_bug_on(machine, old != 0, memcg);
	}
	msim_stat_add(memcg, MSIM_STAT_SWAP_PAGES, (long)nr);
}

void msim_swap_unassign(struct msim_ctx *ctx, unsigned long entry, unsigned long nr)
{
	struct memcgsim *machine = ctx->machine;

	for (unsigned long i = 0; i < nr; i++) {
		unsigned int id = msim_swap_record(machine, entry + i, 0);
		struct memcgsim_mem_cgroup *memcg;

		if (!id)
			continue;
		memcg = msim_memcg_from_id(machine,
					   id); /* pinned: the record's reference is ours */
		if (!msim_memcg_is_root(memcg))
			machine->variant->uncharge_swap(ctx, memcg, 1);
		msim_stat_add(memcg, MSIM_STAT_SWAP_PAGES, -1);
		msim_memcg_id_put_many(ctx, memcg, 1);
	}
}

struct memcgsim_mem_cgroup *msim_swap_get_memcg(struct msim_ctx *ctx, unsigned long entry)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;

	msim_rcu_read_lock();
	/* The slot may be freed, and the id another's, any time: then it is that one which pays. */
	memcg = msim_memcg_from_id(ctx->machine, msim_swap_id(ctx->machine, entry));
	if (memcg) {
		section = msim_section_enter(ctx);
		if (!msim_css_tryget_online(section.cpu, memcg))
			memcg = NULL;
		msim_section_leave(&section);
	}
	msim_rcu_read_unlock();
	return memcg;
}

long msim_swap_pages_left(struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim *machine = memcg->machine;
	long left = (long)msim_load_relaxed(&machine->swap.nr_free);

	if (!machine->variant->charge_swap)
		return left;
	for (; !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		long margin =
			msim_load_relaxed(&memcg->swap.max) - msim_load_relaxed(&memcg->swap.usage);

		if (margin < left)
			left = margin;
	}
	return left;
}

bool msim_swap_is_full(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg)
{
	if (msim_load_relaxed(&machine->swap.nr_free) * 2 < machine->config.nr_swap_pages)
		return true;
	if (!machine->variant->charge_swap)
		return false;
	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		long twice = msim_load_relaxed(&memcg->swap.usage) * 2;

		if (twice >= msim_load_relaxed(&memcg->swap.high) ||
		    twice >= msim_load_relaxed(&memcg->swap.max))
			return true;
	}
	return false;
}
