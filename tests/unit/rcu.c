/* SPDX-License-Identifier: MIT */
/*
 * seam/rcu: being a reader, and what a grace period waits for. That it waits is liburcu's; that
 * ours is asked for is shown here with a reader that has left.
 */
#define _LGPL_SOURCE /* looks at liburcu's own record of the thread; reads under no section */
#include "unit.h"

/*
 * Models: docs/design.md. liburcu is told once, and only if the user has not; the answer
 * undoes just that.
 */
static void register_tells_liburcu_only_if_nobody_has(void **state)
{
	struct msim_rcu_domain domain;
	struct msim_ctx ctx = { 0 };
	bool fresh, known;

	(void)state;
	msim_rcu_init(&domain);
	msim_self = &ctx.self;
	fresh = msim_rcu_register(&domain);
	assert_int_equal(msim_list_count(&domain.readers), 1);
	msim_rcu_unregister(&domain, fresh);
	urcu_memb_register_thread();
	known = msim_rcu_register(&domain);
	msim_rcu_unregister(&domain, known);
	msim_self = NULL;
	assert_true(URCU_TLS(urcu_memb_reader).registered); /* the user's own stands */
	urcu_memb_unregister_thread();
	assert_true(fresh);
	assert_false(known);
	assert_true(msim_list_empty(&domain.readers));
	msim_rcu_destroy(&domain);
}

/*
 * Models: rcu_read_lock(). Sections nest; after the last one a grace period passes.
 */
static void sections_nest_and_then_a_grace_period_passes(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	unsigned int inner, outer;

	unit_run(u, 0, NULL);
	msim_rcu_read_lock();
	msim_rcu_read_lock();
	inner = msim_self->rcu.nesting;
	msim_rcu_read_unlock();
	outer = msim_self->rcu.nesting;
	msim_rcu_read_unlock();
	assert_int_equal(inner, 2);
	assert_int_equal(outer, 1);
	assert_int_equal(msim_self->rcu.nesting, 0);
	msim_rcu_synchronize(&u->machine->rcu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(register_tells_liburcu_only_if_nobody_has),
		unit_case(sections_nest_and_then_a_grace_period_passes),
	};

	return cmocka_run_group_tests_name("rcu", tests, NULL, NULL);
}
