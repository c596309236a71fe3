/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the invariants of frames, their lists and their states. Called by check with the
 * machine at rest.
 */
#include "verify/invariant.h"

#include "frames/page.h"
#include "frames/pageblock.h"
#include "frames/pcp.h"
#include "seam/percpu.h"

#define for_each_free_block(check, order, type, pos)                                               \
	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++)                     \
		for (unsigned int type = 0; type < MEMCGSIM_MIGRATE_TYPES; type++)                 \
			msim_list_for_each (                                                       \
				pos, &(check)->machine->zone.free_area[order].free_list[type])

/* Left out for good: neither free nor anybody's. */
static bool is_leaked(const struct memcgsim_page *page)
{
	return msim_page_flags(page) & MSIM_PG_LEAKED;
}

void msim_check_noboth(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &check->machine->pages[pfn];

		if (msim_page_ref_count(page) == 0 && !is_leaked(page))
			msim_expect(check, 0, (long)msim_load_relaxed(&page->memcg_data),
				    "a page without references is charged", "pfn %lu", pfn);
	}
}

void msim_check_compound(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		struct memcgsim_page *page = &check->machine->pages[pfn];
		bool head = msim_page_flags(page) & MSIM_PG_HEAD;

		if (msim_page_ref_count(page) <= 0)
			continue;
		for (unsigned long i = 1; i < 1UL << msim_page_order(page); i++)
			msim_expect(check, (long)(head ? pfn : pfn + i),
				    (long)msim_pfn(check->machine, msim_compound_head(&page[i])),
				    "a tail names another head", "pfn %lu", pfn + i);
	}
}

void msim_check_pcp(struct check *check)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (check->machine, cpu) {
		long pages = 0;

		for (unsigned int i = 0; i < MSIM_PCP_LISTS; i++)
			pages += (long)msim_list_count(&cpu->pcp.lists[i]) << msim_pcp_order(i);
		msim_expect(check, pages, (long)cpu->pcp.count_pages,
			    "the count is not the lists' length", "CPU %u", cpu->id);
	}
}

/* What one refill may bring: a batch, or two blocks, of the largest order that is there. */
static unsigned long refill_pages(const struct msim_pcp *pcp)
{
	unsigned int order = MSIM_PCP_ORDERS - 1;
	unsigned long pages;

	for (unsigned int i = MSIM_PCP_HUGE_LIST; i < MSIM_PCP_LISTS; i++) {
		if (!msim_list_empty(&pcp->lists[i]))
			order = MSIM_PCP_HUGE_ORDER;
	}
	pages = 2UL << order;
	return pages > pcp->batch_pages ? pages : pcp->batch_pages;
}

void msim_check_pcp_high(struct check *check)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (check->machine, cpu) {
		unsigned long limit = cpu->pcp.high_pages + refill_pages(&cpu->pcp);

		if (cpu->pcp.count_pages > limit)
			msim_expect(check, (long)limit, (long)cpu->pcp.count_pages,
				    "more than high and a batch", "CPU %u", cpu->id);
	}
}

/* Memory may be found broken while it is free: that is for the next allocation to see. */
static bool is_free(const struct memcgsim_page *page)
{
	return !msim_load_relaxed(&page->memcg_data) && msim_page_ref_count(page) == 0 &&
	       !msim_load_relaxed(&page->mapcount_or_type) &&
	       !(msim_page_flags(page) & ~MSIM_PG_HWPOISON);
}

void msim_check_pcp_nochg(struct check *check)
{
	struct msim_cpu *cpu;
	struct msim_list *pos;

	msim_for_each_cpu (check->machine, cpu) {
		for (unsigned int i = 0; i < MSIM_PCP_LISTS; i++) {
			msim_list_for_each (pos, &cpu->pcp.lists[i]) {
				const struct memcgsim_page *page =
					msim_list_entry(pos, struct memcgsim_page, lru);

				msim_expect(
					check, true, is_free(page),
					"on a list of free pages, and charged, referenced or typed",
					"pfn %lu", msim_pfn(check->machine, page));
			}
		}
	}
}

/* ---- buddy ---- */

void msim_check_pages(struct check *check)
{
	const struct msim_zone *zone = &check->machine->zone;
	unsigned long listed = 0;
	struct msim_list *pos;

	for_each_free_block (check, order, type, pos)
		listed += 1UL << order;
	msim_expect(check, (long)zone->frontier_pfn,
		    (long)(listed + check->census.pcp_pages + check->census.allocated_pages +
			   check->census.guard_pages + msim_load_relaxed(&zone->leaked_pages)),
		    "free, per-CPU, allocated, guard and bad frames are not all frames ever used",
		    "the zone");
}

