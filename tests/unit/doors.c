/* SPDX-License-Identifier: MIT */
/*
 * history/doors: what a page is mapped as or cached in, on every machine; and what may not be asked.
 */
#include "unit_v1.h"

static const char *const profiles[] = { "v6.12", "v5.11", "v3.17", "v3.16" };

/* Models: U-03. On each version a page is charged when it enters the page cache, which has a reference. */
static void the_page_cache_has_a_reference_and_the_charge(void **state)
{
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *page = unit_page(0);

		memcgsim_folio_lock(page);
		assert_int_equal(memcgsim_add_to_page_cache_locked(page, MEMCGSIM_GFP_USER), 0);
		assert_int_equal(memcgsim_page_count(page), 2);
		assert_ptr_equal(u->machine->variant->user_memcg(u->machine, page),
				 unit_memcg(u, "a"));
		memcgsim_delete_from_page_cache(page);
		assert_int_equal(memcgsim_page_count(page), 1);
		memcgsim_folio_unlock(page);
		memcgsim_folio_put(page);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: U-04, U-07. Each version hands the page cache's reference and place to the new page. */
static void replacement_hands_the_place_on(void **state)
{
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *old = unit_file_page(), *fresh = unit_page(0);

		assert_true(memcgsim_folio_isolate_lru(old));
		memcgsim_folio_lock(old);
		memcgsim_folio_lock(fresh);
		memcgsim_replace_page_cache_page(old, fresh);
		assert_int_equal(memcgsim_page_count(old), 1);
		assert_int_equal(memcgsim_page_count(fresh), 2);
		assert_null(old->mapping);
		assert_ptr_equal(u->machine->variant->user_memcg(u->machine, fresh),
				 unit_memcg(u, "a"));
		memcgsim_folio_unlock(old);
		memcgsim_folio_unlock(fresh);
		memcgsim_folio_put(old);
		unit_truncate(fresh);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: B-08. Anonymous from its first mapping until it is freed, on each version. */
static void new_anonymous_pages_are_mapped_once(void **state)
{
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *page = unit_anon_page();

		assert_int_equal(memcgsim_page_mapcount(page), 1);
		assert_int_equal(memcgsim_page_count(page), 1);
		unit_allow_bugs(u, 1);
		memcgsim_page_add_new_anon_rmap(page);
		unit_assert_bug(u, MEMCGSIM_VM_BUG);
		assert_int_equal(memcgsim_page_mapcount(page), 1);
		unit_unmap(page);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: the doors' own conditions. What is not locked, or not in the page cache, stays as it is. */
static void unfit_pages_are_reported(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.17");
	struct memcgsim_page *page = unit_page(0), *other = unit_page(0);

	unit_allow_bugs(u, 4);
	assert_int_equal(memcgsim_add_to_page_cache_locked(page, MEMCGSIM_GFP_USER), -EINVAL);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim_delete_from_page_cache(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim_folio_lock(page);
	memcgsim_delete_from_page_cache(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim_replace_page_cache_page(page, other);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_count(page), 1);
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
	memcgsim_folio_put(other);
}

/* Models: Y-05. Doors of other kernels say that there is nothing behind them. */
static void doors_of_other_kernels_are_shut(void **state)
{
	struct unit *u = unit_v1_world(state, "v6.12");
	struct memcgsim_page *page = unit_page(0), *other = unit_page(0);
	struct memcgsim_mem_cgroup *memcg = NULL;

	assert_int_equal(memcgsim_mem_cgroup_prepare_migration(page, other, &memcg), -EOPNOTSUPP);
	assert_int_equal(memcgsim_mem_cgroup_end_migration(memcg, page, other, true), -EOPNOTSUPP);
	for (unsigned int i = 0; i < MEMCGSIM_NR_HISTORY_COUNTS; i++)
		assert_int_equal(memcgsim_history_count(u->machine, i), 0);
	memcgsim_folio_put(page);
	memcgsim_folio_put(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(the_page_cache_has_a_reference_and_the_charge),
		unit_case(replacement_hands_the_place_on),
		unit_case(new_anonymous_pages_are_mapped_once),
		unit_case(unfit_pages_are_reported),
		unit_case(doors_of_other_kernels_are_shut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
