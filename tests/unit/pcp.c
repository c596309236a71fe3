/* SPDX-License-Identifier: MIT */
/*
 * frames/pcp: a CPU's own lists of free pages.
 */
#include "unit.h"

#include "frames/fallback.h"
#include "frames/page.h"
#include "frames/pcp.h"

/* Where unmovable blocks of an order lie. */
#define LIST(order) msim_pcp_index(order, MEMCGSIM_MIGRATE_UNMOVABLE)

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
	struct memcgsim_page *page = msim_rmqueue(msim_ctx(), order, MEMCGSIM_MIGRATE_UNMOVABLE, 0);

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

	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[LIST(1)]), 4 - 1);
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[LIST(3)]), 2 - 1);
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
			assert_ptr_equal(pcp(u, 0)->lists[LIST(order)].next, &page->lru);
	}
}

/* Models: B-44. Without a free in between each refill of single pages is twice the one before. */
static void refill_doubles_while_nobody_frees(void **state)
{
	struct unit *u = machine(state, 4, 64);
	unsigned long expected[] = { 4, 8, 16, 32, 60, 60 }; /* ... up to high less a batch */
	struct memcgsim_page *page[256];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < 6; i++) {
		page[nr++] = take(0);
		assert_int_equal(pcp(u, 0)->count_pages, expected[i] - 1);
		while (pcp(u, 0)->count_pages)
			page[nr++] = take(0);
	}
	give(page[--nr], 0); /* and a free takes half of the doublings back */
	page[nr++] = take(0);
	page[nr++] = take(0);
	assert_int_equal(pcp(u, 0)->count_pages, 16 - 1);
	while (nr > 0)
		give(page[--nr], 0);
}

/*
 * Models: B-42, B-44
 *
 * The free that fills the list to high gives back as many as were freed at a stretch, but for a
 * batch: from the tail of its own list, the coldest pages.
 */
static void full_list_flushes_its_coldest_pages(void **state)
{
	struct unit *u = machine(state, 4, 16);
	struct memcgsim_page *page[16];
	unsigned long before;

	for (unsigned int i = 0; i < 12; i++)
		page[i] = take(0);
	assert_int_equal(pcp(u, 0)->count_pages, 0); /* 4 and 8 */
	for (unsigned int i = 0; i < 4; i++)
		page[12 + i] = &u->machine->pages[12 + i];
	assert_ptr_equal(take(0), page[12]);
	while (pcp(u, 0)->count_pages > 0)
		(void)take(0);
	for (unsigned int i = 0; i < 15; i++)
		give(page[i], 0);
	assert_int_equal(pcp(u, 0)->count_pages, 15);
	before = u->machine->zone.free_pages;
	give(page[15], 0);
	assert_int_equal(pcp(u, 0)->count_pages, 16 - 12); /* high less a batch (B-44) */
	assert_int_equal(u->machine->zone.free_pages - before, 12);
	assert_ptr_equal(pcp(u, 0)->lists[LIST(0)].next, &page[15]->lru);
	assert_ptr_equal(pcp(u, 0)->lists[LIST(0)].prev,
			 &page[12]->lru); /* 0 ... 11: the coldest */
	for (unsigned long pfn = 16; pfn < 24; pfn++)
		give(&u->machine->pages[pfn], 0); /* those taken away above */
}

/* Models: B-44. After as many allocations as frees a flush gives back no more than a batch. */
static void flush_after_allocations_is_a_batch(void **state)
{
	struct unit *u = machine(state, 4, 64);
	struct memcgsim_page *page[128];
	unsigned long before;

	for (unsigned int i = 0; i < 124; i++)
		page[i] = take(0);
	while (pcp(u, 0)->count_pages < 63) {
		static unsigned int next = 0;

		give(page[next++], 0);
	}
	for (unsigned int i = 0; i < 8; i++) /* each halves what was freed at a stretch */
		give(take(0), 0);
	while (pcp(u, 0)->free_count_pages > 2)
		give(take(0), 0);
	before = pcp(u, 0)->count_pages;
	give(page[123], 0);
	assert_int_equal(pcp(u, 0)->count_pages, before + 1 - 4);
	for (unsigned int i = 0; i < 123; i++) {
		if (msim_page_ref_count(page[i]) == 0 && page[i]->lru.next == NULL)
			give(page[i], 0);
	}
}

/* Models: B-42. What the list just freed to cannot give comes from the next ones. */
static void flush_goes_on_to_the_other_lists(void **state)
{
	struct unit *u = machine(state, 8, 20);
	struct memcgsim_page *small[8], *large[2];

	for (unsigned int i = 0; i < 8; i++)
		small[i] = take(0);
	large[0] = take(3);
	large[1] = take(3);
	for (unsigned int i = 0; i < 8; i++)
		give(small[i], 0);
	give(large[0], 3);
	assert_int_equal(pcp(u, 0)->count_pages, 16);
	give(large[1], 3); /* 24: twelve go. Its own list first, both blocks, which is enough */
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[LIST(0)]), 8);
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[LIST(3)]), 0);
	large[0] = take(1);
	give(large[0], 1); /* two blocks of two: nothing is full */
	assert_int_equal(pcp(u, 0)->count_pages, 16);
	large[1] = take(2); /* two of four come, one is given: 20 */
	give(large[1], 2);  /* 24: both blocks of its list go, and then three of the next list's */
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[LIST(2)]), 0);
	assert_int_equal(msim_list_count(&pcp(u, 0)->lists[LIST(0)]), 5);
	assert_int_equal(pcp(u, 0)->count_pages, 24 - 11);
}

