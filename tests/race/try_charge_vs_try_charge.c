/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs charge one counter, which has room for one of them. Both may be refused (P-02), but never
 * do both get what only one can have; and what is refused leaves nothing at any level. Holds P-01,
 * P-02, P-05, I-LIMIT, I-FAIL-UNDO.
 *
 *   /  root -- a(max 3) -- b      each tries two pages of b, and keeps them if it gets them
 *
 *   first                              second
 *   (1) add 2: 2
 *                                      (1) add 2: 4, too much: take them off
 */
#include "support/race.h"

#include "memcg/page_counter.h"
#include "types.h"

enum { MAX = 3, PAGES = 2 };

/* Nobody makes or removes directories here. */
static struct memcgsim_mem_cgroup *child(struct memcgsim_cgroup *cgroup)
{
	return msim_list_first(&cgroup->children, struct memcgsim_cgroup, sibling)->memcg;
}

static struct msim_page_counter *counter_of(struct race_world *world)
{
	return &child(child(world->sim->root)->cgroup)->memory;
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "a/b"))
		return "the cgroups could not be made";
	msim_page_counter_xchg_max(counter_of(world)->parent, MAX);
	return NULL;
}

/* Takes the pages and keeps them; without luck, takes them again and gives them back. */
static race_verdict charge(struct race_world *world, unsigned int who)
{
	struct msim_page_counter *counter = counter_of(world), *fail;

	for (unsigned int i = 0; i < world->loops; i++) {
		if (world->counts[who]) {
			msim_page_counter_uncharge(world->sim, counter, PAGES);
			world->counts[who] = 0;
		}
		if (msim_page_counter_try_charge(world->sim, counter, PAGES, &fail))
			world->counts[who] = PAGES;
		else if (fail != counter->parent)
			return "somebody else's limit was met";
	}
	return NULL;
}

static race_verdict first(struct race_world *world)
{
	return charge(world, 0);
}

static race_verdict second(struct race_world *world)
{
	return charge(world, 1);
}

static race_verdict limit_holds(struct race_world *world)
{
	struct msim_page_counter *counter = counter_of(world);
	long held = (long)(world->counts[0] + world->counts[1]);

	if (held > MAX)
		return "both got what only one can have";
	if (counter->usage != held || counter->parent->usage != held)
		return "a charge that was refused has left something";
	if (held)
		msim_page_counter_uncharge(world->sim, counter, (unsigned long)held);
	return NULL;
}

RACE(try_charge_vs_try_charge) = {
	.name = "try_charge_vs_try_charge",
	.claim = "of two that try to charge what one can have, one at most gets it",
	.setup = setup,
	.threads = {
		{ "first", first, 0, -1 },
		{ "second", second, 1, -1 },
	},
	.finally = limit_holds,
	.bare = true,
};
