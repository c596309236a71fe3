/* SPDX-License-Identifier: MIT */
/*
 * alloc/swap_state: pages go out and come back, and who is charged for the slots meanwhile.
 */
#include "unit.h"

#define SWAP 16

/* unit_world() with a swap area, and without a stock, so that counters say just what is charged. */
static struct unit *swap_world(void **state)
{
	struct memcgsim_config config = unit_config();

	config.stock_batch_pages = 0;
	config.nr_swap_pages = SWAP;
	return unit_world(state, &config);
}

static struct memcgsim_page *locked_page(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	memcgsim_folio_lock(page);
	return page;
}

static struct memcgsim_page *charged_page(unsigned int order)
{
	struct memcgsim_page *page = locked_page(order);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	return page;
}

static void drop(struct memcgsim_page *page)
{
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

/* Swaps a new page of the current task out, with one page table that refers to its slot. */
static memcgsim_swp_entry_t swapped_out(struct unit *u)
{
	struct memcgsim_page *page = charged_page(0);
	memcgsim_swp_entry_t entry;

	assert_true(memcgsim_add_to_swap(page));
	entry = memcgsim_page_swap_entry(page);
	assert_int_equal(memcgsim_swap_duplicate(u->machine, entry), 0);
	assert_int_equal(memcgsim_remove_mapping(page), 1);
	drop(page);
	return entry;
}

static long swap_usage(struct unit *u, const char *path)
{
	return unit_memcg(u, path)->swap.usage;
}

/*
 * Models: U-08, U-09. A slot is charged beside the page, which stays charged until it is freed; the last
 * reference on the slot uncharges it.
 */
static void slot_is_charged_beside_the_page(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = charged_page(0);
	long id_refs = a->id_refs;
	memcgsim_swp_entry_t entry;

	assert_int_equal(memcgsim_page_swap_entry(page).val, 0);
	assert_true(memcgsim_add_to_swap(page));
	assert_true(memcgsim_folio_test_swapcache(page));
	entry = memcgsim_page_swap_entry(page);
	assert_int_equal(entry.val, 1);
	assert_int_equal(memcgsim_page_count(page), 2); /* the cache's */
	assert_int_equal(a->memory.usage, 1);
	assert_int_equal(a->swap.usage, 1);
	assert_int_equal(a->id_refs, id_refs + 1);
	assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry), a->id);
	assert_int_equal(memcgsim_get_nr_swap_pages(u->machine), SWAP - 1);
	assert_int_equal(memcgsim_swap_duplicate(u->machine, entry), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	assert_int_equal(memcgsim_remove_mapping(page), 1);
	assert_false(memcgsim_folio_test_swapcache(page));
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_equal(a->memory.usage, 1); /* until it is freed */
	drop(page);
	assert_int_equal(a->memory.usage, 0);
	assert_int_equal(a->swap.usage, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	assert_int_equal(memcgsim___swap_count(u->machine, entry), 1);
	memcgsim_swap_free(u->machine, entry);
	assert_int_equal(a->swap.usage, 0);
	assert_int_equal(a->id_refs, id_refs);
	assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry), 0);
	assert_int_equal(memcgsim_get_nr_swap_pages(u->machine), SWAP);
}

