/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs charge one counter beyond its limit, as those must who cannot fail, and one of them takes its
 * pages off again. Each page is counted at each level. Holds P-03, P-05, I-COUNTER, I-NONNEG.
 *
 *   /  root -- a(max 0)      each forces two pages; one keeps them
 */
#include "support/race.h"

#include "memcg/page_counter.h"
#include "types.h"

enum { PAGES = 2 };

/* Nobody makes or removes directories here. */
static struct msim_page_counter *counter_of(struct race_world *world)
{
	return &msim_list_first(&world->sim->root->children, struct memcgsim_cgroup, sibling)
			->memcg->memory;
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || memcgsim_cgroupfs_write(world->sim, "a/memory.max", "0"))
		return "the cgroup could not be made";
	return NULL;
}

static race_verdict keeper(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		msim_page_counter_charge(counter_of(world), PAGES);
		world->counts[0] += PAGES;
	}
	return NULL;
}

static race_verdict returner(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		msim_page_counter_charge(counter_of(world), PAGES);
		msim_page_counter_uncharge(world->sim, counter_of(world), PAGES);
	}
	return NULL;
}

static race_verdict what_was_kept_is_counted(struct race_world *world)
{
	struct msim_page_counter *counter = counter_of(world);
	long kept = (long)world->counts[0];

	if (counter->usage != kept || counter->parent->usage != kept)
		return "a page was counted twice, or not at all";
	msim_page_counter_uncharge(world->sim, counter, world->counts[0]);
	return NULL;
}

RACE(forced_charge_vs_forced_charge) = {
	.name = "forced_charge_vs_forced_charge",
	.claim = "of pages that two charge beyond the limit each is counted once",
	.setup = setup,
	.threads = {
		{ "keeper", keeper, 0, -1 },
		{ "returner", returner, 1, -1 },
	},
	.finally = what_was_kept_is_counted,
	.bare = true,
};
