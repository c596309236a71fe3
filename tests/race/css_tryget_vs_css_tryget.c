/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs try for references on a memcg that is offline, and put them: from the kill on all are counted
 * in one word, and each has to be. Holds L-02, L-03, I-REF-CSS, I-REF-RESURRECT, I-FREE-EVENTUAL.
 *
 *   /  root -- (a)      removed, and still held once
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_mem_cgroup *memcg;

	if (race_mkdir(world, "a") || memcgsim_mem_cgroup_from_path(world->sim, "a", &memcg) ||
	    memcgsim_cgroup_rmdir(world->sim, "a"))
		return "the cgroup could not be made and removed";
	memcgsim_run_work(world->sim);
	world->objects[0] = memcg;
	return NULL;
}

static race_verdict getter(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (!memcgsim_css_tryget(world->objects[0]))
			return "a memcg that is held had no reference";
		memcgsim_css_put(world->objects[0]);
	}
	return NULL;
}

static race_verdict let_go(struct race_world *world)
{
	memcgsim_css_put(world->objects[0]);
	return NULL;
}

RACE(css_tryget_vs_css_tryget) = {
	.name = "css_tryget_vs_css_tryget",
	.claim = "references that two try for on a dying memcg are each counted",
	.setup = setup,
	.threads = {
		{ "one", getter, 0, -1 },
		{ "other", getter, 1, -1 },
	},
	.finally = let_go,
};
