/* SPDX-License-Identifier: MIT */
/*
 * alloc/page_bulk: many single pages at once, or not so many.
 */
#include "unit.h"

#include "frames/page.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static void free_array(struct memcgsim_page **array, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (array[i])
			memcgsim___free_pages(array[i], 0);
	}
}

/* Models: B-32, section 17. All slots, in one call, with one reference each; ZERO is for each of them. */
static void array_is_filled_at_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *array[200] = { NULL };
	unsigned long dirty = 0;

	memset(u->machine->memory, 0xa5, 200 * MEMCGSIM_PAGE_SIZE);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL | MEMCGSIM___GFP_ZERO, 200, array),
			 200);
	for (unsigned int i = 0; i < 200; i++) {
		char *memory = memcgsim_page_address(u->machine, array[i]);

		assert_int_equal(memcgsim_page_count(array[i]), 1);
		assert_int_equal(msim_pfn(u->machine, array[i]), i); /* B-12 */
		dirty += memory[0] != 0 || memory[4095] != 0;
	}
	assert_int_equal(dirty, 0);
	free_array(array, 200);
}

/* Models: B-32. Slots that have a page are skipped, and count. */
static void slots_with_pages_are_skipped(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *array[8] = { NULL }, *mine[3];

	(void)u;
	for (unsigned int i = 0; i < 3; i++)
		mine[i] = memcgsim_alloc_pages(KERNEL, 0);
	array[0] = mine[0];
	array[3] = mine[1];
	array[7] = mine[2];
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 8, array), 8);
	assert_ptr_equal(array[0], mine[0]);
	assert_ptr_equal(array[3], mine[1]);
	assert_ptr_equal(array[7], mine[2]);
	for (unsigned int i = 0; i < 8; i++)
		assert_non_null(array[i]);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 8, array), 8); /* nothing to do */
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 0, array), 0);
	free_array(array, 8);
}

/*
 * Models: B-32, section 17. Pages to be charged come one a call, by the front door, and what stands behind the
 * slot is not looked at.
 */
static void accounted_pages_come_one_a_call(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *array[4] = { NULL };

	array[1] = memcgsim_alloc_pages(KERNEL, 0);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(ACCOUNT, 4, array), 1);
	assert_non_null(array[0]);
	assert_null(array[2]);
	assert_int_equal(memcgsim_page_memcg_data(array[0]),
			 (unsigned long)unit_memcg(u, "a")->objcg | MEMCGSIM_MEMCG_DATA_KMEM);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(ACCOUNT, 4, array), 3);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(ACCOUNT, 4, array), 4);
	free_array(array, 4);
}

/* Models: B-32. Until a memcg besides the root exists nothing is accounted, so all come at once. */
static void without_memcgs_accounted_pages_come_at_once(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_page *array[4] = { NULL };

	unit_run(u, 0, NULL);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(ACCOUNT, 4, array), 4);
	free_array(array, 4);
}

/* Models: B-32, B-30. The charge refused, nothing has come. */
static void refused_charge_leaves_the_slot_empty(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *array[2] = { NULL };
	struct memcgsim_list_head list;

	unit_write(u, "a/memory.max", "0");
	memcgsim_INIT_LIST_HEAD(&list);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(ACCOUNT, 2, array), 0);
	assert_int_equal(memcgsim_alloc_pages_bulk_list(ACCOUNT, 2, &list), 0);
	assert_null(array[0]);
	assert_null(memcgsim_page_list_pop(&list));
}

/* Models: B-32. As many as there are; then none. */
static void partial_result_is_normal(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *array[40] = { NULL };
	struct unit *u;

	config.nr_pages = 30;
	config.min_free_kbytes = 0;
	config.pcp_high_pages = 0; /* all that is free is the zone's */
	u = unit_machine(state, &config);
	unit_run(u, 0, NULL);
	array[35] = array[38] = u->machine->pages; /* anything: it is not looked at */
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 20, array), 20);
	/* more than there are above the mark: one at a time */
	for (unsigned int i = 20; i < 30; i++)
		assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 40, array), i + 1);
	assert_null(array[30]);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 40, array), 30);
	free_array(array, 30);
}

