/* SPDX-License-Identifier: MIT */
/*
 * memcg/folio: user pages, which pin the memcg itself.
 */
#include "unit.h"

#include "machine/profile.h"
#include "memcg/folio.h"

static struct memcgsim_page *alloc(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	return page;
}

static struct memcgsim_page *user_page(unsigned int order)
{
	struct memcgsim_page *page = alloc(order);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	return page;
}

/*
 * Models: U-03. The word is the bare memcg, and the page holds one reference on it.
 */
static void charged_folio_names_and_holds_its_memcg(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = user_page(0);

	assert_int_equal(memcgsim_page_memcg_data(page), (unsigned long)a);
	assert_int_equal(a->memory.usage, 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	assert_int_equal(unit_refs(u, &a->ref), 5); /* base, id, css_set, stock, page */
	memcgsim_folio_put(page);
	assert_int_equal(unit_refs(u, &a->ref), 4);
}

/*
 * Models: U-03. A compound page of order 3 is eight pages, one word, one reference.
 */
static void large_folio_is_charged_by_its_frames(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = user_page(3);

	assert_int_equal(unit_stock(u, 0)->nr_pages, 64 - 8);
	assert_int_equal(memcgsim_page_memcg_data(page + 1), 0);
	assert_int_equal(unit_refs(u, &a->ref), 5);
	memcgsim_folio_put(page);
	assert_int_equal(a->memory.usage, 64 - 8);
}

/*
 * Models: U-01, C-10, section 17. Uncharged straight from the counters: usage -1, the
 * stock as it was.
 */
static void folio_put_uncharges_the_counter_and_not_the_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	memcgsim_folio_put(page);
	assert_int_equal(unit_usage(u, "a"), 63);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	assert_int_equal(memcgsim_page_count(page), 0);
}

/*
 * Models: C-10, T-09. In every version: whether it was a kernel page is known although its word is cleared. A
 * user page counts as one that came and one that went, a kernel page as kernel memory; neither as both.
 */
static void kernel_and_user_pages_are_counted_apart(void **state)
{
	for (unsigned int i = 0; memcgsim_profile_name(i); i++) {
		struct memcgsim_config config = unit_config();
		struct memcgsim_page *page;
		struct memcgsim_mem_cgroup *a;
		struct unit *u;

		if (msim_profile_find(memcgsim_profile_name(i))->v1)
			continue;
		config.profile = memcgsim_profile_name(i);
		u = unit_world(state, &config);
		a = unit_memcg(u, "a");
		page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_COMP, 2);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(a->kmem_pages, 4);
		memcgsim_folio_put(page);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(a->kmem_pages, 0);
		assert_int_equal(memcgsim_memcg_events_local(a, MEMCGSIM_PGPGIN), 0);
		assert_int_equal(memcgsim_memcg_events_local(a, MEMCGSIM_PGPGOUT), 0);

		page = user_page(3);
		assert_int_equal(memcgsim_memcg_events_local(a, MEMCGSIM_PGPGIN), 1);
		assert_int_equal(memcgsim_memcg_events_local(a, MEMCGSIM_PGPGOUT), 0);
		memcgsim_folio_put(page);
		assert_int_equal(memcgsim_memcg_events_local(a, MEMCGSIM_PGPGOUT), 1);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(a->memory.usage, 0);
		assert_int_equal(memcgsim_memcg_events_local(a, MEMCGSIM_NR_VM_EVENTS), 0);
		assert_int_equal(memcgsim_memcg_events_local(NULL, MEMCGSIM_PGPGIN), 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/*
 * Models: U-01. Only the last put uncharges: the charge lives as long as any holder.
 */
static void folio_stays_charged_until_the_last_put(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	page->_refcount++; /* a second holder */
	memcgsim_folio_put(page);
	assert_int_equal(unit_usage(u, "a"), 64);
	assert_int_equal(memcgsim_page_memcg_data(page), (unsigned long)unit_memcg(u, "a"));
	memcgsim_folio_put(page);
	assert_int_equal(unit_usage(u, "a"), 63);
}

/* Models: U-03. A page is charged once. */
static void charging_a_charged_folio_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	unit_allow_bugs(u, 1);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), -EINVAL);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	memcgsim_folio_put(page);
}

/*
 * Models: U-03, I-FAIL-UNDO. A refused charge leaves the page uncharged and no reference
 * behind.
 */
static void refused_folio_stays_uncharged(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = alloc(1);

	unit_write(u, "a/memory.max", "4096");
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_NOWAIT), -ENOMEM);
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	assert_int_equal(a->memory.usage, 0);
	assert_int_equal(unit_refs(u, &a->ref), 3);
	memcgsim_folio_put(page); /* of an uncharged page: just the page */
}