/* Models: U-10. A page that comes back is charged to whom its slot names, whoever faults. */
static void page_comes_back_to_whom_the_slot_names(void **state)
{
	struct unit *u = swap_world(state);
	memcgsim_swp_entry_t entry = swapped_out(u);
	struct memcgsim_page *page = locked_page(0);

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_null(memcgsim_swap_cache_get_folio(u->machine, entry));
	assert_int_equal(memcgsim_swapcache_prepare(u->machine, entry), 0);
	assert_int_equal(memcgsim_swapcache_prepare(u->machine, entry), -EEXIST);
	assert_int_equal(
		memcgsim_mem_cgroup_swapin_charge_folio(page, NULL, MEMCGSIM_GFP_USER, entry), 0);
	assert_int_equal(unit_usage(u, "a"), 1);
	assert_int_equal(unit_usage(u, "b"), 0);
	assert_int_equal(memcgsim_add_to_swap_cache(page, entry), 0);
	memcgsim_mem_cgroup_swapin_uncharge_swap(u->machine, entry); /* not here */
	assert_int_equal(swap_usage(u, "a"), 1);		     /* counted twice */
	assert_ptr_equal(memcgsim_swap_cache_get_folio(u->machine, entry), page);
	memcgsim_folio_put(page);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	assert_false(memcgsim_folio_free_swap(page)); /* a page table refers to it */
	memcgsim_swap_free(u->machine, entry);
	assert_int_equal(swap_usage(u, "a"), 1); /* the cache does still */
	assert_true(memcgsim_folio_free_swap(page));
	assert_false(memcgsim_folio_free_swap(page));
	assert_int_equal(swap_usage(u, "a"), 0);
	assert_int_equal(unit_usage(u, "a"), 1);
	drop(page);
}

/*
 * Models: U-10, L-06, L-08. What an offline memcg swapped out keeps its id and itself; coming back, whoever
 * faults is charged.
 */
static void slot_keeps_an_offline_memcg(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	memcgsim_swp_entry_t entry = swapped_out(u);
	struct memcgsim_page *page = locked_page(0);
	unsigned int id = a->id;

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	unit_rmdir(u, "a");
	assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry), id);
	assert_int_equal(a->swap.usage, 1);
	assert_int_equal(a->id_refs, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(
		memcgsim_mem_cgroup_swapin_charge_folio(page, NULL, MEMCGSIM_GFP_USER, entry), 0);
	assert_int_equal(unit_usage(u, "b"), 1);
	drop(page);
	memcgsim_swap_free(u->machine, entry);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* and a is freed */
	assert_int_equal(u->machine->swap.slots[entry.val].id, 0);
}

/*
 * Models: U-08, L-09, B26. What a memcg without an id swaps out is charged to the nearest one that has its
 * own, and named as its: counter, record and reference agree.
 */
static void offline_memcg_swaps_out_for_its_ancestor(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *p, *a;
	struct memcgsim_page *page;
	memcgsim_swp_entry_t entry;

	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "p/a");
	p = unit_memcg(u, "p");
	a = unit_memcg(u, "p/a");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "p/a", u->task), 0);
	page = charged_page(0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	unit_rmdir(u, "p/a");
	assert_true(memcgsim_add_to_swap(page));
	entry = memcgsim_page_swap_entry(page);
	assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, entry), p->id);
	assert_int_equal(p->swap.usage, 1);
	assert_int_equal(a->swap.usage, 0);
	assert_int_equal(p->id_refs, 2);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_true(memcgsim_folio_free_swap(page));
	assert_int_equal(p->swap.usage, 0);
	drop(page);
}

/* Models: U-08. The root's slots name it, and it is not charged. */
static void root_is_named_and_not_charged(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_page *page;

	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	page = charged_page(0);
	assert_true(memcgsim_add_to_swap(page));
	assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, memcgsim_page_swap_entry(page)),
			 u->machine->root_memcg->id);
	assert_int_equal(u->machine->root_memcg->swap.usage, 0);
	assert_int_equal(u->machine->root_memcg->stats[MSIM_STAT_SWAP_PAGES], 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_delete_from_swap_cache(page);
	drop(page);
}

/* Models: U-08, U-09. A large page has slots side by side, each with its record and its reference. */
static void large_page_has_a_slot_for_each_frame(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = charged_page(2);
	memcgsim_swp_entry_t entry, third;

	assert_true(memcgsim_add_to_swap(page));
	entry = memcgsim_page_swap_entry(page);
	assert_int_equal(entry.val, 4); /* aligned */
	assert_int_equal(a->swap.usage, 4);
	assert_int_equal(a->id_refs, 1 + 4);
	assert_int_equal(memcgsim_page_count(page), 1 + 4);
	third = (memcgsim_swp_entry_t){ entry.val + 2 };
	assert_int_equal(memcgsim_swap_duplicate(u->machine, third), 0);
	assert_false(memcgsim_folio_free_swap(page));
	assert_int_equal(memcgsim_remove_mapping(page), 4);
	assert_int_equal(a->swap.usage, 1); /* what a page table refers to */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_swap_free(u->machine, third);
	assert_int_equal(a->swap.usage, 0);
	drop(page);
}

