/* SPDX-License-Identifier: MIT */
/*
 * alloc/page_ref: references beyond the owner's, and blocks taken apart.
 */
#include "unit.h"

#include "frames/page.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT
#define COMP	MEMCGSIM___GFP_COMP

static struct memcgsim_page *alloc(memcgsim_gfp_t gfp, unsigned int order)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(gfp, order);

	assert_non_null(page);
	return page;
}

/* Models: get_page(), put_page(). A tail's reference is its head's. */
static void reference_on_a_tail_is_the_heads(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT | COMP, 2);

	memcgsim_get_page(&page[3]);
	assert_true(memcgsim_try_get_page(&page[1]));
	assert_int_equal(memcgsim_page_count(page), 3);
	assert_int_equal(memcgsim_page_count(&page[3]), 0);
	memcgsim_put_page(&page[2]);
	memcgsim___free_pages(page, 2); /* not the last: nothing is freed, nor uncharged */
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 60);
	memcgsim_put_page(page); /* as a folio: straight from the counter (U-01, C-10) */
	assert_int_equal(unit_stock(u, 0)->nr_pages, 60);
	assert_int_equal(unit_usage(u, "a"), 60);
}

/* Models: folio_try_get(). What is free has no reference to stand on, and a tail none of its own. */
static void speculative_reference_needs_one_to_stand_on(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL | COMP, 1);

	(void)u;
	assert_false(memcgsim_folio_try_get(&page[1]));
	assert_true(memcgsim_folio_try_get(page));
	assert_int_equal(memcgsim_page_count(page), 2);
	memcgsim_put_page(page);
	memcgsim___free_pages(page, 1);
	assert_false(memcgsim_folio_try_get(page));
	assert_int_equal(memcgsim_page_count(page), 0);
}

/*
 * Models: folio_try_get(). On a page of objects too: dropped before they go, it leaves no trace;
 * dropped after, it was the last.
 */
static void speculative_reference_on_objects_outlives_them(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache =
		memcgsim_kmem_cache_create(u->machine, "c", 64, 0, 0, NULL);
	void *objects[2] = { memcgsim_kmem_cache_alloc(cache, ACCOUNT),
			     memcgsim_kmalloc(9000, ACCOUNT) };
	struct memcgsim_page *pages[2];

	for (int i = 0; i < 2; i++) {
		pages[i] = memcgsim_virt_to_head_page(u->machine, objects[i]);
		assert_true(memcgsim_folio_try_get(pages[i]));
		memcgsim_put_page(pages[i]);
		assert_int_equal(memcgsim_page_count(pages[i]), 1);
		assert_true(memcgsim_folio_try_get(pages[i]));
	}
	memcgsim_kmem_cache_free(cache, objects[0]);
	memcgsim_kfree(objects[1]);
	memcgsim_kmem_cache_destroy(cache);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_page_count(pages[i]), 1);
		memcgsim_put_page(pages[i]);
		assert_int_equal(memcgsim_page_count(pages[i]), 0);
	}
}

/* Models: slab pages are kfree()'s. The last reference on a page of objects is theirs. */
static void objects_reference_is_not_dropped_by_others(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = memcgsim_kmalloc(64, KERNEL);
	struct memcgsim_page *page = memcgsim_virt_to_head_page(u->machine, object);

	unit_allow_bugs(u, 1);
	memcgsim_put_page(page);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(memcgsim_page_count(page), 1);
	memcgsim_kfree(object);
}

/* Models: get_page(), try_get_page(). On a free page: a VM_BUG and a WARN, and it stays free. */
static void reference_on_a_free_page_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 0);

	memcgsim___free_pages(page, 0);
	unit_allow_bugs(u, 2);
	memcgsim_get_page(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_false(memcgsim_try_get_page(page));
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_int_equal(memcgsim_page_count(page), 0);
}

/* Models: page.h. No page of this machine, or no machine: told, and nothing done. */
static void what_is_no_page_of_ours_gets_no_reference(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 1);

	unit_allow_bugs(u, 5);
	memcgsim_get_page(NULL);
	assert_false(memcgsim_try_get_page(NULL));
	assert_false(memcgsim_folio_try_get(NULL));
	memcgsim_put_page(NULL);
	memcgsim_split_page(NULL, 1);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 5);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	memcgsim_get_page(page);
	assert_false(memcgsim_try_get_page(page));
	assert_false(memcgsim_folio_try_get(page));
	memcgsim_put_page(page);
	memcgsim_split_page(page, 1);
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_equal(msim_page_order(page), 1);
	unit_run(u, 0, u->task);
	memcgsim___free_pages(page, 1);
}

/* Models: B-33. Each frame has a reference and an order of its own, and is freed by itself. */
static void split_block_is_freed_frame_by_frame(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (unsigned int order = 0; order <= MEMCGSIM_MAX_PAGE_ORDER; order += 5) {
		struct memcgsim_page *page = alloc(ACCOUNT, order);
		long usage = unit_usage(u, "a");

		memcgsim_split_page(page, order);
		assert_int_equal(unit_usage(u, "a"), usage);
		for (unsigned long i = 0; i < 1UL << order; i++) {
			assert_int_equal(memcgsim_page_count(&page[i]), 1);
			assert_int_equal(msim_page_order(&page[i]), 0);
		}
		unit_assert_checked(u, MEMCGSIM_CHECK_Q); /* the references are whole */
		for (unsigned long i = 0; i < 1UL << order; i++)
			memcgsim___free_pages(&page[i], 0);
	}
	memcgsim_drain_all_stock(u->machine, "/");
	assert_int_equal(unit_usage(u, "a"), 0);
}

/* Models: B-33. A compound page is no block of loose frames; nor is a page of another order. */
static void split_of_a_compound_page_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL | COMP, 1);

	unit_allow_bugs(u, 2);
	memcgsim_split_page(page, 1);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim_split_page(page, 2);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(memcgsim_page_count(&page[1]), 0);
	memcgsim___free_pages(page, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(reference_on_a_tail_is_the_heads),
		unit_case(speculative_reference_needs_one_to_stand_on),
		unit_case(speculative_reference_on_objects_outlives_them),
		unit_case(objects_reference_is_not_dropped_by_others),
		unit_case(reference_on_a_free_page_is_a_simulated_bug),
		unit_case(what_is_no_page_of_ours_gets_no_reference),
		unit_case(split_block_is_freed_frame_by_frame),
		unit_case(split_of_a_compound_page_is_a_simulated_bug),
	};

	return cmocka_run_group_tests_name("page_ref", tests, NULL, NULL);
}
