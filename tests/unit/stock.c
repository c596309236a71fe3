/* SPDX-License-Identifier: MIT */
/*
 * memcg/stock: the pages that a CPU has charged ahead.
 */
#include "unit.h"

#include "memcg/page_counter.h"
#include "memcg/stock.h"

/*  root -- a -- b; two CPUs, the thread on the first, without a task  */
static struct unit *tree(void **state, unsigned int batch)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	config.stock_batch_pages = batch;
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_run(u, 0, NULL);
	return u;
}

/* Charges pages and puts them into the stock, as a batch's surplus is. */
static void charge_ahead(struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	struct msim_section section = msim_section_enter(msim_ctx());

	msim_page_counter_charge(&memcg->memory, nr_pages);
	msim_stock_refill(section.cpu, memcg, nr_pages);
	msim_section_leave(&section);
}

static bool consume(struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	struct msim_section section = msim_section_enter(msim_ctx());
	bool hit = msim_stock_consume(section.cpu, memcg, nr_pages);

	msim_section_leave(&section);
	return hit;
}

static void drain(void)
{
	struct msim_section section = msim_section_enter(msim_ctx());

	msim_stock_drain(section.cpu);
	msim_section_leave(&section);
}

/* What the test has consumed it gives back. */
static void uncharge(struct unit *u, struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	msim_page_counter_uncharge(u->machine, &memcg->memory, nr_pages);
}

/* Models: C-03. A hit takes pages and touches no counter. */
static void consume_takes_pages_and_no_counter(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	charge_ahead(a, 10);
	assert_true(consume(a, 4));
	assert_int_equal(unit_stock(u, 0)->nr_pages, 6);
	assert_int_equal(a->memory.usage, 10);
	assert_true(consume(a, 6)); /* exactly what is left */
	assert_int_equal(unit_stock(u, 0)->nr_pages, 0);
	uncharge(u, a, 10);
}

/*
 * Models: C-03. The memcg must be that very one: neither a child nor a parent is served.
 */
static void consume_serves_only_the_cached_memcg_itself(void **state)
{
	struct unit *u = tree(state, 64);

	charge_ahead(unit_memcg(u, "a"), 10);
	assert_false(consume(unit_memcg(u, "a/b"), 1));
	assert_false(consume(u->machine->root_memcg, 1));
	charge_ahead(unit_memcg(u, "a/b"), 10);
	assert_false(consume(unit_memcg(u, "a"), 1));
	assert_int_equal(unit_stock(u, 0)->nr_pages, 10);
}

/* Models: C-03. A stock that has too little is left as it is. */
static void consume_of_more_than_there_is_takes_nothing(void **state)
{
	struct unit *u = tree(state, 64);

	charge_ahead(unit_memcg(u, "a"), 3);
	assert_false(consume(unit_memcg(u, "a"), 4));
	assert_int_equal(unit_stock(u, 0)->nr_pages, 3);
	assert_ptr_equal(unit_stock(u, 0)->cached, unit_memcg(u, "a"));
}

/* Models: C-09, section 17. A full stock is kept: at once, and in parts. */
static void refill_to_exactly_the_batch_is_kept(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	charge_ahead(a, 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	assert_true(consume(a, 64));
	uncharge(u, a, 64);
	charge_ahead(a, 40);
	charge_ahead(a, 24);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	assert_int_equal(a->memory.usage, 64);
}

/*
 * Models: C-09, section 17. 62 pages plus 64 go to nothing, not to full, and the memcg is
 * forgotten.
 */
static void refill_beyond_the_batch_empties_the_stock(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	charge_ahead(a, 62);
	charge_ahead(a, 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 0);
	assert_null(unit_stock(u, 0)->cached);
	assert_int_equal(a->memory.usage, 0);
	assert_int_equal(unit_refs(u, &a->ref), 3); /* base, id, child: the stock's is dropped */
}

/* Models: C-09. One page too many is enough. */
static void refill_by_one_page_too_many_empties_the_stock(void **state)
{
	struct unit *u = tree(state, 64);

	charge_ahead(unit_memcg(u, "a"), 64);
	charge_ahead(unit_memcg(u, "a"), 1);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 0);
	assert_null(unit_stock(u, 0)->cached);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/*
 * Models: C-09, C-12. Another memcg's pages drive out what was there, with its reference.
 */
static void refill_for_another_memcg_drains_the_old_one(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b");

	charge_ahead(b, 10);
	assert_int_equal(unit_refs(u, &b->ref), 3);
	charge_ahead(a, 5);
	assert_int_equal(b->memory.usage, 0);
	assert_int_equal(unit_refs(u, &b->ref), 2);
	assert_ptr_equal(unit_stock(u, 0)->cached, a);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 5);
	assert_int_equal(a->memory.usage, 5);
	assert_int_equal(unit_refs(u, &a->ref), 4); /* base, id, child, stock */
}

