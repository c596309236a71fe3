/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs charge the first accounted objects of one slab, and one of them finds no memory for the
 * vector. Its own object stays unaccounted (O-14), but the vector that the other installs stays too,
 * and the owner that is noted in it. Holds T-08, O-14, I-VEC, I-REF-OBJCG, I-OBJ-PAGES, I-STAT.
 *
 *   /  root -- a      both tasks; two objects of one slab
 *
 *   first                              second
 *   (1) the slab has no vector         (1) nor here
 *   (2) no memory for one
 *                                      (2) cmpxchg(0 -> mine)
 *   (3) leaves the word alone
 */
#include "support/race.h"

#include <memcgsim/fault.h>

enum { SIZE = 1024, NR = 2 };

static struct memcgsim_kmem_cache *cache_of(struct race_world *world)
{
	return (struct memcgsim_kmem_cache *)world->plain;
}

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < NR; i++) {
		if (race_fork(world, i, "a"))
			return "the tasks could not be made";
	}
	/* Watermarks are racy (P-06): raised beforehand, so that nobody raises them in the race. */
	if (memcgsim_switch_to(world->tasks[0]))
		return "the task could not be run";
	memcgsim_kfree(memcgsim_kmalloc(1UL << 20, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	if (memcgsim_switch_to(NULL))
		return "the task could not be left";
	world->plain = (unsigned long)memcgsim_kmem_cache_create(sim, "raced", SIZE, 0, 0, NULL);
	if (!world->plain || !memcgsim_kmem_cache_alloc_bulk(cache_of(world), MEMCGSIM_GFP_KERNEL,
							     NR, world->objects))
		return "the objects could not be made";
	return memcgsim_fault_nth(sim, MEMCGSIM_FAULT_VECTOR, 1) ? "no fault could be set" : NULL;
}

/* Its own object: refused to nobody, whether its owner could be noted or not. */
static race_verdict charge(struct race_world *world, unsigned int i)
{
	return memcgsim_kmem_cache_charge(world->objects[i], MEMCGSIM_GFP_KERNEL)
		       ? NULL
		       : "a charge without a limit was refused";
}

static race_verdict first(struct race_world *world)
{
	return charge(world, 0);
}

static race_verdict second(struct race_world *world)
{
	return charge(world, 1);
}

/* Of the two one at least was noted, and stays so; whoever it was, everything comes back. */
static race_verdict one_owner_is_left(struct race_world *world)
{
	struct memcgsim_mem_cgroup *owner[NR];
	race_verdict verdict = NULL;

	memcgsim_rcu_read_lock();
	for (unsigned int i = 0; i < NR; i++)
		owner[i] = memcgsim_mem_cgroup_from_slab_obj(world->objects[i]);
	memcgsim_rcu_read_unlock();
	if (!owner[0] && !owner[1])
		verdict = "an owner that was noted is lost";
	memcgsim_kmem_cache_free_bulk(cache_of(world), NR, world->objects);
	memcgsim_kmem_cache_destroy(cache_of(world));
	return verdict;
}

RACE(vector_install_vs_vector_failure) = {
	.name = "vector_install_vs_vector_failure",
	.claim = "who finds no memory for a vector leaves the one that another has installed",
	.setup = setup,
	.threads = {
		{ "first", first, 0, 0 },
		{ "second", second, 1, 1 },
	},
	.finally = one_owner_is_left,
};