/* Models: U-08. Without a slot nothing is charged; it is an event of the page's memcg. */
static void full_area_is_an_event(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_page *pages[SWAP], *one_more;

	for (unsigned int i = 0; i < SWAP; i++) {
		pages[i] = charged_page(0);
		assert_true(memcgsim_add_to_swap(pages[i]));
	}
	one_more = charged_page(0);
	assert_false(memcgsim_add_to_swap(one_more));
	assert_int_equal(memcgsim_folio_alloc_swap(one_more).val, 0);
	assert_int_equal(unit_memcg(u, "a")->events[MSIM_EVENT_SWAP_FAIL], 2);
	assert_int_equal(unit_memcg(u, "a")->events[MSIM_EVENT_SWAP_MAX], 0);
	assert_int_equal(swap_usage(u, "a"), SWAP);
	assert_true(memcgsim_folio_free_swap(pages[7]));
	assert_true(memcgsim_add_to_swap(one_more)); /* in its place */
	assert_int_equal(memcgsim_page_swap_entry(one_more).val, 8);
	assert_true(memcgsim_folio_free_swap(one_more));
	drop(one_more);
	for (unsigned int i = 0; i < SWAP; i++) {
		if (i != 7)
			memcgsim_delete_from_swap_cache(pages[i]);
		drop(pages[i]);
	}
}

