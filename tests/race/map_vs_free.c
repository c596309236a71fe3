/* SPDX-License-Identifier: MIT */
/*
 * An area that is charged is mapped and unmapped while it is freed. Who maps finds it or not: a page that is
 * found is mapped by a reference of its own, and whoever puts the last one uncharges it, once. What is being
 * taken off the area is never mapped any more, nor is a page with a type. Holds V-03, V-04, B-31, I-REFP,
 * I-COUNTER, I-KMEM.
 *
 *   /  root -- a      CPU 0 runs a's task: makes the area, tells its address, and frees it
 *                     CPU 1 maps it, looks, and unmaps it
 *
 *   mapper                               owner
 *   (1) finds the area; maps its page
 *                                        (2) frees the area: the page is still referred to
 *   (3) unmaps: the last reference
 *
 * On threads there is an area before the owner's first and behind its last, so that whoever comes first or late
 * has one to map. Where schedules are explored it makes the only one itself: the C library's tree of areas would
 * not be put back before each schedule.
 */
#include "support/race.h"

#define NR_PAGES RACE_SIZE(4, 1)

static void *make_area(void)
{
	return memcgsim___vmalloc_node_range(NR_PAGES * MEMCGSIM_PAGE_SIZE,
					     MEMCGSIM_GFP_KERNEL_ACCOUNT, MEMCGSIM_VM_USERMAP);
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_fork(world, 0, "a"))
		return "the task could not be made";
	if (RACE_SIZE(true, false))
		world->objects[0] = make_area();
	return NULL;
}

static race_verdict owner(struct race_world *world)
{
	void *last = MEMCGSIM_X_LOAD(&world->objects[0], RELAXED);

	for (unsigned int i = 0; i < world->loops; i++) {
		void *area = make_area();

		if (!area)
			return "the area was refused";
		MEMCGSIM_X_STORE(&world->objects[0], area, RELEASE);
		memcgsim_vfree(last);
		last = area;
	}
	if (RACE_SIZE(false, true))
		memcgsim_vfree(last);
	return NULL;
}

static race_verdict mapper(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		void *area = MEMCGSIM_X_LOAD(&world->objects[0], ACQUIRE);
		struct memcgsim_page *ptes[NR_PAGES];
		bool mapped, typed = false;

		if (!area || memcgsim_remap_vmalloc_range(ptes, NR_PAGES, area, 0))
			continue;
		mapped = true;
		for (unsigned int k = 0; k < NR_PAGES; k++) {
			mapped &= memcgsim_page_mapcount(ptes[k]) == 1;
			typed |= memcgsim_page_has_type(ptes[k]);
		}
		memcgsim_zap_page_range(ptes, NR_PAGES);
		if (!mapped || typed)
			return "a page is not mapped once, or has a type";
	}
	return NULL;
}

static race_verdict nothing_is_left(struct race_world *world)
{
	if (RACE_SIZE(true, false))
		memcgsim_vfree(world->objects[0]);
	if (memcgsim_drain_all_stock(world->sim, "/"))
		return "the root was not found";
	return race_nothing_charged(world, "a/memory.current");
}

RACE(map_vs_free) = {
	.name = "map_vs_free",
	.claim = "an area that is mapped while it is freed goes once, and so does its charge",
	.config.profile = "v5.11",
	.setup = setup,
	.threads = {
		{ "owner", owner, 0, 0 },
		{ "mapper", mapper, 1, -1 },
	},
	.finally = nothing_is_left,
};
