/* SPDX-License-Identifier: MIT */
/*
 * history/pages_v3_17: user pages that are uncharged after their final put, without a lock.
 */
#include "unit_v1.h"

#include "seam/atomic.h"

static struct unit *world(void **state)
{
	return unit_v1_world(state, "v3.17");
}

static unsigned long counted(struct unit *u, enum memcgsim_history_count count)
{
	return memcgsim_history_count(u->machine, count);
}

static struct memcgsim_page *locked(struct memcgsim_page *page)
{
	memcgsim_folio_lock(page);
	return page;
}

static void drop(struct memcgsim_page *page)
{
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

/* Models: U-01. Neither unmapping nor leaving the page cache uncharges; the final put does. */
static void pages_are_uncharged_after_the_final_put(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *anon = unit_anon_page(), *file = locked(unit_file_page());

	memcgsim_get_page(anon);
	unit_unmap(anon);
	memcgsim_delete_from_page_cache(file);
	unit_assert_charged(u, "a", 2, 2);
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_FINAL_PUT), 0);
	memcgsim_put_page(anon);
	unit_assert_charged(u, "a", 1, 1);
	drop(file);
	unit_assert_charged(u, "a", 0, 0);
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_FINAL_PUT), 2);
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_UNMAP), 0);
	assert_int_equal(counted(u, MEMCGSIM_UNCHARGED_AT_UNCACHE), 0);
}

/* Models: Y-06. No record is ever locked, whatever is done. */
static void no_record_is_locked(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_anon_page(), *old = locked(unit_file_page());
	struct memcgsim_page *fresh = locked(unit_page(0));

	assert_int_equal(memcgsim_mem_cgroup_move_charge(page, unit_memcg(u, "b")), 0);
	unit_unmap(page);
	memcgsim_replace_page_cache_page(old, fresh);
	drop(old);
	memcgsim_folio_unlock(fresh);
	unit_truncate(fresh);
	for (unsigned int i = 0; i <= MEMCGSIM_LOCKED_TO_LOOK; i++)
		assert_int_equal(counted(u, i), 0);
}

/* Models: U-02. Neighbours of one memcg are uncharged as one, each whole. */
static void batches_settle_per_memcg(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *pages[3] = { unit_anon_page(), unit_anon_page(), unit_anon_page() };

	assert_int_equal(memcgsim_mem_cgroup_move_charge(pages[1], unit_memcg(u, "b")), 0);
	for (unsigned int i = 0; i < 3; i++)
		memcgsim_folio_remove_rmap_pte(pages[i]);
	unit_assert_charged(u, "a", 2, 2);
	unit_assert_charged(u, "b", 1, 1);
	memcgsim_release_pages(pages, 3);
	unit_assert_charged(u, "a", 0, 0);
	unit_assert_charged(u, "b", 0, 0);
}

/* Models: I-MIG, U-06. The charge moves when the new page is in place; no counter changes. */
static void migration_moves_both_charges(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = unit_anon_page(), *fresh = locked(unit_page(0));
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *memcg;
	struct memcgsim_page_cgroup record;
	long refs = unit_refs(u, &a->ref);

	assert_int_equal(memcgsim_mem_cgroup_prepare_migration(old, fresh, &memcg), -EOPNOTSUPP);
	assert_true(memcgsim_folio_isolate_lru(locked(old)));
	memcgsim_folio_remove_rmap_pte(old);
	memcgsim_page_add_new_anon_rmap(fresh);
	memcgsim_mem_cgroup_migrate(old, fresh);
	assert_int_equal(memcgsim_lookup_page_cgroup(fresh, &record), 0);
	assert_true(record.mem_cgroup == a && record.mem && record.memsw && !record.kmem);
	assert_null(unit_owner(old));
	unit_assert_charged(u, "a", 1, 1);
	assert_int_equal(unit_refs(u, &a->ref), refs);
	assert_int_equal(a->v1->res.max_usage, UNIT_PAGE);
	drop(old);
	memcgsim_folio_unlock(fresh);
	unit_assert_charged(u, "a", 1, 1);
	unit_unmap(fresh);
	unit_assert_charged(u, "a", 0, 0);
}

