/* SPDX-License-Identifier: MIT */
/*
 * history/res_counter: a chain of three counters on the stack. The machine is there for its record
 * of bugs only.
 */
#include "unit.h"

#include "history/res_counter.h"

/*  root -- mid -- leaf  */
struct chain {
	struct msim_res_counter root, mid, leaf;
};

static struct memcgsim *machine_of(void **state)
{
	return unit_machine(state, NULL)->machine;
}

static struct chain *chain_init(struct chain *c)
{
	memset(c, 0, sizeof(*c));
	msim_res_counter_init(&c->root, NULL);
	msim_res_counter_init(&c->mid, &c->root);
	msim_res_counter_init(&c->leaf, &c->mid);
	return c;
}

static void assert_usage(struct chain *c, uint64_t root, uint64_t mid, uint64_t leaf)
{
	assert_int_equal(msim_res_counter_usage(&c->root), root);
	assert_int_equal(msim_res_counter_usage(&c->mid), mid);
	assert_int_equal(msim_res_counter_usage(&c->leaf), leaf);
}

/* Models: Y-01. Bytes are counted, not pages, at every level, and the greatest usage is kept. */
static void charge_counts_bytes_at_every_level(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail = NULL;
	struct msim_res_reading mid;
	struct chain c;

	chain_init(&c);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 4097, &fail), 0);
	assert_int_equal(msim_res_counter_charge(machine, &c.mid, 3, &fail), 0);
	assert_null(fail);
	assert_usage(&c, 4100, 4100, 4097);
	(void)msim_res_counter_uncharge(machine, &c.mid, 4000);
	mid = msim_res_counter_read(&c.mid);
	assert_int_equal(mid.usage, 100);
	assert_int_equal(mid.max_usage, 4100);
	assert_int_equal(mid.limit, INT64_MAX);
}

/* Models: Y-01. The limit itself may be reached, and not a byte more. */
static void charge_succeeds_at_exactly_the_limit(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail = NULL;
	struct chain c;

	chain_init(&c)->leaf.limit = 8;
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 8, &fail), 0);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 1, &fail), -ENOMEM);
	assert_ptr_equal(fail, &c.leaf);
	assert_usage(&c, 8, 8, 8);
}

/*
 * Models: Y-01. A level that refuses is named and counts one failure; those below are as before but
 * for their greatest usage, those above have not been asked.
 */
static void refusal_names_its_level_and_undoes_those_below(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail = NULL;
	struct chain c;

	chain_init(&c)->mid.limit = 10;
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 6, &fail), 0);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 5, &fail), -ENOMEM);
	assert_ptr_equal(fail, &c.mid);
	assert_usage(&c, 6, 6, 6);
	assert_int_equal(msim_res_counter_read(&c.leaf).failcnt, 0);
	assert_int_equal(msim_res_counter_read(&c.mid).failcnt, 1);
	assert_int_equal(msim_res_counter_read(&c.root).failcnt, 0);
	assert_int_equal(msim_res_counter_read(&c.leaf).max_usage, 11);
	assert_int_equal(msim_res_counter_read(&c.mid).max_usage, 6);
	assert_int_equal(msim_res_counter_read(&c.root).max_usage, 6);
}

/* Models: Y-01. Force charges everybody, and still tells who was in the way first. */
static void nofail_charges_and_tells(void **state)
{
	struct msim_res_counter *fail = NULL;
	struct chain c;

	(void)state;
	chain_init(&c)->mid.limit = 4;
	c.root.limit = 4;
	assert_int_equal(msim_res_counter_charge_nofail(&c.leaf, 4, &fail), 0);
	assert_null(fail);
	assert_int_equal(msim_res_counter_charge_nofail(&c.leaf, 1, &fail), -ENOMEM);
	assert_ptr_equal(fail, &c.mid);
	assert_usage(&c, 5, 5, 5);
	assert_int_equal(msim_res_counter_read(&c.mid).failcnt, 1);
	assert_int_equal(msim_res_counter_read(&c.root).failcnt, 1);
	assert_int_equal(msim_res_counter_read(&c.mid).max_usage, 5);
}

