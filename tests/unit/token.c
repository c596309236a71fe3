/* SPDX-License-Identifier: MIT */
/*
 * explore/token: a schedule written as a word, and read back; and words that are none.
 */
#include "explored.h"

#include <errno.h>
#include <string.h>

#include "explore/token.h"

static int refused(const char *token)
{
	struct msim_schedule schedule;
	enum memcgsim_memory memory;

	return msim_token_read(token, "queue", &schedule, &memory);
}

/* Models: nothing of the kernel's. Steps are written as differences: tokens stay short. */
static void a_schedule_is_written_and_read_back(void **state)
{
	struct msim_turn turns[] = { { 0, 1 }, { 7, 0 }, { 1000000, 2 } };
	struct msim_schedule schedule = { .turns = turns, .nr_turns = 3 }, again = { 0 };
	enum memcgsim_memory memory = MEMCGSIM_MEMORY_SC;
	char token[64];

	(void)state;
	assert_int_equal(
		msim_token_write(&schedule, "queue", MEMCGSIM_MEMORY_TSO, token, sizeof(token)), 0);
	assert_string_equal(token, "queue:tso:0.1-7.0-999993.2");
	assert_int_equal(msim_token_read(token, "queue", &again, &memory), 0);
	assert_int_equal(memory, MEMCGSIM_MEMORY_TSO);
	assert_int_equal(again.nr_turns, 3);
	for (size_t i = 0; i < again.nr_turns; i++) {
		assert_int_equal(again.turns[i].step, turns[i].step);
		assert_int_equal(again.turns[i].actor, turns[i].actor);
	}
	msim_schedule_free(&again);
}

/* Models: nothing of the kernel's. Nobody is ever preempted: no turns. */
static void a_schedule_may_be_empty(void **state)
{
	struct msim_schedule schedule = { 0 }, again = { .nr_turns = 1 };
	enum memcgsim_memory memory = MEMCGSIM_MEMORY_TSO;
	char token[16];

	(void)state;
	assert_int_equal(
		msim_token_write(&schedule, "queue", MEMCGSIM_MEMORY_SC, token, sizeof(token)), 0);
	assert_string_equal(token, "queue:sc:");
	assert_int_equal(msim_token_read(token, "queue", &again, &memory), 0);
	assert_int_equal(memory, MEMCGSIM_MEMORY_SC);
	assert_int_equal(again.nr_turns, 0);
	msim_schedule_free(&again);
}

/* Models: nothing of the kernel's. Half a token would be another schedule's. */
static void a_token_that_does_not_fit_is_empty(void **state)
{
	struct msim_turn turns[] = { { 10, 1 }, { 20, 0 } };
	struct msim_schedule schedule = { .turns = turns, .nr_turns = 2 };
	char token[32];

	(void)state;
	for (size_t size = 1; size <= strlen("queue:ra:10.1-10.0"); size++) {
		memset(token, 'x', sizeof(token));
		assert_int_equal(
			msim_token_write(&schedule, "queue", MEMCGSIM_MEMORY_RA, token, size),
			-E2BIG);
		assert_string_equal(token, "");
		assert_int_equal(token[size], 'x');
	}
	assert_int_equal(msim_token_write(&schedule, "queue", MEMCGSIM_MEMORY_RA, token,
					  sizeof("queue:ra:10.1-10.0")),
			 0);
}

/* Models: nothing of the kernel's. */
static void what_is_no_token_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"queue",
		"queue:",
		"queue:sc",
		"queue:s",
		"queue:scx:",
		"queues:sc:",
		"other:sc:",
		"queue:sc:1",
		"queue:sc:1.",
		"queue:sc:.1",
		"queue:sc:1.1-",
		"queue:sc:-1.1",
		"queue:sc:1.1--1.1",
		"queue:sc:1.-1",
		"queue:sc:+1.1",
		"queue:sc: 1.1",
		"queue:sc:1.1 ",
		"queue:sc:1.1,2.1",
		"queue:sc:1.1-2.1.0",
		"queue:sc:99999999999999999999.0",
		"queue:sc:1.65536",
		"queue:sc:1.4294967296",
	};

	(void)state;
	for (size_t i = 0; i < msim_array_size(wrong); i++) {
		if (refused(wrong[i]) != -EINVAL)
			fail_msg("'%s' was taken for a token", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_is_written_and_read_back),
		cmocka_unit_test(a_schedule_may_be_empty),
		cmocka_unit_test(a_token_that_does_not_fit_is_empty),
		cmocka_unit_test(what_is_no_token_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
