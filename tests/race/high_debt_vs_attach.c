/* SPDX-License-Identifier: MIT */
/*
 * A task pays for being over memory.high while it is moved away from where it was over it. It looks its
 * memcg up through its css_set, under RCU: the one that it finds is one that it was in, and is not
 * freed meanwhile. Holds C-07, C-08, I-RCU,
 * I-REF-CSS, I-FREE-EVENTUAL.
 *
 *   /  root --+-- a(high 0)      CPU 0 runs the task: charges a page, and pays
 *             `-- b              CPU 1 moves it from a to b, and removes a
 *
 *   payer                              mover
 *   (1) the css_set is a's
 *                                      (2) to b; a's css_set is nobody's: freed after a grace period
 *   (3) whose css_set is it?
 */
#include "support/race.h"

#include <memcgsim/limit.h>

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "b") ||
	    memcgsim_cgroupfs_write(world->sim, "a/memory.high", "0"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "a"))
		return "the task could not be made";
	return NULL;
}

static race_verdict payer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

		if (!page)
			return "an allocation was refused";
		(void)memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL);
		memcgsim___free_pages(page, 0);
	}
	return NULL;
}

static race_verdict mover(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (i > 0 && (memcgsim_cgroup_mkdir(world->sim, "a") ||
			      memcgsim_cgroupfs_write(world->sim, "a/memory.high", "0") ||
			      memcgsim_cgroup_attach_task(world->sim, "a", world->tasks[0])))
			return "the task could not be moved back";
		if (memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[0]) ||
		    memcgsim_cgroup_rmdir(world->sim, "a"))
			return "the task could not be moved, or the cgroup not removed";
	}
	return NULL;
}

RACE(high_debt_vs_attach) = {
	.name = "high_debt_vs_attach",
	.claim = "who pays for being over memory.high does so in a memcg that is not freed meanwhile",
	.setup = setup,
	.threads = {
		{ "payer", payer, 0, 0 },
		{ "mover", mover, 1, -1 },
	},
};
