/* SPDX-License-Identifier: MIT */
/*
 * frames/buddy: the zone's lists, called directly; pfn numbers are a new machine's, whose memory is
 * all beyond the frontier.
 */
#include "unit.h"

#include "frames/buddy.h"
#include "frames/fallback.h"
#include "frames/page.h"

#define MAX MEMCGSIM_MAX_PAGE_ORDER

static struct unit *machine(void **state, unsigned long nr_pages)
{
	struct memcgsim_config config = unit_config();

	config.nr_pages = nr_pages;
	return unit_machine(state, &config);
}

/* The number of the block taken; -1 for none. */
static long take(struct unit *u, unsigned int order)
{
	struct memcgsim_page *page =
		msim_zone_alloc(u->machine, order, MEMCGSIM_MIGRATE_UNMOVABLE, 0);

	return page ? (long)msim_pfn(u->machine, page) : -1;
}

static void give(struct unit *u, long pfn, unsigned int order)
{
	msim_buddy_free(u->machine, &u->machine->pages[pfn], order);
}

static unsigned long bulk(struct unit *u, unsigned long count, struct msim_list *list)
{
	return msim_zone_alloc_bulk(u->machine, 0, count, list, MEMCGSIM_MIGRATE_UNMOVABLE, 0);
}

static unsigned long nr_free(struct unit *u, unsigned int order)
{
	return u->machine->zone.free_area[order].nr_free;
}

/* Where on the list of its order a block stands: 0 is the head; -1 if it is not there. */
static long place(struct unit *u, long pfn, unsigned int order)
{
	for (unsigned int type = 0; type < MEMCGSIM_MIGRATE_TYPES; type++) {
		struct msim_list *pos, *head = &u->machine->zone.free_area[order].free_list[type];
		long place = 0;

		msim_list_for_each (pos, head) {
			if (pos == &u->machine->pages[pfn].lru)
				return place;
			place++;
		}
	}
	return -1;
}

/*
 * Models: B-12. A large block is cut; the caller gets its lowest addresses, each level the
 * upper half.
 */
static void split_gives_the_lowest_and_lists_the_upper_halves(void **state)
{
	struct unit *u = machine(state, 2048);

	assert_int_equal(take(u, 0), 0);
	for (unsigned int order = 0; order < MAX; order++) {
		assert_int_equal(nr_free(u, order), 1);
		assert_int_equal(place(u, 1L << order, order), 0);
	}
	assert_int_equal(nr_free(u, MAX), 0);
	give(u, 0, 0);
}

/* Models: B-05. A free head has its type, its order, and no reference. */
static void free_head_carries_type_and_order(void **state)
{
	struct unit *u = machine(state, 1024);
	struct memcgsim_page *head;

	assert_int_equal(take(u, 4), 0);
	head = &u->machine->pages[16];
	assert_true(msim_page_has_type(head, MSIM_PGTY_BUDDY));
	assert_int_equal(head->private, 4);
	assert_int_equal(msim_page_ref_count(head), 0);
	assert_int_equal(take(u, 4), 16);
	assert_false(msim_page_has_type(head, MSIM_PGTY_BUDDY)); /* and cleared when taken */
	assert_int_equal(head->private, 0);
	give(u, 0, 4);
	give(u, 16, 4);
}

/*
 * Models: B-10, B-12. The smallest sufficient order is cut first: addresses rise.
 */
static void addresses_rise(void **state)
{
	struct unit *u = machine(state, 1024);

	for (long pfn = 0; pfn < 100; pfn++)
		assert_int_equal(take(u, 0), pfn);
	assert_int_equal(take(u, 3), 104); /* 100 is not aligned to 8 (B-04) */
	assert_int_equal(take(u, 0), 100);
	give(u, 104, 3);
	for (long pfn = 0; pfn <= 100; pfn++)
		give(u, pfn, 0);
}

/*
 * Models: B-04, B-40. Halves merge in either order, up to the largest block.
 */
