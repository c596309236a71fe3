/* SPDX-License-Identifier: MIT */
/*
 * The last kernel page of a cgroup that is gone already is freed while its parent is removed. The page
 * counts in both, so each has a reference that waits for it: the child's is put with the page, the
 * parent's with the page or at its own end, whichever is later. Holds I-REF-CSS, I-REF-POS, I-KMEM,
 * I-FREE-EVENTUAL.
 *
 *   /  root -- p -- c      both accounted; c has been removed, but for the page
 *                          CPU 1 frees it; CPU 0 removes p and runs what that defers
 */
#include "support/race_kmem.h"

static race_verdict setup(struct race_world *world)
{
	race_verdict verdict;

	if (race_mkdir(world, "p") ||
	    memcgsim_cgroupfs_write(world->sim, "p/memory.kmem.limit_in_bytes", "1G") ||
	    race_mkdir(world, "p/c"))
		return "the cgroups could not be made";
	verdict = race_charge_kmem(world, "p/c");
	return verdict ? verdict : race_remove(world, "p/c");
}

static race_verdict remover(struct race_world *world)
{
	return race_remove(world, "p");
}

RACE(destroy_parent_vs_last_uncharge) = {
	.name = "destroy_parent_vs_last_uncharge",
	.claim = "a parent that waits for the last page of a child that is gone is freed with it",
	.config = { .profile = "v3.8" },
	.setup = setup,
	.threads = {
		{ "freer", race_free_kmem, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = race_none_is_dying,
};
