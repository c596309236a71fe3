/* SPDX-License-Identifier: MIT */
/*
 * A user page is charged to the owner of an mm while that owner leaves and its cgroup is removed. RCU
 * keeps the memcg's memory, not its references: from none nobody may take one, but has to look again.
 * Holds O-13, L-03, I-REF-RESURRECT, I-REF-CSS, I-FREE-EVENTUAL, I-COUNTER.
 *
 *   /  root --+-- a      CPU 0 runs the task: user pages
 *             `-- b      CPU 1 moves it from a to b and removes a
 *
 *   charger                            remover
 *   (1) the owner is in a
 *                                      (2) moves it to b; removes a: the last reference
 *   (3) tryget(a) fails; again: b
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	if (memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(world->sim, "a") || memcgsim_cgroup_mkdir(world->sim, "b"))
		return "the cgroups could not be made";
	if (memcgsim_fork(world->sim, NULL, &world->tasks[0]) ||
	    memcgsim_cgroup_attach_task(world->sim, "a", world->tasks[0]))
		return "the task could not be made";
	return NULL;
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		int err;

		if (!page)
			return "there was no page";
		err = memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER);
		memcgsim_folio_put(page);
		if (err)
			return "a charge without a limit was refused";
	}
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		const char *from = i % 2 ? "b" : "a", *to = i % 2 ? "a" : "b";

		if (i > 0 && memcgsim_cgroup_mkdir(world->sim, to))
			return "a cgroup could not be made";
		if (memcgsim_cgroup_attach_task(world->sim, to, world->tasks[0]) ||
		    memcgsim_cgroup_rmdir(world->sim, from))
			return "the task could not be moved, or the cgroup not removed";
	}
	return NULL;
}

RACE(mm_charge_vs_rmdir) = {
	.name = "mm_charge_vs_rmdir",
	.claim = "who charges the memcg of an mm's owner gets one that still has a reference",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "remover", remover, 1, -1 },
	},
};
