/* SPDX-License-Identifier: MIT */
/*
 * A CPU charges while frames, charges and vectors may each be refused, and another drains it. What
 * is refused leaves nothing behind, whatever was already done of it and whoever looked on. Holds
 * I-FAIL-UNDO, I-COUNTER, I-VEC, I-PAGES, I-REF-OBJCG.
 *
 *   /  root -- a      CPU 0 runs a task of a; each call to a fault site may fail
 *                     CPU 1 drains a
 */
#include "support/race.h"

static const enum memcgsim_fault_site sites[] = { MEMCGSIM_FAULT_PAGE, MEMCGSIM_FAULT_CHARGE,
						  MEMCGSIM_FAULT_VECTOR };

static race_verdict arm(struct race_world *world, unsigned int per_million)
{
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		if (memcgsim_fault_probability(world->sim, sites[i], per_million))
			return "a fault site could not be set";
	}
	return NULL;
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	if (race_fork(world, 0, "a"))
		return "the task could not be made";
	return arm(world, 300000);
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		void *object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);

		if (page)
			memcgsim___free_pages(page, 1);
		memcgsim_kfree(object);
	}
	return NULL;
}

static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_drain_all_stock(world->sim, "a"))
			return "the drain did not find its cgroup";
	}
	return NULL;
}

static race_verdict disarm(struct race_world *world)
{
	race_verdict verdict = arm(world, 0);

	if (verdict || memcgsim_drain_all_stock(world->sim, "/"))
		return "the stocks could not be drained";
	return race_nothing_charged(world, "a/memory.current");
}

RACE(failing_charge_vs_drain) = {
	.name = "failing_charge_vs_drain",
	.claim = "what is refused in the middle of a charge leaves nothing behind",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "drainer", drainer, 1, -1 },
	},
	.finally = disarm,
};
