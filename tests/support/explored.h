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

#define LOCK(world, i)                                                                             \
	memcgsim_explore_lock(MEMCGSIM_POINT_("lock", #i, MEMCGSIM_OP_LOCK, __ATOMIC_ACQUIRE, 4),  \
			      &(world)->locks[i])
#define TRYLOCK(world, i)                                                                          \
	memcgsim_explore_trylock(                                                                  \
		MEMCGSIM_POINT_("trylock", #i, MEMCGSIM_OP_TRYLOCK, __ATOMIC_ACQUIRE, 4),          \
		&(world)->locks[i])
/* Of a lock that somebody tries, and of one that others only wait for. */
#define UNLOCK(world, i)                                                                           \
	memcgsim_explore_unlock(                                                                   \
		MEMCGSIM_POINT_("unlock", #i, MEMCGSIM_OP_UNLOCK, __ATOMIC_RELEASE, 4),            \
		&(world)->locks[i])
#define UNLOCK_SILENTLY(world, i) memcgsim_explore_unlock(NULL, &(world)->locks[i])
#define READ_LOCK()                                                                                \
	memcgsim_explore_rcu_read_lock(MEMCGSIM_POINT_(                                            \
		"rcu_read_lock", "", MEMCGSIM_OP_RCU_READ_LOCK, __ATOMIC_ACQUIRE, 0))
#define SYNCHRONIZE()                                                                              \
	memcgsim_explore_synchronize_rcu(                                                          \
		MEMCGSIM_POINT_("grace period begins", "", MEMCGSIM_OP_GP_BEGIN, __ATOMIC_SEQ_CST, \
				0),                                                                \
		MEMCGSIM_POINT_("grace period ends", "", MEMCGSIM_OP_GP_END, __ATOMIC_SEQ_CST, 0))

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