static void halves_merge_up_to_the_largest_block(void **state)
{
	struct unit *u = machine(state, 1024);

	for (int reverse = 0; reverse < 2; reverse++) {
		assert_int_equal(take(u, 0), 0);
		assert_int_equal(take(u, 0), 1);
		give(u, reverse, 0);
		assert_int_equal(nr_free(u, 0), 1); /* alone: not merged */
		give(u, 1 - reverse, 0);
		assert_int_equal(nr_free(u, MAX), 1);
		assert_int_equal(u->machine->zone.free_pages, 1024);
	}
}

/* Models: B-06. A neighbour in use, or free at another order, is no buddy. */
static void free_neighbour_of_another_order_does_not_merge(void **state)
{
	struct unit *u = machine(state, 1024);

	/*  [0][1][2 3]: freed 2 as one frame, 0-1 as a pair  */
	assert_int_equal(take(u, 1), 0);
	assert_int_equal(take(u, 0), 2);
	assert_int_equal(take(u, 0), 3);
	give(u, 2, 0);
	give(u, 0, 1);
	assert_int_equal(place(u, 0, 1), 0);
	assert_int_equal(place(u, 2, 0), 0);
	give(u, 3, 0);
	assert_int_equal(nr_free(u, MAX), 1);
}

/* Models: B-40. Two of the largest blocks stay two. */
static void largest_blocks_do_not_merge(void **state)
{
	struct unit *u = machine(state, 4096);

	for (long i = 0; i < 4; i++)
		assert_int_equal(take(u, MAX), i * 1024);
	for (long i = 0; i < 4; i++)
		give(u, i * 1024, MAX);
	assert_int_equal(nr_free(u, MAX), 4);
}

/*
 * Models: B-12, B-41. Freed blocks go to the head: the last freed is the first taken.
 */
static void freed_block_goes_to_the_head(void **state)
{
	struct unit *u = machine(state, 1024);

	for (long pfn = 0; pfn < 16; pfn++)
		assert_int_equal(take(u, 0), pfn);
	give(u, 2, 0);
	give(u, 8, 0);
	give(u, 12, 0);
	assert_int_equal(place(u, 12, 0), 0);
	assert_int_equal(place(u, 8, 0), 1);
	assert_int_equal(place(u, 2, 0), 2);
	assert_int_equal(take(u, 0), 12);
	for (long pfn = 0; pfn < 16; pfn++) {
		if (pfn != 2 && pfn != 8)
			give(u, pfn, 0);
	}
	assert_int_equal(nr_free(u, MAX), 1);
}

/*
 * Models: B-41
 *
 *   frames 0 1 | 2 3      2-3 free as a pair, 0 freed while 1 is in use
 *
 * The pair above is 0-1's next-higher buddy: a merge is likely soon, so 0 goes to the tail.
 */
static void freed_block_whose_merge_is_likely_goes_to_the_tail(void **state)
{
	struct unit *u = machine(state, 1024);

	for (long pfn = 0; pfn < 16; pfn++)
		assert_int_equal(take(u, 0), pfn);
	give(u, 8, 0);
	give(u, 2, 0);
	give(u, 3, 0); /* the pair */
	assert_int_equal(place(u, 2, 1), 0);
	give(u, 0, 0);
	assert_int_equal(place(u, 8, 0), 0);
	assert_int_equal(place(u, 0, 0), 1);
	for (long pfn = 0; pfn < 16; pfn++) {
		if (pfn != 0 && pfn != 2 && pfn != 3 && pfn != 8)
			give(u, pfn, 0);
	}
	assert_int_equal(nr_free(u, MAX), 1);
}

/*
 * Models: B-01. A size that is no multiple of 4 MiB: its end is carved in ever smaller
 * blocks, none too large.
 */
