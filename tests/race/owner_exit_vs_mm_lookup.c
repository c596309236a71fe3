/* SPDX-License-Identifier: MIT */
/*
 * The owner of an mm leaves it to a thread that has just been made, while another CPU asks who pays for
 * the mm. It finds the one owner or the other, each of them whole. Holds O-13, I-MM, I-RCU.
 *
 *   owner                              asker
 *   (1) makes the thread
 *   (2) mm.owner = the thread
 *                                      (3) owner = mm.owner
 *                                      (4) whose css_set is owner.cset?
 */
#include "support/race.h"

#include <memcgsim/css.h>
#include <memcgsim/task.h>

static race_verdict setup(struct race_world *world)
{
	if (memcgsim_fork(world->sim, NULL, &world->tasks[0]))
		return "the task could not be made";
	world->objects[0] = memcgsim_get_task_mm(world->tasks[0]);
	return NULL;
}

static race_verdict owner(struct race_world *world)
{
	struct memcgsim_clone_args args = {
		.flags = MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD,
	};
	struct memcgsim_task *heir;

	if (memcgsim_kernel_clone(world->sim, world->tasks[0], &args, &heir))
		return "a fork failed";
	return memcgsim_do_exit(world->tasks[0]) ? "the owner could not end" : NULL;
}

static race_verdict asker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_mem_cgroup *memcg =
			memcgsim_get_mem_cgroup_from_mm(world->objects[0]);

		if (!memcg)
			return "nobody pays for the mm";
		memcgsim_mem_cgroup_put(memcg);
	}
	return NULL;
}

static race_verdict let_go(struct race_world *world)
{
	memcgsim_mmput(world->objects[0]);
	return NULL;
}

RACE(owner_exit_vs_mm_lookup) = {
	.name = "owner_exit_vs_mm_lookup",
	.claim = "whoever asks who pays for an mm finds an owner that is whole",
	.setup = setup,
	.threads = {
		{ "owner", owner, 0, -1 },
		{ "asker", asker, 1, -1 },
	},
	.finally = let_go,
};
