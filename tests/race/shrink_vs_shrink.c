/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs shrink one cache, which has a slab without objects. Who is told that nothing is left finds
 * that the slab's page has been given back, whichever of the two has done it. Holds O-19, I-FREE-ONCE.
 */
#include "support/race.h"

#include <memcgsim/kmem_cache.h>

#include "frames/page.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_kmem_cache *cache =
		memcgsim_kmem_cache_create(world->sim, "raced", 1000, 0, 0, NULL);
	void *object = cache ? memcgsim_kmem_cache_alloc(cache, MEMCGSIM_GFP_KERNEL) : NULL;

	if (!object)
		return "the object could not be made";
	world->objects[0] = cache;
	world->objects[1] = memcgsim_virt_to_head_page(world->sim, object);
	memcgsim_kmem_cache_free(cache, object);
	return NULL;
}

static race_verdict shrinker(struct race_world *world)
{
	const struct memcgsim_page *page = world->objects[1];

	if (memcgsim_kmem_cache_shrink(world->objects[0]))
		return "a slab is left, and no object";
	return msim_page_has_type(page, MSIM_PGTY_SLAB) ? "nothing was left, but for a slab" : NULL;
}

static race_verdict destroy(struct race_world *world)
{
	memcgsim_kmem_cache_destroy(world->objects[0]);
	return NULL;
}

RACE(shrink_vs_shrink) = {
	.name = "shrink_vs_shrink",
	.claim = "a cache of which nothing is left has given back its pages",
	.setup = setup,
	.threads = {
		{ "one", shrinker, 0, -1 },
		{ "other", shrinker, 1, -1 },
	},
	.finally = destroy,
};