/* Models: U-08. A limit refuses: events of the memcg itself, not of the one whose limit it is. */
static void limit_refuses_the_slot(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b;
	struct memcgsim_page *page, *other;
	long id_refs;

	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	b = unit_memcg(u, "a/b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), 0);
	a->swap.max = 1;
	page = charged_page(0);
	other = charged_page(0);
	assert_true(memcgsim_add_to_swap(page));
	id_refs = b->id_refs;
	assert_false(memcgsim_add_to_swap(other));
	assert_int_equal(b->id_refs, id_refs);
	assert_int_equal(b->swap.usage, 1);
	assert_int_equal(a->swap.usage, 1);
	assert_int_equal(memcgsim_get_nr_swap_pages(u->machine), SWAP - 1);
	assert_int_equal(b->events_local[MSIM_EVENT_SWAP_MAX], 1);
	assert_int_equal(b->events_local[MSIM_EVENT_SWAP_FAIL], 1);
	assert_int_equal(a->events_local[MSIM_EVENT_SWAP_MAX], 0);
	assert_int_equal(a->events[MSIM_EVENT_SWAP_MAX], 1);
	memcgsim_delete_from_swap_cache(page);
	drop(page);
	drop(other);
}

/* Models: U-13. The least of what is free and of what the limits leave, which may be less than none. */
static void least_margin_is_what_is_left(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = charged_page(1);

	assert_int_equal(memcgsim_mem_cgroup_get_nr_swap_pages(a), SWAP);
	assert_true(memcgsim_add_to_swap(page));
	assert_int_equal(memcgsim_mem_cgroup_get_nr_swap_pages(a), SWAP - 2);
	a->swap.max = 5;
	assert_int_equal(memcgsim_mem_cgroup_get_nr_swap_pages(a), 3);
	assert_int_equal(memcgsim_mem_cgroup_get_nr_swap_pages(u->machine->root_memcg), SWAP - 2);
	a->swap.max = 1;
	assert_int_equal(memcgsim_mem_cgroup_get_nr_swap_pages(a), -1);
	memcgsim_delete_from_swap_cache(page);
	drop(page);
}

/* Models: U-12. Half of the area, or half of a limit of any level but the root. */
static void half_is_full(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = charged_page(3), *single = charged_page(0);

	assert_true(memcgsim_add_to_swap(page));
	assert_int_equal(a->swap.usage, 8);
	assert_false(memcgsim_mem_cgroup_swap_full(page)); /* half is free */
	a->swap.max = 17;
	assert_false(memcgsim_mem_cgroup_swap_full(page));
	a->swap.max = 16;
	assert_true(memcgsim_mem_cgroup_swap_full(page));
	a->swap.max = MSIM_PAGE_COUNTER_MAX;
	a->swap.high = 16;
	assert_true(memcgsim_mem_cgroup_swap_full(page));
	a->swap.high = MSIM_PAGE_COUNTER_MAX;
	assert_true(memcgsim_add_to_swap(single));
	assert_true(memcgsim_mem_cgroup_swap_full(page));
	memcgsim_delete_from_swap_cache(single);
	memcgsim_delete_from_swap_cache(page);
	drop(single);
	drop(page);
}

/* Models: remove_mapping(). Whoever else has a reference keeps the page in the cache. */
static void page_in_use_stays_in_the_cache(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_page *page = charged_page(0);

	assert_true(memcgsim_add_to_swap(page));
	memcgsim_get_page(page);
	assert_int_equal(memcgsim_remove_mapping(page), 0);
	assert_true(memcgsim_folio_test_swapcache(page));
	memcgsim_folio_put(page);
	assert_int_equal(memcgsim_remove_mapping(page), 1);
	assert_int_equal(swap_usage(u, "a"), 0); /* no page table refers to it */
	drop(page);
}

/* Misuse is told and does nothing: slots that are none, or not the cache's, pages that are not locked. */
static void misuse_is_told(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_page *page = charged_page(0);
	memcgsim_swp_entry_t none = { 0 }, beyond = { SWAP + 1 }, unused = { 3 }, entry;

	assert_int_equal(memcgsim_swap_duplicate(u->machine, none), -EINVAL);
	assert_int_equal(memcgsim_swap_duplicate(u->machine, beyond), -EINVAL);
	assert_int_equal(memcgsim_swap_duplicate(u->machine, unused), -ENOENT);
	assert_int_equal(memcgsim_swapcache_prepare(u->machine, unused), -ENOENT);
	assert_int_equal(memcgsim_swapcache_prepare(u->machine, none), -EINVAL);
	assert_int_equal(memcgsim_add_to_swap_cache(page, unused), -EINVAL);
	assert_int_equal(memcgsim_lookup_swap_cgroup_id(u->machine, beyond), 0);
	assert_int_equal(memcgsim___swap_count(u->machine, beyond), 0);
	assert_null(memcgsim_swap_cache_get_folio(u->machine, beyond));
	unit_allow_bugs(u, 4);
	memcgsim_swap_free(u->machine, unused);
	memcgsim_swap_free(u->machine, none);
	memcgsim_put_swap_folio(page, beyond);
	memcgsim_swapcache_clear(u->machine, unused);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 4);

	assert_true(memcgsim_add_to_swap(page));
	unit_allow_bugs(u, 2);
	assert_false(memcgsim_add_to_swap(page));
	assert_int_equal(memcgsim_add_to_swap_cache(page, unused), -EINVAL);
	unit_assert_bugs(u, MEMCGSIM_VM_BUG, 2);
	entry = memcgsim_page_swap_entry(page);
	unit_allow_bugs(u, 1);
	memcgsim_swap_free(u->machine, entry); /* the cache's is no page table's */
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_folio_unlock(page);
	unit_allow_bugs(u, 3);
	memcgsim_delete_from_swap_cache(page);
	assert_false(memcgsim_folio_free_swap(page));
	assert_int_equal(memcgsim_remove_mapping(page), 0);
	unit_assert_bugs(u, MEMCGSIM_VM_BUG, 3);
	memcgsim_folio_lock(page);
	memcgsim_delete_from_swap_cache(page);
	drop(page);
}

