/* SPDX-License-Identifier: MIT */
/*
 * A task charges user pages, kernel pages and objects while its memcg is taken away and given back.
 * Each charge is its memcg's of that moment or the parent's, pins what it must, and comes back; in
 * the end nothing is left with p. Holds I-COUNTER, I-REF-CSS, I-REF-OBJCG, I-FREE-EVENTUAL.
 *
 *   /  root -- p -- c      CPU 0 runs the task, in c; CPU 1 gives memory to c and takes it away
 */
#include "support/race.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "p") || memcgsim_cgroup_mkdir(sim, "p/c"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "p/c"))
		return "the task could not be made";
	return NULL;
}

static race_verdict charger(struct race_world *world)
{
	struct memcgsim_page *user[4] = { NULL }, *kernel[4] = { NULL };
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++) {
		struct memcgsim_page **u = &user[i % 4], **k = &kernel[i % 4];

		if (*u)
			memcgsim_folio_put(*u);
		if (*k)
			memcgsim___free_pages(*k, 1);
		*u = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		*k = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);
		if (!*u || !*k || memcgsim___mem_cgroup_charge(*u, MEMCGSIM_GFP_USER))
			verdict = "a charge was refused, though there is no limit";
	}
	for (unsigned int i = 0; i < 4; i++) {
		if (user[i])
			memcgsim_folio_put(user[i]);
		if (kernel[i])
			memcgsim___free_pages(kernel[i], 1);
	}
	return verdict;
}

static race_verdict taker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroupfs_write(world->sim, "p/cgroup.subtree_control",
					    i % 2 ? "-memory" : "+memory"))
			return "memory could not be given or taken away";
		if (RACE_NTH(i, 4))
			memcgsim_run_work(world->sim);
	}
	return NULL;
}

static race_verdict nothing_is_left(struct race_world *world)
{
	memcgsim_run_work(world->sim);
	if (memcgsim_drain_all_stock(world->sim, "p"))
		return "p was not found";
	return race_nothing_charged(world, "p/memory.current");
}

RACE(charge_vs_offline) = {
	.name = "charge_vs_offline",
	.claim = "what is charged to a memcg that goes away comes back",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, 0 },
		{ "taker", taker, 1, -1 },
	},
	.finally = nothing_is_left,
};
