/* SPDX-License-Identifier: MIT */
/*
 * seam/bug: simulated assertions are data.
 */
#include "unit.h"

#include "seam/bug.h"

/* Two places with one condition, and the same condition in another place. */
static bool warn_here(struct unit *u, bool cond)
{
	return msim_warn_on_once(u->machine, cond, u);
}

static bool warn_there(struct unit *u, bool cond)
{
	return msim_warn_on_once(u->machine, cond, u);
}

/*
 * Models: VM_BUG_ON_PAGE(). The condition is the value; false is no bug; true tells what,
 * where and about whom.
 */
static void vm_bug_is_recorded_with_its_condition(void **state)
{
	struct unit *u = unit_world(state, NULL);
	int count = -1;

	assert_false(msim_vm_bug_on(u->machine, count > 0, &count));
	assert_int_equal(u->nr_bugs, 0);
	unit_allow_bugs(u, 1);
	assert_true(msim_vm_bug_on(u->machine, count < 0, &count));
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "count < 0");
	assert_string_equal(u->bugs[0].function, "vm_bug_is_recorded_with_its_condition");
	assert_ptr_equal(u->bugs[0].object, &count);
	assert_int_equal(memcgsim_nr_bugs(u->machine), 0); /* it was expected */
}

/* Models: VM_BUG_ON(). Unlike a warning it is told each time. */
static void vm_bug_is_told_every_time(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_allow_bugs(u, 3);
	for (int i = 0; i < 3; i++)
		(void)msim_vm_bug_on(u->machine, true, NULL);
	unit_assert_bugs(u, MEMCGSIM_VM_BUG, 3);
}

/*
 * Models: WARN_ON_ONCE(). Once per place and machine; the value is the condition all the
 * same.
 */
static void warning_is_told_once_per_place(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_allow_bugs(u, 2);
	for (int i = 0; i < 3; i++)
		assert_true(warn_here(u, true));
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_true(warn_there(u, true));
	assert_false(warn_there(u, false));
	unit_assert_bug(u, MEMCGSIM_WARN);
}

/*
 * Models: WARN_ON_ONCE(). Another machine has not been warned yet: nothing is global (LAW
 * 2).
 */
static void warning_is_once_per_machine(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct unit *u = unit_world(state, NULL);

		unit_allow_bugs(u, 1);
		assert_true(warn_here(u, true));
		unit_assert_bug(u, MEMCGSIM_WARN);
		assert_int_equal(unit_teardown(state), 0);
		u->broken = true; /* it is gone */
	}
}

/*
 * Models: check.h. The handler is called with no lock held: what is found under one is
 * told later.
 */
static void bug_found_under_a_lock_is_told_later(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct msim_section section = msim_section_enter(msim_ctx());
	unsigned long told;

	unit_allow_bugs(u, 1);
	(void)msim_vm_bug_on(u->machine, true, NULL);
	told = u->nr_bugs;
	msim_section_leave(&section);
	assert_int_equal(told, 0);
	msim_bugs_tell(u->machine);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
}

/* Models: check.h. Asking for the number tells what waits, first. */
static void asking_for_the_number_tells_what_waits(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct msim_section section = msim_section_enter(msim_ctx());

	unit_allow_bugs(u, 1);
	(void)msim_vm_bug_on(u->machine, true, NULL);
	msim_section_leave(&section);
	assert_int_equal(memcgsim_nr_bugs(u->machine), 0);
	assert_int_equal(u->nr_bugs, 1);
}

static bool refuse(const struct memcgsim_bug *bug, void *arg)
{
	(void)bug;
	++*(unsigned int *)arg;
	return false;
}

/*
 * Models: check.h. A handler that does not expect it: it counts, and destroying tells.
 */
static void unexpected_bug_counts(void **state)
{
	struct memcgsim_leaks leaks;
	unsigned int heard = 0;
	struct memcgsim *machine;

	(void)state;
	assert_int_equal(memcgsim_create(NULL, &machine), 0);
	memcgsim_set_bug_handler(machine, refuse, &heard);
	assert_int_equal(memcgsim_thread_bind(machine, 0, NULL), 0);
	(void)msim_vm_bug_on(machine, true, NULL);
	assert_int_equal(memcgsim_nr_bugs(machine), 1);
	assert_int_equal(heard, 1);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_destroy(machine, &leaks), 0);
	assert_int_equal(leaks.bugs, 1);
}

/*
 * Models: LAW 4. More than the ring holds, untold: the oldest are lost to the handler, not
 * to the count.
 */
static void overrun_ring_keeps_the_count(void **state)
{
	enum { NR = MSIM_MAX_BUGS + 10 };
	struct memcgsim *machine;
	unsigned int heard = 0;
	struct msim_section section;

	(void)state;
	assert_int_equal(memcgsim_create(NULL, &machine), 0);
	memcgsim_set_bug_handler(machine, refuse, &heard);
	assert_int_equal(memcgsim_thread_bind(machine, 0, NULL), 0);
	section = msim_section_enter(msim_ctx());
	for (int i = 0; i < NR; i++)
		(void)msim_vm_bug_on(machine, true, NULL);
	msim_section_leave(&section);
	assert_int_equal(memcgsim_nr_bugs(machine), NR);
	assert_int_equal(heard, MSIM_MAX_BUGS);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_destroy(machine, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(vm_bug_is_recorded_with_its_condition),
		unit_case(vm_bug_is_told_every_time),
		unit_case(warning_is_told_once_per_place),
		unit_case(warning_is_once_per_machine),
		unit_case(bug_found_under_a_lock_is_told_later),
		unit_case(asking_for_the_number_tells_what_waits),
		unit_case(unexpected_bug_counts),
		unit_case(overrun_ring_keeps_the_count),
	};

	return cmocka_run_group_tests_name("bug", tests, NULL, NULL);
}
