/* SPDX-License-Identifier: MIT */
/*
 * Threads bind to one CPU and leave it again, alone and together, so that its lock changes between
 * an owner's plain stores and a spinlock, while others visit it. All count in one plain word; a
 * lost count means that two were inside. Holds I-STOCK-OWNER.
 *
 *   CPU 0:  coming, going    bind; enter; plain++; leave; unbind
 *           visitor          spin; closed=1; membarrier; in? ; plain++; closed=sticky; unspin
 *           drainer          the same, through drain_all_stock()
 */
#include "support/race.h"

#include "seam/percpu.h"
#include "seam/thread.h"

#define TURNS RACE_SIZE(4, 1) /* sections of one binding */

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a"))
			return "the tasks could not be made";
	}
	return NULL;
}

static race_verdict come_and_go(struct race_world *world, unsigned int who)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		void *object;

		if (memcgsim_thread_bind(world->sim, 0, world->tasks[who]))
			return "the thread could not be bound";
		for (unsigned int turn = 0; turn < TURNS; turn++) {
			struct msim_section section = msim_section_enter(msim_ctx());

			race_count_plain(world, who);
			msim_section_leave(&section);
			world->counts[who]++;
		}
		object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		memcgsim_kfree(object);
		if (memcgsim_thread_unbind())
			return "the thread could not be unbound";
		if (!object)
			return "an allocation was refused";
	}
	return NULL;
}

static race_verdict first(struct race_world *world)
{
	return come_and_go(world, 0);
}

static race_verdict second(struct race_world *world)
{
	return come_and_go(world, 1);
}

static race_verdict visitor(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		msim_cpu_visit(&world->sim->cpus[0]);
		race_count_plain(world, 2);
		msim_cpu_unvisit(&world->sim->cpus[0]);
		world->counts[2]++;
	}
	return NULL;
}

static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_drain_all_stock(world->sim, "a"))
			return "the stocks could not be drained";
	}
	return NULL;
}

static race_verdict every_count_is_there(struct race_world *world)
{
	if (world->plain != world->counts[0] + world->counts[1] + world->counts[2])
		return "two were inside at once";
	return world->sim->cpus[0].lock.nbound == 1 ? NULL : "a binding was miscounted";
}

RACE(bind_unbind_vs_visit) = {
	.name = "bind_unbind_vs_visit",
	.claim = "a CPU's data has one toucher, while its threads come and go",
	.setup = setup,
	.threads = {
		{ "first", first, -1, -1 },
		{ "second", second, -1, -1 },
		{ "visitor", visitor, 1, -1 },
		{ "drainer", drainer, -1, -1 },
	},
	.finally = every_count_is_there,
	.cpu_lock = true,
};