static void odd_end_of_memory_is_carved_in_smaller_blocks(void **state)
{
	struct unit *u = machine(state, 1024 + 512 + 64 + 3);

	assert_int_equal(take(u, MAX), 0);
	assert_int_equal(take(u, MAX), -1); /* what is left is smaller */
	assert_int_equal(u->machine->zone.frontier_pfn, 1024);
	assert_int_equal(take(u, 9), 1024);
	assert_int_equal(take(u, 6), 1536);
	assert_int_equal(take(u, 1), 1600);
	assert_int_equal(take(u, 0), 1602);
	assert_int_equal(take(u, 0), -1);
	give(u, 1602, 0); /* its buddy would lie beyond the end */
	assert_int_equal(nr_free(u, 0), 1);
	give(u, 1600, 1);
	give(u, 1536, 6);
	give(u, 1024, 9);
	give(u, 0, MAX);
	assert_int_equal(u->machine->zone.free_pages, 1603);
}

/*
 * Models: B-10. The last frame is given, and then none; what comes back can be had again.
 */
static void exhausted_zone_gives_null(void **state)
{
	struct unit *u = machine(state, 5);

	assert_int_equal(take(u, 0), 4); /* the smallest block of what is not its own (B-10) */
	for (long pfn = 0; pfn < 4; pfn++)
		assert_int_equal(take(u, 0), pfn);
	assert_int_equal(take(u, 0), -1);
	assert_int_equal(take(u, 2), -1);
	for (long pfn = 0; pfn < 5; pfn++)
		give(u, pfn, 0);
	assert_int_equal(take(u, 2), 0);
	give(u, 0, 2);
}

/*
 * Models: B-12. In bulk: as many as there are, appended in rising addresses.
 */
static void bulk_fill_rises_and_stops_at_the_end(void **state)
{
	struct unit *u = machine(state, 1024);
	struct msim_list list, *pos;
	long pfn = 0;

	msim_list_init(&list);
	assert_int_equal(bulk(u, 4, &list), 4);
	assert_int_equal(bulk(u, 2000, &list), 1020);
	msim_list_for_each (pos, &list)
		assert_ptr_equal(pos, &u->machine->pages[pfn++].lru);
	assert_int_equal(pfn, 1024);
	while (pfn-- > 0)
		give(u, pfn, 0);
	assert_int_equal(nr_free(u, MAX), 1);
}

/*
 * Models: B-04, B-40. Random blocks of all orders, returned in another order: everything
 * merges. Seed 11.
 */
static void random_traffic_merges_back_whole(void **state)
{
	struct unit *u = machine(state, 8192);
	struct msim_rng rng = { .state = 11 };
	struct {
		long pfn;
		unsigned int order;
	} held[64];
	unsigned int nr = 0;

	for (int step = 0; step < 2000; step++) {
		if (nr < 64 && msim_rng_below(&rng, 2)) {
			held[nr].order = msim_rng_below(&rng, 8);
			held[nr].pfn = take(u, held[nr].order);
			assert_int_equal(held[nr].pfn & ((1L << held[nr].order) - 1), 0); /* B-04 */
			nr++;
		} else if (nr > 0) {
			unsigned int i = msim_rng_below(&rng, nr);

			give(u, held[i].pfn, held[i].order);
			held[i] = held[--nr];
		}
	}
	while (nr-- > 0)
		give(u, held[nr].pfn, held[nr].order);
	assert_int_equal(nr_free(u, MAX) * 1024, u->machine->zone.frontier_pfn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(split_gives_the_lowest_and_lists_the_upper_halves),
		unit_case(free_head_carries_type_and_order),
		unit_case(addresses_rise),
		unit_case(halves_merge_up_to_the_largest_block),
		unit_case(free_neighbour_of_another_order_does_not_merge),
		unit_case(largest_blocks_do_not_merge),
		unit_case(freed_block_goes_to_the_head),
		unit_case(freed_block_whose_merge_is_likely_goes_to_the_tail),
		unit_case(odd_end_of_memory_is_carved_in_smaller_blocks),
		unit_case(exhausted_zone_gives_null),
		unit_case(bulk_fill_rises_and_stops_at_the_end),
		unit_case(random_traffic_merges_back_whole),
	};

	return cmocka_run_group_tests_name("buddy", tests, NULL, NULL);
}
