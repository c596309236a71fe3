/* SPDX-License-Identifier: MIT */
/*
 * The CPU lock by itself: an owner that takes it with plain stores, and a visitor that closes it.
 * Both count in one plain word; a lost count means that both were inside. (Without the membarrier
 * of the visitor some are lost within a few rounds.) Holds I-STOCK-OWNER.
 *
 *   CPU 0:  owner    in=1; closed? ; plain++ ; in=0
 *   CPU 1:  visitor  spin; closed=1; membarrier; in? ; plain++ ; closed=0; unspin
 */
#include "support/race.h"

#include "seam/percpu.h"
#include "seam/thread.h"

#define TURNS_PER_LOOP                                                                             \
	RACE_SIZE(50, 2) /* of the owner, to each visit: owners do not wait for visitors */

static race_verdict owner(struct race_world *world)
{
	struct msim_ctx *ctx = msim_ctx();

	for (unsigned int i = 0; i < world->loops * TURNS_PER_LOOP; i++) {
		struct msim_section section = msim_section_enter(ctx);

		race_count_plain(world, 0);
		msim_section_leave(&section);
		world->counts[0]++;
	}
	return NULL;
}

static race_verdict visitor(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (i % 2) {
			msim_cpu_visit(&world->sim->cpus[0]);
			race_count_plain(world, 1);
			msim_cpu_unvisit(&world->sim->cpus[0]);
		} else {
			msim_visit_all(world->sim);
			race_count_plain(world, 1);
			msim_unvisit_all(world->sim);
		}
		world->counts[1]++;
	}
	return NULL;
}

static race_verdict every_count_is_there(struct race_world *world)
{
	return world->plain == world->counts[0] + world->counts[1]
		       ? NULL
		       : "owner and visitor were inside at once";
}

RACE(cpu_lock_owner_vs_visitor) = {
	.name = "cpu_lock_owner_vs_visitor",
	.claim = "a CPU's data is touched by its owner or by a visitor, never by both",
	.threads = {
		{ "owner", owner, 0, -1 },
		{ "visitor", visitor, 1, -1 },
	},
	.finally = every_count_is_there,
	.cpu_lock = true,
};
