/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: pageblocks given a type from outside, by the library's user, under zone->lock.
 * Keeps I-BUDDY-TYPE. Models start_isolate_page_range(), undo_isolate_page_range(),
 * mm/page_isolation.c, and init_cma_reserved_pageblock(), mm/mm_init.c (B-03, B-14).
 */
#include <errno.h>

#include <memcgsim/pageblock.h>

#include "frames/buddy.h"
#include "frames/fallback.h"
#include "frames/page.h"
#include "frames/pageblock.h"
#include "seam/thread.h"

/* Whether the range is one of whole pageblocks of the machine; its frames are used from now on. */
static bool reach(struct memcgsim *machine, unsigned long start_pfn, unsigned long end_pfn)
{
	msim_assert_held(MSIM_RANK_ZONE);
	if ((start_pfn | end_pfn) & (MSIM_PAGEBLOCK_PAGES - 1) || start_pfn >= end_pfn ||
	    end_pfn > machine->zone.nr_pages)
		return false;
	while (machine->zone.frontier_pfn < end_pfn)
		(void)msim_buddy_carve(machine);
	return true;
}

static bool all_of_type(struct memcgsim *machine, unsigned long start_pfn, unsigned long end_pfn,
			unsigned int type)
{
	for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn += MSIM_PAGEBLOCK_PAGES) {
		if (msim_page_migratetype(machine, &machine->pages[pfn]) != type)
			return false;
	}
	return true;
}

static void move_all(struct memcgsim *machine, unsigned long start_pfn, unsigned long end_pfn,
		     unsigned int type)
{
	for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn += MSIM_PAGEBLOCK_PAGES)
		msim_move_pageblock(machine, pfn, type);
}

int memcgsim_start_isolate_page_range(struct memcgsim *machine, unsigned long start_pfn,
				      unsigned long end_pfn)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	int err = -EINVAL;

	msim_spin_lock(&machine->zone.lock);
	if (reach(machine, start_pfn, end_pfn)) {
		err = 0;
		for (unsigned long pfn = start_pfn; pfn < end_pfn; pfn += MSIM_PAGEBLOCK_PAGES) {
			if (msim_page_migratetype(machine, &machine->pages[pfn]) ==
			    MEMCGSIM_MIGRATE_ISOLATE)
				err = -EBUSY; /* somebody else's range */
		}
		if (!err)
			move_all(machine, start_pfn, end_pfn, MEMCGSIM_MIGRATE_ISOLATE);
	}
	msim_spin_unlock(&machine->zone.lock);
	msim_guest_leave(ctx, &guest);
	return err;
}

int memcgsim_undo_isolate_page_range(struct memcgsim *machine, unsigned long start_pfn,
				     unsigned long end_pfn, enum memcgsim_migratetype type)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	int err = -EINVAL;

	msim_spin_lock(&machine->zone.lock);
	if ((unsigned int)type < MEMCGSIM_MIGRATE_ISOLATE && type != MEMCGSIM_MIGRATE_HIGHATOMIC &&
	    reach(machine, start_pfn, end_pfn) &&
	    all_of_type(machine, start_pfn, end_pfn, MEMCGSIM_MIGRATE_ISOLATE)) {
		move_all(machine, start_pfn, end_pfn, type);
		err = 0;
	}
	msim_spin_unlock(&machine->zone.lock);
	msim_guest_leave(ctx, &guest);
	return err;
}

int memcgsim_init_cma_reserved_pageblock(struct memcgsim *machine, unsigned long pfn)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	int err = -EINVAL;

	msim_spin_lock(&machine->zone.lock);
	if (reach(machine, pfn, pfn + MSIM_PAGEBLOCK_PAGES)) {
		err = -EBUSY;
		if (all_of_type(machine, pfn, pfn + MSIM_PAGEBLOCK_PAGES,
				MEMCGSIM_MIGRATE_MOVABLE)) {
			msim_move_pageblock(machine, pfn, MEMCGSIM_MIGRATE_CMA);
			err = 0;
		}
	}
	msim_spin_unlock(&machine->zone.lock);
	msim_guest_leave(ctx, &guest);
	return err;
}

enum memcgsim_migratetype memcgsim_get_pageblock_migratetype(struct memcgsim *machine,
							     const struct memcgsim_page *page)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	unsigned int type = MEMCGSIM_MIGRATE_MOVABLE; /* of memory that was never used */

	msim_spin_lock(&machine->zone.lock);
	if (msim_pfn(machine, page) < machine->zone.frontier_pfn)
		type = msim_page_migratetype(machine, page);
	msim_spin_unlock(&machine->zone.lock);
	msim_guest_leave(ctx, &guest);
	return (enum memcgsim_migratetype)type;
}
