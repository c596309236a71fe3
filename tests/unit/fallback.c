/* SPDX-License-Identifier: MIT */
/*
 * frames/fallback: memory of another type, whole pageblocks rather than parts; called directly.
 */
#include "unit.h"

#include "frames/buddy.h"
#include "frames/fallback.h"
#include "frames/page.h"
#include "frames/pageblock.h"

#define UNMOVABLE   MEMCGSIM_MIGRATE_UNMOVABLE
#define MOVABLE	    MEMCGSIM_MIGRATE_MOVABLE
#define RECLAIMABLE MEMCGSIM_MIGRATE_RECLAIMABLE
#define HIGHATOMIC  MEMCGSIM_MIGRATE_HIGHATOMIC
#define CMA	    MEMCGSIM_MIGRATE_CMA
#define BLOCK	    ((long)MSIM_PAGEBLOCK_PAGES)

/* So many pageblocks. */
static struct unit *machine(void **state, unsigned long nr_blocks)
{
	struct memcgsim_config config = unit_config();

	config.nr_pages = nr_blocks * MSIM_PAGEBLOCK_PAGES;
	return unit_machine(state, &config);
}

static long take(struct unit *u, unsigned int order, unsigned int type, unsigned int flags)
{
	struct memcgsim_page *page = msim_zone_alloc(u->machine, order, type, flags);

	return page ? (long)msim_pfn(u->machine, page) : -1;
}

static void give(struct unit *u, long pfn, unsigned int order)
{
	msim_buddy_free(u->machine, &u->machine->pages[pfn], order);
}

static unsigned int type_of(struct unit *u, long pfn)
{
	return memcgsim_get_pageblock_migratetype(u->machine, &u->machine->pages[pfn]);
}

static void retype(struct unit *u, long pfn, unsigned int type)
{
	while (u->machine->zone.frontier_pfn <= (unsigned long)pfn) {
		msim_spin_lock(&u->machine->zone.lock);
		assert_true(msim_buddy_carve(u->machine));
		msim_spin_unlock(&u->machine->zone.lock);
	}
	msim_spin_lock(&u->machine->zone.lock);
	msim_move_pageblock(u->machine, (unsigned long)pfn, type);
	msim_spin_unlock(&u->machine->zone.lock);
}

static void note_lists(const struct memcgsim_violation *violation, void *arg)
{
	unsigned int *count = arg;

	if (strncmp(violation->id, "I-BUDDY", 7))
		return; /* of blocks that are taken like this nobody knows */
	unit_print_violation(violation, NULL);
	++*count;
}

/* The lists are as they must be. */
static void assert_lists(struct unit *u)
{
	unsigned int count = 0;

	assert_true(memcgsim_check(u->machine, MEMCGSIM_CHECK_Q, note_lists, &count) >= 0);
	assert_int_equal(count, 0);
}

/* Models: B-03, B-13. Memory is movable until somebody else claims a largest block of it. */
static void new_memory_is_movable_and_claimed_in_largest_blocks(void **state)
{
	struct unit *u = machine(state, 6);

	assert_int_equal(type_of(u, 0), MOVABLE);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), 0);
	assert_int_equal(type_of(u, 0), UNMOVABLE);
	assert_int_equal(type_of(u, BLOCK), UNMOVABLE); /* 2^10 frames: two pageblocks */
	assert_int_equal(type_of(u, 2 * BLOCK), MOVABLE);
	assert_int_equal(take(u, 0, MOVABLE, 0), 2 * BLOCK);
	assert_int_equal(type_of(u, 2 * BLOCK), MOVABLE);
	assert_int_equal(take(u, 0, RECLAIMABLE, 0), 4 * BLOCK);
	assert_int_equal(type_of(u, 5 * BLOCK), RECLAIMABLE);
	assert_lists(u);
	give(u, 0, 0);
	give(u, 4 * BLOCK, 0);
	give(u, 2 * BLOCK, 0);
}

/*
 * Models: B-13
 *
 *   block 0 RECLAIMABLE, 1 MOVABLE, 2 UNMOVABLE: each has order 9 free, and a type nothing
 *
 * Who is asked first, by the type that has nothing.
 */
