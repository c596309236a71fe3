/* SPDX-License-Identifier: MIT */
/*
 * memcg/page_counter: a chain of three counters on the stack. The machine is there for its record
 * of bugs only.
 */
#include "unit.h"

#include "memcg/page_counter.h"

/*  root -- mid -- leaf  */
struct chain {
	struct msim_page_counter root, mid, leaf;
};

static struct memcgsim *machine_of(void **state)
{
	return unit_machine(state, NULL)->machine;
}

static struct chain *chain_init(struct chain *c)
{
	memset(c, 0, sizeof(*c));
	msim_page_counter_init(&c->root, NULL);
	msim_page_counter_init(&c->mid, &c->root);
	msim_page_counter_init(&c->leaf, &c->mid);
	return c;
}

static void assert_usage(const struct chain *c, long root, long mid, long leaf)
{
	assert_int_equal(c->root.usage, root);
	assert_int_equal(c->mid.usage, mid);
	assert_int_equal(c->leaf.usage, leaf);
}

/*
 * Models: P-01. A new counter has no limit that could be met, and counts nothing.
 */
static void new_counter_is_empty_and_unlimited(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c);
	assert_usage(&c, 0, 0, 0);
	assert_true(c.leaf.max == INT64_MAX / UNIT_PAGE);
	assert_ptr_equal(c.leaf.parent, &c.mid);
	assert_null(c.root.parent);
}

/* Models: P-01. Every level of the chain is charged, the root's too. */
static void try_charge_counts_at_every_level(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c);
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 3, &fail));
	assert_true(msim_page_counter_try_charge(machine, &c.mid, 2, &fail));
	assert_null(fail); /* written only on failure */
	assert_usage(&c, 5, 5, 3);
}

/* Models: P-01. The limit itself may be reached, and not a page more. */
static void try_charge_succeeds_at_exactly_max(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c)->leaf.max = 8;
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 7, &fail));
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 1, &fail));
	assert_false(msim_page_counter_try_charge(machine, &c.leaf, 1, &fail));
	assert_ptr_equal(fail, &c.leaf);
	assert_usage(&c, 8, 8, 8);
}

/*
 * Models: P-01, P-03
 *
 *   root -- mid(max 10) -- leaf      leaf holds 4, asks for 7
 *
 * The failure is mid's: counted there and nowhere else; what leaf had added is taken off again,
 * root was never asked. The leaf's watermark remembers the 11 all the same; mid's does not.
 */
static void try_charge_failing_above_rolls_back_below(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c)->mid.max = 10;
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 4, &fail));
	assert_false(msim_page_counter_try_charge(machine, &c.leaf, 7, &fail));
	assert_ptr_equal(fail, &c.mid);
	assert_usage(&c, 4, 4, 4);
	assert_int_equal(c.leaf.failcnt, 0);
	assert_int_equal(c.mid.failcnt, 1);
	assert_int_equal(c.root.failcnt, 0);
	assert_int_equal(c.leaf.watermark, 11);
	assert_int_equal(c.mid.watermark, 4);
	assert_int_equal(c.root.watermark, 4);
}

/*
 * Models: P-01, P-03. At the failed level itself neither usage nor watermark moves.
 */
static void failed_level_keeps_its_watermark(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c)->leaf.max = 5;
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 5, &fail));
	for (int i = 0; i < 3; i++)
		assert_false(msim_page_counter_try_charge(machine, &c.leaf, 100, &fail));
	assert_int_equal(c.leaf.watermark, 5);
	assert_int_equal(c.leaf.local_watermark, 5);
	assert_int_equal(c.leaf.failcnt, 3);
	assert_int_equal(c.root.watermark, 5); /* nobody above saw the 105 */
}

/*
 * Models: P-01, P-08. A limit lowered below the usage refuses the next charge; uncharging
 * still works.
 */
static void try_charge_fails_when_max_was_lowered_below_usage(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c);
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 9, &fail));
	c.mid.max = 3;
	assert_false(msim_page_counter_try_charge(machine, &c.leaf, 1, &fail));
	assert_ptr_equal(fail, &c.mid);
	msim_page_counter_uncharge(machine, &c.leaf, 7);
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 1, &fail));
	assert_usage(&c, 3, 3, 3);
}

