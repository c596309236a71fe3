/* SPDX-License-Identifier: MIT */
/*
 * fuse replaces pages in the page cache while others have them off their lists and put them back, as
 * reclaim and the batches of newly read pages do. Whose list is the right one changes meanwhile: each
 * page ends on that of its memcg. Holds I-LRU, I-COUNTER.
 *
 *   /  root -- a, b   CPU 0 replaces the pages
 *                     CPU 1 takes the old pages off their lists and puts them back, and puts the new
 *                     ones on theirs
 */
#include "support/race_v1.h"

static race_verdict replacer(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++)
		race_replace(race_old(world, i), race_new(world, i));
	return NULL;
}

static race_verdict putter(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++) {
		if (memcgsim_folio_isolate_lru(race_old(world, i)))
			memcgsim_folio_putback_lru(race_old(world, i));
		memcgsim_folio_add_lru(race_new(world, i));
	}
	return NULL;
}

RACE(replace_vs_putback) = {
	.name = "replace_vs_putback",
	.claim = "whoever puts a page on a list finds the one of its memcg",
	.config = { .profile = "v3.17" },
	.setup = race_v1_setup,
	.threads = {
		{ "replacer", replacer, 0, -1 },
		{ "putter", putter, 1, -1 },
	},
	.finally = race_v1_end,
};