/* Models: U-03, C-01. Charging to the root names it, and counts nothing. */
static void folio_of_the_root_is_named_and_not_counted(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page;

	assert_int_equal(memcgsim_switch_to(NULL), 0); /* no task: the root's (O-13) */
	page = user_page(2);
	assert_int_equal(memcgsim_page_memcg_data(page), (unsigned long)u->machine->root_memcg);
	assert_int_equal(u->machine->root_memcg->memory.usage, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(page);
}

/*
 * Models: G-07, C-17
 *
 *   root -- a      charged here ...
 *      `--- b      ... freed by the same task from here: a is uncharged
 */
static void folio_is_uncharged_from_who_paid(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_int_equal(unit_usage(u, "a"), 64);
	memcgsim_folio_put(page);
	assert_int_equal(unit_usage(u, "a"), 63);
	assert_int_equal(unit_usage(u, "b"), 0);
}

/* Models: U-02. Of a page that is charged to nobody nothing is gathered. */
static void uncharged_folio_is_left_alone(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct msim_uncharge_gather gather = { 0 };
	struct memcgsim_page *page = alloc(0);

	msim_uncharge_folio(msim_ctx(), &gather, page);
	assert_null(gather.memcg);
	msim_uncharge_batch(msim_ctx(), &gather);
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim_folio_put(page);
}

/*
 * Models: U-02
 *
 *   root -- a, b: two pages of a, one of b, one of a
 *
 * Neighbours of one memcg are one sum; another memcg settles it. Words and references go at once.
 */
static void neighbours_are_gathered_until_the_memcg_changes(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b;
	struct msim_uncharge_gather gather = { 0 };
	struct memcgsim_page *page[4];

	unit_mkdir(u, "b");
	b = unit_memcg(u, "b");
	page[0] = user_page(0);
	page[1] = user_page(2);
	page[3] = user_page(0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	page[2] = user_page(0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(a->memory.usage, 6);

	msim_uncharge_folio(msim_ctx(), &gather, page[0]);
	msim_uncharge_folio(msim_ctx(), &gather, page[1]);
	assert_ptr_equal(gather.memcg, a);
	assert_int_equal(gather.nr_memory_pages, 5);
	assert_int_equal(a->memory.usage, 6);
	assert_int_equal(memcgsim_page_memcg_data(page[1]), 0);
	assert_int_equal(unit_refs(u, &a->ref), 4); /* base, id, the last page, the gathered */

	msim_uncharge_folio(msim_ctx(), &gather, page[2]);
	assert_int_equal(a->memory.usage, 1);
	assert_ptr_equal(gather.memcg, b);
	assert_int_equal(gather.nr_memory_pages, 1);
	msim_uncharge_folio(msim_ctx(), &gather, page[3]);
	assert_int_equal(b->memory.usage, 0);
	msim_uncharge_batch(msim_ctx(), &gather);
	assert_int_equal(a->memory.usage, 0);
	assert_null(gather.memcg);
	msim_uncharge_batch(msim_ctx(), &gather); /* of nothing: nothing */
	for (unsigned int i = 0; i < 4; i++)
		memcgsim_folio_put(page[i]);
}

/*
 * Models: U-02, C-01. A kernel page among them is its objcg's memcg's, and kernel memory; the root's
 * pages are named and not counted.
 */
static void kernel_and_root_pages_are_gathered_too(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct msim_uncharge_gather gather = { 0 };
	struct memcgsim_page *kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);
	struct memcgsim_page *user = user_page(0), *of_root;

	assert_int_equal(memcgsim_switch_to(NULL), 0);
	of_root = user_page(0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(a->kmem_pages, 2);
	msim_uncharge_folio(msim_ctx(), &gather, user);
	msim_uncharge_folio(msim_ctx(), &gather, kernel);
	assert_int_equal(gather.nr_memory_pages, 3);
	assert_int_equal(gather.nr_kmem_pages, 2);
	msim_uncharge_folio(msim_ctx(), &gather, of_root);
	assert_ptr_equal(gather.memcg, u->machine->root_memcg);
	assert_int_equal(gather.nr_memory_pages, 0);
	assert_int_equal(a->memory.usage, 0);
	assert_int_equal(a->kmem_pages, 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 0); /* not into the stock (C-10) */
	msim_uncharge_batch(msim_ctx(), &gather);
	memcgsim___free_pages(kernel, 1);
	memcgsim_folio_put(user);
	memcgsim_folio_put(of_root);
}

/* Models: U-01. A page on an LRU list is not to be uncharged: it stays charged. */
static void uncharging_a_listed_folio_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	memcgsim_folio_add_lru(page);
	unit_allow_bugs(u, 1);
	memcgsim___mem_cgroup_uncharge(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_memcg_data(page), (unsigned long)unit_memcg(u, "a"));
	memcgsim_folio_put(page); /* takes it off first */
	assert_int_equal(unit_usage(u, "a"), 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(charged_folio_names_and_holds_its_memcg),
		unit_case(large_folio_is_charged_by_its_frames),
		unit_case(folio_put_uncharges_the_counter_and_not_the_stock),
		unit_case(kernel_and_user_pages_are_counted_apart),
		unit_case(folio_stays_charged_until_the_last_put),
		unit_case(charging_a_charged_folio_is_a_simulated_bug),
		unit_case(refused_folio_stays_uncharged),
		unit_case(folio_of_the_root_is_named_and_not_counted),
		unit_case(folio_is_uncharged_from_who_paid),
		unit_case(uncharged_folio_is_left_alone),
		unit_case(neighbours_are_gathered_until_the_memcg_changes),
		unit_case(kernel_and_root_pages_are_gathered_too),
		unit_case(uncharging_a_listed_folio_is_a_simulated_bug),
	};

	return cmocka_run_group_tests_name("folio", tests, NULL, NULL);
}
