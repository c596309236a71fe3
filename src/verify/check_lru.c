/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the invariants of the LRU lists. Called by check with the machine at rest and the
 * cgroup mutex held.
 */
#include "verify/invariant.h"

#include "frames/page.h"
#include "memcg/lru.h"

/* Whose list a page belongs on: nobody's are the root's. */
static const struct memcgsim_mem_cgroup *owner_of(struct memcgsim *machine,
						  const struct memcgsim_page *page)
{
	const struct memcgsim_mem_cgroup *memcg = machine->variant->user_memcg(machine, page);

	return memcg ? memcg : machine->root_memcg;
}

/* Returns how many pages are linked there. */
static long check_list(struct check *check, const struct memcgsim_mem_cgroup *memcg,
		       unsigned int list)
{
	const struct msim_list *head = &memcg->lruvec.lists[list], *pos;
	unsigned long nr_pages = 0;
	long linked = 0;

	msim_list_for_each (pos, head) {
		const struct memcgsim_page *page = msim_list_entry(pos, struct memcgsim_page, lru);
		unsigned long pfn = msim_pfn(check->machine, page);

		linked++;
		nr_pages += msim_folio_nr_pages(page);
		msim_expect(check, true, !!(msim_page_flags(page) & MSIM_PG_LRU),
			    "on a list without the mark", "pfn %lu", pfn);
		msim_expect(check, true, owner_of(check->machine, page) == memcg,
			    "on the list of another memcg", "pfn %lu", pfn);
		msim_expect(check, msim_folio_lru_list(page), list,
			    "on another list than its marks say", "pfn %lu", pfn);
	}
	msim_expect(check, (long)nr_pages, (long)msim_load_relaxed(&memcg->lruvec.nr_pages[list]),
		    "the size of a list is not that of its pages", "%s list %u",
		    msim_name_of(memcg), list);
	return linked;
}

void msim_check_lru(struct check *check)
{
	struct memcgsim *machine = check->machine;
	long linked = 0, marked = 0;
	struct msim_list *pos;

	msim_list_for_each (pos, &machine->memcgs) {
		for (unsigned int i = 0; i < MEMCGSIM_NR_LRU_LISTS; i++)
			linked += check_list(
				check, msim_list_entry(pos, struct memcgsim_mem_cgroup, node), i);
	}
	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++)
		marked += !!(msim_page_flags(&machine->pages[pfn]) & MSIM_PG_LRU);
	msim_expect(check, linked, marked, "pages on lists and pages with the mark differ",
		    "the LRU lists");
}

void msim_check_lru_dead(struct check *check)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &check->machine->memcgs) {
		const struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		if (memcg->parent && msim_census_of(&check->census, memcg)->user_blocks == 0)
			msim_expect(check, true, msim_lruvec_empty(&memcg->lruvec),
				    "no page is its, and some are on its lists", "%s",
				    msim_name_of(memcg));
	}
}
