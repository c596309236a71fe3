/* SPDX-License-Identifier: MIT */
/*
 * Frames out of the zone: of the type that is wanted, or, where that has none, of another, whole
 * pageblocks rather than parts.
 */
#ifndef MSIM_FRAMES_FALLBACK_H
#define MSIM_FRAMES_FALLBACK_H

#include "types.h"
#include "frames/alloc_flags.h"

/* A block as it lay on the free lists, or NULL. @type: one that an allocation may ask for. */
struct memcgsim_page *msim_zone_alloc(struct memcgsim *machine, unsigned int order,
				      unsigned int type, unsigned int flags);

/*
 * Up to @count blocks, appended to @list in rising addresses as far as the lists allow; how many.
 */
unsigned long msim_zone_alloc_bulk(struct memcgsim *machine, unsigned int order,
				   unsigned long count, struct msim_list *list, unsigned int type,
				   unsigned int flags);

/*
 * With the zone's lock held: the pageblock at @pfn is @to's from now on, and so is what is free of
 * it.
 */
void msim_move_pageblock(struct memcgsim *machine, unsigned long pfn, unsigned int to);

/* Sets the pageblock of an allocated block aside for those that cannot wait, or not. */
void msim_reserve_highatomic(struct memcgsim *machine, struct memcgsim_page *page,
			     unsigned int order);

/* Gives one such block to @type; the last one only if @force. Whether there was any. */
bool msim_unreserve_highatomic(struct memcgsim *machine, unsigned int type, bool force);

#endif /* MSIM_FRAMES_FALLBACK_H */
