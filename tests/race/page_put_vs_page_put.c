/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs take references by chance on a page that holds objects, and on one that does not, and put
 * them. Each is counted, and the owner's own reference is the last. Holds I-REFP, I-PAGES.
 *
 *   CPUs 0 and 1: folio_try_get(), folio_put(); try_get_page(), put_page()
 */
#include "support/race.h"

#include "frames/page.h"

static struct memcgsim_page *page_of(struct race_world *world)
{
	return memcgsim_virt_to_head_page(world->sim, world->objects[0]);
}

static race_verdict setup(struct race_world *world)
{
	world->objects[0] = memcgsim_kmalloc(1024, MEMCGSIM_GFP_KERNEL);
	world->objects[1] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	return world->objects[0] && world->objects[1] ? NULL : "there was no memory";
}

static race_verdict putter(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (!memcgsim_folio_try_get(page_of(world)))
			return "a page in use had no reference";
		memcgsim_folio_put(page_of(world));
		if (!memcgsim_try_get_page(world->objects[1]))
			return "a page in use had no reference";
		memcgsim_put_page(world->objects[1]);
	}
	return NULL;
}

static race_verdict one_reference_is_left(struct race_world *world)
{
	bool fine = msim_page_ref_count(page_of(world)) == 1 &&
		    msim_page_ref_count(world->objects[1]) == 1;

	memcgsim_kfree(world->objects[0]);
	memcgsim___free_pages(world->objects[1], 0);
	return fine ? NULL : "a put was lost, or counted twice";
}

RACE(page_put_vs_page_put) = {
	.name = "page_put_vs_page_put",
	.claim = "references that two take and put on a page are each counted",
	.setup = setup,
	.threads = {
		{ "one", putter, 0, -1 },
		{ "other", putter, 1, -1 },
	},
	.finally = one_reference_is_left,
};
