/* SPDX-License-Identifier: MIT */
/*
 * The last kernel page of a cgroup is freed while the cgroup is removed. One reference has been taken for
 * all pages together, when the first limit was set; whoever finds the other done puts it, and only one
 * of them. Holds I-REF-CSS, I-REF-POS, I-KMEM, I-FREE-EVENTUAL.
 *
 *   /  root -- c      accounted; the page was charged by a task that has left
 *                     CPU 1 frees it; CPU 0 removes c and runs what that defers
 */
#include "support/race_kmem.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "c") ||
	    memcgsim_cgroupfs_write(world->sim, "c/memory.kmem.limit_in_bytes", "1G"))
		return "the cgroup could not be made";
	return race_charge_kmem(world, "c");
}

static race_verdict remover(struct race_world *world)
{
	return race_remove(world, "c");
}

RACE(destroy_vs_last_uncharge) = {
	.name = "destroy_vs_last_uncharge",
	.claim = "the last page and the removal put one reference between them, in any order",
	.config = { .profile = "v3.8" },
	.setup = setup,
	.threads = {
		{ "freer", race_free_kmem, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = race_none_is_dying,
};
