/* SPDX-License-Identifier: MIT */
/*
 * frames/pcp: a CPU's own lists of free pages.
 */
#include "unit.h"

#include "frames/page.h"
#include "frames/pcp.h"

static struct unit *machine(void **state, unsigned int batch, unsigned int high)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	config.pcp_batch_pages = batch;
	config.pcp_high_pages = high;
	u = unit_machine(state, &config);
	unit_run(u, 0, NULL);
	return u;
}

static struct msim_pcp *pcp(struct unit *u, unsigned int cpu)
{
	return &u->machine->cpus[cpu].pcp;
}

static struct memcgsim_page *take(unsigned int order)
{
	struct memcgsim_page *page = msim_rmqueue(msim_ctx(), order);

	assert_non_null(page);
	return page;
}

static void give(struct memcgsim_page *page, unsigned int order)
{
	msim_free_frames(msim_ctx(), page, order);
}

/*
 * Models: B-42, B-44. An empty list takes a batch, in rising addresses, and gives the
 * first.
 */
static void refill_takes_a_batch_of_rising_addresses(void **state)
{
	struct unit *u = machine(state, 8, 32);
	struct memcgsim_page *page[8];

	for (unsigned int i = 0; i < 8; i++) {
		page[i] = take(0);
		assert_int_equal(msim_pfn(u->machine, page[i]), i);
		assert_int_equal(pcp(u, 0)->count_pages, 7 - i);
	}
	for (unsigned int i = 0; i < 8; i++)
		give(page[i], 0);
}

/* Models: B-44. Higher orders: a batch of frames, but two blocks at least. */
static void refill_of_higher_orders_takes_at_least_two_blocks(void **state)
{
	struct unit *u = machine(state, 8, 64);
	struct memcgsim_page *order1 = take(1), *order3 = take(3);

	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[1]), 4 - 1);
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[3]), 2 - 1);
	assert_int_equal(pcp(u, 0)->count_pages, 6 + 8);
	give(order1, 1);
	give(order3, 3);
}

/* Models: B-42. Last in, first out: the hottest page is given again. */
static void list_is_last_in_first_out(void **state)
{
	struct unit *u = machine(state, 8, 32);
	struct memcgsim_page *a = take(0), *b = take(0);

	(void)u;
	give(a, 0);
	give(b, 0);
	assert_ptr_equal(take(0), b);
	assert_ptr_equal(take(0), a);
	give(a, 0);
	give(b, 0);
}

/* Models: B-42. Each order has its list; above order 3 there is none. */
static void orders_have_lists_up_to_3(void **state)
{
	struct unit *u = machine(state, 8, 64);

	for (unsigned int order = 0; order <= 4; order++) {
		struct memcgsim_page *page = take(order);
		unsigned long before = pcp(u, 0)->count_pages;

		give(page, order);
		assert_int_equal(pcp(u, 0)->count_pages - before, order <= 3 ? 1UL << order : 0);
		if (order <= 3)
			assert_ptr_equal(pcp(u, 0)->lists[order].next, &page->lru);
	}
}

/*
 * Models: B-42, B-44
 *
 * Full, a free gives a batch back first: from the tail of its own list, the coldest pages, and
 * keeps the new one.
 */
static void full_list_flushes_its_coldest_pages(void **state)
{
	struct unit *u = machine(state, 4, 8);
	struct memcgsim_page *page[9];
	unsigned long before;

	for (unsigned int i = 0; i < 9; i++)
		page[i] = take(0);
	assert_int_equal(pcp(u, 0)->count_pages, 3);
	msim_cpu_visit(&u->machine->cpus[0]);
	while (pcp(u, 0)->count_pages > 0) /* nothing but the nine */
		(void)msim_pcp_pop(&u->machine->cpus[0], 0);
	msim_cpu_unvisit(&u->machine->cpus[0]);
	for (unsigned int i = 0; i < 8; i++)
		give(page[i], 0);
	assert_int_equal(pcp(u, 0)->count_pages, 8);
	before = u->machine->zone.free_pages;
	give(page[8], 0);
	assert_int_equal(pcp(u, 0)->count_pages, 8 - 4 + 1);
	assert_int_equal(u->machine->zone.free_pages - before, 4);
	assert_ptr_equal(pcp(u, 0)->lists[0].next, &page[8]->lru);
	assert_ptr_equal(pcp(u, 0)->lists[0].prev, &page[4]->lru); /* 0 ... 3 were the coldest */
	for (unsigned long pfn = 9; pfn < 12; pfn++)
		give(&u->machine->pages[pfn], 0); /* those taken away above */
}

