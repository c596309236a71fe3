/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs free objects of one objcg where no stock keeps their bytes: they gather in the objcg itself,
 * and whoever makes a page of them full gives it back, once. Holds O-05, I-OBJ-PAGES, I-OBJCG-BYTES,
 * I-COUNTER, I-NONNEG.
 *
 *   /  root -- a      both tasks' objects; each takes the bytes of half a page and more
 *
 *   even                               odd
 *   (1) add 2056: 4112
 *                                      (1) add 2056: 6168
 *   (2) cmpxchg(4112 -> 16) fails
 *   (3) cmpxchg(6168 -> 2072): a page goes back
 */
#include "support/race.h"

enum { SIZE = 2048 };

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a"))
			return "the tasks could not be made";
	}
	if (memcgsim_switch_to(world->tasks[0]))
		return "the task could not be run";
	for (unsigned int i = 0; i < RACE_SIZE(RACE_MAX_OBJECTS, 4); i++) {
		world->objects[i] = memcgsim_kmalloc(SIZE, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (!world->objects[i])
			return "an object was refused";
	}
	return memcgsim_switch_to(NULL) ? "the task could not be left" : NULL;
}

static race_verdict free_each_other(struct race_world *world, unsigned int first)
{
	for (unsigned int i = first; i < RACE_SIZE(RACE_MAX_OBJECTS, 4); i += 2)
		memcgsim_kfree(world->objects[i]);
	return NULL;
}

static race_verdict even(struct race_world *world)
{
	return free_each_other(world, 0);
}

static race_verdict odd(struct race_world *world)
{
	return free_each_other(world, 1);
}

RACE(kfree_vs_kfree_without_stock) = {
	.name = "kfree_vs_kfree_without_stock",
	.claim = "bytes that two free at once are given back as whole pages, each once",
	.config = { .no_byte_stock = true },
	.setup = setup,
	.threads = {
		{ "even", even, 0, 0 },
		{ "odd", odd, 1, 1 },
	},
};
