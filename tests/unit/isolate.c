/* SPDX-License-Identifier: MIT */
/*
 * frames/isolate: pageblocks that are taken from everybody, or given to CMA.
 */
#include "unit.h"

#include "frames/page.h"
#include "frames/pageblock.h"

#define KERNEL MEMCGSIM_GFP_KERNEL
#define BLOCK  MSIM_PAGEBLOCK_PAGES

/* Four pageblocks, all of them movable, and a thread on CPU 0. */
static struct unit *machine(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_pages = 4 * BLOCK;
	config.min_free_kbytes = 0;
	u = unit_machine(state, &config);
	unit_run(u, 0, NULL);
	return u;
}

static unsigned long free_pages(struct unit *u)
{
	struct memcgsim_zone_info info;

	memcgsim_get_zone_info(u->machine, &info);
	return info.free_pages;
}

/* Models: B-14, B-40. Isolated memory is nobody's and not free; undone, all merges again. */
static void isolated_memory_is_not_free(void **state)
{
	struct unit *u = machine(state);

	assert_int_equal(memcgsim_start_isolate_page_range(u->machine, BLOCK, 3 * BLOCK), 0);
	assert_int_equal(free_pages(u), 2 * BLOCK);
	assert_int_equal(memcgsim_get_pageblock_migratetype(u->machine, &u->machine->pages[BLOCK]),
			 MEMCGSIM_MIGRATE_ISOLATE);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	for (unsigned int i = 0; i < 2; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 9);

		assert_true(msim_pfn(u->machine, page) % (3 * BLOCK) == 0); /* 0 or 3 */
		if (i)
			assert_null(memcgsim_alloc_pages(KERNEL, 9));
		unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	}
	memcgsim___free_pages(&u->machine->pages[0], 9);
	memcgsim___free_pages(&u->machine->pages[3 * BLOCK], 9);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->zone.free_area[10].nr_free, 0);
	assert_int_equal(memcgsim_undo_isolate_page_range(u->machine, BLOCK, 3 * BLOCK,
							  MEMCGSIM_MIGRATE_MOVABLE),
			 0);
	assert_int_equal(free_pages(u), 4 * BLOCK);
	assert_int_equal(u->machine->zone.free_area[10].nr_free, 2);
}

/* Models: B-14, B-42. What is freed there does not become free. */
static void page_freed_into_isolated_memory_stays_there(void **state)
{
	struct unit *u = machine(state);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 0);

	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* empties the lists */
	assert_int_equal(memcgsim_start_isolate_page_range(u->machine, 0, BLOCK), 0);
	memcgsim___free_pages(page, 0);
	assert_int_equal(u->machine->cpus[0].pcp.count_pages, 0);
	assert_int_equal(free_pages(u), 3 * BLOCK);
	assert_true(memcgsim_page_is_type(page, MEMCGSIM_PGTY_BUDDY));
	assert_int_equal(memcgsim_undo_isolate_page_range(u->machine, 0, BLOCK,
							  MEMCGSIM_MIGRATE_RECLAIMABLE),
			 0);
	assert_int_equal(free_pages(u), 4 * BLOCK);
}

/*
 * Models: B-14, B-40. A block of two pageblocks, one of which was isolated meanwhile: each half goes
 * where it belongs, and they merge when they may.
 */
static void block_half_isolated_while_in_use_is_freed_in_halves(void **state)
{
	struct unit *u = machine(state);

	for (unsigned long half = 0; half < 2; half++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 10);
		unsigned long pfn = msim_pfn(u->machine, page) + half * BLOCK;

		assert_int_equal(memcgsim_start_isolate_page_range(u->machine, pfn, pfn + BLOCK),
				 0);
		memcgsim___free_pages(page, 10);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(free_pages(u), 3 * BLOCK);
		assert_int_equal(memcgsim_undo_isolate_page_range(u->machine, pfn, pfn + BLOCK,
								  MEMCGSIM_MIGRATE_UNMOVABLE),
				 0);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(free_pages(u), 4 * BLOCK);
		assert_int_equal(u->machine->zone.free_area[9].nr_free, 0);
	}
}

/* Models: B-11, B-14. CMA's pageblock serves movable allocations, and no others. */
static void cma_serves_movable_allocations_only(void **state)
{
	struct unit *u = machine(state);
	struct memcgsim_zone_info info;
	struct memcgsim_page *page;

	for (unsigned long i = 0; i < 4; i++)
		assert_int_equal(memcgsim_init_cma_reserved_pageblock(u->machine, i * BLOCK), 0);
	assert_int_equal(memcgsim_init_cma_reserved_pageblock(u->machine, 0), -EBUSY);
	memcgsim_get_zone_info(u->machine, &info);
	assert_int_equal(info.free_cma_pages, 4 * BLOCK);
	assert_null(memcgsim_alloc_pages(KERNEL, 0));
	assert_null(memcgsim_alloc_pages(KERNEL, 3));
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_HIGHUSER_MOVABLE, 3);
	assert_non_null(page);
	memcgsim___free_pages(page, 3);
}

/* Models: pageblock.h. Ranges and types that cannot be. */
static void ranges_and_types_that_cannot_be_are_refused(void **state)
{
	struct unit *u = machine(state);
	struct memcgsim *m = u->machine;
	enum memcgsim_migratetype movable = MEMCGSIM_MIGRATE_MOVABLE;

	assert_int_equal(memcgsim_start_isolate_page_range(m, 1, BLOCK), -EINVAL);
	assert_int_equal(memcgsim_start_isolate_page_range(m, 0, BLOCK + 1), -EINVAL);
	assert_int_equal(memcgsim_start_isolate_page_range(m, BLOCK, BLOCK), -EINVAL);
	assert_int_equal(memcgsim_start_isolate_page_range(m, 0, 5 * BLOCK), -EINVAL);
	assert_int_equal(memcgsim_init_cma_reserved_pageblock(m, 8), -EINVAL);
	assert_int_equal(memcgsim_init_cma_reserved_pageblock(m, 4 * BLOCK), -EINVAL);
	assert_int_equal(memcgsim_undo_isolate_page_range(m, 0, BLOCK, movable), -EINVAL);
	assert_int_equal(memcgsim_start_isolate_page_range(m, 0, BLOCK), 0);
	assert_int_equal(memcgsim_start_isolate_page_range(m, 0, 2 * BLOCK), -EBUSY);
	assert_int_equal(memcgsim_undo_isolate_page_range(m, 0, 2 * BLOCK, movable), -EINVAL);
	assert_int_equal(memcgsim_undo_isolate_page_range(m, 0, BLOCK, MEMCGSIM_MIGRATE_HIGHATOMIC),
			 -EINVAL);
	assert_int_equal(memcgsim_undo_isolate_page_range(m, 0, BLOCK, MEMCGSIM_MIGRATE_TYPES),
			 -EINVAL);
	assert_int_equal(memcgsim_undo_isolate_page_range(m, 0, BLOCK, movable), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(isolated_memory_is_not_free),
		unit_case(page_freed_into_isolated_memory_stays_there),
		unit_case(block_half_isolated_while_in_use_is_freed_in_halves),
		unit_case(cma_serves_movable_allocations_only),
		unit_case(ranges_and_types_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests_name("isolate", tests, NULL, NULL);
}
