/* SPDX-License-Identifier: MIT */
/*
 * Who shares a CPU takes its lock as a spinlock, and still does so when the others have left: one of
 * them may have wiped out the word that he wrote to be inside, so that no visitor would see him there
 * (line 7 of seam/percpu.h). Both count in one plain word; a lost count means that both were inside.
 * Holds I-STOCK-OWNER.
 *
 *   CPU 0:  owner    in=1; closed? ; plain++; in=0
 *           leaver   bind; in=1; closed? ; in=0; spin; plain++; unspin; unbind; and visits it
 *
 *   owner               leaver
 *                       (1) finds it closed, for they are two
 *   (2) in=1
 *                       (3) in=0, and waits for nobody
 *                       (4) unbind: were it to open the CPU ...
 *   (5) ... closed=0
 *                       (6) in=0: nobody is inside
 */
#include "support/race.h"

#include "seam/percpu.h"
#include "seam/thread.h"

static void count_in_section(struct race_world *world, unsigned int who)
{
	struct msim_section section = msim_section_enter(msim_ctx());

	race_count_plain(world, who);
	msim_section_leave(&section);
	world->counts[who]++;
}

static race_verdict owner(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops * RACE_SIZE(50, 1); i++)
		count_in_section(world, 0);
	return NULL;
}

static race_verdict leaver(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_thread_bind(world->sim, 0, NULL))
			return "the thread could not be bound";
		count_in_section(world, 1);
		if (memcgsim_thread_unbind())
			return "the thread could not be unbound";
		msim_cpu_visit(&world->sim->cpus[0]);
		race_count_plain(world, 1);
		msim_cpu_unvisit(&world->sim->cpus[0]);
		world->counts[1]++;
	}
	return NULL;
}

static race_verdict every_count_is_there(struct race_world *world)
{
	return world->plain == world->counts[0] + world->counts[1] ? NULL
								   : "both were inside at once";
}

RACE(owner_left_alone_vs_visit) = {
	.name = "owner_left_alone_vs_visit",
	.claim = "who is left alone on a CPU does not take it with plain stores",
	.threads = {
		{ "owner", owner, 0, -1 },
		{ "leaver", leaver, -1, -1 },
	},
	.finally = every_count_is_there,
	.cpu_lock = true,
};
