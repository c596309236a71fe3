/* SPDX-License-Identifier: MIT */
/*
 * A drain looks at the stock of a CPU that just then caches another objcg and gives up the last
 * reference on the one it had. What the drain looks at is not freed under its eyes, for it reads
 * within an RCU section, and the release waits for that (C-11). Holds I-RCU, I-STOCK, I-REF-OBJCG,
 * I-FREE-EVENTUAL.
 *
 *   /  root --+-- a      CPU 0's stock still caches a's objcg; its task is in b by now
 *             `-- b      CPU 1 drains everything
 *                        an unbound thread removes a
 *
 *   drainer                    remover                 charger
 *   (1) the stock has a's
 *                              (2) a goes offline
 *                                                      (3) caches b's, puts a's: its last
 *   (4) whose is a's? freed?
 */
#include "support/race.h"

#include "memcg/drain.h"
#include "seam/thread.h"

static race_verdict setup(struct race_world *world)
{
	void *object;

	if (race_mkdir(world, "a") || race_mkdir(world, "b"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "a") || memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	memcgsim_kfree(object);
	if (!object || memcgsim_switch_to(NULL) ||
	    memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[0]))
		return "the task could not go over";
	return NULL;
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		void *object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);

		memcgsim_kfree(object);
		if (!object)
			return "an object was refused";
	}
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	return memcgsim_cgroup_rmdir(world->sim, "a") ? "the cgroup could not be removed" : NULL;
}

/* As whoever meets a limit: a path to look up would need the cgroup mutex, which the remover needs. */
static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++)
		msim_drain_all_stock(msim_ctx(), world->sim->root_memcg);
	return NULL;
}

RACE(drain_vs_stock_release) = {
	.name = "drain_vs_stock_release",
	.claim = "whoever looks at another CPU's stock looks at what is not freed meanwhile",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "remover", remover, -1, -1 },
		{ "drainer", drainer, 1, -1 },
	},
};
