/* SPDX-License-Identifier: MIT */
/*
 * memcg/charge: what is tried, in which order, and what is counted when a limit says no. The
 * numbers of section 17's table are those of a kernel where nothing can be reclaimed, as here.
 */
#include "unit.h"

#include "memcg/charge.h"
#include "memcg/page_counter.h"

#define NOWAIT	      MEMCGSIM_GFP_NOWAIT
#define ATOMIC	      MEMCGSIM_GFP_ATOMIC
#define NOFAIL	      (MEMCGSIM_GFP_NOWAIT | MEMCGSIM___GFP_NOFAIL)
#define NORETRY	      (MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_NORETRY)
#define RETRY_MAYFAIL (MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_RETRY_MAYFAIL)

/* A charge of the current task's memcg, as the allocators make it. */
static int try_charge(struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp, unsigned long nr_pages)
{
	return msim_try_charge(msim_ctx(), memcg, gfp, nr_pages);
}

static void uncharge(struct unit *u, struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	msim_page_counter_uncharge(u->machine, &memcg->memory, nr_pages);
}

static unsigned long max_events(const struct memcgsim_mem_cgroup *memcg)
{
	return memcg->events[MSIM_EVENT_MAX];
}

/*
 * Models: C-02, C-04. A batch of 64 is charged, what is not needed goes into the stock.
 */
static void first_charge_takes_a_batch(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 3), 0);
	assert_int_equal(a->memory.usage, 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 61);
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 61), 0); /* from the stock (step 1) */
	assert_int_equal(a->memory.usage, 64);
	uncharge(u, a, 64);
}

/*
 * Models: C-04. More than a batch is charged exactly, and passes the stock by.
 */
static void charge_of_more_than_a_batch_is_exact(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 100), 0);
	assert_int_equal(a->memory.usage, 100);
	assert_null(unit_stock(u, 0)->cached);
	uncharge(u, a, 100);
}

/*
 * Models: C-04, step 3. A batch that does not fit is given up for the bare need: the limit
 * itself is reached.
 */
static void try_charge_succeeds_up_to_the_limit_without_the_batch(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "32K");
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 8), 0);
	assert_int_equal(a->memory.usage, 8);
	assert_int_equal(a->memory.failcnt, 1); /* the batch's attempt (section 17) */
	assert_int_equal(max_events(a), 0);
	assert_null(unit_stock(u, 0)->cached);
	uncharge(u, a, 8);
}

/* One line of section 17's table, with the limit of 64 pages reached. */
struct line {
	const char *what;
	memcgsim_gfp_t gfp;
	unsigned long nr_pages;
	int result;
	unsigned long events, failcnt, oom;
};

static const struct line table[] = {
	{ "NOWAIT", NOWAIT, 1, -ENOMEM, 0, 2, 0 },
	{ "ATOMIC", ATOMIC, 1, 0, 1, 2, 0 },
	{ "NOFAIL", NOFAIL, 1, 0, 1, 2, 0 },
	{ "NORETRY", NORETRY, 1, -ENOMEM, 2, 3, 0 },
	/* forced, but not unnoticed: no third event */
	{ "NORETRY, HIGH", NORETRY | MEMCGSIM___GFP_HIGH, 1, 0, 2, 3, 0 },
	{ "RETRY_MAYFAIL", RETRY_MAYFAIL, 1, -ENOMEM, 18, 19, 0 },
	{ "KERNEL, order 4", MEMCGSIM_GFP_KERNEL, 16, -ENOMEM, 18, 19, 0 },
	/* small enough for the OOM killer: which finds nobody, where the kernel's goes on (35, 36) */
	{ "KERNEL", MEMCGSIM_GFP_KERNEL, 1, -ENOMEM, 18, 19, 1 },
	{ "KERNEL, order 3", MEMCGSIM_GFP_KERNEL, 8, -ENOMEM, 18, 19, 1 },
	{ "NOWAIT, a batch", NOWAIT, 64, -ENOMEM, 0, 1, 0 }, /* n >= 64: no batch to fail first */
	{ "RETRY_MAYFAIL, a batch", RETRY_MAYFAIL, 64, -ENOMEM, 18, 18, 0 },
};

/*
 * Models: C-04, C-05, C-14, section 17. Events, failures and results at a limit that is reached.
 */
