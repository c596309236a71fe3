/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests of the explorer share: subjects of a few words, and their points.
 */
#ifndef TESTS_SUPPORT_EXPLORED_H
#define TESTS_SUPPORT_EXPLORED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memcgsim/explore.h>

/* The state of all of them. */
struct world {
	unsigned long words[4];
	unsigned int locks[2];
	unsigned char bell;
	unsigned long *block;
	unsigned long counts[4];
};

#define LOCK(world, i)	  MEMCGSIM_X_LOCK(&(world)->locks[i])
#define TRYLOCK(world, i) MEMCGSIM_X_TRYLOCK(&(world)->locks[i])
/* Of a lock that somebody tries, and of one that others only wait for. */
#define UNLOCK(world, i)	  MEMCGSIM_X_UNLOCK(&(world)->locks[i])
#define UNLOCK_SILENTLY(world, i) memcgsim_explore_unlock(NULL, &(world)->locks[i])
#define READ_LOCK()		  MEMCGSIM_X_RCU_READ_LOCK()
#define SYNCHRONIZE()		  MEMCGSIM_X_SYNCHRONIZE_RCU()

typedef const char *actor_body(void *state, const void *arg);

/* A subject of so many threads. */
static inline struct memcgsim_subject subject_of(const char *name, actor_body *first,
						 actor_body *second, actor_body *third)
{
	return (struct memcgsim_subject){
		.name = name,
		.claim = "what is claimed holds",
		.state_bytes = sizeof(struct world),
		.actors = {
			{ .name = "first", .body = first },
			{ .name = second ? "second" : NULL, .body = second },
			{ .name = third ? "third" : NULL, .body = third },
		},
	};
}

/* Explores by @strategy, up to @schedules; the result. */
static inline struct memcgsim_explore_result explored(const struct memcgsim_subject *subject,
						      enum memcgsim_strategy strategy,
						      unsigned long schedules)
{
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;
	int err;

	memcgsim_explore_options_init(&options);
	options.strategy = strategy;
	options.schedules = schedules;
	err = memcgsim_explore(subject, &options, &result);
	assert_true(err >= 0);
	assert_int_equal(err, result.failures > 0);
	return result;
}

/* It fails in this way, and its token shows the same again. */
static inline void assert_fails(const struct memcgsim_subject *subject,
				enum memcgsim_verdict verdict)
{
	struct memcgsim_explore_result result = explored(subject, MEMCGSIM_DPOR, 0), again;

	assert_string_equal(memcgsim_verdict_name(result.verdict), memcgsim_verdict_name(verdict));
	assert_int_equal(memcgsim_replay(subject, result.token, NULL, &again), 1);
	assert_int_equal(again.verdict, verdict);
	assert_string_equal(again.failure, result.failure);
}

/* It does not, in no schedule. */
static inline struct memcgsim_explore_result
assert_exhausted(const struct memcgsim_subject *subject)
{
	struct memcgsim_explore_result result = explored(subject, MEMCGSIM_DPOR, 0);

	assert_string_equal(memcgsim_verdict_name(result.verdict), "fine");
	assert_true(result.exhausted);
	assert_int_equal(result.bound, -1);
	return result;
}

#endif /* TESTS_SUPPORT_EXPLORED_H */
