/* SPDX-License-Identifier: MIT */
/*
 * One CPU takes references, so many that the table of takers grows, while another frees a memcg, whose
 * records are looked for in that table. No record is lost. Holds I-FREE-EVENTUAL.
 *
 *   /  root -- a      CPU 0 takes and puts references on made-up things
 *                     CPU 1 removes a, and runs what that defers
 */
#include "support/race.h"

#include "base/hash.h"
#include "memcg/taker.h"
#include "types.h"

#define NR_THINGS (MSIM_HASH_FIRST + RACE_SIZE(64, 1))

static const char things[NR_THINGS];

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < MSIM_HASH_FIRST; i++)
		msim_taker_took(world->sim, MSIM_TAKEN_ID, &things[i], 1);
	return NULL;
}

static race_verdict taker(struct race_world *world)
{
	for (unsigned int i = MSIM_HASH_FIRST; i < NR_THINGS; i++)
		msim_taker_took(world->sim, MSIM_TAKEN_ID, &things[i], 1);
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "a"))
		return "the cgroup could not be removed";
	memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict all_are_on_record(struct race_world *world)
{
	const struct msim_takers *takers = &world->sim->takers;
	bool all = takers->by_object.count == NR_THINGS;

	for (unsigned int i = 0; i < NR_THINGS; i++)
		msim_taker_put(world->sim, MSIM_TAKEN_ID, &things[i], 1);
	return all && msim_list_empty(&takers->all) ? NULL : "a record was lost";
}

RACE(take_vs_memcg_free) = {
	.name = "take_vs_memcg_free",
	.claim = "who takes a reference is on record, whatever is freed meanwhile",
	.setup = setup,
	.threads = {
		{ "taker", taker, 0, -1 },
		{ "remover", remover, 1, -1 },
	},
	.finally = all_are_on_record,
};
