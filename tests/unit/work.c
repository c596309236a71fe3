/* SPDX-License-Identifier: MIT */
/*
 * seam/work: the queue of what is done later, and who does it.
 */
#include <pthread.h>
#include <sched.h>

#include "unit.h"

#include "seam/work.h"

/* A thread that runs the work while another already does, and what it finds done when it is back. */
struct second {
	struct memcgsim *machine;
	struct msim_work work;
	unsigned int running, called, done;
	unsigned int found_done;
};

/* Gives the second caller, once it has come, every chance to go by. */
static void run_long_item(struct msim_ctx *ctx, struct msim_work *work)
{
	struct second *second = msim_container_of(work, struct second, work);

	(void)ctx;
	__atomic_store_n(&second->running, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&second->called, __ATOMIC_SEQ_CST))
		sched_yield();
	for (unsigned int i = 0; i < 2000; i++)
		sched_yield();
	__atomic_store_n(&second->done, 1, __ATOMIC_SEQ_CST);
}

static void *call_second(void *arg)
{
	struct second *second = arg;

	while (!__atomic_load_n(&second->running, __ATOMIC_SEQ_CST))
		sched_yield();
	__atomic_store_n(&second->called, 1, __ATOMIC_SEQ_CST);
	memcgsim_run_work(second->machine);
	second->found_done = __atomic_load_n(&second->done, __ATOMIC_SEQ_CST);
	return NULL;
}

/*
 * Models: flush_work(). Who asks for the work while another thread is running it waits until it
 * is done.
 */
static void second_caller_waits_for_what_is_running(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct second second = { .machine = u->machine };
	pthread_t thread;

	msim_queue_work(u->machine, &second.work, run_long_item);
	assert_int_equal(pthread_create(&thread, NULL, call_second, &second), 0);
	assert_int_equal(memcgsim_run_work(u->machine), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(second.found_done, 1);
}

/* An item that notes when, and as whom, it ran; and queues itself again @again times. */
struct item {
	struct msim_work work;
	unsigned int *clock;
	unsigned int ran_at;
	unsigned int runs;
	unsigned int again;
	bool as_guest, without_task, under_a_lock;
	unsigned int cpu;
};

static void run_item(struct msim_ctx *ctx, struct msim_work *work)
{
	struct item *item = msim_container_of(work, struct item, work);
	struct msim_section section = msim_section_enter(ctx);

	item->cpu = section.cpu->id;
	msim_section_leave(&section);
	item->ran_at = ++*item->clock;
	item->runs++;
	item->as_guest = ctx->guest;
	item->without_task = ctx->task == &ctx->machine->idle;
	item->under_a_lock = ctx->self.held_ranks & ~(1UL << MSIM_RANK_WORK_RUN);
	if (item->again > 0) {
		item->again--;
		msim_queue_work(ctx->machine, work, run_item);
	}
}

/*
 * Models: process_one_work(). In the order of queueing, each once, and nothing is left.
 */
static void items_run_in_the_order_of_queueing(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	unsigned int clock = 0;
	struct item item[3] = { { .clock = &clock }, { .clock = &clock }, { .clock = &clock } };

	msim_queue_work(u->machine, &item[2].work, run_item);
	msim_queue_work(u->machine, &item[0].work, run_item);
	msim_queue_work(u->machine, &item[1].work, run_item);
	assert_int_equal(clock, 0); /* later, not now */
	assert_int_equal(memcgsim_run_work(u->machine), 3);
	assert_int_equal(item[2].ran_at, 1);
	assert_int_equal(item[0].ran_at, 2);
	assert_int_equal(item[1].ran_at, 3);
	assert_int_equal(memcgsim_run_work(u->machine), 0);
	assert_false(u->machine->work.busy);
}

/*
 * Models: call_rcu(). An item that waits for a grace period runs in its turn, after one.
 */
static void grace_period_items_keep_their_turn(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	unsigned int clock = 0;
	struct item item[3] = { { .clock = &clock }, { .clock = &clock }, { .clock = &clock } };

	msim_queue_work(u->machine, &item[0].work, run_item);
	msim_call_rcu(u->machine, &item[1].work, run_item);
	msim_queue_work(u->machine, &item[2].work, run_item);
	memcgsim_synchronize_rcu(u->machine); /* also runs the work */
	assert_int_equal(item[0].ran_at, 1);
	assert_int_equal(item[1].ran_at, 2);
	assert_int_equal(item[2].ran_at, 3);
}

/*
 * Models: queue_work() from the work itself. Until nothing is left, in one call.
 */
static void item_may_queue_itself_again(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	unsigned int clock = 0;
	struct item item = { .clock = &clock, .again = 3 };

	msim_queue_work(u->machine, &item.work, run_item);
	assert_int_equal(memcgsim_run_work(u->machine), 4);
	assert_int_equal(item.runs, 4);
	assert_false(item.work.queued);
}

/*
 * Models: docs/design.md. Whoever runs it: as a guest, on CPU 0, with no task, holding
 * nothing.
 */
static void items_run_as_a_guest_on_cpu_0(void **state)
{
	struct memcgsim_config config = unit_config();
	unsigned int clock = 0;
	struct item item = { .clock = &clock, .cpu = 77 };
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	unit_run(u, 1, u->task);
	memcgsim_run_work(u->machine); /* what building it left */
	msim_queue_work(u->machine, &item.work, run_item);
	assert_int_equal(memcgsim_run_work(u->machine), 1);
	assert_true(item.as_guest);
	assert_true(item.without_task);
	assert_false(item.under_a_lock);
	assert_int_equal(item.cpu, 0);
	assert_ptr_equal(memcgsim_current(), u->task); /* and the thread is itself again */
}

/*
 * Models: work.h. Queueing is possible inside a section: releases happen there.
 */
static void items_can_be_queued_inside_a_section(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned int clock = 0;
	struct item item = { .clock = &clock };
	struct msim_section section;

	memcgsim_run_work(u->machine); /* what building it left */
	section = msim_section_enter(msim_ctx());
	msim_queue_work(u->machine, &item.work, run_item);
	msim_section_leave(&section);
	assert_int_equal(memcgsim_run_work(u->machine), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(second_caller_waits_for_what_is_running),
		unit_case(items_run_in_the_order_of_queueing),
		unit_case(grace_period_items_keep_their_turn),
		unit_case(item_may_queue_itself_again),
		unit_case(items_run_as_a_guest_on_cpu_0),
		unit_case(items_can_be_queued_inside_a_section),
	};

	return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
