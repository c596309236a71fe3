/* SPDX-License-Identifier: MIT */
/*
 * Objects of a cgroup are freed on one CPU while another removes the cgroup, so that their objcg is
 * handed to the parent in the middle. Each byte goes back to a memcg that was charged for it; the
 * dead memcg is freed. Holds I-COUNTER, I-REPARENT, I-REF-OBJCG, I-OBJ-PAGES, I-FREE-EVENTUAL,
 * I-VEC.
 *
 *   /  root -- p -- c        c's objects were made on CPU 0 by a task that has left
 *                            CPU 1 frees them; CPU 0 removes c and runs what that defers
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "p") || race_mkdir(world, "p/c"))
		return "the cgroups could not be made";
	if (memcgsim_fork(sim, NULL, &world->tasks[0]) ||
	    memcgsim_fork(sim, NULL, &world->tasks[1]) ||
	    memcgsim_cgroup_attach_task(sim, "p/c", world->tasks[0]) ||
	    memcgsim_switch_to(world->tasks[0]))
		return "the tasks could not be made";
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++) {
		world->objects[i] =
			memcgsim_kmalloc(i % 2 ? 1000 : 9000, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (!world->objects[i])
			return "an object was refused";
	}
	if (memcgsim_switch_to(NULL) || memcgsim_cgroup_attach_task(sim, "/", world->tasks[0]))
		return "the task could not leave";
	return NULL;
}

static race_verdict freer(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++) {
		memcgsim_kfree(world->objects[i]);
		world->objects[i] = NULL;
	}
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "p/c"))
		return "the cgroup could not be removed";
	for (unsigned int i = 0; i < world->loops; i++) {
		memcgsim_run_work(world->sim);
		if (memcgsim_drain_all_stock(world->sim, "p"))
			return "the drain did not find its cgroup";
	}
	return NULL;
}

static race_verdict nothing_is_left(struct race_world *world)
{
	/*
	 * Two CPUs leave two remainders with the objcg, and together they may be whole pages: those
	 * go back when the objcg is released (O-07). The task that left still names it, until it
	 * allocates again (K-03).
	 */
	if (memcgsim_switch_to(world->tasks[0]))
		return "the task could not be run";
	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	memcgsim_drain_all_stock(world->sim, "/");
	memcgsim_synchronize_rcu(world->sim);
	memcgsim_drain_all_stock(world->sim, "/"); /* the release returned pages to a stock */
	return race_nothing_charged(world, "p/memory.current");
}

RACE(kfree_on_other_cpu_vs_reparent) = {
	.name = "kfree_on_other_cpu_vs_reparent",
	.claim = "objects freed while their cgroup goes are given back to whoever is charged for them",
	.setup = setup,
	.threads = {
		{ "freer", freer, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = nothing_is_left,
};
