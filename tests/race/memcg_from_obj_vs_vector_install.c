/* SPDX-License-Identifier: MIT */
/*
 * One CPU asks whose an object is while another charges the object's neighbours, the first of which
 * brings the slab its vector. Whoever asks reads the word once, so it sees no vector or a whole one:
 * an object that nobody pays for is nobody's before and after, one that is charged is a's. Were the
 * word read twice, the vector would be taken for a memcg (T-04). Holds I-TAG, I-VEC, I-VEC-ORDER.
 *
 *   /  root -- a      CPU 0 runs a's task: accounted objects, in slabs where unaccounted ones lie
 *                     CPU 1 asks about those
 */
#include "support/race.h"

#include "types.h"

enum { SIZE = 1024, OLD = RACE_MAX_OBJECTS / 2 };

/* Every other object is freed again, so that the slabs have places between unaccounted objects. */
static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "a"))
		return "the cgroup could not be made";
	if (memcgsim_fork(sim, NULL, &world->tasks[0]) ||
	    memcgsim_cgroup_attach_task(sim, "a", world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++) {
		world->objects[i] = memcgsim_kmalloc(SIZE, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (!world->objects[i])
			return "an object was refused";
	}
	for (unsigned int i = OLD; i < RACE_MAX_OBJECTS; i++) { /* objects 1, 3 ... make room */
		memcgsim_kfree(world->objects[2 * (i - OLD) + 1]);
		world->objects[2 * (i - OLD) + 1] = NULL;
	}
	return NULL;
}

static race_verdict charger(struct race_world *world)
{
	void *mine[OLD];
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < OLD; i++) {
		struct memcgsim_mem_cgroup *memcg = NULL;

		mine[i] = memcgsim_kmalloc(SIZE, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (!mine[i]) {
			verdict = "an object was refused";
			continue;
		}
		memcgsim_rcu_read_lock();
		memcg = memcgsim_mem_cgroup_from_slab_obj(mine[i]);
		if (!memcg || memcg == world->sim->root_memcg)
			verdict = "a charged object is nobody's";
		memcgsim_rcu_read_unlock();
	}
	for (unsigned int i = 0; i < OLD; i++)
		memcgsim_kfree(mine[i]);
	return verdict;
}

static race_verdict asker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops * RACE_SIZE(4, 1); i++) {
		void *object = world->objects[2 * (i % OLD)];
		struct memcgsim_mem_cgroup *of_object, *of_page;

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

static race_verdict free_the_rest(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++)
		memcgsim_kfree(world->objects[i]);
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
	.finally = free_the_rest,
};
