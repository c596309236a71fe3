/* SPDX-License-Identifier: MIT */
/*
 * Owns the types of pageblocks, with buddy (zone->lock). Called by pcp and the front doors. Keeps
 * I-BUDDY-TYPE. Models __rmqueue(), its claiming and stealing, and the reserve of high-order atomic
 * allocations, mm/page_alloc.c (B-10, B-11, B-13, B-14).
 */
#include "frames/fallback.h"

#include "frames/buddy.h"
#include "frames/page.h"
#include "frames/pageblock.h"

#define NO_TYPE MEMCGSIM_MIGRATE_TYPES

/* Where an allocation looks when its own type has nothing, in this order (B-13). */
static const unsigned char fallbacks[MEMCGSIM_MIGRATE_HIGHATOMIC][2] = {
	[MEMCGSIM_MIGRATE_UNMOVABLE] = { MEMCGSIM_MIGRATE_RECLAIMABLE, MEMCGSIM_MIGRATE_MOVABLE },
	[MEMCGSIM_MIGRATE_MOVABLE] = { MEMCGSIM_MIGRATE_RECLAIMABLE, MEMCGSIM_MIGRATE_UNMOVABLE },
	[MEMCGSIM_MIGRATE_RECLAIMABLE] = { MEMCGSIM_MIGRATE_UNMOVABLE, MEMCGSIM_MIGRATE_MOVABLE },
};

static unsigned int find_donor(struct memcgsim *machine, unsigned int order, unsigned int type)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (msim_buddy_first(machine, order, fallbacks[type][i]))
			return fallbacks[type][i];
	}
	return NO_TYPE;
}

/* A free block that is larger than a pageblock becomes two, so that one of them can be moved. */
static void halve_larger(struct memcgsim *machine, unsigned long pfn)
{
	struct memcgsim_page *head = &machine->pages[pfn & ~(2 * MSIM_PAGEBLOCK_PAGES - 1)];

	_Static_assert(MSIM_PAGEBLOCK_ORDER + 1 == MEMCGSIM_MAX_PAGE_ORDER, "two at most");
	if (msim_buddy_is_free(head) && head->private > MSIM_PAGEBLOCK_ORDER)
		msim_buddy_halve(machine, head);
}

void msim_move_pageblock(struct memcgsim *machine, unsigned long pfn, unsigned int to)
{
	unsigned int from = msim_page_migratetype(machine, &machine->pages[pfn]);
	unsigned long start = pfn, end = pfn + MSIM_PAGEBLOCK_PAGES;

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert((pfn & (MSIM_PAGEBLOCK_PAGES - 1)) == 0 && pfn < machine->zone.frontier_pfn);
	halve_larger(machine, pfn);
	msim_set_pageblock_migratetype(machine, pfn, to);
	if (end > machine->zone.frontier_pfn)
		end = machine->zone.frontier_pfn;
	while (pfn < end) {
		struct memcgsim_page *page = &machine->pages[pfn];

		if (!msim_buddy_is_free(page)) {
			pfn++;
			continue;
		}
		pfn += 1UL << page->private;
		msim_assert(pfn <= end);
		msim_buddy_move(machine, page, from, to);
	}
	if (msim_buddy_is_free(&machine->pages[start]) &&
	    machine->pages[start].private == MSIM_PAGEBLOCK_ORDER)
		msim_buddy_remerge(machine, &machine->pages[start]);
}

/* What a pageblock holds: frames that are free, and frames in use that could be moved away. */
static void count_pageblock(struct memcgsim *machine, unsigned long pfn, unsigned long *ret_free,
			    unsigned long *ret_movable)
{
	unsigned long end = pfn + MSIM_PAGEBLOCK_PAGES;

	*ret_free = 0;
	*ret_movable = 0;
	while (pfn < end) {
		const struct memcgsim_page *page = &machine->pages[pfn];

		if (msim_buddy_is_free(page)) {
			*ret_free += 1UL << page->private;
			pfn += 1UL << page->private;
		} else {
			*ret_movable += (msim_page_flags(page) & MSIM_PG_LRU) != 0;
			pfn++;
		}
	}
}

