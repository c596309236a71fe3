/* SPDX-License-Identifier: MIT */
/*
 * Objects of a cache are freed in bulk on one CPU while another allocates from the cache and frees
 * again: an object is in one magazine, one slab or one hand at a time, and each byte is given back
 * once. Holds I-VEC, I-REF-OBJCG, I-OBJ-PAGES, I-STAT.
 *
 *   /  root --+-- a      CPU 0: allocates, marks, looks at the mark, frees
 *             `-- b      CPU 1: frees what a's task had made, and makes as many again
 */
#include "support/race.h"

enum { SIZE = 1000, BULK = 8 };

static struct memcgsim_kmem_cache *cache_of(struct race_world *world)
{
	return (struct memcgsim_kmem_cache *)world->plain;
}

static race_verdict setup(struct race_world *world)
{
	static const char *const names[] = { "a", "b" };
	struct memcgsim *sim = world->sim;

	if (memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory"))
		return "memory could not be enabled";
	for (unsigned int i = 0; i < 2; i++) {
		if (memcgsim_cgroup_mkdir(sim, names[i]) || race_fork(world, i, names[i]))
			return "the tasks could not be made";
	}
	world->plain = (unsigned long)memcgsim_kmem_cache_create(sim, "raced", SIZE, 0,
								 MEMCGSIM_SLAB_ACCOUNT, NULL);
	if (!world->plain || memcgsim_switch_to(world->tasks[0]) ||
	    !memcgsim_kmem_cache_alloc_bulk(cache_of(world), MEMCGSIM_GFP_KERNEL, RACE_MAX_OBJECTS,
					    world->objects) ||
	    memcgsim_switch_to(NULL))
		return "the objects could not be made";
	return NULL;
}

static race_verdict allocator(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		unsigned long *own[BULK];

		for (unsigned int k = 0; k < BULK; k++) {
			own[k] = memcgsim_kmem_cache_alloc(cache_of(world), MEMCGSIM_GFP_KERNEL);
			if (!own[k])
				return "an object was refused";
			*own[k] = i * BULK + k;
		}
		for (unsigned int k = 0; k < BULK; k++) {
			if (*own[k] != i * BULK + k)
				return "an object was somebody else's too";
			memcgsim_kmem_cache_free(cache_of(world), own[k]);
		}
	}
	return NULL;
}

static race_verdict freer(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i += BULK) {
		memcgsim_kmem_cache_free_bulk(cache_of(world), BULK, world->objects + i);
		if (!memcgsim_kmem_cache_alloc_bulk(cache_of(world), MEMCGSIM_GFP_KERNEL, BULK,
						    world->objects + i))
			return "objects were refused";
		for (unsigned int k = 0; k < BULK; k++)
			*(unsigned long *)world->objects[i + k] = ~0UL;
	}
	return NULL;
}

static race_verdict cache_is_empty(struct race_world *world)
{
	memcgsim_kmem_cache_free_bulk(cache_of(world), RACE_MAX_OBJECTS, world->objects);
	if (memcgsim_kmem_cache_shrink(cache_of(world)))
		return "an object got lost between two CPUs";
	memcgsim_kmem_cache_destroy(cache_of(world));
	return NULL;
}

RACE(bulk_free_vs_alloc) = {
	.name = "bulk_free_vs_alloc",
	.claim = "objects freed in bulk on one CPU and allocated on another are one's at a time",
	.setup = setup,
	.threads = {
		{ "allocator", allocator, 0, 0 },
		{ "freer", freer, 1, 1 },
	},
	.finally = cache_is_empty,
};
