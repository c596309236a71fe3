/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator: blocks of 2^order frames, naturally aligned, merged when both halves are
 * free, on a list for each order and type of memory.
 */
#ifndef MSIM_FRAMES_BUDDY_H
#define MSIM_FRAMES_BUDDY_H

#include "types.h"

void msim_buddy_init(struct memcgsim *machine);

/* Takes back a block in its free state (frames/page.h). */
void msim_buddy_free(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order);

/* ---- with the zone's lock held ---- */

/* The same. */
void msim_buddy_put(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order);

/* The first free block of that very order and type, still on its list; or NULL. */
struct memcgsim_page *msim_buddy_first(struct memcgsim *machine, unsigned int order,
				       unsigned int type);

/* The smallest sufficient block of the type, cut down to @order; or NULL. */
struct memcgsim_page *msim_buddy_smallest(struct memcgsim *machine, unsigned int order,
					  unsigned int type);

/* Takes a block of @high off @type's list and keeps its first 2^low frames; the rest is @to's. */
void msim_buddy_cut(struct memcgsim *machine, struct memcgsim_page *page, unsigned int low,
		    unsigned int high, unsigned int type, unsigned int to);

/* Brings a free block, as it is, from one type's list to the tail of another's. */
void msim_buddy_move(struct memcgsim *machine, struct memcgsim_page *page, unsigned int from,
		     unsigned int to);

/* Makes two of a free block. */
void msim_buddy_halve(struct memcgsim *machine, struct memcgsim_page *page);

/* Lets a free block, whose pageblock has changed its type, merge with what it now may. */
void msim_buddy_remerge(struct memcgsim *machine, struct memcgsim_page *page);

/* Whether @page heads a block on a free list; its order is then in private. */
bool msim_buddy_is_free(const struct memcgsim_page *page);

/* Moves the frontier up by one block onto the lists. False at the end of memory. */
bool msim_buddy_carve(struct memcgsim *machine);

/* Free frames, those beyond the frontier included, but not those that are isolated (B-14). */
static inline unsigned long msim_zone_free_pages(const struct msim_zone *zone)
{
	return zone->free_pages + zone->nr_pages - zone->frontier_pfn;
}

#endif /* MSIM_FRAMES_BUDDY_H */