/*
 * Makes the pageblock around a free block smaller than it the caller's, if half of it is free or
 * used for much the same; then there is something of the caller's type.
 */
static struct memcgsim_page *claim_part(struct memcgsim *machine, struct memcgsim_page *page,
					unsigned int order, unsigned int type, unsigned int donor)
{
	unsigned long pfn = msim_pfn(machine, page) & ~(MSIM_PAGEBLOCK_PAGES - 1);
	unsigned long free_pages, movable_pages, alike_pages = 0;

	if (pfn + MSIM_PAGEBLOCK_PAGES > machine->zone.nr_pages)
		return NULL;
	count_pageblock(machine, pfn, &free_pages, &movable_pages);
	if (type == MEMCGSIM_MIGRATE_MOVABLE)
		alike_pages = movable_pages;
	else if (donor == MEMCGSIM_MIGRATE_MOVABLE)
		alike_pages = MSIM_PAGEBLOCK_PAGES - free_pages - movable_pages;
	if (free_pages + alike_pages < MSIM_PAGEBLOCK_PAGES / 2)
		return NULL;
	msim_move_pageblock(machine, pfn, type);
	return msim_buddy_smallest(machine, order, type);
}

/* Whether an allocation of @type may take over the whole of a block of @order (B-13). */
static bool may_claim(unsigned int order, unsigned int type)
{
	return order >= MSIM_PAGEBLOCK_ORDER / 2 || type != MEMCGSIM_MIGRATE_MOVABLE;
}

/* The largest block of another type, with all of its pageblock. */
static struct memcgsim_page *claim(struct memcgsim *machine, unsigned int order, unsigned int type,
				   unsigned int flags)
{
	unsigned int lowest = order;

	if ((flags & MSIM_ALLOC_NOFRAGMENT) && lowest < MSIM_PAGEBLOCK_ORDER)
		lowest = MSIM_PAGEBLOCK_ORDER;
	for (unsigned int o = MEMCGSIM_NR_PAGE_ORDERS; o-- > lowest && may_claim(o, type);) {
		unsigned int donor = find_donor(machine, o, type);
		struct memcgsim_page *page;

		if (donor == NO_TYPE)
			continue;
		page = msim_buddy_first(machine, o, donor);
		if (o < MSIM_PAGEBLOCK_ORDER) {
			page = claim_part(machine, page, order, type, donor);
			if (page)
				return page;
			continue;
		}
		for (unsigned long i = 0; i < 1UL << o; i += MSIM_PAGEBLOCK_PAGES)
			msim_set_pageblock_migratetype(machine, msim_pfn(machine, page) + i, type);
		msim_buddy_cut(machine, page, order, o, donor, type);
		return page;
	}
	return NULL;
}

/* The smallest block of another type; its pageblock stays what it is. */
static struct memcgsim_page *steal(struct memcgsim *machine, unsigned int order, unsigned int type)
{
	for (unsigned int o = order; o < MEMCGSIM_NR_PAGE_ORDERS; o++) {
		unsigned int donor = find_donor(machine, o, type);
		struct memcgsim_page *page;

		if (donor == NO_TYPE)
			continue;
		page = msim_buddy_first(machine, o, donor);
		msim_buddy_cut(machine, page, order, o, donor, donor);
		return page;
	}
	return NULL;
}

