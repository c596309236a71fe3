/* SPDX-License-Identifier: MIT */
/*
 * base/assert: the last words of a simulator that found itself wrong.
 */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABORTED 42

/* Ends the child in order, so that what it covered is written down. */
static void on_abort(int signal)
{
	(void)signal;
	exit(ABORTED);
}

/* Models: LAW 4. What failed, where, and then SIGABRT. */
static void failed_assertion_says_what_and_aborts(void **state)
{
	char said[256] = { 0 };
	int ends[2], status;
	ssize_t length;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, on_abort);
		dup2(ends[1], STDERR_FILENO);
		msim_assert_failed("two == 3", "room.c", 7);
	}
	close(ends[1]);
	length = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(length > 0);
	assert_string_equal(said, "memcgsim: room.c:7: assertion failed: two == 3\n");
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ABORTED);
}

/* Models: assert.h. A condition is evaluated once if its level is on, and never if it is off. */
static void level_that_is_off_evaluates_nothing(void **state)
{
	int cheap = 0, full = 0;

	(void)state;
	msim_assert(++cheap);
	msim_assert_full(++full);
	assert_int_equal(cheap, MSIM_CHECKS >= 1);
	assert_int_equal(full, MSIM_CHECKS >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(failed_assertion_says_what_and_aborts),
		unit_case(level_that_is_off_evaluates_nothing),
	};

	return cmocka_run_group_tests_name("assert", tests, NULL, NULL);
}