/*
 * Models: P-04. Unconditional: no limit asked, no failure counted; the watermark follows.
 */
static void charge_ignores_limits(void **state)
{
	struct chain c;

	(void)machine_of(state);
	chain_init(&c)->mid.max = 2;
	msim_page_counter_charge(&c.leaf, 5);
	assert_usage(&c, 5, 5, 5);
	assert_int_equal(c.mid.failcnt, 0);
	assert_int_equal(c.mid.watermark, 5);
}

/*
 * Models: P-05
 *
 *   root(5) -- mid(2) -- leaf(2)      uncharge 4
 *
 * Both levels that would be negative stop at zero, and the root still pays its share. WARN is once
 * per place.
 */
static void uncharge_below_zero_clamps_each_level_and_warns_once(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct chain c;

	chain_init(&c);
	msim_page_counter_charge(&c.leaf, 2);
	msim_page_counter_charge(&c.root, 3);
	unit_allow_bugs(u, 1);
	msim_page_counter_uncharge(u->machine, &c.leaf, 4);
	assert_usage(&c, 1, 0, 0);
	unit_assert_bug(u, MEMCGSIM_WARN);
}

/*
 * Models: P-06. Both maxima are of observed values after adding, and uncharging lowers
 * neither.
 */
static void watermark_is_never_lowered_by_uncharge(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct chain c;

	chain_init(&c);
	msim_page_counter_charge(&c.leaf, 9);
	msim_page_counter_uncharge(machine, &c.leaf, 9);
	msim_page_counter_charge(&c.leaf, 3);
	assert_usage(&c, 3, 3, 3);
	assert_int_equal(c.leaf.watermark, 9);
	assert_int_equal(c.leaf.local_watermark, 9);
}

/*
 * Models: P-06. The global one is looked at only where the local one rises.
 */
static void watermark_is_checked_only_when_the_local_one_rises(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c);
	c.leaf.watermark = 9;
	c.leaf.local_watermark = 20; /* out of order, as a race may leave it */
	msim_page_counter_charge(&c.leaf, 15);
	assert_int_equal(c.leaf.watermark, 9);
	c.leaf.local_watermark =
		0; /* a reader's reset: the local one starts anew, the global one stays */
	c.leaf.watermark = 30;
	msim_page_counter_charge(&c.leaf, 1);
	assert_int_equal(c.leaf.local_watermark, 16);
	assert_int_equal(c.leaf.watermark, 30);
}

/*
 * Models: C-06. What this one counter could still take; nothing if it is over its limit.
 */
static void margin_is_zero_at_and_beyond_max(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c)->leaf.max = 4;
	c.mid.max = 1; /* an ancestor's limit does not count */
	assert_int_equal(msim_page_counter_margin(&c.leaf), 4);
	msim_page_counter_charge(&c.leaf, 3);
	assert_int_equal(msim_page_counter_margin(&c.leaf), 1);
	msim_page_counter_charge(&c.leaf, 1);
	assert_int_equal(msim_page_counter_margin(&c.leaf), 0);
	msim_page_counter_charge(&c.leaf, 1);
	assert_int_equal(msim_page_counter_margin(&c.leaf), 0);
}

/* ---- set_max ---- */

/* Models: P-07. A limit that holds already is set; one below the usage is refused, and changes nothing. */
static void set_max_refuses_what_is_exceeded(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c);
	msim_page_counter_charge(&c.leaf, 5);
	assert_int_equal(msim_page_counter_set_max(&c.leaf, 4), -EBUSY);
	assert_true(c.leaf.max == INT64_MAX / UNIT_PAGE);
	assert_int_equal(msim_page_counter_set_max(&c.leaf, 5), 0);
	assert_int_equal(c.leaf.max, 5);
	assert_int_equal(msim_page_counter_set_max(&c.leaf, 6), 0);
	assert_int_equal(c.leaf.max, 6);
	assert_int_equal(msim_page_counter_set_max(&c.leaf, 3), -EBUSY);
	assert_int_equal(c.leaf.max, 6);
}