static void try_charge_at_the_limit_counts_as_the_kernel_does(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 64), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct line *line = &table[i];
		unsigned long events = max_events(a), failcnt = a->memory.failcnt;
		unsigned long oom = a->events[MSIM_EVENT_OOM];
		int result = try_charge(a, line->gfp, line->nr_pages);

		print_message("%s\n", line->what);
		assert_int_equal(result, line->result);
		assert_int_equal(max_events(a) - events, line->events);
		assert_int_equal(a->memory.failcnt - failcnt, line->failcnt);
		assert_int_equal(a->events[MSIM_EVENT_OOM] - oom, line->oom);
		assert_int_equal(a->memory.usage, 64 + (result ? 0 : (long)line->nr_pages));
		if (!result)
			uncharge(u, a, line->nr_pages);
	}
	uncharge(u, a, 64);
}

/*
 * Models: C-04 (8), C-17
 *
 *   root -- a(limit 2) -- b      a charge of b fails at a
 *
 * The event is a's, and below it nothing has happened.
 */
static void max_event_belongs_to_the_memcg_whose_limit_it_is(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_mem_cgroup *a, *b;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_run(u, 0, NULL);
	a = unit_memcg(u, "a");
	b = unit_memcg(u, "a/b");
	unit_write(u, "a/memory.max", "8192");
	assert_int_equal(try_charge(b, NORETRY, 3), -ENOMEM);
	assert_int_equal(a->events_local[MSIM_EVENT_MAX], 2);
	assert_int_equal(max_events(b), 0);
	assert_int_equal(b->memory.usage, 0);
	assert_int_equal(b->memory.failcnt, 0);
	/* The forced one's, too: it is charged to b, and counted where the limit stands. */
	assert_int_equal(try_charge(b, ATOMIC, 3), 0);
	assert_int_equal(a->events_local[MSIM_EVENT_MAX], 3);
	assert_int_equal(a->memory.usage, 3);
	uncharge(u, b, 3);
}

/*
 * Models: C-04 (11)
 *
 *   root -- a(limit 64)      CPU 1 has 63 of the 64 in its stock
 *
 * CPU 0 meets the limit, drains CPU 1, and gets its page: one event, no failure.
 */
static void try_charge_drains_other_cpus_before_it_fails(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_mem_cgroup *a;
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	a = unit_memcg(u, "a");
	unit_write(u, "a/memory.max", "256K");
	unit_run(u, 1, u->task);
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 1), 0);
	unit_run(u, 0, u->task);
	assert_int_equal(try_charge(a, NORETRY, 2), 0);
	assert_int_equal(a->memory.usage, 3);
	assert_int_equal(max_events(a), 1);
	assert_null(unit_stock(u, 1)->cached);
	uncharge(u, a, 3);
}

/*
 * Models: C-04 (6), C-05. Who may not wait neither drains nor counts an event.
 */
static void nowait_does_not_drain(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_mem_cgroup *a;
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	a = unit_memcg(u, "a");
	unit_write(u, "a/memory.max", "256K");
	unit_run(u, 1, u->task);
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 1), 0);
	unit_run(u, 0, u->task);
	assert_int_equal(try_charge(a, NOWAIT, 1), -ENOMEM);
	assert_int_equal(unit_stock(u, 1)->nr_pages, 63);
	assert_int_equal(max_events(a), 0);
	uncharge(u, a, 1);
}

/*
 * Models: C-05, section 17. A forced charge goes over the limit and leaves the stock as it
 * was.
 */
static void forced_charge_refills_no_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "0");
	assert_int_equal(try_charge(a, ATOMIC, 5), 0);
	assert_int_equal(a->memory.usage, 5);
	assert_null(unit_stock(u, 0)->cached);
	assert_int_equal(max_events(a), 1);
	uncharge(u, a, 5);
}

/*
 * Models: C-07. A stock hit asks no limit and counts no event, however low the limit is by
 * now.
 */
static void stock_hit_ignores_a_lowered_limit(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 1), 0);
	a->memory.max = 0; /* as the file would, but without its drain */
	assert_int_equal(try_charge(a, NOWAIT, 1), 0);
	assert_int_equal(max_events(a), 0);
	assert_int_equal(a->memory.failcnt, 0);
	uncharge(u, a, 2);
}

/*
 * Models: I-FAIL-UNDO. A refused charge leaves the counters of every level as they were.
 */
