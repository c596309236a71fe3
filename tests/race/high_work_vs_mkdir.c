/* SPDX-License-Identifier: MIT */
/*
 * An interrupt has left a memcg over memory.high to be shrunk later. Whoever does that goes through all
 * memcgs, of which some come and go meanwhile; the one that is marked is met once. Holds C-07, C-08,
 * I-REF-CSS, I-FREE-EVENTUAL.
 *
 *   /  root --+-- a(high 0)      marked in an interrupt
 *             `-- x, y           CPU 1 makes and removes them; an unbound thread does the work
 */
#include "support/race.h"

/* Charges a page to a in an interrupt: a is over its limit, and nobody's task owes for it. */
static race_verdict mark(struct race_world *world)
{
	struct memcgsim_mem_cgroup *a;
	struct memcgsim_page *page;

	if (memcgsim_mem_cgroup_from_path(world->sim, "a", &a))
		return "the cgroup was not found";
	if (memcgsim_irq_enter())
		return "the CPU took no interrupt";
	(void)memcgsim_set_active_memcg(a);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT & ~MEMCGSIM___GFP_DIRECT_RECLAIM,
				    0);
	(void)memcgsim_set_active_memcg(NULL);
	if (memcgsim_irq_exit())
		return "the interrupt did not end";
	memcgsim_css_put(a);
	world->objects[0] = page;
	return page ? NULL : "an allocation was refused";
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || memcgsim_cgroupfs_write(world->sim, "a/memory.high", "0"))
		return "the cgroup could not be made";
	return mark(world);
}

static race_verdict worker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++)
		memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict maker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		const char *path = i % 2 ? "y" : "x";

		if (memcgsim_cgroup_mkdir(world->sim, path) ||
		    memcgsim_cgroup_rmdir(world->sim, path))
			return "a cgroup could not be made or removed";
	}
	return NULL;
}

static race_verdict free_the_page(struct race_world *world)
{
	memcgsim___free_pages(world->objects[0], 0);
	return NULL;
}

RACE(high_work_vs_mkdir) = {
	.name = "high_work_vs_mkdir",
	.claim = "what interrupts leave to be shrunk is found while cgroups come and go",
	.setup = setup,
	.threads = {
		{ "worker", worker, -1, -1 },
		{ "maker", maker, 1, -1 },
	},
	.finally = free_the_page,
};
