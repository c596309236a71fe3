/* SPDX-License-Identifier: MIT */
/*
 * history/pages_v3_16: user pages that are uncharged where their kind is still known, under a lock each.
 */
#include "unit_v1.h"

static struct unit *world(void **state)
{
	return unit_v1_world(state, "v3.16");
}

static unsigned long counted(struct unit *u, enum memcgsim_history_count count)
{
	return memcgsim_history_count(u->machine, count);
}

/* Models: Y-05. Anonymous memory is uncharged when its last mapping goes, whoever holds it still. */
static void anonymous_pages_end_at_the_last_unmapping(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_anon_page();

	assert_int_equal(memcgsim_vm_insert_page(page), 0); /* another mapping, and a reference */
	unit_assert_charged(u, "a", 1, 1);
	memcgsim_folio_remove_rmap_pte(page);
	unit_assert_charged(u, "a", 1, 1);
	memcgsim_folio_remove_rmap_pte(page);
	unit_assert_charged(u, "a", 0, 0);
	assert_null(unit_owner(page));
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_UNMAP), 1);
	memcgsim_put_page(page);
	memcgsim_folio_put(page);
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_FINAL_PUT), 0);
}

/* Models: Y-05. A page of a file is uncharged when it leaves the page cache. */
static void file_pages_end_with_the_page_cache(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_file_page();

	unit_assert_charged(u, "a", 1, 1);
	memcgsim_folio_lock(page);
	memcgsim_delete_from_page_cache(page);
	memcgsim_folio_unlock(page);
	unit_assert_charged(u, "a", 0, 0);
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_UNCACHE), 1);
	memcgsim_folio_put(page);
}

/* Models: U-07, I-LRU. Uncharged long before it leaves its list, it is on one of the root's then. */
static void uncharged_pages_are_on_the_roots_lists(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_anon_page();
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *root = u->machine->root_memcg;

	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(a, MEMCGSIM_LRU_INACTIVE_ANON), 1);
	memcgsim_folio_remove_rmap_pte(page);
	assert_true(memcgsim_folio_test_lru(page));
	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(a, MEMCGSIM_LRU_INACTIVE_ANON), 0);
	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(root, MEMCGSIM_LRU_INACTIVE_ANON), 1);
	memcgsim_folio_put(page);
}

/* Models: Y-06. One locked section to charge a page, one to uncharge it. */
static void each_phase_locks_the_record_once(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_anon_page();

	assert_int_equal(counted(u, MEMCGSIM_LOCKED_TO_CHARGE), 1);
	assert_int_equal(counted(u, MEMCGSIM_LOCKED_TO_UNCHARGE), 0);
	unit_unmap(page);
	assert_int_equal(counted(u, MEMCGSIM_LOCKED_TO_CHARGE), 1);
	assert_int_equal(counted(u, MEMCGSIM_LOCKED_TO_UNCHARGE), 1);
	assert_int_equal(memcgsim_history_count(u->machine, MEMCGSIM_NR_HISTORY_COUNTS), 0);
}

/* Models: B-35. Who frees a page that nobody has uncharged has a bad page. */
static void a_page_freed_charged_is_a_bad_page(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_page(0);
	struct memcgsim_leaks leaks;

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	unit_allow_bugs(u, 1);
	memcgsim_folio_put(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "page still charged to cgroup");
	unit_assert_charged(u, "a", 1, 1);
	unit_clear(u);
	u->broken = true; /* nobody will ever uncharge it: "a" stays */
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.cgroups, 1);
	assert_int_equal(leaks.pages, 0);
}

/*
 * Models: U-01, Y-05. Who could not use a page that he charged uncharges it by its kind, in both
 * currencies; a listed one stays charged.
 */
static void a_page_without_use_is_uncharged(void **state)
{
	static const char *const profiles[] = { "v3.7", "v3.8", "v3.16", "v3.17" };

	for (unsigned int i = 0; i < 4; i++) {
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *page = unit_page(0);

		assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
		memcgsim_folio_add_lru(page);
		unit_allow_bugs(u, 1);
		memcgsim___mem_cgroup_uncharge(page);
		unit_assert_bug(u, MEMCGSIM_VM_BUG);
		unit_assert_charged(u, "a", 1, 1);
		assert_true(memcgsim_folio_isolate_lru(page));
		memcgsim___mem_cgroup_uncharge(page);
		unit_assert_charged(u, "a", 0, 0);
		memcgsim___mem_cgroup_uncharge(page); /* nobody's: left alone */
		memcgsim_folio_put(page);
		page = unit_page(0);
		page->mapping = (void *)1; /* anonymous, and not mapped yet */
		assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
		memcgsim___mem_cgroup_uncharge(page);
		unit_assert_charged(u, "a", 0, 0);
		memcgsim_folio_put(page);
		assert_int_equal(unit_teardown(state), 0);
		*state = NULL;
	}
}

static struct memcgsim_page *locked(struct memcgsim_page *page)
{
	memcgsim_folio_lock(page);
	return page;
}

