/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs charge the first accounted objects of the same slabs: each slab gets one vector, the
 * loser frees its own and notes its object in the winner's (T-08). Were both kept, one object's owner
 * would be lost with its vector. Holds I-VEC, I-VEC-ORDER, I-REF-OBJCG, I-OBJ-PAGES, I-STAT.
 *
 *   /  root -- a      both tasks; neighbours in a slab are charged by different CPUs
 *
 *   even                               odd
 *   (1) the slab has no vector         (1) nor for this one
 *   (2) cmpxchg(0 -> mine) wins
 *                                      (2) cmpxchg(0 -> mine) fails: frees it, takes the winner's
 */
#include "support/race.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 2048 };

static struct memcgsim_kmem_cache *cache_of(struct race_world *world)
{
	return (struct memcgsim_kmem_cache *)world->plain;
}

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a"))
			return "the tasks could not be made";
	}
	/* Watermarks are racy (P-06): raised beforehand, so that nobody raises them in the race. */
	if (memcgsim_switch_to(world->tasks[0]))
		return "the task could not be run";
	memcgsim_kfree(memcgsim_kmalloc(4UL << 20, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	if (memcgsim_switch_to(NULL))
		return "the task could not be left";
	world->plain = (unsigned long)memcgsim_kmem_cache_create(sim, "raced", SIZE, 0, 0, NULL);
	if (!world->plain || !memcgsim_kmem_cache_alloc_bulk(cache_of(world), MEMCGSIM_GFP_KERNEL,
							     RACE_MAX_OBJECTS, world->objects))
		return "the objects could not be made";
	return NULL;
}

static race_verdict charge(struct race_world *world, unsigned int first)
{
	for (unsigned int i = first; i < RACE_MAX_OBJECTS; i += 2) {
		if (!memcgsim_kmem_cache_charge(world->objects[i], MEMCGSIM_GFP_KERNEL))
			return "a charge without a limit was refused";
	}
	return NULL;
}

static race_verdict even(struct race_world *world)
{
	return charge(world, 0);
}

static race_verdict odd(struct race_world *world)
{
	return charge(world, 1);
}

/* Whether memory.stat of a says so many bytes of slab. */
static bool slab_is(struct race_world *world, unsigned long bytes)
{
	const char *line;
	char *text;
	bool equal;

	if (memcgsim_cgroupfs_read(world->sim, "a/memory.stat", &text))
		return false;
	line = strstr(text, "\nslab ");
	equal = line && strtoul(line + strlen("\nslab "), NULL, 10) == bytes;
	free(text);
	return equal;
}

static race_verdict every_object_has_its_owner(struct race_world *world)
{
	race_verdict verdict = NULL;

	if (!slab_is(world, RACE_MAX_OBJECTS * (SIZE + 8)))
		verdict = "an object was charged for whose owner nobody noted";
	memcgsim_kmem_cache_free_bulk(cache_of(world), RACE_MAX_OBJECTS, world->objects);
	if (!verdict && !slab_is(world, 0))
		verdict = "an object was freed that had lost its owner";
	memcgsim_kmem_cache_destroy(cache_of(world));
	return verdict;
}

RACE(vector_install_vs_vector_install) = {
	.name = "vector_install_vs_vector_install",
	.claim = "of two vectors for one slab one survives, and both objects are in it",
	.setup = setup,
	.threads = {
		{ "even", even, 0, 0 },
		{ "odd", odd, 1, 1 },
	},
	.finally = every_object_has_its_owner,
};
