/* SPDX-License-Identifier: MIT */
/*
 * One CPU frees loose, charged blocks while another takes references on their first pages without
 * knowing whether they are still there, and puts them. Each frame is freed once, by whoever is last;
 * what is lost of the charge is known (B-34). Holds I-PAGES, I-COUNTER, I-KMEM, I-REF-OBJCG,
 * I-FREE-STATE.
 *
 *   /  root -- a      CPU 0, a task of a: alloc, tell, free      CPU 1: try_get, put
 */
#include "support/race.h"

#define ORDER 2

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_fork(world, 0, "a"))
		return "the task could not be made";
	return NULL;
}

static race_verdict owner(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		unsigned int order = i % (ORDER + 1);
		struct memcgsim_page *page =
			memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, order);

		if (!page)
			return "a block was refused";
		memcgsim___free_pages(page, order);
	}
	return NULL;
}

/* The first frames of the machine are those that the owner goes round in. */
static race_verdict looker(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_SIZE(4, 2) * world->loops; i++) {
		struct memcgsim_page *page = memcgsim_pfn_to_page(world->sim, i * 4 % 256);

		if (memcgsim_folio_try_get(page))
			memcgsim_put_page(page);
	}
	return NULL;
}

static race_verdict everything_is_back(struct race_world *world)
{
	struct memcgsim_zone_info info;

	memcgsim_get_zone_info(world->sim, &info);
	return info.leaked_pages ? "a frame was taken for a bad one" : NULL;
}

RACE(speculative_get_vs_free) = {
	.name = "speculative_get_vs_free",
	.claim = "a block under a speculative reference is freed once, frame by frame",
	.setup = setup,
	.threads = {
		{ "owner", owner, 0, 0 },
		{ "looker", looker, 1, -1 },
	},
	.finally = everything_is_back,
};
