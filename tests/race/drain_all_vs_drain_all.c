/* SPDX-License-Identifier: MIT */
/*
 * Two threads drain the same subtree while a CPU refills its stock: one of them may find the other at it
 * and do nothing (C-11), but no stock is drained twice, and none for whom it was not. Holds I-STOCK,
 * I-COUNTER, I-REF-CSS, I-OBJ-PAGES.
 *
 *   /  root --+-- a      CPU 0 charges a
 *             `-- b      CPU 1 charges b, and drains a
 *                        an unbound thread drains both
 */
#include "support/race.h"

#include <stdlib.h>

static race_verdict setup(struct race_world *world)
{
	static const char *const paths[] = { "a", "b" };

	if (memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control", "+memory"))
		return "the cgroups could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (memcgsim_cgroup_mkdir(world->sim, paths[i]) || race_fork(world, i, paths[i]))
			return "the cgroups and tasks could not be made";
	}
	return NULL;
}

/* A page and an object come and go: both halves of the stock are filled. */
static race_verdict charge(unsigned int i)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, i % 3);
	void *object = memcgsim_kmalloc(64 + i % 1024, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	if (page)
		memcgsim___free_pages(page, i % 3);
	memcgsim_kfree(object);
	return page && object ? NULL : "an allocation was refused";
}

static race_verdict charger(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < 4 * world->loops && !verdict; i++)
		verdict = charge(i);
	return verdict;
}

static race_verdict charger_and_drainer(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++) {
		verdict = charge(i);
		if (memcgsim_drain_all_stock(world->sim, "a"))
			return "the drain did not find its cgroup";
	}
	return verdict;
}

static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_drain_all_stock(world->sim, i % 2 ? "a" : "/"))
			return "the drain did not find its cgroup";
	}
	return NULL;
}

/* Alone, a drain is never skipped: nothing of the subtree is left in any stock. */
static race_verdict finally(struct race_world *world)
{
	if (memcgsim_drain_all_stock(world->sim, "/"))
		return "the root was not found";
	return race_nothing_charged(world, "a/memory.current");
}

RACE(drain_all_vs_drain_all) = {
	.name = "drain_all_vs_drain_all",
	.claim = "drains that meet take every stock once",
	.config = { .nr_cpus = 2 },
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "charger_and_drainer", charger_and_drainer, 1, 1 },
		{ "drainer", drainer, -1, -1 },
	},
	.finally = finally,
};
