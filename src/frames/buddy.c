/* SPDX-License-Identifier: MIT */
/*
 * Owns the zone: its free lists, its counts and the frontier (all under zone->lock, rank
 * MSIM_RANK_ZONE). Called by fallback, pcp and the front doors. Keeps I-PAGES, I-BUDDY, I-BUDDY-MAX,
 * I-BUDDY-TYPE, I-BUDDY-COUNT. Models __rmqueue_smallest(), expand() and __free_one_page() (B-04,
 * B-05, B-06, B-12, B-14, B-40, B-41).
 *
 * Memory that was never used is not on the lists: it lies beyond the frontier, and is carved off in
 * the largest blocks when the lists cannot serve. So a machine of any size is made in no time, and
 * the order in which addresses come out is that of a kernel just booted.
 */
#include "frames/buddy.h"

#include "frames/page.h"
#include "frames/pageblock.h"

void msim_buddy_init(struct memcgsim *machine)
{
	struct msim_zone *zone = &machine->zone;

	msim_spin_init(&zone->lock, MSIM_RANK_ZONE);
	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++) {
		for (unsigned int type = 0; type < MEMCGSIM_MIGRATE_TYPES; type++)
			msim_list_init(&zone->free_area[order].free_list[type]);
	}
	zone->nr_pages = machine->config.nr_pages;
}

/* ---- lists ---- */

/* Isolated frames are not free for anybody; some types are counted for themselves too (B-14). */
static void account(struct msim_zone *zone, unsigned int type, long nr_pages)
{
	msim_assert_held(MSIM_RANK_ZONE);
	if (type == MEMCGSIM_MIGRATE_ISOLATE)
		return;
	zone->free_pages += (unsigned long)nr_pages;
	if (type == MEMCGSIM_MIGRATE_CMA)
		zone->free_cma_pages += (unsigned long)nr_pages;
	else if (type == MEMCGSIM_MIGRATE_HIGHATOMIC)
		zone->free_highatomic_pages += (unsigned long)nr_pages;
}

static void link_block(struct msim_zone *zone, struct memcgsim_page *page, unsigned int order,
		       unsigned int type, bool tail)
{
	struct msim_list *list = &zone->free_area[order].free_list[type];

	if (tail)
		msim_list_add_tail(&page->lru, list);
	else
		msim_list_add(&page->lru, list);
	account(zone, type, 1L << order);
}

static void add_to_free_list(struct msim_zone *zone, struct memcgsim_page *page, unsigned int order,
			     unsigned int type, bool tail)
{
	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert(order <= MEMCGSIM_MAX_PAGE_ORDER && msim_page_ref_count(page) == 0);
	msim_page_set_type(page, MSIM_PGTY_BUDDY);
	page->private = order;
	link_block(zone, page, order, type, tail);
	zone->free_area[order].nr_free++;
}

static void del_from_free_list(struct msim_zone *zone, struct memcgsim_page *page,
			       unsigned int order, unsigned int type)
{
	struct msim_free_area *area = &zone->free_area[order];

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert(msim_buddy_is_free(page) && page->private == order);
	msim_list_del(&page->lru);
	msim_page_clear_type(page);
	page->private = 0;
	msim_assert(area->nr_free > 0);
	area->nr_free--;
	account(zone, type, -(1L << order));
}

bool msim_buddy_is_free(const struct memcgsim_page *page)
{
	return msim_page_has_type(page, MSIM_PGTY_BUDDY);
}

void msim_buddy_move(struct memcgsim *machine, struct memcgsim_page *page, unsigned int from,
		     unsigned int to)
{
	unsigned int order = (unsigned int)page->private;

	msim_assert(msim_buddy_is_free(page));
	msim_list_del(&page->lru);
	account(&machine->zone, from, -(1L << order));
	link_block(&machine->zone, page, order, to, true);
}

void msim_buddy_halve(struct memcgsim *machine, struct memcgsim_page *page)
{
	unsigned int type = msim_page_migratetype(machine, page);
	unsigned int order = (unsigned int)page->private;

	msim_assert(order > 0);
	del_from_free_list(&machine->zone, page, order, type);
	order--;
	add_to_free_list(&machine->zone, page + (1UL << order), order, type, true);
	add_to_free_list(&machine->zone, page, order, type, true);
}

void msim_buddy_remerge(struct memcgsim *machine, struct memcgsim_page *page)
{
	unsigned int order = (unsigned int)page->private;

	del_from_free_list(&machine->zone, page, order, msim_page_migratetype(machine, page));
	msim_buddy_put(machine, page, order);
}

/* ---- the frontier ---- */

static unsigned int carve_order(const struct msim_zone *zone)
{
	unsigned int order = MEMCGSIM_MAX_PAGE_ORDER;

	while (1UL << order > zone->nr_pages - zone->frontier_pfn)
		order--;
	return order;
}

bool msim_buddy_carve(struct memcgsim *machine)
{
	struct msim_zone *zone = &machine->zone;
	unsigned long pfn = zone->frontier_pfn;
	unsigned int order;

	msim_assert_held(MSIM_RANK_ZONE);
	if (pfn == zone->nr_pages)
		return false;
	order = carve_order(zone);
	zone->frontier_pfn += 1UL << order;
	if ((pfn & (MSIM_PAGEBLOCK_PAGES - 1)) == 0) {
		for (unsigned long i = pfn; i < zone->frontier_pfn; i += MSIM_PAGEBLOCK_PAGES)
			msim_set_pageblock_migratetype(machine, i, MEMCGSIM_MIGRATE_MOVABLE);
	}
	add_to_free_list(zone, &machine->pages[pfn], order,
			 msim_page_migratetype(machine, &machine->pages[pfn]), false);
	return true;
}

