/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs charge objects to one objcg while their stocks are drained. What is no whole page is left
 * with the objcg, and whoever caches it next takes all of it over: no byte is taken twice, none is
 * forgotten. Holds O-05, O-06, I-OBJ-PAGES, I-COUNTER, I-STOCK.
 *
 *   /  root -- a      CPUs 0 and 1 run tasks of a; an unbound thread drains a
 *
 *   one                                drained other
 *   (1) the objcg has 4000 bytes
 *                                      (2) add 3900
 *   (3) xchg(0): takes 7900
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a") || memcgsim_switch_to(world->tasks[i]))
			return "the tasks could not be made";
		world->objects[i] = memcgsim_kmalloc(88, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (!world->objects[i] || memcgsim_switch_to(NULL) ||
		    memcgsim_drain_all_stock(world->sim, "a"))
			return "an object was refused";
	}
	return NULL;
}

/* The stock becomes the objcg's: what is left over comes along. */
static race_verdict charge(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		void *object = memcgsim_kmalloc(88, MEMCGSIM_GFP_KERNEL_ACCOUNT);

		memcgsim_kfree(object);
		if (!object)
			return "an object was refused";
	}
	return NULL;
}

static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_drain_all_stock(world->sim, "a"))
			return "the drain did not find its cgroup";
	}
	return NULL;
}

static race_verdict every_byte_comes_back(struct race_world *world)
{
	for (unsigned int i = 0; i < 2; i++)
		memcgsim_kfree(world->objects[i]);
	return NULL;
}

RACE(byte_rest_vs_byte_rest) = {
	.name = "byte_rest_vs_byte_rest",
	.claim = "bytes that drains leave with an objcg are taken over once",
	.setup = setup,
	.threads = {
		{ "one", charge, 0, 0 },
		{ "other", charge, 1, 1 },
		{ "drainer", drainer, -1, -1 },
	},
	.finally = every_byte_comes_back,
};
