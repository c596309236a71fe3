/* SPDX-License-Identifier: MIT */
/*
 * alloc/page_check: what is bad about a page, item by item, and that nobody gets it.
 */
#include "unit.h"

#include "machine/profile.h"
#include "frames/page.h"

#define KERNEL MEMCGSIM_GFP_KERNEL
#define COMP   MEMCGSIM___GFP_COMP

static struct memcgsim_page *alloc(memcgsim_gfp_t gfp, unsigned int order)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(gfp, order);

	assert_non_null(page);
	return page;
}

/* Frees a block that is bad in one way, and looks at what became of it. */
static void free_bad(struct unit *u, struct memcgsim_page *page, unsigned int order,
		     const char *what)
{
	unsigned long leaked = u->machine->zone.leaked_pages;

	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, order);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, what);
	assert_int_equal(u->machine->zone.leaked_pages - leaked, 1UL << order);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* I-PAGES knows */
	assert_false(msim_page_has_type(page, MSIM_PGTY_BUDDY));
}

/* Models: B-35. Each flag that only a page in use has. */
static void page_freed_with_a_flag_of_use_is_left_out(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (unsigned int flag = 0; flag < MEMCGSIM_NR_PAGEFLAGS; flag++) {
		struct memcgsim_page *page = alloc(KERNEL, 0);

		memcgsim_set_page_flag(page, (enum memcgsim_pageflags)flag);
		if (flag == MEMCGSIM_PG_MLOCKED) {
			memcgsim___free_pages(page, 0); /* cleared, not held against it */
			assert_int_equal(page->flags, 0);
		} else if (flag != MEMCGSIM_PG_HWPOISON) {
			free_bad(u, page, 0, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set");
		} else {
			memcgsim___free_pages(page, 0);
			assert_true(memcgsim_test_page_flag(page, MEMCGSIM_PG_HWPOISON));
		}
	}
	assert_int_equal(u->machine->zone.leaked_pages, MEMCGSIM_NR_PAGEFLAGS - 1);
}

/* Models: B-35. The words of the first page. */
static void page_freed_with_a_word_of_use_is_left_out(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 0);

	page->mapping = u;
	free_bad(u, page, 0, "non-NULL mapping");
	page = alloc(KERNEL, 0);
	page->mapping = (void *)((unsigned long)u | 1); /* anonymous memory's: forgotten here */
	memcgsim___free_pages(page, 0);
	assert_null(page->mapping);
	page = alloc(KERNEL, 0);
	assert_int_equal(memcgsim_vm_insert_page(page), 0);
	memcgsim_put_page(page);
	free_bad(u, page, 0, "nonzero mapcount");
	page = alloc(KERNEL, 0);
	memcgsim___SetPageTable(page);
	free_bad(u, page, 0, "nonzero mapcount");
}

/* Models: B-35. Every page of a block is looked at, and the whole block is left out. */
static void block_with_one_bad_page_is_left_out_whole(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 2);

	page[3].mapcount_or_type = 1;
	free_bad(u, page, 2, "nonzero mapcount");
	page = alloc(KERNEL, 4);
	page[15]._refcount = 1;
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 4);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "nonzero _refcount");
	page[15]._refcount = 0; /* or the census would count it */
	page = alloc(KERNEL, 1);
	page[1].memcg_data = 1;
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 1);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "page still charged to cgroup");
	page[1].memcg_data = 0;
	page = alloc(KERNEL, 1);
	memcgsim_set_page_flag(&page[1], MEMCGSIM_PG_RESERVED);
	free_bad(u, page, 1, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set");
}

/* Models: B-35. Tails of a compound page must still be that page's tails. */
static void compound_page_with_a_bad_tail_is_left_out(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL | COMP, 2);

	page[2].mapping = NULL;
	free_bad(u, page, 2, "corrupted mapping in tail page");
	page = alloc(KERNEL | COMP, 2);
	page[1].compound_head = 0;
	free_bad(u, page, 2, "PageTail not set");
	page = alloc(KERNEL | COMP, 2);
	page[3].compound_head = (unsigned long)(page + 1) | 1;
	free_bad(u, page, 2, "compound_head not consistent");
}

/*
 * Models: B-31, B-35. Broken memory: a single page is uncharged and kept; nobody complains. In every version,
 * whatever says that the page is charged.
 */
