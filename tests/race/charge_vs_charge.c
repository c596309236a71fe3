/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs charge a memcg up to its limit, in different sizes. One may be refused because of what the
 * other has added and will take off again (P-02), but what stays charged never exceeds the limit, and
 * nothing that was refused stays. Holds I-LIMIT, I-COUNTER, I-FAIL-UNDO, I-PROT.
 *
 *   /  root -- a(max 64) -- b      CPU 0 charges single pages, CPU 1 blocks of eight
 *
 *   small                    large
 *                            (1) add 8: 64 + 8
 *   (2) add 1, refused
 *                            (3) refused: take 8 off
 */
#include "support/race.h"

#define HELD RACE_SIZE(16, 2)

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "a/b") ||
	    memcgsim_cgroupfs_write(world->sim, "a/b/memory.min", "128K") ||
	    memcgsim_cgroupfs_write(world->sim, "a/b/memory.low", "64K") ||
	    memcgsim_cgroupfs_write(world->sim, "a/memory.max", "256K"))
		return "the cgroups could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a/b"))
			return "the tasks could not be made";
	}
	return NULL;
}

/* Holds as many blocks as it gets, sixteen at most, and gives them back. */
static race_verdict charge(struct race_world *world, unsigned int order)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *pages[HELD];
		unsigned int held = 0;

		while (held < HELD) {
			pages[held] = memcgsim_alloc_pages(
				MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_NORETRY, order);
			if (!pages[held])
				break;
			held++;
		}
		while (held > 0)
			memcgsim___free_pages(pages[--held], order);
	}
	return NULL;
}

static race_verdict small(struct race_world *world)
{
	return charge(world, 0);
}

static race_verdict large(struct race_world *world)
{
	return charge(world, 3);
}

/* Who is alone at last has all the room there is: eight blocks of eight, and not one page more. */
static race_verdict finally(struct race_world *world)
{
	struct memcgsim_page *pages[9];
	unsigned int held = 0;

	if (memcgsim_switch_to(world->tasks[0]))
		return "the task could not be run";
	while (held < 9) {
		pages[held] = memcgsim_alloc_pages(
			MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_NORETRY, held < 8 ? 3 : 0);
		if (!pages[held])
			break;
		held++;
	}
	for (unsigned int i = 0; i < held; i++)
		memcgsim___free_pages(pages[i], i < 8 ? 3 : 0);
	if (memcgsim_switch_to(NULL))
		return "the task could not be left";
	return held == 8 ? NULL : "the limit is not where it should be";
}

RACE(charge_vs_charge) = {
	.name = "charge_vs_charge",
	.claim = "two chargers at a limit never exceed it at rest, and leave nothing of what was refused",
	.setup = setup,
	.threads = {
		{ "small", small, 0, 0 },
		{ "large", large, 1, 1 },
	},
	.finally = finally,
};