void msim_check_buddy(struct check *check)
{
	struct memcgsim *machine = check->machine;
	struct msim_list *pos;
	long flagged = 0, listed = 0;

	for_each_free_block (check, order, type, pos) {
		const struct memcgsim_page *page = msim_list_entry(pos, struct memcgsim_page, lru);
		unsigned long pfn = msim_pfn(machine, page);

		listed++;
		msim_expect(check, true, msim_page_has_type(page, MSIM_PGTY_BUDDY),
			    "listed without the type", "pfn %lu", pfn);
		msim_expect(check, (long)order, (long)page->private, "on the list of another order",
			    "pfn %lu", pfn);
		msim_expect(check, 0, (long)(pfn & ((1UL << order) - 1)),
			    "not aligned to its order", "pfn %lu", pfn);
		for (unsigned long i = 1; i < 1UL << order; i++)
			msim_expect(check, false, msim_page_has_type(&page[i], MSIM_PGTY_BUDDY),
				    "free by itself inside a free block", "pfn %lu", pfn + i);
	}
	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++)
		flagged += msim_page_has_type(&machine->pages[pfn], MSIM_PGTY_BUDDY);
	msim_expect(check, listed, flagged, "blocks flagged and blocks listed differ", "the zone");
}

void msim_check_buddy_max(struct check *check)
{
	struct memcgsim *machine = check->machine;
	struct msim_list *pos;

	for_each_free_block (check, order, type, pos) {
		unsigned long pfn =
			msim_pfn(machine, msim_list_entry(pos, struct memcgsim_page, lru));
		unsigned long buddy = pfn ^ (1UL << order);

		if (order == MEMCGSIM_MAX_PAGE_ORDER || buddy >= machine->zone.frontier_pfn ||
		    !msim_types_may_merge(type,
					  msim_page_migratetype(machine, &machine->pages[buddy])))
			continue;
		msim_expect(check, false,
			    msim_page_has_type(&machine->pages[buddy], MSIM_PGTY_BUDDY) &&
				    machine->pages[buddy].private == order,
			    "two halves of a block are free and not merged", "pfn %lu", pfn);
	}
}

void msim_check_buddy_type(struct check *check)
{
	struct memcgsim *machine = check->machine;
	struct msim_list *pos;

	for_each_free_block (check, order, type, pos) {
		const struct memcgsim_page *page = msim_list_entry(pos, struct memcgsim_page, lru);

		for (unsigned long i = 0; i < 1UL << order; i += MSIM_PAGEBLOCK_PAGES)
			msim_expect(check, (long)msim_page_migratetype(machine, &page[i]),
				    (long)type, "on the list of another type than its pageblock's",
				    "pfn %lu", msim_pfn(machine, &page[i]));
	}
}

/* Free frames on the lists of some types, from one on. */
static long listed_pages(const struct msim_zone *zone, unsigned int first, unsigned int end)
{
	long pages = 0;

	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++) {
		for (unsigned int type = first; type < end; type++)
			pages += (long)msim_list_count(&zone->free_area[order].free_list[type])
				 << order;
	}
	return pages;
}

void msim_check_buddy_count(struct check *check)
{
	const struct msim_zone *zone = &check->machine->zone;

	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++) {
		const struct msim_free_area *area = &zone->free_area[order];
		long blocks = 0;

		for (unsigned int type = 0; type < MEMCGSIM_MIGRATE_TYPES; type++)
			blocks += (long)msim_list_count(&area->free_list[type]);
		msim_expect(check, blocks, (long)area->nr_free, "nr_free is not the lists' length",
			    "order %u", order);
	}
	msim_expect(check, listed_pages(zone, 0, MEMCGSIM_MIGRATE_ISOLATE), (long)zone->free_pages,
		    "free pages are not the sum over the lists", "the zone");
	msim_expect(check, listed_pages(zone, MEMCGSIM_MIGRATE_CMA, MEMCGSIM_MIGRATE_CMA + 1),
		    (long)zone->free_cma_pages, "nor are those of CMA", "the zone");
	msim_expect(
		check,
		listed_pages(zone, MEMCGSIM_MIGRATE_HIGHATOMIC, MEMCGSIM_MIGRATE_HIGHATOMIC + 1),
		(long)zone->free_highatomic_pages, "nor those set aside", "the zone");
}
