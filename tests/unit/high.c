/* SPDX-License-Identifier: MIT */
/*
 * memcg/high: who owes, how much, and how it is paid. Counts of events are a real kernel's
 * (tests/kernel/recordings/edge-high*).
 */
#include "unit.h"

#include "memcg/charge.h"
#include "memcg/high.h"
#include "memcg/oom.h"
#include "memcg/page_counter.h"
#include "seam/hooks.h"

/* What reclaim was asked for, and what it answers: 0 from call @vain_from on. */
static struct scene {
	unsigned long calls;
	unsigned long vain_from;
	unsigned long asked[32];
	unsigned long events[32]; /* of being over high that the memcg had counted by then */
	struct memcgsim_mem_cgroup *memcg[32];
} scene;

static unsigned long reclaim(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			     unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	unsigned long nth = scene.calls++;

	(void)machine;
	(void)gfp;
	(void)arg;
	if (nth < msim_array_size(scene.asked)) {
		scene.asked[nth] = nr_pages;
		scene.memcg[nth] = memcg;
		scene.events[nth] = memcg->events_local[MSIM_EVENT_HIGH];
	}
	return nth < scene.vain_from ? 1 : 0;
}

/*
 *   root -- a -- b      the task is in b
 */
static struct unit *world(void **state)
{
	static const struct memcgsim_hooks hooks = { .memcg_reclaim = reclaim };
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_swap_pages = 4;
	u = unit_machine(state, &config);

	memset(&scene, 0, sizeof(scene));
	memcgsim_set_hooks(u->machine, &hooks);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	u->task = unit_fork(u, "a/b");
	unit_run(u, 0, u->task);
	return u;
}

static int charge(struct unit *u, memcgsim_gfp_t gfp, unsigned long nr_pages)
{
	return msim_try_charge(msim_ctx(), unit_memcg(u, "a/b"), gfp, nr_pages);
}

static void uncharge(struct unit *u, unsigned long nr_pages)
{
	msim_page_counter_uncharge(u->machine, &unit_memcg(u, "a/b")->memory, nr_pages);
}

static unsigned long high_events(struct unit *u, const char *path)
{
	return unit_memcg(u, path)->events_local[MSIM_EVENT_HIGH];
}

/*
 * Models: C-07. A batch that leaves a level over its high limit is owed whole; exactly high is not over, and
 * a stock hit owes nothing.
 */
static void batch_over_high_is_owed(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 64;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_int_equal(u->task->over_high_pages, 0);
	unit_memcg(u, "a")->memory.high = 63;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 63), 0); /* the stock's */
	assert_int_equal(u->task->over_high_pages, 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_int_equal(u->task->over_high_pages, 64);
	assert_int_equal(high_events(u, "a"), 0); /* nothing is paid yet */
	uncharge(u, 65);
}

/* Models: C-07. It is once, however many levels are over; and the need alone if the batch failed. */
static void one_level_is_enough(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 0;
	unit_memcg(u, "a/b")->memory.high = 0;
	unit_memcg(u, "a")->memory.max = 10;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 3), 0);
	assert_int_equal(u->task->over_high_pages, 3);
	uncharge(u, 3);
	u->task->over_high_pages = 0;
}

/* Models: C-04, C-05. A forced charge asks no high limit. */
static void forced_charge_owes_nothing(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 0;
	unit_write(u, "a/memory.max", "0");
	assert_int_equal(charge(u, MEMCGSIM_GFP_ATOMIC, 3), 0);
	assert_int_equal(u->task->over_high_pages, 0);
	uncharge(u, 3);
}

/*
 * Models: C-15. Every level that is over counts an event and is asked thereafter, first for the debt, then for 32
 * pages, 16 times more in vain: 17 events. The debt is gone, the delay is returned.
 */
static void paying_asks_each_level_seventeen_times(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 10;
	unit_memcg(u, "a/b")->memory.high = 10;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 2000);
	assert_int_equal(high_events(u, "a"), 17);
	assert_int_equal(high_events(u, "a/b"), 17);
	assert_int_equal(unit_memcg(u, "a")->events[MSIM_EVENT_HIGH], 34);
	assert_int_equal(scene.calls, 34);
	assert_ptr_equal(scene.memcg[0], unit_memcg(u, "a/b"));
	assert_ptr_equal(scene.memcg[1], unit_memcg(u, "a"));
	assert_int_equal(scene.asked[0], 64);
	assert_int_equal(scene.asked[2], 32);
	assert_int_equal(scene.events[0], 1);
	assert_int_equal(scene.events[2], 2);
	assert_int_equal(u->task->over_high_pages, 0);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 0);
	uncharge(u, 1);
}

