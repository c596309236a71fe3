/* SPDX-License-Identifier: MIT */
/*
 * A CPU charges while another sets the limit, with page_counter_set_max(). If that says yes, nobody who
 * charged before has escaped it: the usage is not above the limit, then or ever after. If it says no,
 * the limit is as it was. Holds I-LIMIT-SET, I-LIMIT, I-PROT.
 *
 *   /  root -- a      CPU 0 charges and uncharges a's counter
 *                     an unbound thread sets a's max and min, and looks
 *
 *   charger                        setter
 *                                  (1) usage = 3
 *   (2) add 1, sees the old max
 *                                  (3) swap max to 3
 *                                  (4) usage 4 > 3: swap back, again
 */
#include "support/race.h"

#include <errno.h>

#include "memcg/page_counter.h"
#include "types.h"

static struct memcgsim_mem_cgroup *memcg_of(struct race_world *world)
{
	/* Nobody makes or removes directories here. */
	return msim_list_first(&world->sim->root->children, struct memcgsim_cgroup, sibling)->memcg;
}

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	return NULL;
}

/* One page at a time, up to eight: so nobody tries more than one in vain. */
static race_verdict charger(struct race_world *world)
{
	struct msim_page_counter *counter = &memcg_of(world)->memory, *fail;

	for (unsigned int i = 0; i < RACE_SIZE(16, 2) * world->loops; i++) {
		unsigned long held = 0;

		while (held < 8 && msim_page_counter_try_charge(world->sim, counter, 1, &fail))
			held++;
		if (held)
			msim_page_counter_uncharge(world->sim, counter, held);
	}
	return NULL;
}

static race_verdict setter(struct race_world *world)
{
	struct memcgsim_mem_cgroup *memcg = memcg_of(world);

	for (unsigned int i = 0; i < RACE_SIZE(16, 2) * world->loops; i++) {
		long max = i % 4;
		int err = memcgsim_page_counter_set_max(memcg, (unsigned long)max);

		/* The page that is tried in vain is there for a moment (P-02). */
		if (!err && msim_load_seq_cst(&memcg->memory.usage) > max + 1)
			return "the usage is above a limit that was granted";
		if (err && err != -EBUSY)
			return "an answer that there is not";
		if (memcgsim_page_counter_set_max(memcg, 100))
			return "a limit above everything was refused";
		if (memcgsim_cgroupfs_write(world->sim, "a/memory.min", i % 2 ? "8K" : "0") ||
		    memcgsim_cgroupfs_write(world->sim, "a/memory.low", i % 3 ? "4K" : "0"))
			return "the protection could not be written";
	}
	return NULL;
}

RACE(charge_vs_set_max) = {
	.name = "charge_vs_set_max",
	.claim = "a limit that was granted holds for all who charge",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, -1 },
		{ "setter", setter, -1, -1 },
	},
};
