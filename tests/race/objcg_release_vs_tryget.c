/* SPDX-License-Identifier: MIT */
/*
 * A task looks its objcg up while the memcg it had a moment ago goes offline and its objcg is
 * released. It gets one that lives, its own or the parent's, or none of a dying one's references is
 * lost; whatever it charged comes back. Holds I-REF-OBJCG, I-TASK-OBJCG, I-REPARENT, I-COUNTER.
 *
 *   /  root -- p -- c      the task is in c; p gives memory to c and takes it away again, so that
 *                          the task pays from c, from p, from a new c ...
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

static race_verdict allocator(struct race_world *world)
{
	struct memcgsim_page *page = NULL;
	void *object = NULL;

	for (unsigned int i = 0; i < world->loops * RACE_SIZE(2, 1); i++) {
		struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();

		memcgsim_obj_cgroup_put(objcg);
		if (page)
			memcgsim___free_pages(page, 0);
		memcgsim_kfree(object);
		page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		object = memcgsim_kmalloc(700, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (!objcg || !page || !object)
			break;
	}
	if (page)
		memcgsim___free_pages(page, 0);
	memcgsim_kfree(object);
	return page && object ? NULL : "somebody within a limitless cgroup was refused";
}

static race_verdict taker(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroupfs_write(world->sim, "p/cgroup.subtree_control",
					    i % 2 ? "-memory" : "+memory"))
			return "memory could not be given or taken away";
		memcgsim_run_work(world->sim);
	}
	return NULL;
}

RACE(objcg_release_vs_tryget) = {
	.name = "objcg_release_vs_tryget",
	.claim = "who looks an objcg up while it is released gets one that lives",
	.setup = setup,
	.threads = {
		{ "allocator", allocator, 0, 0 },
		{ "taker", taker, 1, -1 },
	},
};
