/* SPDX-License-Identifier: MIT */
/*
 * explore/tso: every outcome that store buffers allow, and no other.
 */
#include "support/litmus.h"

/* Models: nothing of the kernel's. The litmus tests that every model is asked. */
static void outcomes_are_those_of_x86(void **state)
{
	(void)state;
	assert_litmus(litmus_tests, nr_litmus_tests, MEMCGSIM_MEMORY_TSO);
}

/*
 * Models: nothing of the kernel's. Stores of several actors reach memory in any order that their
 * buffers allow, also those that somebody's look at another word brings along.
 */
static void stores_reach_memory_in_any_order(void **state)
{
	static const struct litmus tests[] = {
		{ "a word in front of the one that is looked at",
		  { { W(Y, 1, RELAXED), W(X, 1, RELAXED) },
		    { W(Y, 2, RELAXED) },
		    { R(X, RELAXED), R(Y, RELAXED) } },
		  .finally = 1 << Y,
		  .sc = "001 002 011 012 021 022 111 112 122" },
		{ "three buffers to one word",
		  { { W(X, 1, RELAXED) }, { W(X, 2, RELAXED) }, { W(X, 3, RELAXED) } },
		  .finally = 1 << X,
		  .sc = "1 2 3" },
		{ "an add to a word that others have stored to",
		  { { W(X, 3, RELAXED) }, { ADD(X, RELAXED) } },
		  .finally = 1 << X,
		  .sc = "03 34" },
	};

	(void)state;
	assert_litmus(tests, sizeof(tests) / sizeof(tests[0]), MEMCGSIM_MEMORY_TSO);
	assert_litmus(tests, sizeof(tests) / sizeof(tests[0]), MEMCGSIM_MEMORY_SC);
}

/* Models: nothing of the kernel's. A plain access finds memory up to date. */
static void a_plain_access_finds_what_was_stored(void **state)
{
	static const struct litmus tests[] = {
		{ "plain load of one's own",
		  { { W(X, 1, RELAXED), PLAIN_R(X) }, { R(X, RELAXED) } },
		  .sc = "10 11",
		  .plain = true },
		{ "plain store over one's own",
		  { { W(X, 1, RELAXED), PLAIN_W(X, 2), W(Y, 1, RELEASE) },
		    { AWAIT(Y, ACQUIRE), R(X, RELAXED) } },
		  .finally = 1 << X,
		  .sc = "122",
		  .plain = true },
	};

	(void)state;
	assert_litmus(tests, 2, MEMCGSIM_MEMORY_TSO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_those_of_x86),
		cmocka_unit_test(stores_reach_memory_in_any_order),
		cmocka_unit_test(a_plain_access_finds_what_was_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
