/* SPDX-License-Identifier: MIT */
/*
 * alloc/folio: the page lock, the LRU bit, and pages released by the batch.
 */
#include "unit.h"

static struct memcgsim_page *user_page(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	return page;
}

/* A machine that remembers its events. */
static struct unit *traced_world(void **state)
{
	struct memcgsim_config config = unit_config();

	config.trace_events = 1024;
	return unit_world(state, &config);
}

/* How often pages were taken off a memcg's counters, and how many in all. */
static unsigned int uncharges(struct unit *u, const struct memcgsim_mem_cgroup *memcg,
			      long *ret_pages)
{
	static struct memcgsim_event events[1024];
	size_t count = memcgsim_trace_read(u->machine, 0, events, 1024);
	unsigned int found = 0;

	*ret_pages = 0;
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind != MEMCGSIM_EV_UNCHARGE || events[i].object != memcg)
			continue;
		found++;
		*ret_pages += events[i].value;
	}
	return found;
}

/* Models: folio_lock(). One holder at a time; who unlocks what is not locked is told. */
static void lock_has_one_holder(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(2);

	assert_false(memcgsim_folio_test_locked(page));
	assert_true(memcgsim_folio_trylock(page));
	assert_true(memcgsim_folio_test_locked(page));
	assert_false(memcgsim_folio_trylock(page));
	memcgsim_folio_unlock(page);
	memcgsim_folio_lock(page);
	assert_true(memcgsim_folio_test_locked(page));
	memcgsim_folio_unlock(page);
	unit_allow_bugs(u, 1);
	memcgsim_folio_unlock(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim_folio_put(page);
}

/* Models: B-35. A page that is still locked when its last reference goes is left out for good. */
static void locked_page_is_not_freed(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *user = user_page(0), *kernel;

	kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	memcgsim_folio_lock(user);
	memcgsim_folio_lock(kernel);
	unit_allow_bugs(u, 2);
	memcgsim_folio_put(user);
	memcgsim___free_pages(kernel, 0);
	unit_assert_bugs(u, MEMCGSIM_VM_BUG, 2);
	assert_int_equal(memcgsim_page_memcg_data(user), 0); /* uncharged all the same */
	assert_int_equal(unit_usage(u, "a"), 63);
	assert_ptr_not_equal(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0), kernel);
	u->broken = true; /* two frames are in nobody's hands */
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_destroy(u->machine, NULL), 0);
}

/* Models: U-01. The LRU bit: set once, taken off by who isolates it, and by the last put. */
static void lru_bit_is_set_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	assert_false(memcgsim_folio_isolate_lru(page));
	memcgsim_folio_add_lru(page);
	assert_true(memcgsim_folio_test_lru(page));
	unit_allow_bugs(u, 1);
	memcgsim_folio_add_lru(page);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_true(memcgsim_folio_isolate_lru(page));
	assert_false(memcgsim_folio_test_lru(page));
	memcgsim_folio_add_lru(page);
	memcgsim_folio_put(page);
}

/*
 * Models: U-02. Pages that are released together and are one memcg's leave the counter in one step, each
 * batch of 31 in its own.
 */
static void released_pages_are_uncharged_as_one(void **state)
{
	struct unit *u = traced_world(state);
	struct memcgsim_page *pages[40];
	long uncharged;

	for (unsigned int i = 0; i < 40; i++)
		pages[i] = user_page(i % 2);
	memcgsim_release_pages(pages, 30);
	assert_int_equal(uncharges(u, unit_memcg(u, "a"), &uncharged), 1);
	assert_int_equal(uncharged, 45);
	for (unsigned int i = 0; i < 30; i++)
		pages[i] = user_page(0);
	memcgsim_release_pages(pages, 40);
	assert_int_equal(uncharges(u, unit_memcg(u, "a"), &uncharged), 1 + 2);
	assert_int_equal(uncharged, 45 + 30 + 15);
	for (unsigned int i = 0; i < 40; i++)
		assert_int_equal(memcgsim_page_count(pages[i]), 0);
}

/* Models: U-02. Taking turns, each change of the memcg costs a step. */
static void change_of_memcg_settles_the_sum(void **state)
{
	struct unit *u = traced_world(state);
	struct memcgsim_page *pages[6];
	unsigned int steps;
	long uncharged, before;

	unit_mkdir(u, "b");
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine,
							     i == 2 || i == 3 ? "b" : "a", u->task),
				 0);
		pages[i] = user_page(0);
	}
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "/"), 0);
	steps = uncharges(u, unit_memcg(u, "a"), &before);
	memcgsim_release_pages(pages, 6); /* a a b b a a */
	assert_int_equal(unit_usage(u, "a") + unit_usage(u, "b"), 0);
	assert_int_equal(uncharges(u, unit_memcg(u, "a"), &uncharged), steps + 2);
	assert_int_equal(uncharged, before + 4);
}

/* Models: U-01. Only last references free; tails stand for their heads; what is none is told. */
static void release_minds_references(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *pages[3] = { user_page(0), user_page(2) };

	memcgsim_get_page(pages[0]);
	pages[1]++; /* a tail */
	pages[2] = pages[0];
	memcgsim_release_pages(pages, 2);
	assert_int_equal(memcgsim_page_count(pages[0]), 1);
	assert_int_equal(memcgsim_page_count(pages[1] - 1), 0);
	memcgsim_release_pages(pages, 1);
	assert_int_equal(memcgsim_page_count(pages[0]), 0);
	unit_allow_bugs(u, 1);
	memcgsim_release_pages(pages, 1);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	memcgsim_release_pages(pages, 0);
}

/* Models: U-01, C-10. A kernel page that ends with folio_put() is uncharged from the counters. */
static void kernel_page_put_as_a_folio_bypasses_the_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	memcgsim_folio_put(page);
	assert_int_equal(unit_usage(u, "a"), 63);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
}

/* Models: U-01. Uncharging before the end leaves a page that is nobody's, to be freed or charged. */
static void uncharged_page_may_be_charged_again(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = user_page(0);

	memcgsim___mem_cgroup_uncharge(page);
	memcgsim___mem_cgroup_uncharge(page); /* it is nobody's already */
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	assert_int_equal(unit_usage(u, "a"), 63);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	memcgsim_folio_put(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(lock_has_one_holder),
		unit_case(locked_page_is_not_freed),
		unit_case(lru_bit_is_set_once),
		unit_case(released_pages_are_uncharged_as_one),
		unit_case(change_of_memcg_settles_the_sum),
		unit_case(release_minds_references),
		unit_case(kernel_page_put_as_a_folio_bypasses_the_stock),
		unit_case(uncharged_page_may_be_charged_again),
	};

	return cmocka_run_group_tests_name("alloc_folio", tests, NULL, NULL);
}
