/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs write the same id down and cross it out again. Each reference is counted, the user's and the
 * id's own, and when none is left but the memcg's the id is still its. Holds L-08, I-REF-ID, I-ID-LIFE.
 *
 *   /  root -- a      both take two references on a's id and put them, one by one
 */
#include "support/race.h"

static struct memcgsim_mem_cgroup *memcg_of(struct race_world *world)
{
	return world->objects[0];
}

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_mem_cgroup *memcg;

	if (race_mkdir(world, "a") || memcgsim_mem_cgroup_from_path(world->sim, "a", &memcg))
		return "the cgroup could not be made";
	world->objects[0] = memcg;
	return NULL;
}

static race_verdict recorder(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		memcgsim_mem_cgroup_id_get_many(memcg_of(world), 2);
		memcgsim_mem_cgroup_id_put_many(memcg_of(world), 1);
		memcgsim_mem_cgroup_id_put_many(memcg_of(world), 1);
	}
	return NULL;
}

static race_verdict id_is_still_there(struct race_world *world)
{
	unsigned int id = memcgsim_mem_cgroup_id(memcg_of(world));
	bool fine = id && memcgsim_mem_cgroup_from_id(world->sim, id) == memcg_of(world);

	memcgsim_css_put(memcg_of(world));
	return fine ? NULL : "an id was lost that nobody had put";
}

RACE(id_get_vs_id_put) = {
	.name = "id_get_vs_id_put",
	.claim = "references on an id that two take and put are each counted",
	.setup = setup,
	.threads = {
		{ "one", recorder, 0, -1 },
		{ "other", recorder, 1, -1 },
	},
	.finally = id_is_still_there,
};
