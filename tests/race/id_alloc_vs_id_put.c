/* SPDX-License-Identifier: MIT */
/*
 * Memcgs come and go while somebody finds them by their ids and writes these down. A written-down id
 * leads to its memcg and to no other until it is put; what is found is whole; and in the end every
 * id and memcg has been given back, and the lowest id is given next. Holds I-ID-LIFE, I-REF-ID,
 * I-REF-CSS, I-FREE-EVENTUAL.
 *
 *   /  root -- a -- x      CPU 0 makes and removes x; ids 3, 4 ... are given, released, given again
 *                 `- (y)   CPU 1 puts the id of y, which is gone; looks ids up, and takes and puts
 *                          references on them
 */
#include "support/race.h"

#define FIRST_ID 3 /* that is neither the root's nor a's: y's */
#define NR_IDS	 5

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_mem_cgroup *y;

	if (race_mkdir(world, "a") || race_mkdir(world, "a/y"))
		return "the cgroup could not be made";
	y = memcgsim_mem_cgroup_from_id(world->sim, FIRST_ID);
	memcgsim_mem_cgroup_id_get_many(y, 1);
	if (memcgsim_cgroup_rmdir(world->sim, "a/y"))
		return "the cgroup could not be removed";
	memcgsim_run_work(world->sim);
	world->objects[0] = y;
	return NULL;
}

static race_verdict maker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroup_mkdir(world->sim, "a/x"))
			return "the cgroup could not be made";
		if (memcgsim_cgroup_rmdir(world->sim, "a/x"))
			return "the cgroup could not be removed";
		if (RACE_NTH(i, 3))
			memcgsim_run_work(world->sim);
	}
	return NULL;
}

/* A reference on the id that some number leads to; NULL: it leads to nobody. */
static struct memcgsim_mem_cgroup *write_down(struct memcgsim *sim, unsigned int id)
{
	struct memcgsim_mem_cgroup *memcg;

	memcgsim_rcu_read_lock();
	memcg = memcgsim_mem_cgroup_from_id(sim, id);
	if (memcg)
		memcg = memcgsim_mem_cgroup_id_get_online(memcg);
	memcgsim_rcu_read_unlock();
	return memcg;
}

static race_verdict recorder(struct race_world *world)
{
	memcgsim_mem_cgroup_id_put_many(world->objects[0], 1);
	for (unsigned int i = 0; i < world->loops * RACE_SIZE(4, 2); i++) {
		struct memcgsim_mem_cgroup *memcg = write_down(world->sim, 1 + i % NR_IDS);
		unsigned int id;
		bool fine;

		if (!memcg)
			continue;
		id = memcgsim_mem_cgroup_id(memcg);
		memcgsim_mem_cgroup_id_get_many(memcg, 2);
		fine = id && memcgsim_mem_cgroup_from_id(world->sim, id) == memcg;
		memcgsim_mem_cgroup_id_put_many(memcg, 2);
		memcgsim_mem_cgroup_id_put_many(memcg, 1);
		if (!fine)
			return "a written-down id led to somebody else";
	}
	return NULL;
}

static race_verdict ids_are_free_again(struct race_world *world)
{
	memcgsim_synchronize_rcu(world->sim);
	for (unsigned int id = FIRST_ID; id <= NR_IDS; id++) {
		if (memcgsim_mem_cgroup_from_id(world->sim, id))
			return "an id is held by nobody and not free";
	}
	if (memcgsim_cgroup_mkdir(world->sim, "a/x"))
		return "the cgroup could not be made in the end";
	return memcgsim_mem_cgroup_from_id(world->sim, FIRST_ID) ? NULL : "a free id was forgotten";
}

RACE(id_alloc_vs_id_put) = {
	.name = "id_alloc_vs_id_put",
	.claim = "an id that is written down leads to its memcg, whatever comes and goes",
	.setup = setup,
	.threads = {
		{ "maker", maker, 0, -1 },
		{ "recorder", recorder, 1, -1 },
	},
	.finally = ids_are_free_again,
};