/* Models: Y-02. What is left is that of the counter itself, whatever its ancestors have. */
static void uncharge_returns_what_the_leaf_has_left(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail;
	struct chain c;

	chain_init(&c);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 8, &fail), 0);
	assert_int_equal(msim_res_counter_charge(machine, &c.mid, 1, &fail), 0);
	assert_int_equal(msim_res_counter_uncharge(machine, &c.leaf, 5), 3);
	assert_int_equal(msim_res_counter_uncharge(machine, &c.leaf, 3), 0);
	assert_usage(&c, 1, 1, 0);
}

/* Models: Y-01. Those from the given ancestor on keep what they have. */
static void uncharge_until_stops_below(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail;
	struct chain c;

	chain_init(&c);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 8, &fail), 0);
	assert_int_equal(msim_res_counter_uncharge_until(machine, &c.leaf, &c.mid, 8), 0);
	assert_usage(&c, 8, 8, 0);
	assert_int_equal(msim_res_counter_uncharge_until(machine, &c.mid, &c.root, 2), 6);
	assert_usage(&c, 8, 6, 0);
}

/* Models: Y-01. Below zero: a WARN each time, and zero; levels that have enough pay in full. */
static void uncharge_of_too_much_warns_and_clamps(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct msim_res_counter *fail;
	struct chain c;

	chain_init(&c);
	assert_int_equal(msim_res_counter_charge(u->machine, &c.mid, 10, &fail), 0);
	unit_allow_bugs(u, 2);
	assert_int_equal(msim_res_counter_uncharge(u->machine, &c.leaf, 4), 0);
	assert_usage(&c, 6, 6, 0);
	assert_int_equal(msim_res_counter_uncharge(u->machine, &c.leaf, 1), 0);
	unit_assert_bugs(u, MEMCGSIM_WARN, 2);
}

/* Models: Y-01. A limit may be set to the usage, not below; what is refused changes nothing. */
static void set_limit_is_busy_below_the_usage(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail;
	struct chain c;

	chain_init(&c);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 8, &fail), 0);
	assert_int_equal(msim_res_counter_set_limit(&c.leaf, 7), -EBUSY);
	assert_int_equal(msim_res_counter_read(&c.leaf).limit, INT64_MAX);
	assert_int_equal(msim_res_counter_set_limit(&c.leaf, 8), 0);
	assert_int_equal(msim_res_counter_read(&c.leaf).limit, 8);
}

/* Models: Y-01. Writing the maximum or the failures resets them: the former to the usage. */
static void maximum_and_failures_are_reset(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_res_counter *fail;
	struct chain c;

	chain_init(&c)->leaf.limit = 8;
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 8, &fail), 0);
	assert_int_equal(msim_res_counter_charge(machine, &c.leaf, 1, &fail), -ENOMEM);
	(void)msim_res_counter_uncharge(machine, &c.leaf, 5);
	msim_res_counter_reset_max(&c.leaf);
	assert_int_equal(msim_res_counter_read(&c.leaf).max_usage, 3);
	assert_int_equal(msim_res_counter_read(&c.leaf).failcnt, 1);
	msim_res_counter_reset_failcnt(&c.leaf);
	assert_int_equal(msim_res_counter_read(&c.leaf).failcnt, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(charge_counts_bytes_at_every_level),
		unit_case(charge_succeeds_at_exactly_the_limit),
		unit_case(refusal_names_its_level_and_undoes_those_below),
		unit_case(nofail_charges_and_tells),
		unit_case(uncharge_returns_what_the_leaf_has_left),
		unit_case(uncharge_until_stops_below),
		unit_case(uncharge_of_too_much_warns_and_clamps),
		unit_case(set_limit_is_busy_below_the_usage),
		unit_case(maximum_and_failures_are_reset),
	};

	return cmocka_run_group_tests_name("res_counter", tests, NULL, NULL);
}