static void refused_charge_leaves_all_counters(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *root = u->machine->root_memcg;

	unit_write(u, "a/memory.max", "8192");
	assert_int_equal(try_charge(a, NORETRY, 1), 0);
	assert_int_equal(try_charge(a, NORETRY, 2), -ENOMEM);
	assert_int_equal(a->memory.usage, 1);
	assert_int_equal(root->memory.usage, 1);
	assert_int_equal(unit_refs(u, &a->ref), 3); /* base, id, css_set */
	uncharge(u, a, 1);
}

/*
 * Models: C-02. With the stocks off nothing is charged ahead, and no batch fails first.
 */
static void stocks_off_charge_exactly(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_mem_cgroup *a;
	struct unit *u;

	config.stock_batch_pages = 0;
	u = unit_world(state, &config);
	a = unit_memcg(u, "a");
	unit_write(u, "a/memory.max", "8192");
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 2), 0);
	assert_int_equal(a->memory.usage, 2);
	assert_int_equal(try_charge(a, NOWAIT, 1), -ENOMEM);
	assert_int_equal(a->memory.failcnt, 1);
	uncharge(u, a, 2);
}

/*
 * Models: C-13. What is charged ahead is trace-able: the batch, its refusal, with their
 * pages.
 */
static void charges_and_refusals_are_traced(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_event events[32];
	struct memcgsim_mem_cgroup *a;
	struct unit *u;
	size_t count;

	config.trace_events = 32;
	u = unit_world(state, &config);
	a = unit_memcg(u, "a");
	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_int_equal(try_charge(a, NOWAIT, 64), -ENOMEM);
	count = memcgsim_trace_read(u->machine, 0, events, 32);
	assert_true(count >= 2);
	assert_int_equal(events[count - 2].kind, MEMCGSIM_EV_CHARGE);
	assert_int_equal(events[count - 2].value, 64);
	assert_ptr_equal(events[count - 2].object, a);
	assert_int_equal(events[count - 1].kind, MEMCGSIM_EV_REFUSED);
	assert_int_equal(events[count - 1].value, 64);
	uncharge(u, a, 1);
}

/* Reclaim that gives @gives pages of @from at each call but the first @vain. */
static struct reclaimer {
	struct memcgsim_mem_cgroup *from;
	unsigned long gives, vain, says;
	unsigned long late; /* until that call it only says so */
	unsigned long calls, asked;
	bool nested; /* it charges a page itself */
} reclaimer;

static unsigned long reclaim(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			     unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	(void)gfp;
	(void)arg;
	reclaimer.calls++;
	reclaimer.asked = nr_pages;
	if (reclaimer.nested)
		assert_int_equal(try_charge(memcg, MEMCGSIM_GFP_KERNEL, 1), 0);
	if (reclaimer.calls <= reclaimer.vain)
		return 0;
	if (reclaimer.gives && reclaimer.calls > reclaimer.late)
		msim_page_counter_uncharge(machine, &reclaimer.from->memory, reclaimer.gives);
	return reclaimer.gives + reclaimer.says;
}

/* A world at its limit of 64 pages, with that reclaim. */
static struct memcgsim_mem_cgroup *world_at_the_limit(void **state, struct reclaimer with)
{
	static const struct memcgsim_hooks hooks = { .memcg_reclaim = reclaim };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 64), 0);
	reclaimer = with;
	reclaimer.from = a;
	memcgsim_set_hooks(u->machine, &hooks);
	return a;
}

/* Models: C-04 (9, 10). What reclaim frees is a margin: one event, one reclaim of 32 pages at least. */
static void reclaim_makes_room(void **state)
{
	struct memcgsim_mem_cgroup *a = world_at_the_limit(state, (struct reclaimer){ .gives = 5 });
	struct unit *u = *state;

	assert_int_equal(try_charge(a, NORETRY, 5), 0);
	assert_int_equal(max_events(a), 1);
	assert_int_equal(reclaimer.calls, 1);
	assert_int_equal(reclaimer.asked, 32);
	assert_int_equal(try_charge(a, NORETRY, 40), -ENOMEM);
	assert_int_equal(reclaimer.asked, 40);
	uncharge(u, a, (unsigned long)a->memory.usage);
}

/*
 * Models: C-04 (13). Reclaim that gets on is not counted for up to 8 pages: 100 rounds, until there is room. More
 * pages have 16 retries only.
 */