/* Models: C-12. The cached memcg is pinned also with nothing left. */
static void empty_stock_still_holds_its_memcg(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *b = unit_memcg(u, "a/b");

	charge_ahead(b, 1);
	assert_true(consume(b, 1));
	assert_ptr_equal(unit_stock(u, 0)->cached, b);
	assert_int_equal(unit_refs(u, &b->ref), 3);
	uncharge(u, b, 1);
	drain();
	assert_null(unit_stock(u, 0)->cached);
	assert_int_equal(unit_refs(u, &b->ref), 2);
}

/* Models: C-02, C-09. Each CPU has a stock of its own. */
static void stocks_of_two_cpus_are_apart(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	charge_ahead(a, 7);
	unit_run(u, 1, NULL);
	assert_false(consume(a, 1));
	charge_ahead(a, 9);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 7);
	assert_int_equal(unit_stock(u, 1)->nr_pages, 9);
	drain();
	assert_int_equal(a->memory.usage, 7);
}

/*
 * Models: C-09. With the stocks off everything goes straight back, and nothing is cached.
 */
static void refill_with_stocks_off_uncharges_at_once(void **state)
{
	struct unit *u = tree(state, 0);

	charge_ahead(unit_memcg(u, "a"), 5);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_null(unit_stock(u, 0)->cached);
}

/*
 * Models: R-03, I-KMEM. Kernel pages are counted in the stock if it is that memcg's, else
 * in the memcg itself.
 */
static void kmem_statistics_wait_in_the_stock_of_their_memcg(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b");
	struct msim_section section;

	charge_ahead(a, 5);
	section = msim_section_enter(msim_ctx());
	msim_stock_account_kmem(section.cpu, a, 2);
	msim_stock_account_kmem(section.cpu, b, 3);
	msim_section_leave(&section);
	assert_int_equal(unit_stock(u, 0)->kmem_pages, 2);
	assert_int_equal(a->kmem_pages, 3); /* b's, counted above it too */
	assert_int_equal(b->kmem_pages, 3);
	drain(); /* what waited arrives */
	assert_int_equal(a->kmem_pages, 5);
	section = msim_section_enter(msim_ctx());
	msim_stock_account_kmem(section.cpu, a, -2);
	msim_stock_account_kmem(section.cpu, b, -3);
	msim_section_leave(&section);
}

/*
 * Models: C-03, C-10. The fast halves: taken and returned through an objcg, both counted
 * as kernel pages.
 */
static void kmem_pages_are_consumed_and_returned_by_objcg(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_mem_cgroup *b = unit_memcg(u, "a/b");
	struct msim_section section;
	bool taken, other, returned;

	charge_ahead(a, 10);
	section = msim_section_enter(msim_ctx());
	taken = msim_stock_consume_kmem(section.cpu, a->objcg, 4);
	other = msim_stock_return_kmem(section.cpu, b->objcg, 4);
	msim_section_leave(&section);
	assert_true(taken);
	assert_false(other); /* not this stock's memcg */
	assert_int_equal(unit_stock(u, 0)->kmem_pages, 4);
	section = msim_section_enter(msim_ctx());
	returned = msim_stock_return_kmem(section.cpu, a->objcg, 4);
	msim_section_leave(&section);
	assert_true(returned);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 10);
	assert_int_equal(unit_stock(u, 0)->kmem_pages, 0);
}

/*
 * Models: C-09. A return that would make more than a batch is refused: the slow way
 * decides.
 */
static void return_beyond_the_batch_is_left_to_the_slow_path(void **state)
{
	struct unit *u = tree(state, 64);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct msim_section section;
	bool full, fits;

	charge_ahead(a, 63);
	section = msim_section_enter(msim_ctx());
	full = msim_stock_return_kmem(section.cpu, a->objcg, 2);
	fits = msim_stock_return_kmem(section.cpu, a->objcg, 1);
	msim_section_leave(&section);
	assert_false(full);
	assert_true(fits);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	msim_page_counter_charge(&a->memory, 1); /* the page that nobody had charged */
	unit_stock(u, 0)->kmem_pages++;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(consume_takes_pages_and_no_counter),
		unit_case(consume_serves_only_the_cached_memcg_itself),
		unit_case(consume_of_more_than_there_is_takes_nothing),
		unit_case(refill_to_exactly_the_batch_is_kept),
		unit_case(refill_beyond_the_batch_empties_the_stock),
		unit_case(refill_by_one_page_too_many_empties_the_stock),
		unit_case(refill_for_another_memcg_drains_the_old_one),
		unit_case(empty_stock_still_holds_its_memcg),
		unit_case(stocks_of_two_cpus_are_apart),
		unit_case(refill_with_stocks_off_uncharges_at_once),
		unit_case(kmem_statistics_wait_in_the_stock_of_their_memcg),
		unit_case(kmem_pages_are_consumed_and_returned_by_objcg),
		unit_case(return_beyond_the_batch_is_left_to_the_slow_path),
	};

	return cmocka_run_group_tests_name("stock", tests, NULL, NULL);
}
