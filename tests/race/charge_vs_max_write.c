/* SPDX-License-Identifier: MIT */
/*
 * A CPU charges while another writes memory.max. The charge is refused, or whoever wrote the limit sees
 * it and tries to be rid of it: nobody is above the limit unnoticed. Holds P-07, C-17, I-LIMIT.
 *
 *   /  root -- a      CPU 0 charges a's counter
 *                     CPU 1 writes 0 to a's memory.max
 *
 *   charger                            writer
 *   (1) add 1 to the usage
 *                                      (2) swap max to 0
 *   (3) usage 1, and the old max?
 *                                      (4) the old usage?
 */
#include "support/race.h"

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

static race_verdict charger(struct race_world *world)
{
	struct msim_page_counter *fail;

	world->counts[0] =
		msim_page_counter_try_charge(world->sim, &memcg_of(world)->memory, 1, &fail);
	return NULL;
}

static race_verdict writer(struct race_world *world)
{
	return memcgsim_cgroupfs_write(world->sim, "a/memory.max", "0")
		       ? "the limit could not be written"
		       : NULL;
}

/*
 * There is no reclaim and nobody to kill: whoever sees that a is above the limit counts the event, and
 * what was there when the limit came as forced.
 */
static race_verdict nobody_is_above_unnoticed(struct race_world *world)
{
	struct memcgsim_mem_cgroup *memcg = memcg_of(world);
	long charged = (long)world->counts[0];
	bool noticed = msim_load_relaxed(&memcg->events[MSIM_EVENT_OOM]);

	if (charged)
		msim_page_counter_uncharge(world->sim, &memcg->memory, 1);
	if (charged && !noticed)
		return "a charge above the limit was not noticed";
	return charged > msim_load_relaxed(&memcg->memory.forced)
		       ? "a charge above the limit was not counted as forced"
		       : NULL;
}

RACE(charge_vs_max_write) = {
	.name = "charge_vs_max_write",
	.claim = "who is charged above a new memory.max is seen by whoever wrote it",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, -1 },
		{ "writer", writer, 1, -1 },
	},
	.finally = nobody_is_above_unnoticed,
	.bare = true,
};