static void broken_page_is_uncharged_and_not_freed(void **state)
{
	for (unsigned int i = 0; memcgsim_profile_name(i); i++) {
		struct memcgsim_config config = unit_config();
		struct memcgsim_page *page;
		struct unit *u;

		if (msim_profile_find(memcgsim_profile_name(i))->v1)
			continue;
		config.profile = memcgsim_profile_name(i);
		u = unit_world(state, &config);
		page = alloc(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		memcgsim_set_page_flag(page, MEMCGSIM_PG_HWPOISON);
		memcgsim___free_pages(page, 0);
		assert_int_equal(memcgsim_page_memcg_data(page), 0);
		assert_false(memcgsim_page_has_type(page));
		assert_int_equal(unit_stock(u, 0)->nr_pages, u->machine->variant->batch_pages);
		assert_int_equal(u->machine->zone.leaked_pages, 1);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(unit_usage(u, "a"), 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: B-17, B-35. Found broken while free, or inside a block: kept at the next allocation. */
static void broken_free_page_is_not_given_out(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 0), *block = alloc(KERNEL, 1), *next;

	memcgsim___free_pages(page, 0);
	memcgsim_set_page_flag(page, MEMCGSIM_PG_HWPOISON);
	next = alloc(KERNEL, 0);
	assert_ptr_not_equal(next, page);
	assert_int_equal(u->machine->zone.leaked_pages, 1);
	memcgsim___free_pages(next, 0);
	memcgsim_set_page_flag(&block[1], MEMCGSIM_PG_HWPOISON);
	memcgsim___free_pages(block, 1);
	next = alloc(KERNEL, 1);
	assert_ptr_not_equal(next, block);
	assert_int_equal(u->machine->zone.leaked_pages, 3);
	memcgsim___free_pages(next, 1);
}

/* Models: B-17. Each word of each page of a new block; by the fast way and by the slow one. */
static void new_block_with_one_bad_page_is_left_out(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned long expected = 0;

	for (unsigned int what = 0; what < 5; what++) {
		for (unsigned int order = 0; order <= 4; order += 2) {
			struct memcgsim_page *bad = alloc(KERNEL, order), *page;
			struct memcgsim_page *last = bad + (1UL << order) - 1;

			memcgsim___free_pages(bad, order);
			if (what == 0)
				last->mapcount_or_type |= 1;
			else if (what == 1)
				last->_refcount = 1;
			else if (what == 2)
				last->memcg_data = 2;
			else if (what == 3)
				last->flags |= MSIM_PG_LARGE_KMALLOC;
			else
				last->mapping = u;
			unit_allow_bugs(u, 1);
			page = alloc(KERNEL, order);
			unit_assert_bug(u, MEMCGSIM_VM_BUG);
			expected += 1UL << order;
			assert_int_equal(u->machine->zone.leaked_pages, expected);
			assert_ptr_not_equal(page, bad);
			memcgsim___free_pages(page, order);
			last->_refcount = 0; /* or the census would count it */
			unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		}
	}
}

/* Models: B-17, B-35. A machine that does not look: the page is believed, and comes back clean. */
static void without_checks_pages_are_believed(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page, *again;
	struct unit *u;

	config.no_check_pages = true;
	u = unit_world(state, &config);
	page = alloc(KERNEL | COMP, 1);
	page[1].mapcount_or_type = 1;
	page[1].mapping = u;
	memcgsim_set_page_flag(page, MEMCGSIM_PG_LOCKED);
	memcgsim___free_pages(page, 1);
	page->memcg_data = 2; /* and somebody writes there while it is free */
	again = alloc(KERNEL, 1);
	assert_ptr_equal(again, page);
	assert_int_equal(again->memcg_data, 0);
	assert_int_equal(memcgsim_page_mapcount(&again[1]), 0);
	assert_int_equal(u->machine->zone.leaked_pages, 0);
	memcgsim___free_pages(again, 1);
}

/* Models: machine.h. What was left out for good is no leak of the caller's. */
static void bad_pages_are_no_leaks(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 3);
	struct memcgsim_zone_info info;

	memcgsim_set_page_flag(page, MEMCGSIM_PG_RESERVED);
	free_bad(u, page, 3, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set");
	memcgsim_get_zone_info(u->machine, &info);
	assert_int_equal(info.leaked_pages, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(page_freed_with_a_flag_of_use_is_left_out),
		unit_case(page_freed_with_a_word_of_use_is_left_out),
		unit_case(block_with_one_bad_page_is_left_out_whole),
		unit_case(compound_page_with_a_bad_tail_is_left_out),
		unit_case(broken_page_is_uncharged_and_not_freed),
		unit_case(broken_free_page_is_not_given_out),
		unit_case(new_block_with_one_bad_page_is_left_out),
		unit_case(without_checks_pages_are_believed),
		unit_case(bad_pages_are_no_leaks),
	};

	return cmocka_run_group_tests_name("page_check", tests, NULL, NULL);
}
