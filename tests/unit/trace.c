/* SPDX-License-Identifier: MIT */
/*
 * seam/trace: what each CPU remembers of itself.
 */
#include "unit.h"

#include "seam/trace.h"

static struct unit *machine(void **state, unsigned int nr_events)
{
	struct memcgsim_config config = unit_config();

	config.nr_cpus = 2;
	config.trace_events = nr_events;
	return unit_machine(state, &config);
}

/* Notes events with the values first ... first + count - 1 on the thread's CPU. */
static void note(long first, long count)
{
	for (long value = first; value < first + count; value++)
		msim_trace(msim_ctx(), MEMCGSIM_EV_ATTACH, &first, value);
}

/* Models: trace.h. Oldest first, numbered from 0, with what was said. */
static void events_are_read_in_order(void **state)
{
	struct unit *u = machine(state, 8);
	struct memcgsim_event events[8];

	unit_run(u, 1, NULL);
	note(100, 3);
	assert_int_equal(memcgsim_trace_read(u->machine, 1, events, 8), 3);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(events[i].sequence, i);
		assert_int_equal(events[i].value, 100 + i);
		assert_int_equal(events[i].kind, MEMCGSIM_EV_ATTACH);
		assert_int_equal(events[i].cpu, 1);
		assert_non_null(events[i].object);
	}
	assert_int_equal(memcgsim_trace_read(u->machine, 0, events, 8),
			 1); /* of another CPU: the root's ONLINE */
}

/* Models: trace.h. Full, the oldest go; the size is a power of two. */
static void ring_wraps_and_forgets_the_oldest(void **state)
{
	struct unit *u = machine(state, 5); /* so 8 */
	struct memcgsim_event events[16];

	unit_run(u, 1, NULL);
	note(0, 8);
	assert_int_equal(memcgsim_trace_read(u->machine, 1, events, 16), 8);
	assert_int_equal(events[0].sequence, 0);
	note(8, 13);
	assert_int_equal(memcgsim_trace_read(u->machine, 1, events, 16), 8);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(events[i].sequence, 13 + i);
		assert_int_equal(events[i].value, 13 + i);
	}
}

/* Models: trace.h. With less room than there are events: the newest ones. */
static void short_read_gives_the_newest(void **state)
{
	struct unit *u = machine(state, 8);
	struct memcgsim_event events[3];

	unit_run(u, 1, NULL);
	note(0, 7);
	assert_int_equal(memcgsim_trace_read(u->machine, 1, events, 3), 3);
	assert_int_equal(events[0].sequence, 4);
	assert_int_equal(events[2].sequence, 6);
	assert_int_equal(memcgsim_trace_read(u->machine, 1, events, 0), 0);
}

/*
 * Models: trace.h. Without rings nothing is remembered, and reading finds nothing.
 */
static void disabled_trace_remembers_nothing(void **state)
{
	struct unit *u = machine(state, 0);
	struct memcgsim_event event;

	unit_run(u, 0, NULL);
	note(0, 3);
	assert_int_equal(memcgsim_trace_read(u->machine, 0, &event, 1), 0);
	assert_null(u->machine->cpus[0].trace.events);
	assert_int_equal(memcgsim_trace_read(u->machine, 7, &event, 1),
			 0); /* nor on a CPU that is not there */
}

/*
 * Models: trace.h. The events of a memcg's life, from one thread, in the order of what
 * happened.
 */
static void life_of_a_memcg_is_told_in_order(void **state)
{
	struct unit *u = machine(state, 16);
	struct memcgsim_event events[16];
	size_t count;

	unit_run(u, 0, NULL);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "x");
	unit_rmdir(u, "x");
	count = memcgsim_trace_read(u->machine, 0, events, 16);
	assert_true(count >= 4);
	assert_int_equal(events[0].kind, MEMCGSIM_EV_ONLINE); /* the root's */
	assert_int_equal(events[1].kind, MEMCGSIM_EV_ONLINE);
	assert_int_equal(events[1].value, 2);
	assert_int_equal(events[2].kind, MEMCGSIM_EV_OFFLINE);
	assert_int_equal(events[2].value, 1); /* one objcg went up */
	assert_int_equal(events[3].kind, MEMCGSIM_EV_FREE);
	assert_ptr_equal(events[3].object, events[1].object);
}

/*
 * Models: trace.h. Every kind has a name, all differ, and what is no kind is said so.
 */
static void kinds_have_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= MEMCGSIM_EV_OBJCG_RELEASE; i++) {
		for (unsigned int k = 0; k < i; k++)
			assert_string_not_equal(memcgsim_event_name((enum memcgsim_event_kind)i),
						memcgsim_event_name((enum memcgsim_event_kind)k));
	}
	assert_string_equal(memcgsim_event_name(MEMCGSIM_EV_CHARGE), "charge");
	assert_string_equal(memcgsim_event_name((enum memcgsim_event_kind)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(events_are_read_in_order),
		unit_case(ring_wraps_and_forgets_the_oldest),
		unit_case(short_read_gives_the_newest),
		unit_case(disabled_trace_remembers_nothing),
		unit_case_v6_12(life_of_a_memcg_is_told_in_order),
		unit_case(kinds_have_names),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
