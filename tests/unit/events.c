/* SPDX-License-Identifier: MIT */
/*
 * memcg/events: what happened at limits, here and above.
 */
#include "unit.h"

#include "memcg/events.h"

/*  root -- a -- b  */
static struct unit *two_levels(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	return u;
}

/*
 * Models: C-16. Local counts at the one it happened to; the others there and at all above
 * but the root.
 */
static void event_counts_here_and_above_but_not_at_the_root(void **state)
{
	struct unit *u = two_levels(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b");

	msim_memcg_event(b, MSIM_EVENT_MAX);
	msim_memcg_event(b, MSIM_EVENT_MAX);
	msim_memcg_event(a, MSIM_EVENT_MAX);
	assert_int_equal(b->events[MSIM_EVENT_MAX], 2);
	assert_int_equal(b->events_local[MSIM_EVENT_MAX], 2);
	assert_int_equal(a->events[MSIM_EVENT_MAX], 3);
	assert_int_equal(a->events_local[MSIM_EVENT_MAX], 1);
	assert_int_equal(u->machine->root_memcg->events[MSIM_EVENT_MAX], 0);
	assert_int_equal(u->machine->root_memcg->events_local[MSIM_EVENT_MAX], 0);
}

/* Models: C-16. Each kind has a count of its own. */
static void kinds_are_counted_apart(void **state)
{
	struct unit *u = two_levels(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	for (unsigned int event = 0; event < MSIM_NR_EVENTS; event++) {
		for (unsigned int i = 0; i <= event; i++)
			msim_memcg_event(a, (enum msim_memcg_event)event);
	}
	for (unsigned int event = 0; event < MSIM_NR_EVENTS; event++)
		assert_int_equal(a->events[event], event + 1);
}

/* Models: C-16, C-17. The files show them in the kernel's order and words. */
static void files_show_both_counts(void **state)
{
	struct unit *u = two_levels(state);

	msim_memcg_event(unit_memcg(u, "a/b"), MSIM_EVENT_MAX);
	msim_memcg_event(unit_memcg(u, "a/b"), MSIM_EVENT_OOM_GROUP_KILL);
	unit_assert_file(u, "a/memory.events",
			 "low 0\nhigh 0\nmax 1\noom 0\noom_kill 0\noom_group_kill 1\n");
	unit_assert_file(u, "a/memory.events.local",
			 "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
	unit_assert_file(u, "a/b/memory.events.local",
			 "low 0\nhigh 0\nmax 1\noom 0\noom_kill 0\noom_group_kill 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(event_counts_here_and_above_but_not_at_the_root),
		unit_case(kinds_are_counted_apart),
		unit_case(files_show_both_counts),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
