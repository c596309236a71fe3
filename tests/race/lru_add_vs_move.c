/* SPDX-License-Identifier: MIT */
/*
 * Pages are put on their lists while others move their charges: who moves one has it off
 * the lists, so it is either not on one yet, and not to be moved, or goes from list to list with its
 * charge. Holds I-LRU, I-COUNTER, I-REF-CSS.
 *
 *   /  root -- a, b   CPU 0 takes pages off their lists and puts them back
 *                     CPU 1 moves their charges from a to b
 */
#include <errno.h>

#include "support/race_v1.h"

static race_verdict putter(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++) {
		if (memcgsim_folio_isolate_lru(race_old(world, i)))
			memcgsim_folio_putback_lru(race_old(world, i));
	}
	return NULL;
}

static race_verdict mover(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++) {
		int err = memcgsim_mem_cgroup_move_charge(race_old(world, i), race_b(world));

		if (err && err != -EBUSY)
			return "a move was refused";
	}
	return NULL;
}

static race_verdict replace_all(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++)
		race_replace(race_old(world, i), race_new(world, i));
	return race_v1_end(world);
}

RACE(lru_add_vs_move) = {
	.name = "lru_add_vs_move",
	.claim = "a page is moved off the lists, and goes back to those of its new memcg",
	.config = { .profile = "v3.17" },
	.setup = race_v1_setup,
	.threads = {
		{ "putter", putter, 0, -1 },
		{ "mover", mover, 1, -1 },
	},
	.finally = replace_all,
};
