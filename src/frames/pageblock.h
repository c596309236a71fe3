/* SPDX-License-Identifier: MIT */
/*
 * What kind of memory each pageblock is for, a byte a block: so that what cannot be moved does not
 * lie everywhere. Written under zone->lock; read by anybody, for whom it is a hint (B-46).
 */
#ifndef MSIM_FRAMES_PAGEBLOCK_H
#define MSIM_FRAMES_PAGEBLOCK_H

#include "types.h"

#define MSIM_PAGEBLOCK_PAGES (1UL << MSIM_PAGEBLOCK_ORDER)

/* The two bits of an allocation that say its type. Both together mean none that exists. */
#define MSIM_GFP_TYPE_SHIFT 13
#define MSIM_GFP_TYPE_MASK  3u

static msim_always_inline unsigned int msim_gfp_migratetype(memcgsim_gfp_t gfp)
{
	_Static_assert(MEMCGSIM___GFP_MOVABLE >> MSIM_GFP_TYPE_SHIFT == MEMCGSIM_MIGRATE_MOVABLE,
		       "the bits are the type");
	_Static_assert(MEMCGSIM___GFP_RECLAIMABLE >> MSIM_GFP_TYPE_SHIFT ==
			       MEMCGSIM_MIGRATE_RECLAIMABLE,
		       "the bits are the type");
	return (gfp >> MSIM_GFP_TYPE_SHIFT) & MSIM_GFP_TYPE_MASK;
}

/* Of a page that has been used; one beyond the frontier is movable, whatever the byte says. */
static msim_always_inline unsigned int msim_page_migratetype(const struct memcgsim *machine,
							     const struct memcgsim_page *page)
{
	unsigned long offset = (unsigned long)page - (unsigned long)machine->pages;

	return msim_load_relaxed(&machine->zone.block_types[offset >> (6 + MSIM_PAGEBLOCK_ORDER)]);
}

static inline void msim_set_pageblock_migratetype(struct memcgsim *machine, unsigned long pfn,
						  unsigned int type)
{
	msim_assert_held(MSIM_RANK_ZONE);
	msim_store_relaxed(&machine->zone.block_types[pfn >> MSIM_PAGEBLOCK_ORDER], (uint8_t)type);
}

/* Whether free blocks of the two types may become one (B-40). */
static inline bool msim_types_may_merge(unsigned int one, unsigned int other)
{
	return one == other ||
	       (one < MEMCGSIM_MIGRATE_HIGHATOMIC && other < MEMCGSIM_MIGRATE_HIGHATOMIC);
}

#endif /* MSIM_FRAMES_PAGEBLOCK_H */