static void fallbacks_are_asked_in_their_order(void **state)
{
	static const unsigned char order[3][3] = {
		{ UNMOVABLE, RECLAIMABLE, MOVABLE },
		{ MOVABLE, RECLAIMABLE, UNMOVABLE },
		{ RECLAIMABLE, UNMOVABLE, MOVABLE },
	};

	for (unsigned int i = 0; i < 3; i++) {
		unsigned int first = order[i][1], second = order[i][2];
		struct unit *u = machine(state, 3);
		long blocks[3] = { 0, BLOCK, 2 * BLOCK };

		/* block 0 is in use, 1 is the second choice's, 2 the first's */
		assert_int_equal(take(u, 9, MOVABLE, 0), 0);
		retype(u, blocks[2], first);
		retype(u, blocks[1], second);
		assert_int_equal(take(u, 9, order[i][0], 0), blocks[2]);
		assert_int_equal(take(u, 9, order[i][0], 0), blocks[1]);
		assert_int_equal(take(u, 9, order[i][0], 0), -1);
		for (unsigned int k = 0; k < 3; k++)
			give(u, blocks[k], 9);
		assert_int_equal(unit_teardown(state), 0);
		*state = NULL;
	}
}

/*
 * Models: B-10, B-13. The largest block is claimed, the smallest stolen: UNMOVABLE takes a pageblock
 * of which half is free; MOVABLE leaves the pageblock of a small block alone.
 */
static void pageblock_is_claimed_if_half_of_it_is_free(void **state)
{
	struct unit *u = machine(state, 1);

	assert_int_equal(take(u, 8, MOVABLE, 0), 0); /* the other half is free */
	memcgsim_set_page_flag(&u->machine->pages[0], MEMCGSIM_PG_LRU);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), 256);
	assert_int_equal(type_of(u, 0), UNMOVABLE);
	assert_lists(u);
	give(u, 256, 0);
	memcgsim_clear_page_flag(&u->machine->pages[0], MEMCGSIM_PG_LRU);
	give(u, 0, 8);
}

/* Models: B-10, B-13. Less than half free, and movable: a part is stolen, the type stays. */
static void part_is_stolen_where_movable_memory_is_in_use(void **state)
{
	struct unit *u = machine(state, 1);

	assert_int_equal(take(u, 8, MOVABLE, 0), 0);
	assert_int_equal(take(u, 7, MOVABLE, 0), 256);
	for (unsigned int i = 0; i < 384; i++) /* all of it could be moved away */
		memcgsim_set_page_flag(&u->machine->pages[i], MEMCGSIM_PG_LRU);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), 384);
	assert_int_equal(type_of(u, 0), MOVABLE);
	assert_int_equal(take(u, 1, UNMOVABLE, MSIM_ALLOC_NOFRAGMENT), -1); /* not even that */
	for (unsigned int i = 0; i < 384; i++)
		memcgsim_clear_page_flag(&u->machine->pages[i], MEMCGSIM_PG_LRU);
	assert_int_equal(take(u, 1, UNMOVABLE, 0), 386); /* the rest is alike, for all one knows */
	assert_int_equal(type_of(u, 0), UNMOVABLE);
	give(u, 384, 0);
	give(u, 386, 1);
	give(u, 0, 8);
	give(u, 256, 7);
}

/*
 * Models: B-10, B-13. Movable memory claims no pageblock for less than an order of 4: it steals the
 * smallest block there is.
 */
static void movable_memory_steals_the_smallest(void **state)
{
	struct unit *u = machine(state, 1);

	retype(u, 0, UNMOVABLE);
	assert_int_equal(take(u, 8, UNMOVABLE, 0), 0);
	assert_int_equal(take(u, 7, UNMOVABLE, 0), 256);
	assert_int_equal(take(u, 6, UNMOVABLE, 0), 384);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), 448); /* leaves 1, 2, 4 ... 32 frames */
	assert_int_equal(take(u, 0, MOVABLE, 0), 449);
	assert_int_equal(type_of(u, 0), UNMOVABLE);
	give(u, 448, 0);
	give(u, 449, 0);
	give(u, 384, 6);
	give(u, 256, 7);
	give(u, 0, 8);
}