/* ---- protection ---- */

static void assert_protected(const struct msim_page_counter *c, long min, long low,
			     long children_min, long children_low)
{
	assert_int_equal(c->min_usage, min);
	assert_int_equal(c->low_usage, low);
	assert_int_equal(c->children_min_usage, children_min);
	assert_int_equal(c->children_low_usage, children_low);
}

/*
 * Models: P-09
 *
 *   root -- mid(min 4, low 6) -- leaf(min 3, low 9)
 *
 * What is protected is the lesser of usage and setting, and counts one level up, and no further.
 */
static void protected_usage_follows_charges(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c);
	c.mid.min = 4;
	c.mid.low = 6;
	c.leaf.min = 3;
	c.leaf.low = 9;
	msim_page_counter_charge(&c.leaf, 2);
	assert_protected(&c.leaf, 2, 2, 0, 0);
	assert_protected(&c.mid, 2, 2, 2, 2);
	assert_protected(&c.root, 0, 0, 2, 2); /* nobody is above it */
	assert_true(msim_page_counter_try_charge(machine, &c.leaf, 5, &fail));
	assert_protected(&c.leaf, 3, 7, 0, 0);
	assert_protected(&c.mid, 4, 6, 3, 7);
	assert_protected(&c.root, 0, 0, 4, 6);
	msim_page_counter_uncharge(machine, &c.leaf, 6);
	assert_protected(&c.leaf, 1, 1, 0, 0);
	assert_protected(&c.mid, 1, 1, 1, 1);
	assert_protected(&c.root, 0, 0, 1, 1);
}

/*
 * Models: P-03, P-09. The level that refused never protected what it refused, and those below take it back.
 */
static void refused_charge_protects_nothing(void **state)
{
	struct memcgsim *machine = machine_of(state);
	struct msim_page_counter *fail = NULL;
	struct chain c;

	chain_init(&c)->mid.max = 3;
	c.leaf.min = c.mid.min = 10;
	assert_false(msim_page_counter_try_charge(machine, &c.leaf, 4, &fail));
	assert_protected(&c.leaf, 0, 0, 0, 0);
	assert_protected(&c.mid, 0, 0, 0, 0);
	assert_protected(&c.root, 0, 0, 0, 0);
}

/* Models: P-05, P-09. A counter that was set right after too much uncharging protects nothing. */
static void clamped_counter_protects_nothing(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct chain c;

	chain_init(&c)->leaf.min = 5;
	msim_page_counter_charge(&c.leaf, 2);
	unit_allow_bugs(u, 1);
	msim_page_counter_cancel(u->machine, &c.leaf, 3);
	assert_int_equal(c.leaf.usage, 0);
	assert_int_equal(c.mid.usage, 2); /* this one level only */
	assert_protected(&c.leaf, 0, 0, 0, 0);
	assert_protected(&c.mid, 0, 0, 0, 0);
	unit_assert_bug(u, MEMCGSIM_WARN);
}

/*
 * Models: P-10. A setting applies to what is charged already, and levels above are looked at too: mid's setting,
 * which nobody has told of yet, takes effect on the way.
 */
static void setting_protects_what_is_charged_already(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c);
	msim_page_counter_charge(&c.leaf, 8);
	c.mid.low = 5;
	msim_page_counter_set_min(&c.leaf, 6);
	assert_int_equal(c.leaf.min, 6);
	assert_protected(&c.leaf, 6, 0, 0, 0);
	assert_protected(&c.mid, 0, 5, 6, 0);
	assert_protected(&c.root, 0, 0, 0, 5);
	msim_page_counter_set_low(&c.leaf, 100);
	assert_protected(&c.leaf, 6, 8, 0, 0);
	msim_page_counter_set_min(&c.leaf, 0);
	msim_page_counter_set_low(&c.leaf, 0);
	assert_protected(&c.leaf, 0, 0, 0, 0);
	assert_protected(&c.mid, 0, 5, 0, 0);
}

