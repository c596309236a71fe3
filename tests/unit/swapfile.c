/* SPDX-License-Identifier: MIT */
/*
 * frames/swapfile: slots are given out, referred to, and free again; and what each has recorded.
 */
#include "unit.h"

#include "frames/swapfile.h"

static struct memcgsim *machine_with(void **state, unsigned long nr_swap_pages)
{
	struct memcgsim_config config = unit_config();

	config.nr_swap_pages = nr_swap_pages;
	return unit_machine(state, &config)->machine;
}

/* The swap cache gives a slot up that nobody else has. */
static void give_back(struct memcgsim *machine, unsigned long entry)
{
	assert_int_equal(msim_swap_drop(machine, entry, MSIM_SWAP_HAS_CACHE), 1);
	msim_swap_release(machine, entry);
}

/* Models: U-08. The lowest slot that is free, from 1 on; none when all are taken. */
static void lowest_slot_is_given_out(void **state)
{
	struct memcgsim *machine = machine_with(state, 3);

	assert_false(msim_swap_valid(machine, 0));
	assert_true(msim_swap_valid(machine, 3));
	assert_false(msim_swap_valid(machine, 4));
	for (unsigned long i = 1; i <= 3; i++)
		assert_int_equal(msim_swap_alloc(machine, 1), i);
	assert_int_equal(msim_swap_alloc(machine, 1), 0);
	assert_int_equal(machine->swap.nr_free, 0);
	give_back(machine, 2);
	assert_int_equal(msim_swap_alloc(machine, 1), 2);
	give_back(machine, 3);
	give_back(machine, 1);
	assert_int_equal(machine->swap.nr_free, 2);
	assert_int_equal(msim_swap_alloc(machine, 1), 1);
	give_back(machine, 1);
	give_back(machine, 2);
	assert_int_equal(machine->swap.nr_free, 3);
}

/* Models: U-08. Many are aligned and side by side, or there are none; single ones fill the gaps. */
static void many_slots_are_side_by_side(void **state)
{
	struct memcgsim *machine = machine_with(state, 11);

	assert_int_equal(msim_swap_alloc(machine, 1), 1);
	assert_int_equal(msim_swap_alloc(machine, 4), 4);
	assert_int_equal(msim_swap_alloc(machine, 2), 2);
	assert_int_equal(msim_swap_alloc(machine, 4), 8);
	assert_int_equal(machine->swap.nr_free, 0);
	give_back(machine, 5);
	give_back(machine, 6);
	assert_int_equal(msim_swap_alloc(machine, 2), 0); /* two are free, and not aligned */
	assert_int_equal(msim_swap_alloc(machine, 1), 5);
	assert_int_equal(msim_swap_alloc(machine, 1), 6);
	for (unsigned long i = 1; i <= 11; i++)
		give_back(machine, i);
}

/* Models: U-09. Page tables and the cache refer to a slot; the last one of all has it to itself. */
static void last_reference_is_told(void **state)
{
	struct memcgsim *machine = machine_with(state, 2);
	unsigned long entry = msim_swap_alloc(machine, 1);

	assert_false(msim_swap_duplicate(machine, 2)); /* it is free */
	assert_true(msim_swap_duplicate(machine, entry));
	assert_true(msim_swap_duplicate(machine, entry));
	assert_int_equal(msim_swap_count(machine, entry), 2);
	assert_int_equal(msim_swap_claim(machine, entry), -EEXIST);
	assert_int_equal(msim_swap_drop(machine, entry, MSIM_SWAP_HAS_CACHE), 0);
	assert_int_equal(msim_swap_drop(machine, entry, MSIM_SWAP_HAS_CACHE), -EINVAL);
	assert_int_equal(msim_swap_claim(machine, entry), 0);
	assert_true(msim_swap_is_claimed(machine, entry));
	assert_int_equal(msim_swap_drop(machine, entry, 1), 0);
	assert_int_equal(msim_swap_drop(machine, entry, 1), 0);
	assert_int_equal(msim_swap_drop(machine, entry, 1), -EINVAL);
	assert_int_equal(msim_swap_drop(machine, entry, MSIM_SWAP_HAS_CACHE), 1);

	/* going: nobody gets at it, and it is not free yet */
	assert_false(msim_swap_duplicate(machine, entry));
	assert_int_equal(msim_swap_claim(machine, entry), -ENOENT);
	assert_int_equal(msim_swap_drop(machine, entry, 1), -EINVAL);
	assert_int_equal(msim_swap_drop(machine, entry, MSIM_SWAP_HAS_CACHE), -EINVAL);
	assert_int_equal(msim_swap_count(machine, entry), 0);
	assert_int_equal(msim_swap_alloc(machine, 1), 2);
	give_back(machine, 2);
	msim_swap_release(machine, entry);
	assert_int_equal(msim_swap_alloc(machine, 1), entry);
	give_back(machine, entry);
}

/* Models: swap_cache_get_folio(). A slot leads to the cache's page, with a reference, unless that has none. */
static void slot_leads_to_its_page(void **state)
{
	struct memcgsim *machine = machine_with(state, 4);
	struct memcgsim_page *page;
	unsigned long entry = msim_swap_alloc(machine, 2);

	assert_int_equal(memcgsim_thread_bind(machine, 0, NULL), 0);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	msim_swap_set_folio(machine, entry, 2, page);
	assert_false(msim_swap_is_claimed(machine, entry + 1));
	assert_ptr_equal(msim_swap_get_folio(machine, entry + 1), page);
	assert_int_equal(memcgsim_page_count(page), 2);
	page->_refcount = 0; /* frozen */
	assert_null(msim_swap_get_folio(machine, entry));
	page->_refcount = 2;
	msim_swap_set_folio(machine, entry, 2, NULL);
	assert_null(msim_swap_get_folio(machine, entry));
	assert_true(msim_swap_is_claimed(machine, entry));
	memcgsim_folio_put(page);
	memcgsim_folio_put(page);
	give_back(machine, entry);
	give_back(machine, entry + 1);
}

/* Models: swap_cgroup_record(), swap_cgroup_cmpxchg(). A record is exchanged whole. */
static void record_is_exchanged(void **state)
{
	struct memcgsim *machine = machine_with(state, 1);

	assert_int_equal(msim_swap_id(machine, 1), 0);
	assert_int_equal(msim_swap_record(machine, 1, 7), 0);
	assert_int_equal(msim_swap_record(machine, 1, 8), 7);
	assert_false(msim_swap_record_cmpxchg(machine, 1, 7, 9));
	assert_true(msim_swap_record_cmpxchg(machine, 1, 8, 9));
	assert_int_equal(msim_swap_id(machine, 1), 9);
	assert_int_equal(msim_swap_record(machine, 1, 0), 9);
}

/* Models: U-08. No area, or one beyond all bounds. */
static void area_has_bounds(void **state)
{
	struct memcgsim *machine = machine_with(state, 0), *other;
	struct memcgsim_config config = unit_config();

	assert_int_equal(msim_swap_alloc(machine, 1), 0);
	assert_false(msim_swap_valid(machine, 1));
	config.nr_swap_pages = (1UL << 30) + 1;
	assert_int_equal(memcgsim_create(&config, &other), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(lowest_slot_is_given_out), unit_case(many_slots_are_side_by_side),
		unit_case(last_reference_is_told),   unit_case(slot_leads_to_its_page),
		unit_case(record_is_exchanged),	     unit_case(area_has_bounds),
	};

	return cmocka_run_group_tests_name("swapfile", tests, NULL, NULL);
}