/* Misuse: the claim of a slot whose page is cached is the page's, whoever else refers to the slot. */
static void claim_of_a_cached_page_is_its_own(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_page *page = charged_page(1);
	memcgsim_swp_entry_t entry;

	assert_true(memcgsim_add_to_swap(page));
	entry = memcgsim_page_swap_entry(page);
	unit_allow_bugs(u, 3);
	memcgsim_put_swap_folio(page, entry); /* a slot for each frame */
	memcgsim_swapcache_clear(u->machine, entry);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 3);
	assert_int_equal(memcgsim_swap_duplicate(u->machine, entry), 0);
	unit_allow_bugs(u, 1);
	memcgsim_swapcache_clear(u->machine, entry);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_swap_free(u->machine, entry);
	assert_int_equal(swap_usage(u, "a"), 2);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_delete_from_swap_cache(page);
	assert_int_equal(swap_usage(u, "a"), 0);
	drop(page);
}

/* Models: memcgsim_destroy(). Slots that are left are counted, and so is the cache's page if somebody has it. */
static void slots_left_behind_are_leaks(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_leaks leaks = { 0 };
	struct memcgsim_page *held, *cached;

	(void)swapped_out(u);
	held = charged_page(1);
	assert_true(memcgsim_add_to_swap(held));
	memcgsim_folio_unlock(held);
	cached = charged_page(0);
	assert_true(memcgsim_add_to_swap(cached));
	drop(cached); /* the cache's alone */
	u->broken = true;
	unit_clear(u);
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.swap_slots, 1 + 2 + 1);
	assert_int_equal(leaks.pages, 2);
	assert_int_equal(leaks.mem_cgroups, 0);
	assert_int_equal(leaks.bugs, 0);
}

/* A machine without a swap area has nothing to give, and says so. */
static void no_area_no_slots(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = charged_page(0);

	assert_false(memcgsim_add_to_swap(page));
	assert_int_equal(unit_memcg(u, "a")->events[MSIM_EVENT_SWAP_FAIL], 1);
	assert_int_equal(memcgsim_get_nr_swap_pages(u->machine), 0);
	assert_false(memcgsim_mem_cgroup_swap_full(page));
	assert_int_equal(memcgsim_mem_cgroup_get_nr_swap_pages(unit_memcg(u, "a")), 0);
	drop(page);
}

/* Models: U-08, U-09. Every version that gives swap a counter of its own charges slots alike. */
static void later_versions_charge_alike(void **state)
{
	const char *profile;

	for (unsigned int i = 0; (profile = memcgsim_profile_name(i)); i++) {
		struct memcgsim_config config = unit_config();
		struct memcgsim_page *page;
		struct unit *u;

		if (profile[1] < '5')
			continue;
		config.profile = profile;
		config.nr_swap_pages = SWAP;
		u = unit_world(state, &config);
		page = charged_page(1);
		assert_true(memcgsim_add_to_swap(page));
		unit_assert_file(u, "a/memory.swap.current", "8192\n");
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_true(memcgsim_folio_free_swap(page));
		unit_assert_file(u, "a/memory.swap.current", "0\n");
		drop(page);
		assert_int_equal(unit_teardown(state), 0);
		*state = NULL;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(slot_is_charged_beside_the_page),
		unit_case(page_comes_back_to_whom_the_slot_names),
		unit_case(slot_keeps_an_offline_memcg),
		unit_case(offline_memcg_swaps_out_for_its_ancestor),
		unit_case(root_is_named_and_not_charged),
		unit_case(large_page_has_a_slot_for_each_frame),
		unit_case(full_area_is_an_event),
		unit_case(limit_refuses_the_slot),
		unit_case(least_margin_is_what_is_left),
		unit_case(half_is_full),
		unit_case(page_in_use_stays_in_the_cache),
		unit_case(misuse_is_told),
		unit_case(claim_of_a_cached_page_is_its_own),
		unit_case(slots_left_behind_are_leaks),
		unit_case(no_area_no_slots),
		unit_case(later_versions_charge_alike),
	};

	return cmocka_run_group_tests_name("swap_state", tests, NULL, NULL);
}
