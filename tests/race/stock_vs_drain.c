/* SPDX-License-Identifier: MIT */
/*
 * A CPU charges and uncharges from its stock while another drains it. Whatever the drain takes, at
 * the end each page is charged exactly once or not at all. Holds I-COUNTER, I-STOCK, I-REF-CSS,
 * I-KMEM.
 *
 *   /  root -- a -- b       CPU 0 runs a task of b: pages and objects
 *                           CPU 1 drains a, which is above b, and changes a's limit
 */
#include "support/race.h"

#define HELD RACE_SIZE(16, 2) /* pages held at once: the stock goes up and down */

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "a/b"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "a/b"))
		return "the task could not be made";
	return NULL;
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *pages[HELD];
		void *object = memcgsim_kmalloc(64 + i % 512, MEMCGSIM_GFP_KERNEL_ACCOUNT);

		if (!object)
			return "an object was refused";
		for (unsigned int n = 0; n < HELD; n++) {
			pages[n] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, n % 3);
			if (!pages[n])
				return "a page was refused";
		}
		for (unsigned int n = 0; n < HELD; n++)
			memcgsim___free_pages(pages[n], n % 3);
		memcgsim_kfree(object);
	}
	return NULL;
}

static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_drain_all_stock(world->sim, "a"))
			return "the drain did not find its cgroup";
		/* A limit that is never reached: only its word is raced for. */
		if (memcgsim_cgroupfs_write(world->sim, "a/memory.max", i % 2 ? "max" : "16M"))
			return "the limit could not be written";
	}
	return NULL;
}

RACE(stock_vs_drain) = {
	.name = "stock_vs_drain",
	.claim = "a drained stock loses no page and gives none back twice",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "drainer", drainer, 1, -1 },
	},
};
