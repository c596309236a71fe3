/* SPDX-License-Identifier: MIT */
/*
 * A kernel page is charged through an objcg that the root inherits meanwhile. Who charges and who
 * uncharges may find different memcgs, but both count what they do: the root is no exception, or it
 * would be uncharged for what it was never charged (C-01). Holds O-03, O-09, I-NONNEG, I-COUNTER,
 * I-REPARENT.
 *
 *   /  root -- a      CPU 0 runs a task in a
 *                     CPU 1 takes memory away from a
 *
 *   allocator                        taker
 *   (1) finds a's objcg
 *                                    (2) the objcg is the root's now
 *   (3) charges the root
 *   (4) frees: uncharges the root
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	if (race_fork(world, 0, "a"))
		return "the task could not be made";
	return NULL;
}

static race_verdict allocator(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

		if (!page)
			return "an allocation without a limit was refused";
		memcgsim___free_pages(page, 0);
	}
	return NULL;
}

static race_verdict taker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control",
					    i % 2 ? "+memory" : "-memory"))
			return "memory could not be given or taken away";
		memcgsim_run_work(world->sim);
	}
	return NULL;
}

RACE(kmem_charge_vs_reparent_to_root) = {
	.name = "kmem_charge_vs_reparent_to_root",
	.claim = "what is charged to the root by way of an objcg it inherits is uncharged there once",
	.setup = setup,
	.threads = {
		{ "allocator", allocator, 0, 0 },
		{ "taker", taker, 1, -1 },
	},
};
