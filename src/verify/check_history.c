/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the invariants of what memcgs and pages had from 2012 to 2014. Called by check with the
 * machine at rest and the cgroup mutex held; on other machines there is nothing to see.
 */
#include "verify/invariant.h"

#include "frames/page.h"
#include "history/page_cgroup.h"

void msim_check_memsw(struct check *check)
{
	struct msim_list *pos;

	if (!check->machine->variant->v1)
		return;
	msim_list_for_each (pos, &check->machine->memcgs) {
		const struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		msim_expect(check, msim_census_of(&check->census, memcg)->subtree_memsw_pages,
			    (long)(msim_load_relaxed(&memcg->v1->memsw.usage) / MEMCGSIM_PAGE_SIZE),
			    "the counter is not the sum of its subtree's pages and slots", "%s",
			    msim_name_of(memcg));
	}
}

void msim_check_record(struct check *check)
{
	struct memcgsim *machine = check->machine;

	if (!machine->variant->v1)
		return;
	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &machine->pages[pfn];
		const struct msim_page_cgroup *pc = msim_page_cgroup(machine, page);
		unsigned long flags = msim_load_relaxed(&pc->flags);

		msim_expect(check, 0, (long)(flags & MSIM_PCG_LOCK),
			    "nobody is at it, and it is locked", "pfn %lu", pfn);
		if (!(flags & MSIM_PCG_USED))
			continue;
		msim_expect(check, true,
			    msim_page_ref_count(page) > 0 || msim_page_flags(page) & MSIM_PG_LEAKED,
			    "free and charged", "pfn %lu", pfn);
		msim_expect(check, true,
			    msim_census_of(&check->census, msim_load_relaxed(&pc->mem_cgroup))
				    ->is_memcg,
			    "the record names nobody that lives", "pfn %lu", pfn);
	}
}
