/* SPDX-License-Identifier: MIT */
/*
 * Pageblocks: 2^%MEMCGSIM_PAGEBLOCK_ORDER frames that are for one kind of memory.
 */
#ifndef MEMCGSIM_PAGEBLOCK_H
#define MEMCGSIM_PAGEBLOCK_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * enum memcgsim_migratetype - what a pageblock's frames are for
 * @MEMCGSIM_MIGRATE_UNMOVABLE: kernel memory that stays where it is
 * @MEMCGSIM_MIGRATE_MOVABLE: memory of users; every pageblock in the beginning
 * @MEMCGSIM_MIGRATE_RECLAIMABLE: kernel memory that can be given up
 * @MEMCGSIM_MIGRATE_HIGHATOMIC: set aside for blocks that somebody needs who cannot wait
 * @MEMCGSIM_MIGRATE_CMA: movable allocations only
 * @MEMCGSIM_MIGRATE_ISOLATE: for nobody
 * @MEMCGSIM_MIGRATE_TYPES: how many there are
 */
enum memcgsim_migratetype {
	MEMCGSIM_MIGRATE_UNMOVABLE,
	MEMCGSIM_MIGRATE_MOVABLE,
	MEMCGSIM_MIGRATE_RECLAIMABLE,
	MEMCGSIM_MIGRATE_HIGHATOMIC,
	MEMCGSIM_MIGRATE_CMA,
	MEMCGSIM_MIGRATE_ISOLATE,
	MEMCGSIM_MIGRATE_TYPES,
};

/**
 * memcgsim_get_pageblock_migratetype() - the type of the pageblock that a page lies in
 * @machine: the machine that the page belongs to
 * @page: the page
 *
 * Context: any thread; the answer may be old when it comes.
 * Return: the type.
 * Models: get_pageblock_migratetype(), include/linux/mmzone.h (B-03)
 * Differs: none known
 */
enum memcgsim_migratetype memcgsim_get_pageblock_migratetype(struct memcgsim *machine,
							     const struct memcgsim_page *page);

/**
 * memcgsim_start_isolate_page_range() - nobody gets frames of these pageblocks any more
 * @machine: the machine
 * @start_pfn: the first frame, a pageblock's first
 * @end_pfn: behind the last pageblock
 *
 * What is free there is not counted as free, and what is freed there goes straight to the buddy
 * allocator; frames that lie on a CPU's list stay there.
 *
 * Context: any thread.
 * Return: 0; -EINVAL for a range that is none of whole pageblocks; -EBUSY if a part is isolated
 * already.
 * Models: start_isolate_page_range(), mm/page_isolation.c (B-14)
 * Differs: does not ask whether what is in use there could be moved away
 */
MEMCGSIM_MUST_CHECK int memcgsim_start_isolate_page_range(struct memcgsim *machine,
							  unsigned long start_pfn,
							  unsigned long end_pfn);

/**
 * memcgsim_undo_isolate_page_range() - the pageblocks are there for allocations again
 * @machine: the machine
 * @start_pfn: as isolated
 * @end_pfn: as isolated
 * @type: what they are for; not %MEMCGSIM_MIGRATE_HIGHATOMIC, which the allocator gives itself
 *
 * Context: any thread.
 * Return: 0; -EINVAL for a type or a range that cannot be, or that is not isolated throughout.
 * Models: undo_isolate_page_range(), mm/page_isolation.c (B-14)
 * Differs: none known
 */
int memcgsim_undo_isolate_page_range(struct memcgsim *machine, unsigned long start_pfn,
				     unsigned long end_pfn, enum memcgsim_migratetype type);

/**
 * memcgsim_init_cma_reserved_pageblock() - give a pageblock to CMA
 * @machine: the machine
 * @pfn: its first frame
 *
 * Context: any thread.
 * Return: 0; -EINVAL for a frame that begins no pageblock; -EBUSY for one that is not movable.
 * Models: init_cma_reserved_pageblock(), mm/mm_init.c (B-11, B-14)
 * Differs: at any time, and of a pageblock that is in use
 */
MEMCGSIM_MUST_CHECK int memcgsim_init_cma_reserved_pageblock(struct memcgsim *machine,
							     unsigned long pfn);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_PAGEBLOCK_H */
