/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs take references on one objcg for their user and put them. Each is counted, as the objcg's
 * own and as the user's. Holds O-02, I-REF-OBJCG, I-FREE-EVENTUAL.
 *
 *   /  root -- a      both tasks: each takes and puts two references on a's objcg
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a"))
			return "the tasks could not be made";
	}
	return NULL;
}

static race_verdict holder(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_obj_cgroup *one = memcgsim_get_obj_cgroup_from_current();
		struct memcgsim_obj_cgroup *other = memcgsim_get_obj_cgroup_from_current();

		memcgsim_obj_cgroup_put(one);
		memcgsim_obj_cgroup_put(other);
		if (!one || one != other)
			return "a task that stays where it is has two objcgs";
	}
	return NULL;
}

RACE(objcg_hold_vs_hold) = {
	.name = "objcg_hold_vs_hold",
	.claim = "references on an objcg that two take and put are each counted",
	.setup = setup,
	.threads = {
		{ "one", holder, 0, 0 },
		{ "other", holder, 1, 1 },
	},
};
