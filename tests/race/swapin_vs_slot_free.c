/* SPDX-License-Identifier: MIT */
/*
 * A task faults on what was swapped out, and charges a page to whom the slot names; at the same time
 * another frees that slot, the last thing that holds the removed cgroup which it names. The page is
 * charged once, to one who is online, the slot uncharged once, and the memcg that the faulting task
 * looks at is not freed before it has looked. Holds I-SWAP, I-COUNTER, I-REF-CSS, I-REF-ID, I-RCU.
 *
 *   /  root -- p -- c      c has swapped out, and is left
 *        `- d              CPU 1, a task of d, faults; CPU 0 removes c and frees its slots
 */
#include "support/race.h"

#define NR_SLOTS RACE_SIZE(16, 1)

static race_verdict swap_out(struct race_world *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "a page was refused";
	memcgsim_folio_lock(page);
	if (!memcgsim_add_to_swap(page) ||
	    memcgsim_swap_duplicate(world->sim, memcgsim_page_swap_entry(page)) ||
	    memcgsim_remove_mapping(page) != 1)
		return "a page was not swapped out";
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
	return NULL;
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "p") || race_mkdir(world, "p/c") || race_mkdir(world, "d"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "p/c") || memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		race_verdict verdict = swap_out(world);

		if (verdict)
			return verdict;
	}
	if (memcgsim_switch_to(NULL) ||
	    memcgsim_cgroup_attach_task(world->sim, "d", world->tasks[0]))
		return "the task could not leave";
	return NULL;
}

static race_verdict faulter(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

		if (!page ||
		    memcgsim_mem_cgroup_swapin_charge_folio(page, NULL, MEMCGSIM_GFP_USER,
							    (memcgsim_swp_entry_t){ i + 1 }))
			return "a page was refused";
		memcgsim_folio_put(page);
		world->counts[0]++;
	}
	return NULL;
}

static race_verdict zapper(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "p/c"))
		return "the cgroup could not be removed";
	memcgsim_run_work(world->sim);
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		memcgsim_swap_free(world->sim, (memcgsim_swp_entry_t){ i + 1 });
	memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict nothing_is_left(struct race_world *world)
{
	if (memcgsim_get_nr_swap_pages(world->sim) != NR_SLOTS)
		return "a slot was not freed";
	if (world->counts[0] != NR_SLOTS)
		return "a page did not come back";
	return memcgsim_check(world->sim, MEMCGSIM_CHECK_Q0, NULL, NULL)
		       ? "something is charged though nothing is left"
		       : NULL;
}

RACE(swapin_vs_slot_free) = {
	.name = "swapin_vs_slot_free",
	.claim = "a page swapped in while its slot is freed is charged once, and the slot uncharged once",
	.config = { .nr_swap_pages = NR_SLOTS },
	.setup = setup,
	.threads = {
		{ "faulter", faulter, 1, 0 },
		{ "zapper", zapper, 0, -1 },
	},
	.finally = nothing_is_left,
};