static struct memcgsim_page *rmqueue(struct memcgsim *machine, unsigned int order,
				     unsigned int type, unsigned int flags)
{
	const struct msim_zone *zone = &machine->zone;
	struct memcgsim_page *page = NULL;

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER && type < MEMCGSIM_MIGRATE_HIGHATOMIC);
	if (flags & MSIM_ALLOC_HIGHATOMIC)
		page = msim_buddy_smallest(machine, order, MEMCGSIM_MIGRATE_HIGHATOMIC);
	/* CMA's share must not be what is left when nothing else is (B-11) */
	if (!page && (flags & MSIM_ALLOC_CMA) &&
	    zone->free_cma_pages > msim_zone_free_pages(zone) / 2)
		page = msim_buddy_smallest(machine, order, MEMCGSIM_MIGRATE_CMA);
	if (!page)
		page = msim_buddy_smallest(machine, order, type);
	if (!page && (flags & MSIM_ALLOC_CMA))
		page = msim_buddy_smallest(machine, order, MEMCGSIM_MIGRATE_CMA);
	if (!page)
		page = claim(machine, order, type, flags);
	if (!page && !(flags & MSIM_ALLOC_NOFRAGMENT))
		page = steal(machine, order, type);
	if (!page && (flags & (MSIM_ALLOC_OOM | MSIM_ALLOC_NON_BLOCK)))
		page = msim_buddy_smallest(machine, order, MEMCGSIM_MIGRATE_HIGHATOMIC);
	return page;
}

struct memcgsim_page *msim_zone_alloc(struct memcgsim *machine, unsigned int order,
				      unsigned int type, unsigned int flags)
{
	struct memcgsim_page *page;

	msim_spin_lock(&machine->zone.lock);
	page = rmqueue(machine, order, type, flags);
	msim_spin_unlock(&machine->zone.lock);
	return page;
}

unsigned long msim_zone_alloc_bulk(struct memcgsim *machine, unsigned int order,
				   unsigned long count, struct msim_list *list, unsigned int type,
				   unsigned int flags)
{
	unsigned long got = 0;

	msim_spin_lock(&machine->zone.lock);
	while (got < count) {
		struct memcgsim_page *page = rmqueue(machine, order, type, flags);

		if (!page)
			break;
		msim_list_add_tail(&page->lru, list);
		got++;
	}
	msim_spin_unlock(&machine->zone.lock);
	return got;
}

/* ---- the reserve of high-order atomic allocations ---- */

void msim_reserve_highatomic(struct memcgsim *machine, struct memcgsim_page *page,
			     unsigned int order)
{
	struct msim_zone *zone = &machine->zone;
	unsigned long pfn = msim_pfn(machine, page) & ~(MSIM_PAGEBLOCK_PAGES - 1);
	unsigned long most = zone->nr_pages / 100;

	/* One in a hundred frames, in whole pageblocks; a zone too small for one has none. */
	if (most < MSIM_PAGEBLOCK_PAGES)
		return;
	most = (most + MSIM_PAGEBLOCK_PAGES - 1) & ~(MSIM_PAGEBLOCK_PAGES - 1);
	msim_spin_lock(&zone->lock);
	if (zone->reserved_highatomic_pages < most && order < MSIM_PAGEBLOCK_ORDER &&
	    msim_page_migratetype(machine, page) < MEMCGSIM_MIGRATE_HIGHATOMIC &&
	    pfn + MSIM_PAGEBLOCK_PAGES <= zone->nr_pages) {
		msim_move_pageblock(machine, pfn, MEMCGSIM_MIGRATE_HIGHATOMIC);
		zone->reserved_highatomic_pages += MSIM_PAGEBLOCK_PAGES;
	}
	msim_spin_unlock(&zone->lock);
}

bool msim_unreserve_highatomic(struct memcgsim *machine, unsigned int type, bool force)
{
	struct msim_zone *zone = &machine->zone;
	bool found = false;

	msim_spin_lock(&zone->lock);
	if (zone->reserved_highatomic_pages > (force ? 0 : MSIM_PAGEBLOCK_PAGES)) {
		for (unsigned int o = 0; o < MEMCGSIM_NR_PAGE_ORDERS && !found; o++) {
			struct memcgsim_page *page =
				msim_buddy_first(machine, o, MEMCGSIM_MIGRATE_HIGHATOMIC);

			if (!page)
				continue;
			msim_move_pageblock(machine,
					    msim_pfn(machine, page) & ~(MSIM_PAGEBLOCK_PAGES - 1),
					    type);
			zone->reserved_highatomic_pages -= MSIM_PAGEBLOCK_PAGES;
			found = true;
		}
	}
	msim_spin_unlock(&zone->lock);
	return found;
}
