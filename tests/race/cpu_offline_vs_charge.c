/* SPDX-License-Identifier: MIT */
/*
 * A CPU goes down and up while others, and it itself when it is up, charge one memcg and somebody
 * drains it. Whoever empties a stock first, no page is lost; and nobody is ever bound to a CPU that
 * is down. Holds I-COUNTER, I-STOCK, I-REF-CSS, I-REF-OBJCG.
 *
 *   /  root -- a      CPU 0 runs a task of a; CPU 2 another, in turns
 *                     one thread takes CPU 2 down and up, one drains a
 */
#include "support/race.h"

#include <errno.h>

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	for (unsigned int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a"))
			return "a task could not be made";
	}
	return NULL;
}

static race_verdict charge_and_free(void)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);
	void *object = memcgsim_kmalloc(200, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	if (page)
		memcgsim___free_pages(page, 1);
	memcgsim_kfree(object);
	return page && object ? NULL : "an allocation was refused";
}

static race_verdict charger(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++)
		verdict = charge_and_free();
	return verdict;
}

/* Is CPU 2 whenever that is up. */
static race_verdict visitor(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++) {
		int err = memcgsim_thread_bind(world->sim, 2, world->tasks[1]);

		if (err == -ENXIO)
			continue;
		if (err)
			return "the thread could not be bound";
		if (!memcgsim_cpu_online(world->sim, 2))
			verdict = "a thread is bound to a CPU that is down";
		else
			verdict = charge_and_free();
		if (memcgsim_thread_unbind())
			return "the thread could not be unbound";
	}
	return verdict;
}

static race_verdict hotplugger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		int err = memcgsim_cpu_down(world->sim, 2);

		if (err && err != -EBUSY)
			return "the CPU could not be taken down";
		if (memcgsim_cpu_up(world->sim, 2))
			return "the CPU could not be brought up";
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

static race_verdict down_for_good(struct race_world *world)
{
	return memcgsim_cpu_down(world->sim, 2) ? "the CPU could not be taken down" : NULL;
}

RACE(cpu_offline_vs_charge) = {
	.name = "cpu_offline_vs_charge",
	.claim = "a CPU that goes offline while its memcg is charged and drained loses nothing",
	.config = { .nr_cpus = 3 },
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "visitor", visitor, -1, -1 },
		{ "hotplugger", hotplugger, -1, -1 },
		{ "drainer", drainer, -1, -1 },
	},
	.finally = down_for_good,
};