/* ---- taking ---- */

/*
 * A block of the debug aid's orders is put aside instead of on a list, until the frames that it
 * guards come back and merge with it (B-06).
 */
static bool set_guard(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order)
{
	if (order >= machine->config.debug_guardpage_minorder)
		return false;
	msim_page_set_type(page, MSIM_PGTY_GUARD);
	page->private = order;
	return true;
}

void msim_buddy_cut(struct memcgsim *machine, struct memcgsim_page *page, unsigned int low,
		    unsigned int high, unsigned int type, unsigned int to)
{
	msim_assert(low <= high);
	del_from_free_list(&machine->zone, page, high, type);
	while (high > low) {
		struct memcgsim_page *upper;

		high--;
		upper = page + (1UL << high);
		if (!set_guard(machine, upper, high))
			add_to_free_list(&machine->zone, upper, high, to, false);
	}
}

struct memcgsim_page *msim_buddy_first(struct memcgsim *machine, unsigned int order,
				       unsigned int type)
{
	struct msim_zone *zone = &machine->zone;
	struct msim_list *list = &zone->free_area[order].free_list[type];

	msim_assert_held(MSIM_RANK_ZONE);
	if (msim_list_empty(list)) {
		if (type != MEMCGSIM_MIGRATE_MOVABLE || zone->frontier_pfn == zone->nr_pages ||
		    carve_order(zone) != order)
			return NULL;
		(void)msim_buddy_carve(machine);
		if (msim_list_empty(list))
			return NULL; /* the end of memory, in a block of another type */
	}
	return msim_list_first(list, struct memcgsim_page, lru);
}

struct memcgsim_page *msim_buddy_smallest(struct memcgsim *machine, unsigned int order,
					  unsigned int type)
{
	msim_assert_held(MSIM_RANK_ZONE);
	for (unsigned int o = order; o < MEMCGSIM_NR_PAGE_ORDERS; o++) {
		struct memcgsim_page *page = msim_buddy_first(machine, o, type);

		if (!page)
			continue;
		msim_buddy_cut(machine, page, order, o, type, type);
		return page;
	}
	return NULL;
}

/* ---- giving back ---- */

/* The free block of this order that @page would merge with, or NULL (B-06). */
static struct memcgsim_page *find_buddy(struct memcgsim *machine, unsigned long pfn,
					unsigned int order)
{
	unsigned long buddy_pfn = pfn ^ (1UL << order);
	struct memcgsim_page *buddy = &machine->pages[buddy_pfn];

	if (buddy_pfn >= machine->zone.frontier_pfn)
		return NULL;
	if (!msim_buddy_is_free(buddy) && !msim_page_has_type(buddy, MSIM_PGTY_GUARD))
		return NULL;
	if (buddy->private != order)
		return NULL;
	msim_assert(msim_page_ref_count(buddy) == 0);
	return buddy;
}

/*
 * Takes the buddy away to be merged with a block of @type. False: it is of a type that stays by
 * itself. Only whole pageblocks can differ, and the one that is merged into the other takes its
 * type (B-40).
 */
static bool take_buddy(struct memcgsim *machine, struct memcgsim_page *buddy, unsigned int order,
		       unsigned int type)
{
	unsigned int buddy_type = msim_page_migratetype(machine, buddy);

	if (!msim_types_may_merge(type, buddy_type))
		return false;
	if (msim_buddy_is_free(buddy)) {
		del_from_free_list(&machine->zone, buddy, order, buddy_type);
	} else {
		msim_page_clear_type(buddy);
		buddy->private = 0;
	}
	if (type != buddy_type) {
		msim_assert(order >= MSIM_PAGEBLOCK_ORDER);
		msim_set_pageblock_migratetype(machine, msim_pfn(machine, buddy), type);
	}
	return true;
}

/* A block that lies in one pageblock. */
static void put_one(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order)
{
	struct msim_zone *zone = &machine->zone;
	unsigned int type = msim_page_migratetype(machine, page);
	unsigned long pfn = msim_pfn(machine, page);
	bool tail = false;

	msim_assert_held(MSIM_RANK_ZONE);
	msim_assert(order <= MSIM_PAGEBLOCK_ORDER);
	msim_assert((pfn & ((1UL << order) - 1)) == 0);
	msim_assert(pfn + (1UL << order) <= zone->frontier_pfn);
	while (order < MEMCGSIM_MAX_PAGE_ORDER) {
		struct memcgsim_page *buddy = find_buddy(machine, pfn, order);

		if (!buddy || !take_buddy(machine, buddy, order, type))
			break;
		pfn &= ~(1UL << order);
		order++;
	}
	/*
	 * If the block above is free too, a merge is likely soon: last, to be handed out late
	 * (B-41).
	 */
	if (order < MEMCGSIM_MAX_PAGE_ORDER - 1)
		tail = find_buddy(machine, pfn & ~(1UL << order), order + 1);
	add_to_free_list(zone, &machine->pages[pfn], order, type, tail);
}

/*
 * Pageblocks of a larger block may have become of different types while it was in use: each goes to
 * its own list, and they merge if they may.
 */
void msim_buddy_put(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order)
{
	unsigned int part = order < MSIM_PAGEBLOCK_ORDER ? order : MSIM_PAGEBLOCK_ORDER;

	for (unsigned long i = 0; i < 1UL << order; i += 1UL << part)
		put_one(machine, page + i, part);
}

void msim_buddy_free(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order)
{
	msim_spin_lock(&machine->zone.lock);
	msim_buddy_put(machine, page, order);
	msim_spin_unlock(&machine->zone.lock);
}
