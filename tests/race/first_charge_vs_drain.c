/* SPDX-License-Identifier: MIT */
/*
 * A memcg has just been made, and a CPU charges its first object: the stock caches an objcg that nobody
 * else knows yet. Who drains everything at that moment finds it in the stock, and finds it whole (C-11).
 * Holds I-RCU, I-STOCK, I-REF-OBJCG.
 *
 *   /  root -- a      CPU 0 makes a, and charges to it
 *                     CPU 1 drains everything
 *
 *   charger                            drainer
 *                                      (1) no pages are cached
 *   (2) makes a and its objcg
 *   (3) the stock caches both
 *                                      (4) the stock has an objcg: whose is it?
 */
#include "support/race.h"

#include <memcgsim/css.h>

#include "memcg/drain.h"
#include "seam/thread.h"

static race_verdict setup(struct race_world *world)
{
	return memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control", "+memory")
		       ? "the controller could not be had"
		       : NULL;
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_mem_cgroup *a;
		void *object;

		if (memcgsim_cgroup_mkdir(world->sim, "a") ||
		    memcgsim_mem_cgroup_from_path(world->sim, "a", &a))
			return "the cgroup could not be made";
		(void)memcgsim_set_active_memcg(a);
		object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		memcgsim_kfree(object);
		(void)memcgsim_set_active_memcg(NULL);
		memcgsim_css_put(a);
		if (!object)
			return "an object was refused";
		if (memcgsim_cgroup_rmdir(world->sim, "a"))
			return "the cgroup could not be removed";
	}
	return NULL;
}

/* As whoever meets a limit: a path to look up would need the cgroup mutex, which the charger needs. */
static race_verdict drainer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++)
		msim_drain_all_stock(msim_ctx(), world->sim->root_memcg);
	return NULL;
}

RACE(first_charge_vs_drain) = {
	.name = "first_charge_vs_drain",
	.claim = "whoever finds an objcg in another CPU's stock finds it whole",
	.setup = setup,
	.threads = {
		{ "charger", charger, 0, -1 },
		{ "drainer", drainer, 1, -1 },
	},
};