/*
 * Models: B-42. What the list just freed to cannot give comes from the next ones.
 */
static void flush_goes_on_to_the_other_lists(void **state)
{
	struct unit *u = machine(state, 8, 16);
	struct memcgsim_page *small[8], *large[2];

	for (unsigned int i = 0; i < 8; i++)
		small[i] = take(0);
	large[0] = take(3);
	large[1] = take(3);
	for (unsigned int i = 0; i < 8; i++)
		give(small[i], 0);
	give(large[0], 3);
	assert_int_equal(pcp(u, 0)->count_pages, 16);
	give(large[1], 3); /* flushes its own list first: large[0], which is a batch */
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[0]), 8);
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[3]), 1);
	assert_ptr_equal(pcp(u, 0)->lists[3].next, &large[1]->lru);
	small[0] = take(1); /* and an order that has no list to flush takes from the next */
	give(small[0], 1);
	assert_true(pcp(u, 0)->count_pages <= 16);
}

/* Models: B-43. high is never exceeded, by freeing or by refilling. */
static void count_never_exceeds_high(void **state)
{
	struct unit *u = machine(state, 8, 10);
	struct memcgsim_page *page[64];

	for (unsigned int i = 0; i < 64; i++) {
		page[i] = take(i % 4);
		assert_true(pcp(u, 0)->count_pages <= 10);
	}
	for (unsigned int i = 0; i < 64; i++) {
		give(page[i], i % 4);
		assert_true(pcp(u, 0)->count_pages <= 10);
	}
}

/*
 * Models: B-42. With high 0 the lists are off: everything is the buddy allocator's.
 */
static void lists_off_go_straight_to_the_buddy(void **state)
{
	struct unit *u = machine(state, 0, 0);
	struct memcgsim_page *page = take(0);

	assert_int_equal(pcp(u, 0)->count_pages, 0);
	give(page, 0);
	assert_int_equal(pcp(u, 0)->count_pages, 0);
	assert_int_equal(u->machine->zone.free_pages, 1024);
}

/*
 * Models: B-42, B-45. A page stays on the CPU that freed it, not in the zone's count.
 */
static void page_stays_with_the_cpu_that_freed_it(void **state)
{
	struct unit *u = machine(state, 4, 32);
	struct memcgsim_page *page = take(0);

	unit_run(u, 1, NULL);
	give(page, 0);
	assert_int_equal(pcp(u, 0)->count_pages, 3);
	assert_int_equal(pcp(u, 1)->count_pages, 1);
	assert_int_equal(u->machine->zone.free_pages, 1020);
	assert_false(msim_page_has_type(page, MSIM_PGTY_BUDDY));
	assert_ptr_equal(take(0), page);
	give(page, 0);
}

/*
 * Models: drain_all_pages(). Before it fails, an allocation takes back what lies on every
 * CPU's list.
 */
static void allocation_drains_every_cpu_before_it_fails(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page[4];
	struct unit *u;

	config.nr_pages = 4;
	config.nr_cpus = 2;
	u = unit_machine(state, &config);
	unit_run(u, 0, NULL);
	for (unsigned int i = 0; i < 4; i++)
		page[i] = take(0);
	assert_null(msim_rmqueue(msim_ctx(), 0));
	unit_run(u, 1, NULL);
	for (unsigned int i = 0; i < 4; i++)
		give(page[i], 0);
	assert_int_equal(pcp(u, 1)->count_pages, 4);
	unit_run(u, 0, NULL);
	page[0] = take(2); /* merged from CPU 1's list */
	assert_int_equal(pcp(u, 1)->count_pages, 0);
	give(page[0], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(refill_takes_a_batch_of_rising_addresses),
		unit_case(refill_of_higher_orders_takes_at_least_two_blocks),
		unit_case(list_is_last_in_first_out),
		unit_case(orders_have_lists_up_to_3),
		unit_case(full_list_flushes_its_coldest_pages),
		unit_case(flush_goes_on_to_the_other_lists),
		unit_case(count_never_exceeds_high),
		unit_case(lists_off_go_straight_to_the_buddy),
		unit_case(page_stays_with_the_cpu_that_freed_it),
		unit_case(allocation_drains_every_cpu_before_it_fails),
	};

	return cmocka_run_group_tests_name("pcp", tests, NULL, NULL);
}
