/* SPDX-License-Identifier: MIT */
/*
 * Two movers and a change of controllers contend for the same tasks, one of which allocates. A
 * task is in one cgroup at any time, a group moves whole, and the last to set the flag is not
 * lost: when all is over the next allocation is charged where the task is. Holds G-08, G-10, K-05,
 * K-06, I-TASK-OBJCG, I-REF-OBJCG, I-REF-CSS.
 *
 *   /  root --+-- a      tasks[0], its thread tasks[1]
 *             |-- b      tasks[2], which CPU 0 runs
 *             `-- c      CPU 1 and CPU 2 move them; memory is taken away and given again
 */
#include "support/race.h"

#include "memcg/memcg_data.h"
#include "types.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_clone_args thread = { .flags = MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD };

	if (race_mkdir(world, "a") || race_mkdir(world, "b") || race_mkdir(world, "c"))
		return "the cgroups could not be made";
	if (memcgsim_fork(world->sim, NULL, &world->tasks[0]) ||
	    memcgsim_kernel_clone(world->sim, world->tasks[0], &thread, &world->tasks[1]) ||
	    memcgsim_fork(world->sim, NULL, &world->tasks[2]) ||
	    memcgsim_cgroup_attach_task(world->sim, "a", world->tasks[0]) ||
	    memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[2]))
		return "the tasks could not be made";
	return NULL;
}

static race_verdict allocator(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		void *object = memcgsim_kmalloc(100, MEMCGSIM_GFP_KERNEL_ACCOUNT);

		if (page)
			memcgsim___free_pages(page, 0);
		memcgsim_kfree(object);
		if (!page || !object)
			return "an allocation was refused";
	}
	return NULL;
}

static race_verdict move_both(struct race_world *world, const char *const way[3],
			      unsigned int group)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroup_attach_task(world->sim, way[i % 3], world->tasks[group]) ||
		    memcgsim_cgroup_attach_task(world->sim, way[i % 3], world->tasks[2]))
			return "a task could not be moved";
	}
	return NULL;
}

static race_verdict mover(struct race_world *world)
{
	static const char *const way[] = { "b", "c", "a" };

	return move_both(world, way, 0);
}

/* The other way round, and by another thread of the group. */
static race_verdict remover(struct race_world *world)
{
	static const char *const way[] = { "c", "b", "/" };

	return move_both(world, way, 1);
}

static race_verdict toggler(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control",
					    i % 2 ? "+memory" : "-memory"))
			return "memory could not be given or taken";
		if (RACE_NTH(i, 4))
			memcgsim_run_work(world->sim);
	}
	return NULL;
}

static race_verdict each_is_where_it_is(struct race_world *world)
{
	struct memcgsim_mem_cgroup *memcg = world->tasks[2]->cset->memcg;
	struct memcgsim_obj_cgroup *objcg;
	struct msim_list *pos;
	unsigned long populated = 0;

	if (world->tasks[0]->cset != world->tasks[1]->cset)
		return "a thread group was torn apart";
	msim_list_for_each (pos, &world->sim->root->children)
		populated += msim_list_entry(pos, struct memcgsim_cgroup, sibling)->populated;
	if (world->sim->root->populated != 3 || populated > 3)
		return "a task is in no cgroup, or in two";
	if (memcgsim_switch_to(world->tasks[2]))
		return "the task could not be run";
	objcg = memcgsim_current_obj_cgroup();
	if ((objcg ? objcg->memcg : world->sim->root_memcg) != memcg)
		return "after the last move an old memcg is charged";
	return NULL;
}

RACE(attach_vs_attach) = {
	.name = "attach_vs_attach",
	.claim = "movers who contend leave each task in one cgroup, and charged there",
	.config = { .nr_cpus = 3 },
	.setup = setup,
	.threads = {
		{ "allocator", allocator, 0, 2 },
		{ "mover", mover, 1, -1 },
		{ "remover", remover, 2, -1 },
		{ "toggler", toggler, -1, -1 },
	},
	.finally = each_is_where_it_is,
};
