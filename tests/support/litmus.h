/* SPDX-License-Identifier: MIT */
/*
 * Litmus tests: a few actors that each do a few accesses, and every outcome that a memory model
 * allows them. Each is explored depth first to the end; what was reached is compared with that.
 */
#ifndef TESTS_SUPPORT_LITMUS_H
#define TESTS_SUPPORT_LITMUS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <memcgsim/explore.h>

#define LITMUS_ACTORS 4
#define LITMUS_OPS    7

enum litmus_kind {
	LITMUS_END,
	LITMUS_READ,
	LITMUS_WRITE,
	LITMUS_XCHG,
	LITMUS_ADD,	/* by one instruction */
	LITMUS_CMPXCHG, /* 0 becomes the value, or nothing happens */
	LITMUS_FENCE,
	LITMUS_MEMBARRIER,
	LITMUS_LOCK,
	LITMUS_UNLOCK,
	LITMUS_RCU_READ_LOCK,
	LITMUS_RCU_READ_UNLOCK,
	LITMUS_SYNCHRONIZE_RCU,
	LITMUS_POLL,  /* reads in a loop that does not say that it waits */
	LITMUS_AWAIT, /* reads in a loop, until it is not 0 */
	LITMUS_PLAIN_READ,
	LITMUS_PLAIN_WRITE,
};

struct litmus_op {
	enum litmus_kind kind;
	int word; /* or lock */
	int value;
	int order;
};

/* Each operation that reads adds a digit to the outcome, in the order of the text. */
#define R(word, order)                                                                             \
	{                                                                                          \
		LITMUS_READ, word, 0, __ATOMIC_##order                                             \
	}
#define W(word, value, order)                                                                      \
	{                                                                                          \
		LITMUS_WRITE, word, value, __ATOMIC_##order                                        \
	}
#define XCHG(word, value, order)                                                                   \
	{                                                                                          \
		LITMUS_XCHG, word, value, __ATOMIC_##order                                         \
	}
#define ADD(word, order)                                                                           \
	{                                                                                          \
		LITMUS_ADD, word, 1, __ATOMIC_##order                                              \
	}
#define CMPXCHG(word, value, order)                                                                \
	{                                                                                          \
		LITMUS_CMPXCHG, word, value, __ATOMIC_##order                                      \
	}
#define AWAIT(word, order)                                                                         \
	{                                                                                          \
		LITMUS_AWAIT, word, 0, __ATOMIC_##order                                            \
	}
#define POLL(word, order)                                                                          \
	{                                                                                          \
		LITMUS_POLL, word, 0, __ATOMIC_##order                                             \
	}
#define FENCE                                                                                      \
	{                                                                                          \
		LITMUS_FENCE, 0, 0, 0                                                              \
	}
#define MEMBARRIER                                                                                 \
	{                                                                                          \
		LITMUS_MEMBARRIER, 0, 0, 0                                                         \
	}
#define LOCK(lock)                                                                                 \
	{                                                                                          \
		LITMUS_LOCK, lock, 0, 0                                                            \
	}
#define UNLOCK(lock)                                                                               \
	{                                                                                          \
		LITMUS_UNLOCK, lock, 0, 0                                                          \
	}
#define READ_LOCK                                                                                  \
	{                                                                                          \
		LITMUS_RCU_READ_LOCK, 0, 0, 0                                                      \
	}
#define READ_UNLOCK                                                                                \
	{                                                                                          \
		LITMUS_RCU_READ_UNLOCK, 0, 0, 0                                                    \
	}
#define GRACE_PERIOD                                                                               \
	{                                                                                          \
		LITMUS_SYNCHRONIZE_RCU, 0, 0, 0                                                    \
	}
/* Always; or only if what the actor read last was not 0, or was. */
#define PLAIN_R(word)                                                                              \
	{                                                                                          \
		LITMUS_PLAIN_READ, word, 0, 0                                                      \
	}
#define PLAIN_R_IF(word)                                                                           \
	{                                                                                          \
		LITMUS_PLAIN_READ, word, 1, 0                                                      \
	}
#define PLAIN_R_UNLESS(word)                                                                       \
	{                                                                                          \
		LITMUS_PLAIN_READ, word, 2, 0                                                      \
	}
#define PLAIN_W(word, value)                                                                       \
	{                                                                                          \
		LITMUS_PLAIN_WRITE, word, value, 0                                                 \
	}

enum litmus_word { X, Y, Z, LITMUS_WORDS };

struct litmus {
	const char *name;
	struct litmus_op actors[LITMUS_ACTORS][LITMUS_OPS];
	unsigned int finally; /* bit per word whose last value is a digit, too */
	/* The outcomes, in rising order: under sequential consistency, and what else there is. */
	const char *sc, *tso, *ra;
	bool plain; /* watch plain accesses */
};

/* Of the table, under each model: exactly the outcomes that are allowed. */
void assert_litmus(const struct litmus *litmus, size_t nr, enum memcgsim_memory memory);

/* Of one: whether plain accesses race, under the model. */
bool litmus_races(const struct litmus *litmus, enum memcgsim_memory memory);

/* What every model is asked. */
extern const struct litmus litmus_tests[];
extern const size_t nr_litmus_tests;

#endif /* TESTS_SUPPORT_LITMUS_H */