/* Models: P-11. The target is skipped, and so is who has nothing: both keep what the last pass left. */
static void protection_of_target_and_empty_stays(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c);
	c.mid.emin = 7;
	c.leaf.emin = 8;
	c.leaf.min = c.mid.min = 3;
	msim_page_counter_calculate_protection(&c.mid, &c.mid, false);
	assert_int_equal(c.mid.emin, 7);
	msim_page_counter_calculate_protection(&c.mid, &c.leaf, false); /* of no usage */
	assert_int_equal(c.leaf.emin, 8);
	msim_page_counter_charge(&c.leaf, 1);
	msim_page_counter_calculate_protection(&c.mid, &c.leaf,
					       false); /* below the target: as set */
	assert_int_equal(c.leaf.emin, 3);
	assert_int_equal(c.leaf.elow, 0);
}

/*
 * One line: a leaf with a usage and a setting below a parent with a usage and an effective protection,
 * whose children protect so much together.
 */
struct share {
	long usage, setting;
	long parent_usage, parent_effective, siblings;
	bool recursive;
	unsigned long effective;
};

static const struct share shares[] = {
	{ 10, 4, 100, 50, 40, false, 4 },    /* enough for all: as much as is claimed */
	{ 3, 4, 100, 50, 40, false, 3 },     /* and used */
	{ 10, 7, 100, 20, 40, false, 3 },    /* 7 * 20 / 40 = 3.5: truncated */
	{ 10, 7, 100, 0, 40, false, 0 },     /* a parent without protection has none to give */
	{ 10, 4, 100, 40, 40, true, 4 },     /* nothing is left over */
	{ 10, 4, 100, 50, 40, true, 4 + 1 }, /* 10 * 6 / 60 */
	{ 59, 4, 100, 47, 40, true,
	  4 + 6 },			   /* 7 * 55 / 60 = 6.4: multiplied before it is divided */
	{ 10, 10, 100, 50, 40, true, 10 }, /* nothing beyond its claim */
	{ 10, 4, 40, 50, 40, true, 4 },	   /* nobody has anything beyond */
};

/* Models: P-11. The formula, with its truncation, for min and for low alike. */
static void effective_protection_is_a_share_of_the_parents(void **state)
{
	(void)state;
	for (size_t i = 0; i < msim_array_size(shares); i++) {
		const struct share *s = &shares[i];
		struct chain c;

		chain_init(&c);
		c.leaf.usage = s->usage;
		c.leaf.min = c.leaf.low = s->setting;
		c.mid.usage = s->parent_usage;
		c.mid.emin = c.mid.elow = (unsigned long)s->parent_effective;
		c.mid.children_min_usage = c.mid.children_low_usage = s->siblings;
		msim_page_counter_calculate_protection(&c.root, &c.leaf, s->recursive);
		assert_int_equal(c.leaf.emin, s->effective);
		assert_int_equal(c.leaf.elow, s->effective);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(new_counter_is_empty_and_unlimited),
		unit_case(try_charge_counts_at_every_level),
		unit_case(try_charge_succeeds_at_exactly_max),
		unit_case(try_charge_failing_above_rolls_back_below),
		unit_case(failed_level_keeps_its_watermark),
		unit_case(try_charge_fails_when_max_was_lowered_below_usage),
		unit_case(charge_ignores_limits),
		unit_case(uncharge_below_zero_clamps_each_level_and_warns_once),
		unit_case(watermark_is_never_lowered_by_uncharge),
		unit_case(watermark_is_checked_only_when_the_local_one_rises),
		unit_case(margin_is_zero_at_and_beyond_max),
		unit_case(set_max_refuses_what_is_exceeded),
		unit_case(protected_usage_follows_charges),
		unit_case(refused_charge_protects_nothing),
		unit_case(clamped_counter_protects_nothing),
		unit_case(setting_protects_what_is_charged_already),
		unit_case(protection_of_target_and_empty_stays),
		unit_case(effective_protection_is_a_share_of_the_parents),
	};

	return cmocka_run_group_tests_name("page_counter", tests, NULL, NULL);
}
