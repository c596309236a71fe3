/* SPDX-License-Identifier: MIT */
/*
 * frames/page_flags: types, flags and mappings of pages.
 */
#include "unit.h"

#include "frames/page.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static const struct {
	enum memcgsim_pagetype type;
	void (*set)(struct memcgsim_page *page);
	void (*clear)(struct memcgsim_page *page);
} types[] = {
	{ MEMCGSIM_PGTY_OFFLINE, memcgsim___SetPageOffline, memcgsim___ClearPageOffline },
	{ MEMCGSIM_PGTY_TABLE, memcgsim___SetPageTable, memcgsim___ClearPageTable },
	{ MEMCGSIM_PGTY_GUARD, memcgsim___SetPageGuard, memcgsim___ClearPageGuard },
};

#define NR_TYPES (sizeof(types) / sizeof(types[0]))

/* Models: B-07. A page has one type or none; setting twice and clearing twice change nothing. */
static void page_has_one_type_or_none(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 0);

	for (unsigned int i = 0; i < NR_TYPES; i++) {
		unsigned int other = (i + 1) % NR_TYPES;

		types[i].clear(page);
		assert_false(memcgsim_page_has_type(page));
		types[i].set(page);
		types[i].set(page);
		assert_true(memcgsim_page_has_type(page));
		assert_true(memcgsim_page_is_type(page, types[i].type));
		assert_false(memcgsim_page_is_type(page, types[other].type));
		unit_allow_bugs(u, 2);
		types[other].set(page);
		types[other].clear(page);
		unit_assert_bugs(u, MEMCGSIM_VM_BUG, 2);
		assert_true(memcgsim_page_is_type(page, types[i].type));
		types[i].clear(page);
	}
	memcgsim___free_pages(page, 0);
}

/* Models: B-07. The allocators' own types can be seen. */
static void allocators_types_can_be_seen(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 10);
	void *object = memcgsim_kmalloc(8, KERNEL);

	assert_true(memcgsim_page_is_type(memcgsim_virt_to_head_page(u->machine, object),
					  MEMCGSIM_PGTY_SLAB));
	memcgsim_kfree(object);
	memcgsim___free_pages(page, 10);
	assert_true(memcgsim_page_is_type(page, MEMCGSIM_PGTY_BUDDY));
	assert_true(memcgsim_page_has_type(page));
}

/* Models: B-08, V-04. A page with a type is not mapped, and a mapped one gets no type. */
static void page_has_a_type_or_is_mapped(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 0);
	void *object = memcgsim_kmalloc(8, KERNEL);

	for (unsigned int i = 0; i < NR_TYPES; i++) {
		types[i].set(page);
		assert_int_equal(memcgsim_vm_insert_page(page), -EINVAL);
		assert_int_equal(memcgsim_page_count(page), 1);
		assert_int_equal(memcgsim_page_mapcount(page), 0);
		types[i].clear(page);
	}
	assert_int_equal(memcgsim_vm_insert_page(memcgsim_virt_to_head_page(u->machine, object)),
			 -EINVAL);
	memcgsim_kfree(object);
	assert_int_equal(memcgsim_vm_insert_page(page), 0);
	unit_allow_bugs(u, 1);
	memcgsim___SetPageTable(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_mapcount(page), 1);
	memcgsim_folio_remove_rmap_pte(page);
	memcgsim_put_page(page);
	memcgsim___free_pages(page, 0);
}

/* Models: B-08, V-03. A charged kernel page may be mapped: word and mapcount do not meet. */
static void charged_kernel_page_may_be_mapped(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);
	unsigned long word = memcgsim_page_memcg_data(page);

	for (int i = 1; i <= 3; i++) {
		assert_int_equal(memcgsim_vm_insert_page(page), 0);
		assert_int_equal(memcgsim_page_mapcount(page), i);
		assert_int_equal(memcgsim_page_count(page), 1 + i);
	}
	assert_false(memcgsim_page_has_type(page));
	assert_int_equal(memcgsim_page_memcg_data(page), word);
	for (int i = 0; i < 3; i++) {
		memcgsim_folio_remove_rmap_pte(page);
		memcgsim_put_page(page);
	}
	unit_allow_bugs(u, 1);
	memcgsim_folio_remove_rmap_pte(page); /* once more than it was mapped */
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: T-10. Whether a page is uncharged when it is freed is a bit of its word, not a type: a
 * charged page may have a type of its own meanwhile, and neither shows in the other.
 */
