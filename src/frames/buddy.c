/* SPDX-License-Identifier: MIT */
/*
 * Owns the zone: its free lists and the frontier (all under zone->lock, rank MSIM_RANK_ZONE).
 * Called by pcp and the front doors. Keeps I-PAGES, I-BUDDY, I-BUDDY-MAX, I-BUDDY-COUNT. Models
 * __rmqueue_smallest(), expand() and __free_one_page() (B-04, B-05, B-06, B-10, B-12, B-40, B-41).
 *
 * Memory that was never used is not on the lists: it lies beyond the frontier, and is carved off in
 * the largest blocks when the lists cannot serve. So a machine of any size is made in no time, and
 * the order in which addresses come out is that of a kernel just booted.
 */
#include "frames/buddy.h"

#include "frames/page.h"

void msim_buddy_init(struct memcgsim *machine)
{
	struct msim_zone *zone = &machine->zone;

	msim_spin_init(&zone->lock, MSIM_RANK_ZONE);
	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++)
		msim_list_init(&zone->free_area[order].free_list);
	zone->nr_pages = machine->config.nr_pages;
}

static void add_to_free_list(struct msim_zone *zone, struct memcgsim_page *page, unsigned int order,
			     bool tail)
{
	struct msim_free_area *area = &zone->free_area[order];

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER && msim_page_ref_count(page) == 0);
	msim_page_set_type(page, MSIM_PGTY_BUDDY);
	page->private = order;
	if (tail)
		msim_list_add_tail(&page->lru, &area->free_list);
	else
		msim_list_add(&page->lru, &area->free_list);
	area->nr_free++;
	zone->free_pages += 1UL << order;
}

static void del_from_free_list(struct msim_zone *zone, struct memcgsim_page *page,
			       unsigned int order)
{
	struct msim_free_area *area = &zone->free_area[order];

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert(msim_page_has_type(page, MSIM_PGTY_BUDDY) && page->private == order);
	msim_list_del(&page->lru);
	msim_page_clear_type(page);
	page->private = 0;
	msim_assert(area->nr_free > 0);
	area->nr_free--;
	zone->free_pages -= 1UL << order;
}

/* Moves the frontier up by one block onto the lists. False at the end of memory. */
static bool carve(struct memcgsim *machine)
{
	struct msim_zone *zone = &machine->zone;
	unsigned long left = zone->nr_pages - zone->frontier_pfn;
	unsigned int order = MEMCGSIM_MAX_PAGE_ORDER;

	msim_assert_held(MSIM_RANK_ZONE);
	if (left == 0)
		return false;
	while (1UL << order > left)
		order--;
	add_to_free_list(zone, &machine->pages[zone->frontier_pfn], order, false);
	zone->frontier_pfn += 1UL << order;
	return true;
}

/*
 * Puts the upper half back at each level down from @high to @low: the lowest addresses are kept
 * (B-12).
 */
static void expand(struct msim_zone *zone, struct memcgsim_page *page, unsigned int low,
		   unsigned int high)
{
	msim_assert(low <= high);
	while (high > low) {
		high--;
		add_to_free_list(zone, page + (1UL << high), high, false);
	}
}

/* Zone lock held. */
static struct memcgsim_page *rmqueue_smallest(struct memcgsim *machine, unsigned int order)
{
	struct msim_zone *zone = &machine->zone;

	msim_assert_held(MSIM_RANK_ZONE);
	do {
		for (unsigned int o = order; o < MEMCGSIM_NR_PAGE_ORDERS; o++) {
			struct msim_free_area *area = &zone->free_area[o];
			struct memcgsim_page *page;

			if (msim_list_empty(&area->free_list))
				continue;
			page = msim_list_first(&area->free_list, struct memcgsim_page, lru);
			del_from_free_list(zone, page, o);
			expand(zone, page, order, o);
			return page;
		}
	} while (carve(machine));
	return NULL;
}

/* The free block of this order that @page would merge with, or NULL (B-06). */
static struct memcgsim_page *find_buddy(struct memcgsim *machine, unsigned long pfn,
					unsigned int order)
{
	unsigned long buddy_pfn = pfn ^ (1UL << order);
	struct memcgsim_page *buddy = &machine->pages[buddy_pfn];

	if (buddy_pfn >= machine->zone.frontier_pfn)
		return NULL;
	if (!msim_page_has_type(buddy, MSIM_PGTY_BUDDY) || buddy->private != order)
		return NULL;
	msim_assert(msim_page_ref_count(buddy) == 0);
	return buddy;
}

/* Zone lock held. */
static void free_one_page(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order)
{
	struct msim_zone *zone = &machine->zone;
	unsigned long pfn = msim_pfn(machine, page);
	bool tail = false;

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert((pfn & ((1UL << order) - 1)) == 0);
	msim_assert(pfn + (1UL << order) <= zone->frontier_pfn);
	while (order < MEMCGSIM_MAX_PAGE_ORDER) {
		struct memcgsim_page *buddy = find_buddy(machine, pfn, order);

		if (!buddy)
			break;
		del_from_free_list(zone, buddy, order);
		pfn &= ~(1UL << order);
		order++;
	}
	/*
	 * If the block above is free too, a merge is likely soon: last, to be handed out late
	 * (B-41).
	 */
	if (order < MEMCGSIM_MAX_PAGE_ORDER - 1)
		tail = find_buddy(machine, pfn & ~(1UL << order), order + 1);
	add_to_free_list(zone, &machine->pages[pfn], order, tail);
}

struct memcgsim_page *msim_buddy_alloc(struct memcgsim *machine, unsigned int order)
{
	struct memcgsim_page *page;

	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER);
	msim_spin_lock(&machine->zone.lock);
	page = rmqueue_smallest(machine, order);
	msim_spin_unlock(&machine->zone.lock);
	return page;
}

unsigned long msim_buddy_alloc_bulk(struct memcgsim *machine, unsigned int order,
				    unsigned long count, struct msim_list *list)
{
	unsigned long got = 0;

	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER);
	msim_spin_lock(&machine->zone.lock);
	while (got < count) {
		struct memcgsim_page *page = rmqueue_smallest(machine, order);

		if (!page)
			break;
		msim_list_add_tail(&page->lru, list);
		got++;
	}
	msim_spin_unlock(&machine->zone.lock);
	return got;
}

void msim_buddy_free(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order)
{
	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER);
	msim_spin_lock(&machine->zone.lock);
	free_one_page(machine, page, order);
	msim_spin_unlock(&machine->zone.lock);
}

void msim_buddy_free_bulk(struct memcgsim *machine, struct msim_list *list, unsigned int order)
{
	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER);
	msim_spin_lock(&machine->zone.lock);
	while (!msim_list_empty(list)) {
		struct memcgsim_page *page = msim_list_first(list, struct memcgsim_page, lru);

		msim_list_del(&page->lru);
		free_one_page(machine, page, order);
	}
	msim_spin_unlock(&machine->zone.lock);
}