/* Models: B-43, B-44. A free never leaves high; a refill goes above it by two blocks at most. */
static void count_stays_below_high(void **state)
{
	struct unit *u = machine(state, 8, 10);
	struct memcgsim_page *page[64];

	for (unsigned int i = 0; i < 64; i++) {
		page[i] = take(i % 4);
		assert_true(pcp(u, 0)->count_pages <= 10 + 16);
	}
	for (unsigned int i = 0; i < 64; i++) {
		unsigned long before = pcp(u, 0)->count_pages;

		give(page[i], i % 4);
		assert_true(pcp(u, 0)->count_pages < 10 || pcp(u, 0)->count_pages < before + 8);
	}
}

/* Models: B-42. Huge pages have two lists: of movable ones, and of the others. */
static void huge_pages_have_lists_of_their_own(void **state)
{
	struct unit *u = machine(state, 63, 4096);
	struct memcgsim_page *other = take(9), *movable;

	movable = msim_rmqueue(msim_ctx(), 9, MEMCGSIM_MIGRATE_MOVABLE, 0);
	assert_int_equal(pcp(u, 0)->count_pages, 1024); /* two blocks of each came */
	give(other, 9);
	give(movable, 9);
	assert_ptr_equal(pcp(u, 0)->lists[MSIM_PCP_HUGE_LIST].next, &other->lru);
	assert_ptr_equal(pcp(u, 0)->lists[MSIM_PCP_HUGE_LIST + 1].next, &movable->lru);
	assert_int_equal(pcp(u, 0)->count_pages, 2048);
}

/*
 * Models: B-42. A page goes to the list of what its pageblock is now; of what is set aside or
 * CMA's, to the movable one; isolated memory to the buddy at once.
 */
static void freed_page_goes_to_the_list_of_its_pageblock(void **state)
{
	struct unit *u = machine(state, 4, 64);
	static const unsigned char lists[] = {
		[MEMCGSIM_MIGRATE_UNMOVABLE] = MEMCGSIM_MIGRATE_UNMOVABLE,
		[MEMCGSIM_MIGRATE_MOVABLE] = MEMCGSIM_MIGRATE_MOVABLE,
		[MEMCGSIM_MIGRATE_RECLAIMABLE] = MEMCGSIM_MIGRATE_RECLAIMABLE,
		[MEMCGSIM_MIGRATE_HIGHATOMIC] = MEMCGSIM_MIGRATE_MOVABLE,
		[MEMCGSIM_MIGRATE_CMA] = MEMCGSIM_MIGRATE_MOVABLE,
	};

	for (unsigned int type = 0; type <= MEMCGSIM_MIGRATE_ISOLATE; type++) {
		struct memcgsim_page *page = take(0);
		unsigned long before;

		msim_cpu_visit(&u->machine->cpus[0]);
		msim_pcp_drain(&u->machine->cpus[0]);
		msim_cpu_unvisit(&u->machine->cpus[0]);
		msim_spin_lock(&u->machine->zone.lock);
		msim_move_pageblock(u->machine, 0, type);
		msim_spin_unlock(&u->machine->zone.lock);
		give(page, 0);
		before = pcp(u, 0)->count_pages;
		assert_int_equal(before, type == MEMCGSIM_MIGRATE_ISOLATE ? 0 : 1);
		if (before)
			assert_ptr_equal(pcp(u, 0)->lists[lists[type]].next, &page->lru);
		msim_cpu_visit(&u->machine->cpus[0]);
		msim_pcp_drain(&u->machine->cpus[0]);
		msim_cpu_unvisit(&u->machine->cpus[0]);
		msim_spin_lock(&u->machine->zone.lock);
		msim_move_pageblock(u->machine, 0, MEMCGSIM_MIGRATE_UNMOVABLE);
		msim_spin_unlock(&u->machine->zone.lock);
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
	config.min_free_kbytes = 0;
	u = unit_machine(state, &config);
	unit_run(u, 0, NULL);
	for (unsigned int i = 0; i < 4; i++)
		page[i] = take(0);
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_NOWAIT, 0));
	unit_run(u, 1, NULL);
	for (unsigned int i = 0; i < 4; i++)
		give(page[i], 0);
	assert_int_equal(pcp(u, 1)->count_pages, 4);
	unit_run(u, 0, NULL);
	page[0] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 2); /* merged from CPU 1's list */
	assert_int_equal(pcp(u, 1)->count_pages, 0);
	memcgsim___free_pages(page[0], 2);
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
		unit_case(refill_doubles_while_nobody_frees),
		unit_case(flush_after_allocations_is_a_batch),
		unit_case(count_stays_below_high),
		unit_case(huge_pages_have_lists_of_their_own),
		unit_case(freed_page_goes_to_the_list_of_its_pageblock),
		unit_case(lists_off_go_straight_to_the_buddy),
		unit_case(page_stays_with_the_cpu_that_freed_it),
		unit_case(allocation_drains_every_cpu_before_it_fails),
	};

	return cmocka_run_group_tests_name("pcp", tests, NULL, NULL);
}
