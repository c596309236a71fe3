/* SPDX-License-Identifier: MIT */
/*
 * Pages of a cgroup are swapped out while the cgroup is removed. Each slot is charged to the cgroup or,
 * if its id has gone already, to the parent: record, counter and reference on the id agree at any time,
 * and nothing is left when the slots are freed. Holds I-SWAP, I-REF-ID, I-ID-LIFE, I-FREE-EVENTUAL.
 *
 *   /  root -- p -- c      c's pages were charged by a task that has left
 *                          CPU 1 swaps them out; CPU 0 removes c and runs what that defers
 */
#include "support/race.h"

#define NR_PAGES RACE_SIZE(16, 1)

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "p") || race_mkdir(world, "p/c"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "p/c") || memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

		world->objects[i] = page;
		if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
			return "a page was refused";
	}
	if (memcgsim_switch_to(NULL) ||
	    memcgsim_cgroup_attach_task(world->sim, "/", world->tasks[0]))
		return "the task could not leave";
	return NULL;
}

static race_verdict reclaimer(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		struct memcgsim_page *page = world->objects[i];

		memcgsim_folio_lock(page);
		if (!memcgsim_add_to_swap(page))
			return "there was no slot";
		if (memcgsim_swap_duplicate(world->sim, memcgsim_page_swap_entry(page)))
			return "the slot was free";
		if (memcgsim_remove_mapping(page) != 1)
			return "somebody had the page";
		memcgsim_folio_unlock(page);
		memcgsim_folio_put(page);
	}
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "p/c"))
		return "the cgroup could not be removed";
	for (unsigned int i = 0; i < world->loops; i++)
		memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict slots_are_charged_until_freed(struct race_world *world)
{
	if (memcgsim_check(world->sim, MEMCGSIM_CHECK_Q0, NULL, NULL))
		return "slots, counters and ids disagree";
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		memcgsim_swp_entry_t entry = { i + 1 };

		if (!memcgsim_lookup_swap_cgroup_id(world->sim, entry))
			return "a slot is nobody's";
		memcgsim_swap_free(world->sim, entry);
	}
	memcgsim_synchronize_rcu(world->sim);
	if (memcgsim_get_nr_swap_pages(world->sim) != NR_PAGES)
		return "a slot was not freed";
	return memcgsim_check(world->sim, MEMCGSIM_CHECK_Q0, NULL, NULL)
		       ? "something is left of the slots"
		       : NULL;
}

RACE(swapout_vs_offline) = {
	.name = "swapout_vs_offline",
	.claim = "a page swapped out while its cgroup goes is charged to whom its slot names",
	.config = { .nr_swap_pages = NR_PAGES },
	.setup = setup,
	.threads = {
		{ "reclaimer", reclaimer, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = slots_are_charged_until_freed,
};