static void progress_of_reclaim_is_retried_without_end(void **state)
{
	struct memcgsim_mem_cgroup *a = world_at_the_limit(state, (struct reclaimer){ .says = 1 });
	struct unit *u = *state;

	assert_int_equal(try_charge(a, RETRY_MAYFAIL, 9), -ENOMEM);
	assert_int_equal(max_events(a), 18);
	reclaimer.calls = 0;
	reclaimer.gives = 8;
	reclaimer.late = 100;
	assert_int_equal(try_charge(a, RETRY_MAYFAIL, 8), 0);
	assert_int_equal(reclaimer.calls, 101);
	uncharge(u, a, (unsigned long)a->memory.usage);
}

/* Models: C-04 (14). Sixteen retries and no more: room that the 18th reclaim makes is found. */
static void last_retry_may_succeed(void **state)
{
	struct memcgsim_mem_cgroup *a =
		world_at_the_limit(state, (struct reclaimer){ .gives = 1, .vain = 17 });
	struct unit *u = *state;

	assert_int_equal(try_charge(a, RETRY_MAYFAIL, 1), 0);
	assert_int_equal(max_events(a), 18);
	uncharge(u, a, (unsigned long)a->memory.usage);
}

/* Models: C-04 (12). NORETRY drains and tries once more, and asks for no second reclaim after that. */
static void noretry_gives_up_after_the_drain(void **state)
{
	struct memcgsim_mem_cgroup *a =
		world_at_the_limit(state, (struct reclaimer){ .gives = 1, .vain = 2 });
	struct unit *u = *state;

	assert_int_equal(try_charge(a, NORETRY, 1), -ENOMEM);
	assert_int_equal(reclaimer.calls, 2);
	uncharge(u, a, 64);
}

/*
 * Models: C-04 (4), section 17: PF_MEMALLOC is forced, 1 / 2. So what reclaim itself charges is forced, and does
 * not reclaim.
 */
static void section_17_memalloc_is_forced(void **state)
{
	struct memcgsim_mem_cgroup *a = world_at_the_limit(state, (struct reclaimer){ 0 });
	struct unit *u = *state;
	unsigned int flags = memcgsim_memalloc_noreclaim_save();
	unsigned long failcnt = a->memory.failcnt;

	assert_int_equal(try_charge(a, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_int_equal(try_charge(a, NOWAIT, 1), 0); /* whatever gfp says */
	memcgsim_memalloc_noreclaim_restore(flags);
	assert_int_equal(max_events(a), 2);
	assert_int_equal(a->memory.failcnt - failcnt, 4);
	assert_int_equal(reclaimer.calls, 0);
	assert_int_equal(a->memory.usage, 66);

	reclaimer.nested = true;
	assert_int_equal(try_charge(a, NORETRY, 1), -ENOMEM);
	assert_int_equal(reclaimer.calls, 2);
	assert_int_equal(a->memory.usage, 68);
	uncharge(u, a, 68);
}

/*
 * Models: C-05, section 17: a forced charge's rest of a page goes into the byte stock, though no page goes into
 * the page stock.
 */
static void section_17_forced_remainder_enters_the_byte_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object;

	unit_write(u, "a/memory.max", "0");
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_ATOMIC | MEMCGSIM___GFP_ACCOUNT);
	assert_non_null(object);
	assert_null(unit_stock(u, 0)->cached);
	assert_non_null(unit_stock(u, 0)->cached_objcg);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4096 - 72);
	assert_int_equal(unit_usage(u, "a"), 1);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(first_charge_takes_a_batch),
		unit_case(charge_of_more_than_a_batch_is_exact),
		unit_case(try_charge_succeeds_up_to_the_limit_without_the_batch),
		unit_case(try_charge_at_the_limit_counts_as_the_kernel_does),
		unit_case(max_event_belongs_to_the_memcg_whose_limit_it_is),
		unit_case(try_charge_drains_other_cpus_before_it_fails),
		unit_case(nowait_does_not_drain),
		unit_case(forced_charge_refills_no_stock),
		unit_case(stock_hit_ignores_a_lowered_limit),
		unit_case(refused_charge_leaves_all_counters),
		unit_case(stocks_off_charge_exactly),
		unit_case(charges_and_refusals_are_traced),
		unit_case(reclaim_makes_room),
		unit_case(progress_of_reclaim_is_retried_without_end),
		unit_case(last_retry_may_succeed),
		unit_case(noretry_gives_up_after_the_drain),
		unit_case(section_17_memalloc_is_forced),
		unit_case(section_17_forced_remainder_enters_the_byte_stock),
	};

	return cmocka_run_group_tests_name("charge", tests, NULL, NULL);
}
