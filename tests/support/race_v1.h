/* SPDX-License-Identifier: MIT */
/*
 * What the races of machines of 2012 to 2014 share: two cgroups, pages of the first one's in the page
 * cache and on its lists, and for each another page that may take its place.
 *
 *   /  root -- a, whose the pages are, and b
 */
#ifndef MSIM_TESTS_RACE_V1_H
#define MSIM_TESTS_RACE_V1_H

#include "support/race.h"

#define RACE_PAIRS RACE_SIZE(24, 1)

static inline struct memcgsim_page *race_old(struct race_world *world, unsigned int i)
{
	return world->objects[2 * i];
}

static inline struct memcgsim_page *race_new(struct race_world *world, unsigned int i)
{
	return world->objects[2 * i + 1];
}

/* b's memcg, with a reference that race_v1_end() puts. */
static inline struct memcgsim_mem_cgroup *race_b(struct race_world *world)
{
	return world->objects[RACE_MAX_OBJECTS - 1];
}

static inline race_verdict race_pair(struct race_world *world, unsigned int i)
{
	struct memcgsim_page *old = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	struct memcgsim_page *fresh = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	int err;

	if (!old || !fresh)
		return "there was no page";
	world->objects[2 * i] = old;
	world->objects[2 * i + 1] = fresh;
	memcgsim_folio_lock(old);
	err = memcgsim_add_to_page_cache_locked(old, MEMCGSIM_GFP_USER);
	memcgsim_folio_unlock(old);
	if (err)
		return "a charge was refused";
	memcgsim_folio_add_lru(old);
	return NULL;
}

static inline race_verdict race_v1_setup(struct race_world *world)
{
	struct memcgsim_mem_cgroup *a, *b = NULL;
	race_verdict verdict = NULL;

	if (race_mkdir(world, "a") || race_mkdir(world, "b") ||
	    memcgsim_mem_cgroup_from_path(world->sim, "a", &a))
		return "the cgroups could not be made";
	(void)memcgsim_set_active_memcg(a);
	for (unsigned int i = 0; i < RACE_PAIRS && !verdict; i++)
		verdict = race_pair(world, i);
	(void)memcgsim_set_active_memcg(NULL);
	memcgsim_mem_cgroup_put(a);
	if (!verdict && memcgsim_mem_cgroup_from_path(world->sim, "b", &b))
		return "the memcg could not be found";
	world->objects[RACE_MAX_OBJECTS - 1] = b;
	return verdict;
}

/* As fuse does: both are locked, and the old page is on its way out. */
static inline void race_replace(struct memcgsim_page *old, struct memcgsim_page *fresh)
{
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(fresh);
	memcgsim_replace_page_cache_page(old, fresh);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_unlock(old);
}

/* All pages were replaced: the new ones leave the page cache, and nobody has anything any more. */
static inline race_verdict race_v1_end(struct race_world *world)
{
	for (unsigned int i = 0; i < RACE_PAIRS; i++) {
		struct memcgsim_page_cgroup record;

		if (memcgsim_lookup_page_cgroup(race_new(world, i), &record) || !record.mem ||
		    !record.memsw)
			return "a charge was lost on its way";
		memcgsim_folio_put(race_old(world, i));
		memcgsim_folio_lock(race_new(world, i));
		memcgsim_delete_from_page_cache(race_new(world, i));
		memcgsim_folio_unlock(race_new(world, i));
		memcgsim_folio_put(race_new(world, i));
	}
	memcgsim_mem_cgroup_put(race_b(world));
	return NULL;
}

#endif /* MSIM_TESTS_RACE_V1_H */