/* Models: U-05. Migrating what is on a list is a bug; migrating what is nobody's does nothing. */
static void only_isolated_pages_are_migrated(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = locked(unit_file_page()), *fresh = locked(unit_page(0));
	struct memcgsim_page *bare = locked(unit_page(0));

	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_migrate(old, fresh);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_ptr_equal(unit_owner(old), unit_memcg(u, "a"));
	memcgsim_mem_cgroup_migrate(bare, fresh);
	assert_null(unit_owner(fresh));
	unit_assert_charged(u, "a", 1, 1);
	drop(bare);
	drop(fresh);
	memcgsim_folio_unlock(old);
	unit_truncate(old);
}

/*
 * Models: U-07, I-LRU. In the page cache both pages may be on a list: each is on its new owner's
 * afterwards, the old one on the root's.
 */
static void replacement_keeps_the_lists_right(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *root = u->machine->root_memcg;
	struct memcgsim_page *old = locked(unit_file_page()), *fresh = locked(unit_page(0));

	memcgsim_folio_add_lru(fresh); /* uncharged, as one that fuse reads ahead may be */
	memcgsim_replace_page_cache_page(old, fresh);
	assert_ptr_equal(unit_owner(fresh), a);
	assert_true(memcgsim_folio_test_lru(old) && memcgsim_folio_test_lru(fresh));
	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(a, MEMCGSIM_LRU_INACTIVE_FILE), 1);
	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(root, MEMCGSIM_LRU_INACTIVE_FILE), 1);
	unit_assert_charged(u, "a", 1, 1);
	drop(old);
	memcgsim_folio_unlock(fresh);
	unit_truncate(fresh);
}

/* Models: U-04, I-REPL. A page that was spliced with its charge keeps it, and so does the old one. */
static void spliced_pages_keep_their_charge(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *old = locked(unit_file_page()), *stolen = locked(unit_file_page());

	assert_int_equal(memcgsim_mem_cgroup_move_charge(stolen, unit_memcg(u, "b")), -EBUSY);
	memcgsim_folio_unlock(stolen);
	assert_int_equal(memcgsim_mem_cgroup_move_charge(stolen, unit_memcg(u, "b")), 0);
	memcgsim_delete_from_page_cache(locked(stolen));
	memcgsim_replace_page_cache_page(old, stolen);
	assert_ptr_equal(unit_owner(stolen), unit_memcg(u, "b"));
	unit_assert_charged(u, "a", 1, 1);
	unit_assert_charged(u, "b", 1, 1);
	drop(old);
	unit_assert_charged(u, "a", 0, 0);
	memcgsim_folio_unlock(stolen);
	unit_truncate(stolen);
	unit_assert_charged(u, "b", 0, 0);
}

/* Models: U-07. Who has the page locked is not to find it another memcg's. */
static void moving_waits_for_nobody(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *page = unit_anon_page();

	memcgsim_folio_lock(page);
	assert_int_equal(memcgsim_mem_cgroup_move_charge(page, unit_memcg(u, "b")), -EBUSY);
	unit_assert_charged(u, "a", 1, 1);
	unit_assert_charged(u, "b", 0, 0);
	assert_true(memcgsim_folio_test_lru(page));
	memcgsim_folio_unlock(page);
	unit_unmap(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(pages_are_uncharged_after_the_final_put),
		unit_case(no_record_is_locked),
		unit_case(batches_settle_per_memcg),
		unit_case(migration_moves_both_charges),
		unit_case(only_isolated_pages_are_migrated),
		unit_case(replacement_keeps_the_lists_right),
		unit_case(spliced_pages_keep_their_charge),
		unit_case(moving_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
