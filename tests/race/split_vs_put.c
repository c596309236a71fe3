/* SPDX-License-Identifier: MIT */
/*
 * One CPU splits charged blocks and frees their pages, another has a reference on each block's first
 * page, takes more on the others as they appear, and puts them all. Each page is uncharged once, by
 * whoever is last. Holds I-PAGES, I-COUNTER0, I-KMEM, I-REF-OBJCG.
 *
 *   /  root -- a      world->objects[i]: the blocks' first pages
 */
#include "support/race.h"

#define ORDER 3

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_fork(world, 0, "a") ||
	    memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++) {
		struct memcgsim_page *page =
			memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, ORDER);

		if (!page)
			return "a block was refused";
		world->objects[i] = page;
		memcgsim_get_page(page); /* the looker's, until it has put it */
	}
	return memcgsim_switch_to(NULL) ? "the task could not leave" : NULL;
}

static struct memcgsim_page *nth(struct race_world *world, struct memcgsim_page *page,
				 unsigned int n)
{
	return memcgsim_pfn_to_page(world->sim, memcgsim_page_to_pfn(world->sim, page) + n);
}

static race_verdict splitter(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++) {
		struct memcgsim_page *page = world->objects[i];

		memcgsim_split_page(page, ORDER);
		for (unsigned int k = 0; k < 1u << ORDER; k++)
			memcgsim___free_pages(nth(world, page, k), 0);
	}
	return NULL;
}

static race_verdict looker(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_MAX_OBJECTS; i++) {
		struct memcgsim_page *page = world->objects[i];

		for (unsigned int k = 1; k < 1u << ORDER; k++) {
			if (memcgsim_folio_try_get(nth(world, page, k)))
				memcgsim_put_page(nth(world, page, k));
		}
		memcgsim_put_page(page);
	}
	return NULL;
}

static race_verdict nothing_is_charged(struct race_world *world)
{
	memcgsim_drain_all_stock(world->sim, "/");
	return race_nothing_charged(world, "a/memory.current");
}

RACE(split_vs_put) = {
	.name = "split_vs_put",
	.claim = "pages of a split block are uncharged one by one, whoever puts them last",
	.setup = setup,
	.threads = {
		{ "splitter", splitter, 0, 0 },
		{ "looker", looker, 1, -1 },
	},
	.finally = nothing_is_charged,
};
