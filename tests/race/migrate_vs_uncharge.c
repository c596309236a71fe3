/* SPDX-License-Identifier: MIT */
/*
 * Pages are migrated while others hold references on them and drop these, so that now one and now
 * the other has the last: whoever it is finds the old page uncharged and the new one charged. Pages
 * taken by chance, through their frame numbers, come to no harm either. Holds I-MIG, I-COUNTER,
 * I-REF-CSS, I-NOBOTH.
 *
 *   /  root -- a      CPU 0 runs the task: charges, migrates, replaces, frees
 *                     CPU 1 takes references by frame number, looks whose the page is, drops them
 */
#include "support/race.h"

#define NR_FRAMES 64 /* those that are in use lie at the beginning of memory */

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a"))
		return "the cgroup could not be made";
	if (race_fork(world, 0, "a"))
		return "the task could not be made";
	return NULL;
}

/* Puts another page in @old's place; the charge goes along. */
static struct memcgsim_page *change_places(struct memcgsim_page *old, bool replace)
{
	struct memcgsim_page *fresh = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!fresh)
		return NULL;
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(fresh);
	if (replace)
		memcgsim_mem_cgroup_replace_folio(old, fresh);
	else
		memcgsim_mem_cgroup_migrate(old, fresh);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_unlock(old);
	memcgsim_folio_put(old);
	return fresh;
}

static race_verdict migrator(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

		if (!page)
			return "there was no page";
		if (memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER)) {
			memcgsim_folio_put(page);
			return "a charge was refused";
		}
		for (unsigned int k = 0; page && k < 3; k++)
			page = change_places(page, k == 1);
		if (!page)
			return "there was no page to migrate to";
		if (!memcgsim_page_memcg_data(page)) {
			memcgsim_folio_put(page);
			return "a charge was lost on its way";
		}
		memcgsim_folio_put(page);
	}
	return NULL;
}

static race_verdict holder(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops * RACE_SIZE(8, 2); i++) {
		struct memcgsim_page *page = memcgsim_pfn_to_page(world->sim, i % NR_FRAMES);
		bool locked;

		if (!memcgsim_folio_try_get(page))
			continue;
		locked = i % 3 == 0 && memcgsim_folio_trylock(page);
		if (locked)
			memcgsim_folio_unlock(page);
		memcgsim_folio_put(page);
	}
	return NULL;
}

RACE(migrate_vs_uncharge) = {
	.name = "migrate_vs_uncharge",
	.claim = "a page's charge moves or goes once, whoever has the last reference",
	.setup = setup,
	.threads = {
		{ "migrator", migrator, 0, 0 },
		{ "holder", holder, 1, -1 },
	},
};
