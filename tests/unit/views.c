/* SPDX-License-Identifier: MIT */
/*
 * explore/views: every outcome that release and acquire by views allow, and no other.
 */
#include "support/litmus.h"

/* Models: nothing of the kernel's. The litmus tests that every model is asked. */
static void outcomes_are_those_of_c11(void **state)
{
	(void)state;
	assert_litmus(litmus_tests, nr_litmus_tests, MEMCGSIM_MEMORY_RA);
}

/*
 * Models: nothing of the kernel's. An exchange that fails has read, and written nothing: its actor
 * passes nothing on, so who reads the word may still miss what the actor did before.
 */
static void an_exchange_that_fails_writes_nothing(void **state)
{
	static const struct litmus tests[] = {
		{ "failed exchange",
		  { { W(X, 1, RELAXED), W(Y, 1, RELAXED), CMPXCHG(Y, 2, SEQ_CST) },
		    { ADD(Y, ACQUIRE), R(X, RELAXED) } },
		  .finally = 1 << Y,
		  .sc = "1001 1011 1112 2112",
		  .ra = "1001 1011 1102 1112 2102 2112" },
		{ "exchange",
		  { { W(X, 1, RELAXED), CMPXCHG(Y, 2, SEQ_CST) },
		    { R(Y, ACQUIRE), R(X, RELAXED) } },
		  .finally = 1 << Y,
		  .sc = "0002 0012 0212" },
	};

	(void)state;
	assert_litmus(tests, 2, MEMCGSIM_MEMORY_SC);
	assert_litmus(tests, 2, MEMCGSIM_MEMORY_RA);
}

/*
 * Models: nothing of the kernel's. Nothing comes between what a read-modify-write has read and what
 * it has written, not even a store that nobody who knows of either has made.
 */
static void a_store_does_not_come_between(void **state)
{
	static const struct litmus tests[] = {
		{ "add and store",
		  { { ADD(X, RELAXED) }, { W(X, 5, RELAXED) } },
		  .finally = 1 << X,
		  .sc = "05 56" },
	};

	(void)state;
	assert_litmus(tests, 1, MEMCGSIM_MEMORY_RA);
}

/* Models: nothing of the kernel's. What a plain store leaves is what who knows of it reads. */
static void a_plain_store_ends_a_history(void **state)
{
	static const struct litmus tests[] = {
		{ "plain store",
		  { { W(X, 1, RELAXED), W(X, 2, RELAXED), PLAIN_W(X, 1), W(Y, 1, RELEASE) },
		    { AWAIT(Y, ACQUIRE), R(X, RELAXED) } },
		  .sc = "11",
		  .plain = true },
	};

	(void)state;
	assert_litmus(tests, 1, MEMCGSIM_MEMORY_RA);
}

/* Models: nothing of the kernel's. Who asks again and again is told in the end. */
static void a_store_is_seen_in_the_end(void **state)
{
	static const struct litmus tests[] = {
		{ "poll",
		  { { W(X, 1, RELAXED), W(Y, 1, RELAXED) },
		    { AWAIT(Y, RELAXED), POLL(X, RELAXED) } },
		  .sc = "11" },
	};

	(void)state;
	assert_litmus(tests, 1, MEMCGSIM_MEMORY_RA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_those_of_c11),
		cmocka_unit_test(an_exchange_that_fails_writes_nothing),
		cmocka_unit_test(a_store_does_not_come_between),
		cmocka_unit_test(a_plain_store_ends_a_history),
		cmocka_unit_test(a_store_is_seen_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
