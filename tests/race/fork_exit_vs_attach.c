/* SPDX-License-Identifier: MIT */
/*
 * Tasks are born and end, as processes, as threads and in a shared mm, while whoever lives is moved
 * and user pages are charged through that mm. No task is lost or counted twice, a thread group stays
 * together, each page is charged to a memcg that the mm's owner was in, and nobody keeps a reference
 * beyond its end. Holds K-01, K-02, G-08, O-13, I-TASK-EXIT, I-MM, I-REF-OBJCG, I-REF-CSS.
 *
 *   /  root --+-- a      CPU 0 runs tasks[0], forks from it, runs the child, ends it
 *             `-- b      CPU 1 moves tasks[0]'s group: b, a, ...; and every process that it finds
 *                        CPU 2, a kernel thread's, charges pages of tasks[1]'s mm
 */
#include "support/race.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memcg/memcg_data.h"
#include "types.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "b"))
		return "the cgroups could not be made";
	for (int i = 0; i < 2; i++) {
		if (race_fork(world, i, "a"))
			return "the tasks could not be made";
	}
	world->objects[0] = memcgsim_get_task_mm(world->tasks[1]);
	return NULL;
}

/* One life of a child, of each kind in turn; the last of three is a sharer of tasks[1]'s mm. */
static race_verdict live(struct race_world *world, unsigned int i)
{
	static const unsigned int kinds[] = {
		0,
		MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD,
		MEMCGSIM_CLONE_VM,
	};
	struct memcgsim_clone_args args = { .flags = kinds[i % 3] };
	struct memcgsim_task *child, *parent = world->tasks[i % 3 == 2];
	void *object;

	if (memcgsim_kernel_clone(world->sim, parent, &args, &child))
		return "a fork failed";
	if (memcgsim_switch_to(child))
		return "the child could not be run";
	object = memcgsim_kmalloc(100, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	memcgsim_kfree(object);
	if (memcgsim_do_exit(child))
		return "the child could not end";
	return object ? NULL : "an allocation was refused";
}

static race_verdict forker(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++) {
		verdict = live(world, i);
		/* The last use of the mm: its owner leaves, and a look may be under way. */
		if (!verdict && i == world->loops / 2 && memcgsim_do_exit(world->tasks[1]))
			verdict = "the owner of the mm could not end";
		if (i == world->loops / 2)
			world->tasks[1] = world->tasks[0];
	}
	return verdict;
}

static race_verdict mover(struct race_world *world)
{
	static const char *const dirs[] = { "b", "a" };
	static const char *const procs[] = { "a/cgroup.procs", "b/cgroup.procs" };

	for (unsigned int i = 0; i < world->loops; i++) {
		char *text;
		int err;

		if (memcgsim_cgroup_attach_task(world->sim, dirs[i % 2], world->tasks[0]))
			return "the task could not be moved";
		if (memcgsim_cgroupfs_read(world->sim, procs[i % 2], &text))
			return "cgroup.procs could not be read";
		/* Whoever was there first moves too, unless it has ended meanwhile. */
		text[strcspn(text, "\n")] = '\0';
		err = memcgsim_cgroupfs_write(world->sim, procs[1 - i % 2], text);
		free(text);
		if (err && err != -ESRCH)
			return "a process that was read could not be moved";
		if (RACE_NTH(i, 4))
			memcgsim_run_work(world->sim);
	}
	return NULL;
}

/* Whether it is the root, or one of the two directories' memcgs. */
static bool known(struct race_world *world, const struct memcgsim_mem_cgroup *memcg)
{
	struct msim_list *pos;
	bool found = memcg == world->sim->root_memcg;

	msim_list_for_each (pos, &world->sim->root->children)
		found |= msim_list_entry(pos, struct memcgsim_cgroup, sibling)->memcg == memcg;
	return found;
}

static race_verdict charger(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		bool fine;

		if (!page)
			return "an allocation was refused";
		if (memcgsim_mem_cgroup_charge(page, world->objects[0], MEMCGSIM_GFP_USER)) {
			memcgsim_folio_put(page);
			return "a charge was refused";
		}
		fine = known(world, msim_word_memcg(memcgsim_page_memcg_data(page)));
		memcgsim_folio_put(page);
		if (!fine)
			return "a page was charged to somebody else";
	}
	return NULL;
}

static race_verdict one_is_left(struct race_world *world)
{
	memcgsim_mmput(world->objects[0]);
	memcgsim_run_work(world->sim);
	if (msim_list_count(&world->sim->tasks) != 1 || world->sim->root->populated != 1)
		return "not exactly one task is left";
	if (world->sim->nr_zombies || msim_list_count(&world->sim->csets) != 1)
		return "somebody who has ended still has a css_set";
	return msim_list_count(&world->sim->mms) == 1 ? NULL : "an mm was kept";
}

RACE(fork_exit_vs_attach) = {
	.name = "fork_exit_vs_attach",
	.claim = "tasks that come and go while they are moved are counted and charged once",
	.config = { .nr_cpus = 3 },
	.setup = setup,
	.threads = {
		{ "forker", forker, 0, 0 },
		{ "mover", mover, 1, -1 },
		{ "charger", charger, 2, -1 },
	},
	.finally = one_is_left,
};