/*
 * Models: I-MIG, Y-05. An anonymous page is unmapped by its migration and is not uncharged for it; both
 * are its memcg's meanwhile, with one charge between them.
 */
static void migration_has_one_charge_for_two_pages(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = unit_anon_page(), *fresh = locked(unit_page(0));
	struct memcgsim_page_cgroup record;
	struct memcgsim_mem_cgroup *memcg;

	assert_true(memcgsim_folio_isolate_lru(locked(old)));
	assert_int_equal(memcgsim_mem_cgroup_prepare_migration(old, fresh, &memcg), 0);
	assert_ptr_equal(memcg, unit_memcg(u, "a"));
	assert_ptr_equal(unit_owner(fresh), memcg);
	memcgsim_folio_remove_rmap_pte(old);
	assert_int_equal(memcg->v1->res.usage, UNIT_PAGE); /* the migration has a reference too */
	assert_int_equal(memcgsim_lookup_page_cgroup(old, &record), 0);
	assert_true(record.migration && record.mem);
	memcgsim_page_add_new_anon_rmap(fresh);
	assert_int_equal(memcgsim_mem_cgroup_end_migration(memcg, old, fresh, true), 0);
	assert_null(unit_owner(old));
	unit_assert_charged(u, "a", 1, 1);
	assert_int_equal(u->machine->root_memcg->v1->res.max_usage, UNIT_PAGE);
	memcgsim_folio_unlock(old);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_put(old);
	memcgsim_folio_add_lru(fresh);
	unit_assert_charged(u, "a", 1, 1);
	unit_unmap(fresh);
	unit_assert_charged(u, "a", 0, 0);
}

/* Models: I-MIG. One that fails leaves everything as it was, the charge with the old page. */
static void failed_migration_changes_nothing(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = unit_anon_page(), *fresh = locked(unit_page(0));
	struct memcgsim_mem_cgroup *memcg;

	assert_true(memcgsim_folio_isolate_lru(locked(old)));
	assert_int_equal(memcgsim_mem_cgroup_prepare_migration(old, fresh, &memcg), 0);
	assert_int_equal(memcgsim_mem_cgroup_end_migration(memcg, old, fresh, false), 0);
	assert_null(unit_owner(fresh));
	unit_assert_charged(u, "a", 1, 1);
	memcgsim_folio_unlock(old);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_put(fresh);
	unit_unmap(old);
	unit_assert_charged(u, "a", 0, 0);
}

/* Models: I-MIG. A page that was unmapped for good meanwhile is uncharged at the end. */
static void a_page_nobody_maps_again_is_uncharged(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = unit_anon_page(), *fresh = locked(unit_page(0));
	struct memcgsim_mem_cgroup *memcg;

	assert_true(memcgsim_folio_isolate_lru(locked(old)));
	assert_int_equal(memcgsim_mem_cgroup_prepare_migration(old, fresh, &memcg), 0);
	memcgsim_folio_remove_rmap_pte(old);
	assert_int_equal(memcgsim_mem_cgroup_end_migration(memcg, old, fresh, false), 0);
	unit_assert_charged(u, "a", 0, 0);
	memcgsim_folio_unlock(old);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_put(fresh);
	memcgsim_folio_put(old);
}

/*
 * Models: U-07. fuse puts a page that it stole from another file's page cache, and which is on a list
 * still, in the place of its own: the charge goes along, no counter moves, and each list is right.
 */
static void replacement_takes_the_charge_along(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = locked(unit_file_page()), *stolen = locked(unit_file_page());
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_delete_from_page_cache(stolen);
	unit_assert_charged(u, "a", 1, 1);
	memcgsim_replace_page_cache_page(old, stolen);
	assert_null(unit_owner(old));
	assert_ptr_equal(unit_owner(stolen), a);
	unit_assert_charged(u, "a", 1, 1);
	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(a, MEMCGSIM_LRU_INACTIVE_FILE), 1);
	memcgsim_folio_unlock(old);
	memcgsim_folio_unlock(stolen);
	memcgsim_folio_put(old);
	unit_truncate(stolen);
	unit_assert_charged(u, "a", 0, 0);
}

/* Models: U-03. A page that is charged already is a bug, and stays whose it is. */
static void charging_twice_is_a_bug(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_page(0);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	unit_allow_bugs(u, 1);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), -EINVAL);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	unit_assert_charged(u, "a", 1, 1);
	memcgsim_page_add_new_anon_rmap(page);
	unit_unmap(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(anonymous_pages_end_at_the_last_unmapping),
		unit_case(file_pages_end_with_the_page_cache),
		unit_case(uncharged_pages_are_on_the_roots_lists),
		unit_case(each_phase_locks_the_record_once),
		unit_case(a_page_freed_charged_is_a_bad_page),
		unit_case(a_page_without_use_is_uncharged),
		unit_case(migration_has_one_charge_for_two_pages),
		unit_case(failed_migration_changes_nothing),
		unit_case(a_page_nobody_maps_again_is_uncharged),
		unit_case(replacement_takes_the_charge_along),
		unit_case(charging_twice_is_a_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
