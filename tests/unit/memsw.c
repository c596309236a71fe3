/* SPDX-License-Identifier: MIT */
/*
 * history/memsw: memory and swap in one counter, on the way out, in the slot, and on the way in.
 */
#include "unit_v1.h"

static const char *const profiles[] = { "v3.17", "v3.16" };

static struct unit *world(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.profile = profile;
	config.nr_swap_pages = 64;
	u = unit_world(state, &config);
	unit_mkdir(u, "b");
	return u;
}

static void next(void **state)
{
	assert_int_equal(unit_teardown(state), 0);
	*state = NULL;
}

/* Into the swap cache and unmapped; a page table refers to the slot. It stays locked. */
static memcgsim_swp_entry_t add_to_swap(struct unit *u, struct memcgsim_page *page)
{
	memcgsim_swp_entry_t entry;

	assert_true(memcgsim_folio_isolate_lru(page));
	memcgsim_folio_lock(page);
	assert_true(memcgsim_add_to_swap(page));
	entry = memcgsim_page_swap_entry(page);
	assert_int_equal(memcgsim_swap_duplicate(u->machine, entry), 0);
	memcgsim_folio_remove_rmap_pte(page);
	return entry;
}

static void reclaim(struct memcgsim_page *page)
{
	assert_int_equal(memcgsim_remove_mapping(page), 1);
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

/* A new page for a slot, in the swap cache, charged and mapped; locked. */
static struct memcgsim_page *swap_in(struct unit *u, memcgsim_swp_entry_t entry)
{
	struct memcgsim_page *page = unit_page(0);

	assert_int_equal(memcgsim_swapcache_prepare(u->machine, entry), 0);
	memcgsim_folio_lock(page);
	assert_int_equal(
		memcgsim_mem_cgroup_swapin_charge_folio(page, NULL, MEMCGSIM_GFP_USER, entry), 0);
	assert_int_equal(memcgsim_add_to_swap_cache(page, entry), 0);
	memcgsim_mem_cgroup_swapin_uncharge_swap(u->machine, entry);
	memcgsim_page_add_new_anon_rmap(page);
	memcgsim_swap_free(u->machine, entry);
	return page;
}

/* Models: U-10, U-11, I-MEMSW. Out, memory alone is uncharged; in, the slot's charge is the page's. */
static void memsw_follows_the_page_to_the_slot_and_back(void **state)
{
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world(state, profiles[i]);
		struct memcgsim_page *page = unit_anon_page();
		memcgsim_swp_entry_t entry = add_to_swap(u, page);

		unit_assert_charged(u, "a", 1, 1);
		reclaim(page);
		unit_assert_charged(u, "a", 0, 1);
		assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry),
				 unit_memcg(u, "a")->id);
		page = swap_in(u, entry);
		unit_assert_charged(u, "a", 1, 1);
		assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry), 0);
		assert_true(memcgsim_folio_free_swap(page));
		unit_assert_charged(u, "a", 1, 1);
		memcgsim_folio_unlock(page);
		unit_unmap(page);
		unit_assert_charged(u, "a", 0, 0);
		next(state);
	}
}

/* Models: U-09. A slot that is freed without having come back is uncharged from memory and swap. */
static void freed_slots_are_uncharged(void **state)
{
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world(state, profiles[i]);
		struct memcgsim_page *page = unit_anon_page();
		memcgsim_swp_entry_t entry = add_to_swap(u, page);

		reclaim(page);
		memcgsim_swap_free(u->machine, entry);
		unit_assert_charged(u, "a", 0, 0);
		next(state);
	}
}

/*
 * Models: U-11, L-09. Of a page whose group is gone, kept by who had it off the lists, the slot is the
 * nearest ancestor's that has its id still.
 */
static void the_slot_of_a_dead_group_is_its_ancestors(void **state)
{
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world(state, profiles[i]);
		struct memcgsim_page *page;
		memcgsim_swp_entry_t entry;

		unit_write(u, "b/cgroup.subtree_control", "+memory");
		unit_mkdir(u, "b/c");
		page = unit_anon_page();
		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, unit_memcg(u, "b/c")), 0);
		entry = add_to_swap(u, page);
		unit_rmdir(u, "b/c");
		unit_assert_charged(u, "b", 1, 1);
		reclaim(page);
		memcgsim_run_work(u->machine);
		assert_int_equal(u->machine->nr_cgroups, 2);
		unit_assert_charged(u, "b", 0, 1);
		assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry),
				 unit_memcg(u, "b")->id);
		memcgsim_swap_free(u->machine, entry);
		unit_assert_charged(u, "b", 0, 0);

		/* The root's slots are charged to nobody. */
		page = unit_anon_page();
		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, unit_memcg(u, "b")), 0);
		entry = add_to_swap(u, page);
		unit_rmdir(u, "b");
		reclaim(page);
		assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry),
				 u->machine->root_memcg->id);
		assert_int_equal(u->machine->root_memcg->v1->memsw.usage, 0);
		memcgsim_swap_free(u->machine, entry);
		next(state);
	}
}

/*
 * Models: Y-05. Up to v3.16 every removal from the swap cache is a place where charges end: on the way
 * in, with the page mapped again, it must not be one.
 */
static void removal_on_the_way_in_uncharges_nothing(void **state)
{
	struct unit *u = world(state, "v3.16");
	struct memcgsim_page *page = unit_anon_page();
	memcgsim_swp_entry_t entry = add_to_swap(u, page);

	reclaim(page);
	assert_int_equal(memcgsim_history_count(u->machine, MEMCGSIM_UNCHARGED_AT_SWAP_CACHE), 1);
	page = swap_in(u, entry);
	assert_int_equal(memcgsim_history_count(u->machine, MEMCGSIM_LOCKED_TO_LOOK), 1);
	assert_true(memcgsim_folio_free_swap(page));
	assert_int_equal(memcgsim_history_count(u->machine, MEMCGSIM_UNCHARGED_AT_SWAP_CACHE), 2);
	unit_assert_charged(u, "a", 1, 1);
	memcgsim_folio_unlock(page);
	unit_unmap(page);
	unit_assert_charged(u, "a", 0, 0);
}

/*
 * Models: Y-05. A page that nobody maps any more while it is in the swap cache is uncharged when it
 * leaves that: whole, if no page table refers to its slot either.
 */
static void unused_swap_cache_ends_with_its_removal(void **state)
{
	struct unit *u = world(state, "v3.16");
	struct memcgsim_page *page = unit_anon_page();
	memcgsim_swp_entry_t entry = add_to_swap(u, page);

	unit_assert_charged(u, "a", 1, 1);
	memcgsim_swap_free(u->machine, entry);
	unit_assert_charged(u, "a", 1, 1);
	assert_true(memcgsim_folio_free_swap(page));
	unit_assert_charged(u, "a", 0, 0);
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(memsw_follows_the_page_to_the_slot_and_back),
		unit_case(freed_slots_are_uncharged),
		unit_case(the_slot_of_a_dead_group_is_its_ancestors),
		unit_case(removal_on_the_way_in_uncharges_nothing),
		unit_case(unused_swap_cache_ends_with_its_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