/* Models: C-15. Progress is not counted among the vain attempts. */
static void progress_starts_no_vain_attempt(void **state)
{
	struct unit *u = world(state);

	scene.vain_from = 5;
	unit_memcg(u, "a/b")->memory.high = 10;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 2000);
	assert_int_equal(scene.calls, 5 + 17);
	uncharge(u, 1);
}

/* One line: so many pages above so high a limit, owed by somebody who charged so many: so long a wait. */
static const struct delay {
	long usage, high;
	unsigned long owed, ms;
} delays[] = {
	{ 1000, 1000, 64, 0 },	 /* not over */
	{ 1010, 1000, 64, 0 },	 /* 0.6 jiffies */
	{ 1013, 1000, 64, 0 },	 /* 1.08: 1 jiffy is not worth it */
	{ 1020, 1000, 64, 20 },	 /* 2.56 */
	{ 1100, 1000, 64, 630 }, /* 64 would be exact: fixed point is a little less */
	{ 1100, 1000, 32, 310 }, /* half, truncated */
	{ 1142, 1000, 64, 1290 }, { 1500, 1000, 64, 2000 }, /* clamped */
	{ 3, 0, 1, 2000 }, /* a limit of nothing stands for a page */
	{ 1, 0, 64, 0 },   /* so one page is not over it */
};

/* Models: C-15. The square of the fraction, times what is owed; 10 ms and less are ignored, 2 s the most. */
static void delay_follows_the_formula(void **state)
{
	struct unit *u = world(state);

	for (size_t i = 0; i < msim_array_size(delays); i++) {
		struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
		const struct delay *d = &delays[i];

		msim_page_counter_charge(&unit_memcg(u, "a/b")->memory, (unsigned long)d->usage);
		a->memory.high = d->high;
		u->task->over_high_pages = d->owed;
		assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), d->ms);
		uncharge(u, (unsigned long)d->usage);
		a->memory.high = MSIM_PAGE_COUNTER_MAX;
	}
}

/* Models: C-15. Not worth a wait: one event a level, and that is all. */
static void little_over_is_one_event(void **state)
{
	struct unit *u = world(state);

	msim_page_counter_charge(&unit_memcg(u, "a/b")->memory, 1010);
	unit_memcg(u, "a")->memory.high = 1000;
	u->task->over_high_pages = 64;
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(high_events(u, "a"), 1);
	uncharge(u, 1010);
}

/* Models: C-15. A dying task owes nothing any more, and does not wait. */
static void dying_task_skips_all(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 0;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 2), 0);
	memcgsim_send_sigkill(u->task);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(u->task->over_high_pages, 0);
	assert_int_equal(high_events(u, "a"), 0);
	uncharge(u, 2);
}

/*
 * Models: C-08. More than 64 pages of debt are paid by the charge itself, if it may wait and does not reclaim
 * already; the wait is told at the next return.
 */
static void large_debt_is_paid_at_once(void **state)
{
	struct unit *u = world(state);
	unsigned int flags;

	unit_memcg(u, "a")->memory.high = 0;
	assert_int_equal(charge(u, MEMCGSIM_GFP_NOWAIT, 65), 0);
	assert_int_equal(u->task->over_high_pages, 65);
	flags = memcgsim_memalloc_noreclaim_save();
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 65), 0);
	memcgsim_memalloc_noreclaim_restore(flags);
	assert_int_equal(u->task->over_high_pages, 130);
	assert_int_equal(high_events(u, "a"), 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 65), 0);
	assert_int_equal(u->task->over_high_pages, 0);
	assert_int_equal(high_events(u, "a"), 17);
	assert_int_equal(scene.asked[0], 195);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 2000);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 0);
	uncharge(u, 195);
}

/* Models: C-08. 64 pages are not more than 64. */
static void debt_of_a_batch_waits_for_the_return(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 0;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 64), 0);
	assert_int_equal(u->task->over_high_pages, 64);
	assert_int_equal(high_events(u, "a"), 0);
	u->task->over_high_pages = 0;
	uncharge(u, 64);
}

/*
 * Models: C-07. An interrupt leaves the nearest level over high to a worker, which reclaims a batch from there up;
 * the interrupted task owes nothing.
 */
static void interrupt_defers_to_a_worker(void **state)
{
	struct unit *u = world(state);

	memcgsim_run_work(u->machine); /* what making the world has left */
	unit_memcg(u, "a")->memory.high = 0;
	msim_ctx()->irq_nesting++;
	assert_int_equal(charge(u, MEMCGSIM_GFP_ATOMIC, 1), 0);
	msim_ctx()->irq_nesting--;
	assert_int_equal(u->task->over_high_pages, 0);
	assert_int_equal(high_events(u, "a"), 0);
	assert_true(unit_memcg(u, "a")->high_pending);
	assert_int_equal(memcgsim_run_work(u->machine), 1);
	assert_int_equal(high_events(u, "a"), 1);
	assert_int_equal(scene.calls, 1);
	assert_int_equal(scene.asked[0], 64);
	assert_int_equal(memcgsim_run_work(u->machine), 0);
	uncharge(u, 1);
}