/* Models: B-40. Pageblocks of types that may be mixed merge, and are one type then. */
static void merged_pageblock_takes_the_type_of_the_one_freed(void **state)
{
	struct unit *u = machine(state, 2);

	assert_int_equal(take(u, 9, MOVABLE, 0), 0);
	assert_int_equal(take(u, 9, UNMOVABLE, 0), BLOCK);
	assert_int_equal(type_of(u, BLOCK), UNMOVABLE);
	give(u, 0, 9);
	give(u, BLOCK, 9);
	assert_int_equal(type_of(u, 0), UNMOVABLE);
	assert_int_equal(u->machine->zone.free_area[10].nr_free, 1);
}

/* Models: B-40. CMA's does not merge with another type's; with its own it does. */
static void pageblock_of_its_own_kind_stays_apart(void **state)
{
	struct unit *u = machine(state, 2);

	assert_int_equal(take(u, 9, MOVABLE, 0), 0);
	retype(u, BLOCK, CMA);
	give(u, 0, 9);
	assert_int_equal(u->machine->zone.free_area[9].nr_free, 2);
	assert_lists(u); /* I-BUDDY-MAX does not ask for it */
	retype(u, 0, CMA);
	assert_int_equal(u->machine->zone.free_area[10].nr_free, 1);
}

/*
 * Models: B-10, B-11, B-14. CMA's memory is for who may have it: before anything else while it is
 * more than half of what is free, and after its own type otherwise.
 */
static void movable_memory_comes_from_cma_while_most_is_there(void **state)
{
	struct unit *u = machine(state, 4);

	retype(u, 0, CMA);
	assert_int_equal(u->machine->zone.free_cma_pages, BLOCK);
	assert_int_equal(take(u, 9, MOVABLE, MSIM_ALLOC_CMA), BLOCK); /* a quarter: not yet */
	assert_int_equal(take(u, 10, MOVABLE, MSIM_ALLOC_CMA), 2 * BLOCK);
	assert_int_equal(take(u, 0, MOVABLE, 0), -1); /* not without being allowed */
	assert_int_equal(take(u, 0, UNMOVABLE, 0), -1);
	assert_int_equal(take(u, 0, MOVABLE, MSIM_ALLOC_CMA), 0);
	give(u, BLOCK, 9);
	give(u, 0, 0);
	assert_int_equal(take(u, 0, MOVABLE, MSIM_ALLOC_CMA), BLOCK); /* a half is not more */
	assert_int_equal(take(u, 0, MOVABLE, MSIM_ALLOC_CMA), 0);
	assert_int_equal(u->machine->zone.free_cma_pages, BLOCK - 1);
	give(u, 0, 0);
	give(u, BLOCK, 0);
	give(u, 2 * BLOCK, 10);
}

/*
 * Models: B-14. Set aside for those that cannot wait: one frame in a hundred, in pageblocks; it is
 * given up one by one, the last only if it must be.
 */
