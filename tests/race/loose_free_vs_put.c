/* SPDX-License-Identifier: MIT */
/*
 * The owner of a loose block frees it while somebody else puts the last reference on its first page,
 * and with it the last on the objcg of a cgroup that is gone. What the owner loses it notes with whoever
 * has inherited the charge, and it does not look at an objcg that is freed. Holds B-34, I-PAGES,
 * I-REF-OBJCG, I-RCU.
 *
 *   /  root -- p -- (c)      removed; the block was charged by a task that has left
 *
 *   owner                              looker
 *   (1) the block is objcg's
 *   (2) its reference: not the last
 *                                      (3) the last: uncharges, puts the objcg
 *   (4) whose is objcg?
 */
#include "support/race.h"

#define ORDER 1

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "p") || race_mkdir(world, "p/c") || race_fork(world, 0, "p/c") ||
	    memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	world->objects[0] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, ORDER);
	if (!world->objects[0])
		return "the block was refused";
	memcgsim_get_page(world->objects[0]); /* the looker's */
	if (memcgsim_do_exit(world->tasks[0]) || memcgsim_cgroup_rmdir(sim, "p/c") ||
	    memcgsim_drain_all_stock(sim, "/"))
		return "the cgroup could not be removed";
	memcgsim_run_work(sim);
	return NULL;
}

static race_verdict owner(struct race_world *world)
{
	memcgsim___free_pages(world->objects[0], ORDER);
	return NULL;
}

static race_verdict looker(struct race_world *world)
{
	memcgsim_put_page(world->objects[0]);
	memcgsim_run_work(world->sim);
	return NULL;
}

RACE(loose_free_vs_put) = {
	.name = "loose_free_vs_put",
	.claim = "what is lost with a loose block is noted before its objcg is freed",
	.setup = setup,
	.threads = {
		{ "owner", owner, 0, -1 },
		{ "looker", looker, 1, -1 },
	},
};
