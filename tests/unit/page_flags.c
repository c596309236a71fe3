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

/* unit_world() of a kernel version. */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

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

/*
 * Models: B-07. The word as each kernel writes it: bits that are cleared, one less from 5.11 on, then a
 * byte. A count is the same in all.
 */
static void word_is_the_kernels_own(void **state)
{
	static const struct {
		const char *profile;
		unsigned int buddy, types[NR_TYPES], slab;
	} kernels[] = {
		{ "v3.8", ~0x7fu, { 0 }, ~0u }, /* -128, and no other type */
		{ "v5.10", ~0x80u, { ~0x100u, ~0x400u, ~0x800u }, ~0u },
		{ "v5.11", ~0x80u, { ~0x100u, ~0x200u, ~0x400u }, ~0u },
		{ "v6.12", 0xf0000000, { 0xf1000000, 0xf2000000, 0xf3000000 }, 0xf5000000 },
	};

	for (unsigned int k = 0; k < 4; k++) {
		struct unit *u = world_of(state, kernels[k].profile);
		struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 10);
		void *object = memcgsim_kmalloc(8, KERNEL);

		assert_int_equal(memcgsim_page_type(u->machine,
						    memcgsim_virt_to_head_page(u->machine, object)),
				 kernels[k].slab);
		memcgsim_kfree(object);
		for (unsigned int i = 0; kernels[k].types[i % NR_TYPES] && i < NR_TYPES; i++) {
			types[i].set(page);
			assert_int_equal(memcgsim_page_type(u->machine, page), kernels[k].types[i]);
			assert_true(memcgsim_page_has_type(page));
			types[i].clear(page);
			assert_int_equal(memcgsim_page_type(u->machine, page), ~0u);
		}
		assert_int_equal(memcgsim_vm_insert_page(page), 0);
		assert_int_equal(memcgsim_vm_insert_page(page), 0);
		assert_int_equal(memcgsim_page_type(u->machine, page), 1);
		memcgsim_folio_remove_rmap_pte(page);
		memcgsim_put_page(page);
		memcgsim_folio_remove_rmap_pte(page);
		memcgsim_put_page(page);
		memcgsim___free_pages(page, 10);
		assert_int_equal(memcgsim_page_type(u->machine, page), kernels[k].buddy);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/*
 * Models: B-07, B-08. Bits leave room for several types, but not for a mapping beside them; and the type to
 * be taken away must be there.
 */
static void page_may_have_several_types_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.10");
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 0);

	memcgsim___SetPageTable(page);
	memcgsim___SetPageTable(page);
	memcgsim___SetPageKmemcg(page);
	assert_int_equal(memcgsim_page_type(u->machine, page), ~0x600u);
	assert_true(memcgsim_page_is_type(page, MEMCGSIM_PGTY_TABLE));
	assert_true(memcgsim_page_is_type(page, MEMCGSIM_PGTY_KMEMCG));
	assert_true(memcgsim_PageKmemcg(page));
	assert_false(memcgsim_page_is_type(page, MEMCGSIM_PGTY_OFFLINE));
	assert_false(memcgsim_page_is_type(page, (enum memcgsim_pagetype)0));
	assert_int_equal(memcgsim_page_mapcount(page), 0);
	memcgsim___ClearPageTable(page);
	assert_int_equal(memcgsim_page_type(u->machine, page), ~0x200u);
	assert_int_equal(memcgsim_vm_insert_page(page), -EINVAL);
	memcgsim___ClearPageKmemcg(page);
	assert_false(memcgsim_page_has_type(page));
	unit_allow_bugs(u, 2);
	memcgsim___ClearPageTable(page);
	memcgsim___ClearPageKmemcg(page);
	assert_int_equal(memcgsim_vm_insert_page(page), 0);
	unit_assert_bugs(u, MEMCGSIM_VM_BUG, 2);
	unit_allow_bugs(u, 1);
	memcgsim___SetPageKmemcg(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_type(u->machine, page), 0);
	memcgsim_folio_remove_rmap_pte(page);
	memcgsim_put_page(page);
	memcgsim___free_pages(page, 0);
}

/* Models: B-07. A type that the kernel has no more, or not yet: nobody can give it, and no page has it. */
static void no_other_kernels_types_are_given(void **state)
{
	static const char *const profiles[] = { "v5.11", "v6.12", "v3.8" };

	for (unsigned int i = 0; i < 3; i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);

		unit_allow_bugs(u, 2);
		if (i < 2)
			memcgsim___SetPageKmemcg(page);
		else
			memcgsim___SetPageTable(page);
		memcgsim___ClearPageKmemcg(page);
		unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
		assert_false(memcgsim_PageKmemcg(page));
		assert_false(memcgsim_page_has_type(page));
		memcgsim___free_pages(page, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/*
 * Models: B-08, T-09, V-03. In v5.10 a charged kernel page has a type, so it is not mapped; the word is the
 * memcg and nothing else; both are gone when it is free, whichever way it is freed.
 */
static void charged_kernel_page_is_not_mapped_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.10");
	unsigned long memcg = (unsigned long)unit_memcg(u, "a");

	for (unsigned int way = 0; way < 2; way++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT | MEMCGSIM___GFP_COMP, 2);

		assert_int_equal(memcgsim_page_memcg_data(page), memcg);
		assert_int_equal(memcgsim_page_type(u->machine, page), ~0x200u);
		assert_true(memcgsim_PageKmemcg(page));
		assert_false(memcgsim_page_has_type(&page[1]));
		assert_int_equal(memcgsim_vm_insert_page(page), -EINVAL);
		assert_int_equal(memcgsim_vm_insert_page(&page[1]), -EINVAL); /* its head's type */
		assert_int_equal(memcgsim_page_count(page), 1);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		if (way == 0)
			memcgsim___free_pages(page, 2);
		else
			memcgsim_folio_put(page);
		assert_false(memcgsim_PageKmemcg(page));
		assert_int_equal(memcgsim_page_memcg_data(page), 0);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(unit_usage(u, "a"), 0);
	}
}

/*
 * Models: B-07, B-35. A charged page table has both types in v5.10; each is its own owner's to take away, and
 * a charge that is gone leaves the other as it was.
 */
static void charged_page_table_has_both_types_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.10");
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);

	memcgsim___SetPageTable(page);
	assert_int_equal(memcgsim_page_type(u->machine, page), ~0x600u);
	memcgsim___memcg_kmem_uncharge_page(page, 0);
	assert_int_equal(memcgsim_page_type(u->machine, page), ~0x400u);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(page, ACCOUNT, 0), 0);
	memcgsim___ClearPageTable(page);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_page_type(u->machine, page), ~0u);

	page = memcgsim_alloc_pages(KERNEL, 0); /* the type alone uncharges nobody */
	memcgsim___SetPageKmemcg(page);
	unit_allow_bugs(u, 1);
	assert_int_equal(memcgsim_check(u->machine, MEMCGSIM_CHECK_Q, NULL, NULL), 1);
	memcgsim___free_pages(page, 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "nonzero mapcount");
	msim_page_clear_type(page); /* for the checks of the end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(word_is_the_kernels_own),
		unit_case(page_may_have_several_types_of_old),
		unit_case(no_other_kernels_types_are_given),
		unit_case(charged_kernel_page_is_not_mapped_of_old),
		unit_case(charged_page_table_has_both_types_of_old),
		unit_case_v6_12(page_has_one_type_or_none),
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