/* Models: C-07. Work for a memcg that is gone by then is not done. */
static void work_for_a_gone_memcg_is_dropped(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_mem_cgroup *b = unit_memcg(u, "a/b");

	b->memory.high = 0;
	msim_ctx()->irq_nesting++;
	assert_int_equal(charge(u, MEMCGSIM_GFP_ATOMIC, 65), 0);
	msim_ctx()->irq_nesting--;
	uncharge(u, 65);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a/b"), 0);
	memcgsim_run_work(u->machine);
	assert_int_equal(scene.calls, 0);
}

/* Models: C-07. A thread without a task never returns to user space, and owes nothing. */
static void nobody_owes_nothing(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->memory.high = 0;
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 65), 0);
	assert_int_equal(u->machine->idle.over_high_pages, 0);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL),
			 0); /* says so */
	uncharge(u, 65);
}

/* Puts so many pages of b's into swap, as far as its counter is concerned. */
static void swap_out(struct unit *u, unsigned long nr_pages)
{
	msim_page_counter_charge(&unit_memcg(u, "a/b")->swap, nr_pages);
}

static void swap_in(struct unit *u, unsigned long nr_pages)
{
	msim_page_counter_uncharge(u->machine, &unit_memcg(u, "a/b")->swap, nr_pages);
}

static unsigned long swap_high_events(struct unit *u, const char *path)
{
	return unit_memcg(u, path)->events_local[MSIM_EVENT_SWAP_HIGH];
}

/* Models: C-07. Who charges memory over swap.high owes too; an interrupt does not mind it. */
static void batch_over_swap_high_is_owed(void **state)
{
	struct unit *u = world(state);

	unit_memcg(u, "a")->swap.high = 10;
	swap_out(u, 10);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 64), 0);
	assert_int_equal(u->task->over_high_pages, 0); /* exactly high is not over */
	swap_out(u, 1);
	msim_ctx()->irq_nesting++;
	assert_int_equal(charge(u, MEMCGSIM_GFP_ATOMIC, 65), 0);
	msim_ctx()->irq_nesting--;
	assert_int_equal(unit_memcg(u, "a")->high_pending, 0);
	memcgsim_run_work(u->machine);
	assert_int_equal(scene.calls, 0);
	assert_int_equal(u->task->over_high_pages, 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 64), 0);
	assert_int_equal(u->task->over_high_pages, 64);
	assert_int_equal(swap_high_events(u, "a"), 0); /* nothing is paid yet */
	u->task->over_high_pages = 0;
	uncharge(u, 64 + 65 + 64);
	swap_in(u, 11);
}

/*
 * Models: C-15. The delays of memory and of swap are added, each of its own worst level; a level over
 * swap.high is an event, and is not asked to shrink.
 */
static void swap_adds_to_the_delay(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b");

	a->swap.high = 1000;
	swap_out(u, 1020);
	u->task->over_high_pages = 64;
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 20);
	assert_int_equal(scene.calls, 0);
	assert_int_equal(swap_high_events(u, "a"), 17); /* each attempt looks */
	assert_int_equal(swap_high_events(u, "a/b"), 0);
	b->swap.high = 1010;
	u->task->over_high_pages = 64;
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL),
			 20); /* a is worse */
	assert_int_equal(swap_high_events(u, "a/b"), 17);

	msim_page_counter_charge(&b->memory, 1013);
	b->memory.high = 1000;
	u->task->over_high_pages = 64;
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 30);
	b->memory.high = 500;
	u->task->over_high_pages = 64;
	assert_int_equal(memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL), 2000);
	uncharge(u, 1013);
	swap_in(u, 1020);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(batch_over_high_is_owed),
		unit_case(one_level_is_enough),
		unit_case(forced_charge_owes_nothing),
		unit_case(paying_asks_each_level_seventeen_times),
		unit_case(progress_starts_no_vain_attempt),
		unit_case(delay_follows_the_formula),
		unit_case(little_over_is_one_event),
		unit_case(dying_task_skips_all),
		unit_case(large_debt_is_paid_at_once),
		unit_case(debt_of_a_batch_waits_for_the_return),
		unit_case(interrupt_defers_to_a_worker),
		unit_case(work_for_a_gone_memcg_is_dropped),
		unit_case(nobody_owes_nothing),
		unit_case(batch_over_swap_high_is_owed),
		unit_case(swap_adds_to_the_delay),
	};

	return cmocka_run_group_tests_name("high", tests, NULL, NULL);
}
