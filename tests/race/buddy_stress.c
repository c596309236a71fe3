/* SPDX-License-Identifier: MIT */
/*
 * Three CPUs take and give back blocks of all orders and types, and a thread that is none of them
 * isolates pageblocks and gives them back. Every block is somebody's alone, and in the end all
 * merges. Holds I-PAGES, I-BUDDY, I-BUDDY-MAX, I-BUDDY-TYPE, I-BUDDY-COUNT, I-PCP
 * (B-46).
 */
#include "support/race.h"

#define HELD RACE_SIZE(16, 2)

static const memcgsim_gfp_t kinds[] = {
	MEMCGSIM_GFP_KERNEL,
	MEMCGSIM_GFP_HIGHUSER_MOVABLE,
	MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_RECLAIMABLE,
	MEMCGSIM_GFP_ATOMIC | MEMCGSIM___GFP_COMP,
};

/* A block is marked as its owner's: whoever gets it must find it unmarked. */
static race_verdict trade(struct race_world *world, unsigned int who)
{
	struct memcgsim_page *held[HELD] = { NULL };
	unsigned int orders[HELD];
	uint64_t chance = world->seed * 2654435761u + who;

	for (unsigned int i = 0; i < RACE_SIZE(8, 2) * world->loops; i++) {
		unsigned int slot = i % HELD;
		unsigned char *memory;

		if (held[slot]) {
			memory = memcgsim_page_address(world->sim, held[slot]);
			if (memory[0] != who + 1)
				return "somebody else wrote into the block";
			memory[0] = 0;
			memcgsim___free_pages(held[slot], orders[slot]);
		}
		chance = chance * 6364136223846793005u + 1442695040888963407u;
		orders[slot] = (unsigned int)(chance >> 33) % 11;
		if (orders[slot] > 3 && (chance >> 50) % 4)
			orders[slot] %= 4;
		held[slot] = memcgsim_alloc_pages(kinds[(chance >> 40) % 4], orders[slot]);
		if (!held[slot])
			continue; /* memory is short: that is part of it */
		memory = memcgsim_page_address(world->sim, held[slot]);
		if (memory[0])
			return "the block is somebody's already";
		memory[0] = (unsigned char)(who + 1);
	}
	for (unsigned int slot = 0; slot < HELD; slot++) {
		if (!held[slot])
			continue;
		*(unsigned char *)memcgsim_page_address(world->sim, held[slot]) = 0;
		memcgsim___free_pages(held[slot], orders[slot]);
	}
	return NULL;
}

static race_verdict first(struct race_world *world)
{
	return trade(world, 0);
}

static race_verdict second(struct race_world *world)
{
	return trade(world, 1);
}

static race_verdict third(struct race_world *world)
{
	return trade(world, 2);
}

static race_verdict isolator(struct race_world *world)
{
	const unsigned long block = 1UL << MEMCGSIM_PAGEBLOCK_ORDER;

	for (unsigned int i = 0; i < world->loops; i++) {
		unsigned long pfn = i % 4 * block;

		if (memcgsim_start_isolate_page_range(world->sim, pfn, pfn + 2 * block) ||
		    memcgsim_undo_isolate_page_range(world->sim, pfn, pfn + 2 * block,
						     (enum memcgsim_migratetype)(i % 3)))
			return "a range could not be isolated, or given back";
	}
	return NULL;
}

RACE(buddy_stress) = {
	.name = "buddy_stress",
	.claim = "blocks of all orders and types are one owner's alone, and merge in the end",
	.config = { .nr_cpus = 3, .nr_pages = 8192 },
	.threads = {
		{ "first", first, 0, -1 },
		{ "second", second, 1, -1 },
		{ "third", third, 2, -1 },
		{ "isolator", isolator, -1, -1 },
	},
};
