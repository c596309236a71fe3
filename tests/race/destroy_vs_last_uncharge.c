/* SPDX-License-Identifier: MIT */
/*
 * The last kernel page of a cgroup is freed while the cgroup is removed. One reference has been taken for
 * all pages together, when the first limit was set; whoever finds the other done puts it, and only one
 * of them. Holds I-REF-CSS, I-REF-POS, I-KMEM, I-FREE-EVENTUAL.
 *
 *   /  root -- c      accounted; the page was charged by a task that has left
 *                     CPU 1 frees it; CPU 0 removes c and runs what that defers
 */
#include "support/race.h"

#define NR_PAGES RACE_SIZE(RACE_MAX_OBJECTS, 1)

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "c") ||
	    memcgsim_cgroupfs_write(sim, "c/memory.kmem.limit_in_bytes", "1G"))
		return "the cgroup could not be made";
	if (race_fork(world, 0, "c") || memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		world->objects[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		if (!world->objects[i])
			return "a page was refused";
	}
	if (memcgsim_switch_to(NULL) || memcgsim_cgroup_attach_task(sim, "/", world->tasks[0]))
		return "the task could not leave";
	return NULL;
}

static race_verdict freer(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_PAGES; i++)
		memcgsim___free_pages(world->objects[i], 0);
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "c"))
		return "the cgroup could not be removed";
	memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict it_is_freed(struct race_world *world)
{
	char *text;

	memcgsim_synchronize_rcu(world->sim);
	if (memcgsim_cgroupfs_read(world->sim, "cgroup.stat", &text))
		return "what is left cannot be read";
	if (!strstr(text, "nr_dying_subsys_memory 0\n")) {
		free(text);
		return "I-FREE-EVENTUAL: a removed cgroup is left, though nothing is charged";
	}
	free(text);
	return NULL;
}

RACE(destroy_vs_last_uncharge) = {
	.name = "destroy_vs_last_uncharge",
	.claim = "the last page and the removal put one reference between them, in any order",
	.config = { .profile = "v3.8" },
	.setup = setup,
	.threads = {
		{ "freer", freer, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = it_is_freed,
};
