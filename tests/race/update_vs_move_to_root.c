/* SPDX-License-Identifier: MIT */
/*
 * A task allocates while it is moved to the root, and the cgroup that it was in is removed. An update
 * that the mover disturbs begins anew, and finds that nobody pays: the objcg of the round that was
 * lost is not the answer, and its reference goes back. Holds D2, D6, K-06, I-TASK-OBJCG,
 * I-REF-OBJCG, I-FREE-EVENTUAL.
 *
 *   /  root -- a      CPU 0 runs the task, which has just come to a
 *                     CPU 1 moves it to the root, and removes a
 *
 *   allocator                                mover
 *   (1) xchg(task->objcg, NULL), finds a's
 *                                            to the root; set bit 0
 *   (2) cmpxchg(NULL -> a's) fails
 *   (3) again: finds none
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
			return "an allocation was refused";
		memcgsim___free_pages(page, 0);
	}
	return NULL;
}

static race_verdict mover(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (i > 0 && (memcgsim_cgroup_mkdir(world->sim, "a") ||
			      memcgsim_cgroup_attach_task(world->sim, "a", world->tasks[0])))
			return "the task could not be moved back";
		if (memcgsim_cgroup_attach_task(world->sim, "/", world->tasks[0]) ||
		    memcgsim_cgroup_rmdir(world->sim, "a"))
			return "the task could not be moved, or the cgroup not removed";
	}
	return NULL;
}

RACE(update_vs_move_to_root) = {
	.name = "update_vs_move_to_root",
	.claim = "a task that is moved to the root while it looks up who pays finds nobody",
	.setup = setup,
	.threads = {
		{ "allocator", allocator, 0, 0 },
		{ "mover", mover, 1, -1 },
	},
};