static void type_and_charge_do_not_meet(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);
	unsigned long word = memcgsim_page_memcg_data(page);
	long usage = unit_usage(u, "a");

	assert_false(memcgsim_page_has_type(page));
	memcgsim___SetPageTable(page);
	assert_int_equal(memcgsim_page_memcg_data(page), word);
	assert_true(word & MEMCGSIM_MEMCG_DATA_KMEM);
	memcgsim___ClearPageTable(page);
	assert_int_equal(memcgsim_page_memcg_data(page), word);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	memcgsim_drain_all_stock(u->machine, "a");
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_true(usage > 0);
}

/* Models: vm_insert_page(). A tail is mapped itself; the reference is its head's. */
static void tail_is_mapped_by_itself(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL | MEMCGSIM___GFP_COMP, 1);

	(void)u;
	assert_int_equal(memcgsim_vm_insert_page(&page[1]), 0);
	assert_int_equal(memcgsim_page_mapcount(&page[1]), 1);
	assert_int_equal(memcgsim_page_mapcount(page), 0);
	assert_int_equal(memcgsim_page_count(page), 2);
	memcgsim_folio_remove_rmap_pte(&page[1]);
	memcgsim_put_page(&page[1]);
	memcgsim___free_pages(page, 1);
}

/* Models: B-35. Flags are set and cleared one by one; what is no flag is ignored. */
static void flags_are_set_one_by_one(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 3);

	(void)u;
	for (unsigned int i = 0; i < MEMCGSIM_NR_PAGEFLAGS; i++) {
		memcgsim_set_page_flag(page, (enum memcgsim_pageflags)i);
		for (unsigned int k = 0; k < MEMCGSIM_NR_PAGEFLAGS; k++)
			assert_int_equal(memcgsim_test_page_flag(page, (enum memcgsim_pageflags)k),
					 k == i);
		memcgsim_clear_page_flag(page, (enum memcgsim_pageflags)i);
	}
	memcgsim_set_page_flag(page, MEMCGSIM_NR_PAGEFLAGS);
	memcgsim_clear_page_flag(page, MEMCGSIM_NR_PAGEFLAGS);
	assert_false(memcgsim_test_page_flag(page, MEMCGSIM_NR_PAGEFLAGS));
	assert_int_equal(msim_page_order(page), 3); /* the library's own bits are untouched */
	memcgsim___free_pages(page, 3);
}

/* Models: page_flags.h. Pages that are free or nobody's, threads that are not bound. */
static void what_is_no_page_of_ours_gets_no_mark(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 0);

	memcgsim___free_pages(page, 0);
	unit_allow_bugs(u, 5);
	memcgsim___SetPageTable(page);
	memcgsim___ClearPageTable(page);
	assert_int_equal(memcgsim_vm_insert_page(page), -EINVAL);
	assert_int_equal(memcgsim_vm_insert_page(NULL), -EINVAL);
	memcgsim_folio_remove_rmap_pte(page);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 5);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	memcgsim___SetPageTable(page);
	assert_int_equal(memcgsim_vm_insert_page(page), -EINVAL);
	assert_int_equal(page->mapcount_or_type, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(page_has_one_type_or_none),
		unit_case(allocators_types_can_be_seen),
		unit_case(page_has_a_type_or_is_mapped),
		unit_case(charged_kernel_page_may_be_mapped),
		unit_case(type_and_charge_do_not_meet),
		unit_case(tail_is_mapped_by_itself),
		unit_case(flags_are_set_one_by_one),
		unit_case(what_is_no_page_of_ours_gets_no_mark),
	};

	return cmocka_run_group_tests_name("page_flags", tests, NULL, NULL);
}
