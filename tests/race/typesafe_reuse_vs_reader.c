/* SPDX-License-Identifier: MIT */
/*
 * A reader follows a pointer to an object of a cache that is type-safe by RCU, while its owner frees
 * it, gives the slab back and fills the frames that are free with something else. Within its read
 * section the reader finds an object of that cache, be it another one; never other memory.
 *
 *   reader                             owner
 *   rcu_read_lock
 *   (1) object = shared
 *                                      free the object; shrink: its slab waits
 *   (2) the mark is there
 *   rcu_read_unlock                    a grace period; the frames are freed, and used anew
 */
#include "support/race.h"

#include <string.h>

#include "seam/atomic.h"

enum { MARK = 0x5afe };

/* @mark is the constructor's and never written again; the rest would be the owner's. */
struct thing {
	unsigned long mark;
	char rest[2000];
};

static void construct(void *object)
{
	((struct thing *)object)->mark = MARK;
}

static struct memcgsim_kmem_cache *cache_of(struct race_world *world)
{
	return world->objects[1];
}

static race_verdict setup(struct race_world *world)
{
	world->objects[1] = memcgsim_kmem_cache_create(world->sim, "raced", sizeof(struct thing), 0,
						       MEMCGSIM_SLAB_TYPESAFE_BY_RCU, construct);
	if (!world->objects[1])
		return "the cache could not be made";
	world->objects[0] = memcgsim_kmem_cache_alloc(cache_of(world), MEMCGSIM_GFP_KERNEL);
	return world->objects[0] ? NULL : "the object could not be made";
}

static race_verdict reader(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct thing *thing;
		bool fine;

		memcgsim_rcu_read_lock();
		thing = msim_load_acquire(&world->objects[0]); /* contract: the race's own */
		fine = !thing || thing->mark == MARK;
		memcgsim_rcu_read_unlock();
		if (!fine)
			return "the memory was freed under the reader";
	}
	return NULL;
}

static race_verdict owner(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct thing *thing = world->objects[0];
		struct memcgsim_page *page;

		msim_store_release(&world->objects[0], NULL); /* contract: the race's own */
		memcgsim_kmem_cache_free(cache_of(world), thing);
		(void)memcgsim_kmem_cache_shrink(cache_of(world));
		memcgsim_run_work(world->sim);
		page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_COMP, 2);
		if (!page)
			return "frames were refused";
		memset(memcgsim_page_address(world->sim, page), 0xee, 4 * MEMCGSIM_PAGE_SIZE);
		thing = memcgsim_kmem_cache_alloc(cache_of(world), MEMCGSIM_GFP_KERNEL);
		if (!thing)
			return "the object was refused";
		msim_store_release(&world->objects[0], (void *)thing); /* contract: likewise */
		memcgsim___free_pages(page, 2);
	}
	return NULL;
}

static race_verdict give_back(struct race_world *world)
{
	memcgsim_kmem_cache_free(cache_of(world), world->objects[0]);
	memcgsim_kmem_cache_destroy(cache_of(world));
	return NULL;
}

RACE(typesafe_reuse_vs_reader) = {
	.name = "typesafe_reuse_vs_reader",
	.claim = "a reader finds objects of the cache, whatever is freed meanwhile",
	.setup = setup,
	.threads = {
		{ "owner", owner, 0, -1 },
		{ "reader", reader, 1, -1 },
	},
	.finally = give_back,
};