/*
 * Models: B-32. No mark is passed by asking for more than can be added to it: then, too, one page at
 * a time.
 */
static void more_than_all_memory_is_above_the_mark(void **state)
{
	static const unsigned long many[] = { 1UL << 40, ~0UL, ~0UL - 100 };
	struct unit *u = unit_world(state, NULL);

	(void)u;
	for (unsigned int i = 0; i < 3; i++) {
		struct memcgsim_list_head list;

		memcgsim_INIT_LIST_HEAD(&list);
		assert_int_equal(memcgsim_alloc_pages_bulk_list(KERNEL, many[i], &list), 1);
		memcgsim_put_pages_list(&list);
	}
}

/* Models: B-32. One wanted page, or armed faults: the ways of the single allocation. */
static void single_page_and_fault_take_the_front_door(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *array[3] = { NULL };
	struct memcgsim_list_head list;

	memcgsim_INIT_LIST_HEAD(&list);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 1, array), 1);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 3, array), 1);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_int_equal(memcgsim_alloc_pages_bulk_list(KERNEL, 3, &list), 0);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	free_array(array, 3);
}

/* Models: B-32, put_pages_list(). Each page goes to the list's head; all are put at once. */
static void list_takes_each_page_at_its_head(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_list_head list;

	memcgsim_INIT_LIST_HEAD(&list);
	assert_int_equal(memcgsim_alloc_pages_bulk_list(KERNEL, 0, &list), 0);
	assert_int_equal(memcgsim_alloc_pages_bulk_list(KERNEL, 4, &list), 4);
	assert_int_equal(memcgsim_alloc_pages_bulk_list(ACCOUNT, 4, &list), 1);
	for (int pfn = 4; pfn >= 3; pfn--) {
		struct memcgsim_page *page = memcgsim_page_list_pop(&list);

		assert_int_equal(msim_pfn(u->machine, page), pfn);
		memcgsim___free_pages(page, 0);
	}
	memcgsim_put_pages_list(&list);
	assert_null(memcgsim_page_list_pop(&list));
}

/* Models: B-17. A page on the list that is bad is dropped: one fewer comes. */
static void bad_page_is_dropped_from_the_batch(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *array[3] = { NULL }, *bad = memcgsim_alloc_pages(KERNEL, 0);

	memcgsim___free_pages(bad, 0);
	bad->mapcount_or_type = 1;
	unit_allow_bugs(u, 1);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 3, array), 2);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	free_array(array, 2);
	assert_int_equal(u->machine->zone.leaked_pages, 1);
}

/* Models: page.h. A thread that is not bound gets no page. */
static void unbound_thread_gets_none(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_page *array[2] = { NULL };
	struct memcgsim_list_head list;

	(void)u;
	memcgsim_INIT_LIST_HEAD(&list);
	assert_int_equal(memcgsim_alloc_pages_bulk_array(KERNEL, 2, array), 0);
	assert_int_equal(memcgsim_alloc_pages_bulk_list(KERNEL, 2, &list), 0);
	memcgsim_put_pages_list(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(array_is_filled_at_once),
		unit_case(slots_with_pages_are_skipped),
		unit_case(accounted_pages_come_one_a_call),
		unit_case(without_memcgs_accounted_pages_come_at_once),
		unit_case(refused_charge_leaves_the_slot_empty),
		unit_case(partial_result_is_normal),
		unit_case(more_than_all_memory_is_above_the_mark),
		unit_case(single_page_and_fault_take_the_front_door),
		unit_case(list_takes_each_page_at_its_head),
		unit_case(bad_page_is_dropped_from_the_batch),
		unit_case(unbound_thread_gets_none),
	};

	return cmocka_run_group_tests_name("page_bulk", tests, NULL, NULL);
}
