/* SPDX-License-Identifier: MIT */
/*
 * Two threads isolate the same page from its list, mark it and put it back; meanwhile its neighbours
 * on that list come and go. Of two who try at a time one has the page, and every page is on the list
 * that its marks say, once. Holds I-LRU, I-STAT, I-COUNTER.
 *
 *   /  root -- a      CPU 0 and 1: isolate, mark, put back      CPU 2, a task of a: add, put
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_page *page;

	if (race_mkdir(world, "a") || race_fork(world, 0, "a"))
		return "the task could not be made";
	if (memcgsim_switch_to(world->tasks[0]))
		return "the task does not run";
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "the page was refused";
	memcgsim_folio_add_lru(page);
	world->objects[0] = page;
	return memcgsim_switch_to(NULL) ? "the task still runs" : NULL;
}

static race_verdict isolator(struct race_world *world, unsigned int who)
{
	struct memcgsim_page *page = world->objects[0];

	for (unsigned int i = 0; i < world->loops; i++) {
		if (!memcgsim_folio_isolate_lru(page))
			continue;
		race_count_plain(world, who); /* nobody else has the page now */
		if (memcgsim_test_page_flag(page, MEMCGSIM_PG_ACTIVE))
			memcgsim_clear_page_flag(page, MEMCGSIM_PG_ACTIVE);
		else
			memcgsim_set_page_flag(page, MEMCGSIM_PG_ACTIVE);
		world->counts[who]++;
		memcgsim_folio_putback_lru(page);
	}
	return NULL;
}

static race_verdict first(struct race_world *world)
{
	return isolator(world, 0);
}

static race_verdict second(struct race_world *world)
{
	return isolator(world, 1);
}

static race_verdict neighbour(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

		if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
			return "a page was refused";
		memcgsim_folio_add_lru(page);
		memcgsim_folio_put(page);
	}
	return NULL;
}

static race_verdict one_had_it_at_a_time(struct race_world *world)
{
	if (world->plain != world->counts[0] + world->counts[1])
		return "two had isolated the same page";
	if (!memcgsim_folio_test_lru(world->objects[0]))
		return "the page is on no list";
	memcgsim_folio_put(world->objects[0]);
	return NULL;
}

RACE(isolate_vs_putback) = {
	.name = "isolate_vs_putback",
	.claim = "one isolates a page at a time, and it is back on one list afterwards",
	.config = { .nr_cpus = 3 },
	.setup = setup,
	.threads = {
		{ "first", first, 0, -1 },
		{ "second", second, 1, -1 },
		{ "neighbour", neighbour, 2, 0 },
	},
	.finally = one_had_it_at_a_time,
};
