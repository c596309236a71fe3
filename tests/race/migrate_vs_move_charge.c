/* SPDX-License-Identifier: MIT */
/*
 * fuse replaces pages in the page cache, which takes neither page off its list, while the charges of
 * the old ones are moved to another memcg. Both look whose the page is and then say whose it shall be:
 * the page's lock keeps them apart. Holds I-COUNTER, I-MEMSW, I-LRU, I-REF-CSS.
 *
 *   /  root -- a, b   CPU 0 replaces the pages, of which a moved page takes its charge along
 *                     CPU 1 moves the old pages' charges from a to b
 */
#include <errno.h>

#include "support/race_v1.h"

static race_verdict replacer(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++)
		race_replace(race_old(world, i), race_new(world, i));
	return NULL;
}

static race_verdict mover(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++) {
		int err = memcgsim_mem_cgroup_move_charge(race_old(world, i), race_b(world));

		/* Locked just now, or nobody's any more. */
		if (err && err != -EBUSY && err != -EINVAL)
			return "a move was refused";
	}
	return NULL;
}

RACE(migrate_vs_move_charge) = {
	.name = "migrate_vs_move_charge",
	.claim = "a page's charge is one memcg's, whoever moves it and whoever takes it over",
	.config = { .profile = "v3.17" },
	.setup = race_v1_setup,
	.threads = {
		{ "replacer", replacer, 0, -1 },
		{ "mover", mover, 1, -1 },
	},
	.finally = race_v1_end,
};
