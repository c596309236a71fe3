/* SPDX-License-Identifier: MIT */
/*
 * One CPU asks whose an object is while another charges the object's neighbours, the first of which
 * brings the slab its vector. Whoever asks reads the word once, so it sees no vector or a whole one:
 * an object that nobody pays for is nobody's before and after, one that is charged is a's. Were the
 * word read twice, the vector would be taken for a memcg (T-04). Holds I-TAG, I-VEC, I-VEC-ORDER.
 *
 *   /  root -- a      CPU 0 runs a's task: charges every other object of a cache that is not accounted
 *                     CPU 1 asks about the rest
 */
#include "support/race.h"

#include <memcgsim/memcg_data.h>

#include "alloc/kmem_cache.h"
#include "types.h"

enum { SIZE = 1024 };

static struct memcgsim_kmem_cache *cache_of(struct race_world *world)
{
	return (struct memcgsim_kmem_cache *)world->plain;
}

/* Slabs of an accounted cache have their vectors from the start (T-07). */
static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	if (race_fork(world, 0, "a"))
		return "the task could not be made";
	world->plain = (unsigned long)memcgsim_kmem_cache_create(sim, "raced", SIZE, 0, 0, NULL);
	if (!world->plain || !memcgsim_kmem_cache_alloc_bulk(cache_of(world), MEMCGSIM_GFP_KERNEL,
							     RACE_MAX_OBJECTS, world->objects))
		return "the objects could not be made";
	return NULL;
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 1; i < RACE_MAX_OBJECTS; i += 2) {
		struct memcgsim_mem_cgroup *memcg;

		if (!memcgsim_kmem_cache_charge(world->objects[i], MEMCGSIM_GFP_KERNEL))
			return "a charge without a limit was refused";
		memcgsim_rcu_read_lock();
		memcg = memcgsim_mem_cgroup_from_slab_obj(world->objects[i]);
		memcgsim_rcu_read_unlock();
		if (!memcg || memcg == world->sim->root_memcg)
			return "a charged object is nobody's";
	}
	return NULL;
}

/* Whether the vector says so; if there is one. */
static bool is_somebodys(struct race_world *world, void *object)
{
	struct msim_slab *slab = msim_slab_of(world->sim, object);
	struct memcgsim_obj_cgroup **owners = memcgsim_page_objcgs_check(slab->page);

	return owners && owners[msim_object_index(slab, object)];
}

static race_verdict asker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops * RACE_SIZE(4, 1); i++) {
		void *object = world->objects[2 * i % RACE_MAX_OBJECTS];
		struct memcgsim_mem_cgroup *of_object, *of_page;

		if (is_somebodys(world, object))
			return "the vector names an owner where nobody pays";
		memcgsim_rcu_read_lock();
		of_object = memcgsim_mem_cgroup_from_slab_obj(object);
		of_page = memcgsim_page_memcg_check(memcgsim_virt_to_head_page(world->sim, object));
		memcgsim_rcu_read_unlock();
		if (of_object)
			return "an object that nobody pays for is somebody's";
		if (of_page)
			return "a slab's page is somebody's";
	}
	return NULL;
}

static race_verdict free_all(struct race_world *world)
{
	memcgsim_kmem_cache_free_bulk(cache_of(world), RACE_MAX_OBJECTS, world->objects);
	memcgsim_kmem_cache_destroy(cache_of(world));
	return NULL;
}

RACE(memcg_from_obj_vs_vector_install) = {
	.name = "memcg_from_obj_vs_vector_install",
	.claim = "who asks whose an object is sees no vector or a whole one",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "asker", asker, 1, -1 },
	},
	.finally = free_all,
};
