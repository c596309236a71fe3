/* SPDX-License-Identifier: MIT */
/*
 * A vmalloc area is made and freed for a cgroup that is removed meanwhile. Each page is counted with the
 * memcg that is charged for it, or with the parent, and never with one that is freed. Holds V-02,
 * I-REPARENT, I-RCU, I-FREE-EVENTUAL.
 *
 *   /  root -- p -- c      CPU 1 makes the area for c's sake, lets go of c, and frees the area
 *                          CPU 0 removes c and runs what that defers
 *
 *   user                                 remover
 *   (1) the page is objcg's, that is c's
 *                                        (2) objcg is p's
 *                                        (3) a grace period; c is freed
 *   (4) counts the page with c
 *
 * The area is not made by setup: the C library's tree of areas would not be put back before each schedule.
 */
#include "support/race.h"

#include <memcgsim/css.h>

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;
	struct memcgsim_mem_cgroup *memcg;

	if (race_mkdir(world, "p") || race_mkdir(world, "p/c") ||
	    memcgsim_mem_cgroup_from_path(sim, "p/c", &memcg))
		return "the cgroups could not be made";
	world->objects[0] = memcg;
	return NULL;
}

static race_verdict user(struct race_world *world)
{
	struct memcgsim_mem_cgroup *old = memcgsim_set_active_memcg(world->objects[0]);
	void *area = memcgsim___vmalloc(MEMCGSIM_PAGE_SIZE, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	(void)memcgsim_set_active_memcg(old);
	memcgsim_css_put(world->objects[0]);
	memcgsim_vfree(area);
	return area ? NULL : "the area was refused";
}

static race_verdict remover(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "p/c"))
		return "the cgroup could not be removed";
	memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict nothing_is_left(struct race_world *world)
{
	if (memcgsim_drain_all_stock(world->sim, "/"))
		return "the root was not found";
	return race_nothing_charged(world, "p/memory.current");
}

RACE(vfree_vs_rmdir) = {
	.name = "vfree_vs_rmdir",
	.claim = "an area that is freed while its cgroup goes comes off whoever is charged for it",
	.setup = setup,
	.threads = {
		{ "user", user, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = nothing_is_left,
};
