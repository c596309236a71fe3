/* SPDX-License-Identifier: MIT */
/*
 * What the races of kernel pages that outlive their cgroup share: the pages, which a task has charged that
 * has left, and the end of both.
 */
#ifndef MSIM_TESTS_RACE_KMEM_H
#define MSIM_TESTS_RACE_KMEM_H

#include "support/race.h"

#define RACE_KMEM_PAGES RACE_SIZE(RACE_MAX_OBJECTS, 1)

/* Charges the pages to the cgroup at @path, of whose tasks none is left. */
static inline race_verdict race_charge_kmem(struct race_world *world, const char *path)
{
	if (race_fork(world, 0, path) || memcgsim_switch_to(world->tasks[0]))
		return "the task could not be made";
	for (unsigned int i = 0; i < RACE_KMEM_PAGES; i++) {
		world->objects[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		if (!world->objects[i])
			return "a page was refused";
	}
	if (memcgsim_switch_to(NULL) ||
	    memcgsim_cgroup_attach_task(world->sim, "/", world->tasks[0]))
		return "the task could not leave";
	return NULL;
}

/* An actor: the pages are freed. */
static inline race_verdict race_free_kmem(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_KMEM_PAGES; i++)
		memcgsim___free_pages(world->objects[i], 0);
	return NULL;
}

/* Removes the cgroup at @path, and does the work that this defers. */
static inline race_verdict race_remove(struct race_world *world, const char *path)
{
	if (memcgsim_cgroup_rmdir(world->sim, path))
		return "a cgroup could not be removed";
	memcgsim_run_work(world->sim);
	return NULL;
}

/* At the end: what was removed is freed. */
static inline race_verdict race_none_is_dying(struct race_world *world)
{
	char *text;
	bool dying;

	memcgsim_synchronize_rcu(world->sim);
	if (memcgsim_cgroupfs_read(world->sim, "cgroup.stat", &text))
		return "what is left cannot be read";
	dying = !strstr(text, "nr_dying_subsys_memory 0\n");
	free(text);
	return dying ? "I-FREE-EVENTUAL: a removed cgroup is left, though nothing is charged"
		     : NULL;
}

#endif /* MSIM_TESTS_RACE_KMEM_H */
