/* SPDX-License-Identifier: MIT */
/*
 * A task allocates while it is moved from cgroup to cgroup. Each charge goes to a memcg that the
 * task was in at some moment of the allocation, no reference is lost in a round that the mover won,
 * and when the moving is over the next allocation is charged where the task is. Holds D1, D2, K-04,
 * K-05, K-06, I-TASK-OBJCG, I-CHARGE-WHO, I-REF-OBJCG.
 *
 *   /  root --+-- a      CPU 0 runs the task
 *             `-- b      CPU 1 moves it: a, b, a, / ...
 *
 *   allocator                          mover
 *   (1) xchg(task->objcg, NULL)
 *                                      switch css_set; set bit 0
 *   (2) look up through css_set
 *   (3) cmpxchg(NULL -> objcg) fails: the bit is there; again
 */
#include "support/race.h"

#include "memcg/memcg_data.h"
#include "types.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "b"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "a"))
		return "the task could not be made";
	return NULL;
}

/* Whom a page is charged to: one of the two, or nobody while the task is in the root. */
static bool charged_to_one_of_them(struct race_world *world, struct memcgsim_page *page)
{
	struct memcgsim_obj_cgroup *objcg = msim_word_objcg(memcgsim_page_memcg_data(page));
	struct msim_list *pos;

	if (!objcg)
		return memcgsim_page_memcg_data(page) == 0;
	/*
	 * The list of children changes only under the cgroup mutex, and nobody makes or removes any
	 * here.
	 */
	msim_list_for_each (pos, &world->sim->root->children) {
		if (msim_list_entry(pos, struct memcgsim_cgroup, sibling)->memcg->objcg == objcg)
			return true;
	}
	return false;
}

static race_verdict allocator(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		void *object = memcgsim_kmalloc(100, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		bool fine = page && charged_to_one_of_them(world, page);

		if (page)
			memcgsim___free_pages(page, 0);
		memcgsim_kfree(object);
		if (!page || !object)
			return "an allocation was refused";
		if (!fine)
			return "a page was charged to somebody else";
	}
	return NULL;
}

static race_verdict mover(struct race_world *world)
{
	static const char *const way[] = { "b", "a", "/", "b", "a" };

	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroup_attach_task(world->sim, way[i % 5], world->tasks[0]))
			return "the task could not be moved";
		if (RACE_NTH(i,
			     4)) /* what was left behind is freed while the reader may still look */
			memcgsim_run_work(world->sim);
	}
	return NULL;
}

static race_verdict next_charge_is_right(struct race_world *world)
{
	struct memcgsim_page *page;
	struct memcgsim_obj_cgroup *objcg;
	struct memcgsim_mem_cgroup *memcg = world->tasks[0]->cset->memcg;

	if (memcgsim_switch_to(world->tasks[0]))
		return "the task could not be run";
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	if (!page)
		return "an allocation was refused";
	objcg = msim_word_objcg(memcgsim_page_memcg_data(page));
	memcgsim___free_pages(page, 0);
	if ((objcg ? objcg->memcg : world->sim->root_memcg) != memcg)
		return "after the last move a page was charged to an old memcg";
	return NULL;
}

RACE(alloc_vs_attach) = {
	.name = "alloc_vs_attach",
	.claim = "a task that is moved while it allocates is charged where it was or where it is",
	.setup = setup,
	.threads = {
		{ "allocator", allocator, 0, 0 },
		{ "mover", mover, 1, -1 },
	},
	.finally = next_charge_is_right,
};