static void reserve_for_atomic_blocks_is_bounded_and_given_back(void **state)
{
	struct unit *u = machine(state, 128); /* 655 frames: two pageblocks */
	struct msim_zone *zone = &u->machine->zone;
	long pfn[4];

	pfn[0] = take(u, 3, UNMOVABLE, 0);
	for (int i = 0; i < 2; i++) { /* the second time it is there already */
		msim_reserve_highatomic(u->machine, &u->machine->pages[pfn[0]], 3);
		assert_int_equal(type_of(u, pfn[0]), HIGHATOMIC);
		assert_int_equal(zone->reserved_highatomic_pages, BLOCK);
		assert_int_equal(zone->free_highatomic_pages, BLOCK - 8);
		assert_lists(u);
	}
	pfn[1] = take(u, 3, UNMOVABLE, MSIM_ALLOC_HIGHATOMIC);
	assert_int_equal(pfn[1], pfn[0] + 8);
	pfn[2] = take(u, 3, UNMOVABLE, 0);
	msim_reserve_highatomic(u->machine, &u->machine->pages[pfn[2]], 3);
	assert_int_equal(zone->reserved_highatomic_pages, 2 * BLOCK);
	pfn[3] = take(u, 3, UNMOVABLE, 0);
	msim_reserve_highatomic(u->machine, &u->machine->pages[pfn[3]], 3);
	assert_int_equal(zone->reserved_highatomic_pages, 2 * BLOCK);
	assert_int_equal(type_of(u, pfn[3]), UNMOVABLE);
	assert_true(msim_unreserve_highatomic(u->machine, UNMOVABLE, false));
	assert_int_equal(zone->reserved_highatomic_pages, BLOCK);
	assert_lists(u);
	assert_false(msim_unreserve_highatomic(u->machine, UNMOVABLE, false));
	assert_true(msim_unreserve_highatomic(u->machine, UNMOVABLE, true));
	assert_false(msim_unreserve_highatomic(u->machine, UNMOVABLE, true));
	assert_int_equal(zone->free_highatomic_pages, 0);
	for (int i = 0; i < 4; i++)
		give(u, pfn[i], 3);
}

/* Models: B-14. A small machine has no such reserve; a caller that may not fail has what there is. */
static void who_cannot_wait_may_use_the_reserve(void **state)
{
	struct unit *u = machine(state, 2);

	assert_int_equal(take(u, 9, UNMOVABLE, 0), 0);
	msim_reserve_highatomic(u->machine, u->machine->pages, 9);
	assert_int_equal(u->machine->zone.reserved_highatomic_pages, 0);
	retype(u, BLOCK, HIGHATOMIC);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), -1);
	assert_int_equal(take(u, 0, UNMOVABLE, MSIM_ALLOC_NON_BLOCK), BLOCK);
	give(u, BLOCK, 0);
	assert_int_equal(take(u, 0, UNMOVABLE, MSIM_ALLOC_OOM), BLOCK);
	give(u, BLOCK, 0);
	give(u, 0, 9);
}

/*
 * Models: B-06
 *
 *   debug_guardpage_minorder 2: of 16 frames, one wanted: [0] and guards [1], [2 3]
 *
 * Guards lie on no list and are not free; they merge when what they guard comes back.
 */
static void guards_are_put_aside_and_merge_again(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.debug_guardpage_minorder = 2;
	u = unit_machine(state, &config);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), 0);
	assert_true(memcgsim_page_is_type(&u->machine->pages[1], MEMCGSIM_PGTY_GUARD));
	assert_true(memcgsim_page_is_type(&u->machine->pages[2], MEMCGSIM_PGTY_GUARD));
	assert_true(memcgsim_page_is_type(&u->machine->pages[4], MEMCGSIM_PGTY_BUDDY));
	assert_int_equal(u->machine->zone.free_pages, 1024 - 4);
	assert_lists(u);
	assert_int_equal(take(u, 0, UNMOVABLE, 0), 4); /* never the guards */
	give(u, 0, 0);
	assert_int_equal(u->machine->zone.free_pages, 1024 - 4);
	give(u, 4, 0);
	assert_int_equal(u->machine->zone.free_pages, 1024);
	assert_int_equal(u->machine->zone.free_area[10].nr_free, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(new_memory_is_movable_and_claimed_in_largest_blocks),
		unit_case(fallbacks_are_asked_in_their_order),
		unit_case(pageblock_is_claimed_if_half_of_it_is_free),
		unit_case(part_is_stolen_where_movable_memory_is_in_use),
		unit_case(movable_memory_steals_the_smallest),
		unit_case(merged_pageblock_takes_the_type_of_the_one_freed),
		unit_case(pageblock_of_its_own_kind_stays_apart),
		unit_case(movable_memory_comes_from_cma_while_most_is_there),
		unit_case(reserve_for_atomic_blocks_is_bounded_and_given_back),
		unit_case(who_cannot_wait_may_use_the_reserve),
		unit_case(guards_are_put_aside_and_merge_again),
	};

	return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
