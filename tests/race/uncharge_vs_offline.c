/* SPDX-License-Identifier: MIT */
/*
 * Pages of a cgroup are freed, one by one and by the batch, while the cgroup is removed. User pages
 * come off their own memcg, kernel pages off whoever has inherited them; with the last user page the
 * memcg is freed, and nothing is left with the parent. Holds I-COUNTER, I-REF-CSS, I-REPARENT,
 * I-FREE-EVENTUAL.
 *
 *   /  root -- p -- c      c's pages were charged by a task that has left
 *                          CPU 1 frees them; CPU 0 removes c and runs what that defers
 */
#include "support/race.h"

#define NR_PAGES (RACE_MAX_OBJECTS / 2) /* of each kind: user pages first */

static race_verdict setup(struct race_world *world)
{
	struct memcgsim *sim = world->sim;

	if (race_mkdir(world, "p") || race_mkdir(world, "p/c"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "p/c") || memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

		world->objects[i] = user;
		world->objects[NR_PAGES + i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		if (!user || !world->objects[NR_PAGES + i] ||
		    memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_USER))
			return "a page was refused";
	}
	if (memcgsim_switch_to(NULL) || memcgsim_cgroup_attach_task(sim, "/", world->tasks[0]))
		return "the task could not leave";
	return NULL;
}

static race_verdict freer(struct race_world *world)
{
	struct memcgsim_page *batch[4];

	for (unsigned int i = 0; i < NR_PAGES; i += 4) {
		for (unsigned int k = 0; k < 4; k++) /* a mixture, of two memcgs in the end */
			batch[k] = world->objects[k % 2 * NR_PAGES + i + k];
		memcgsim_release_pages(batch, 4);
		memcgsim_folio_put(world->objects[i + 1]);
		memcgsim_folio_put(world->objects[i + 3]);
		memcgsim___free_pages(world->objects[NR_PAGES + i], 0);
		memcgsim___free_pages(world->objects[NR_PAGES + i + 2], 0);
	}
	return NULL;
}

static race_verdict remover(struct race_world *world)
{
	if (memcgsim_cgroup_rmdir(world->sim, "p/c"))
		return "the cgroup could not be removed";
	for (unsigned int i = 0; i < world->loops; i++)
		memcgsim_run_work(world->sim);
	return NULL;
}

static race_verdict nothing_is_left(struct race_world *world)
{
	memcgsim_synchronize_rcu(world->sim);
	if (memcgsim_drain_all_stock(world->sim, "/"))
		return "the root was not found";
	memcgsim_synchronize_rcu(world->sim);
	return race_nothing_charged(world, "p/memory.current");
}

RACE(uncharge_vs_offline) = {
	.name = "uncharge_vs_offline",
	.claim = "pages freed while their cgroup goes come off whoever is charged for them",
	.setup = setup,
	.threads = {
		{ "freer", freer, 1, -1 },
		{ "remover", remover, 0, -1 },
	},
	.finally = nothing_is_left,
};
