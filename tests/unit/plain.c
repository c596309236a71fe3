/* SPDX-License-Identifier: MIT */
/*
 * explore/plain: accesses as the compiler announces them, in this file as in the library.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <memcgsim/explore.h>

struct parts {
	uint8_t one;
	uint16_t two;
	uint32_t four;
	uint64_t eight;
};

struct world {
	struct parts parts;
	struct parts whole;
	struct world *self;
	unsigned long word;
};

static const char *nothing(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_LOAD(&world->word, RELAXED);
	return NULL;
}

static const char *writes_one(void *state, const void *arg)
{
	struct world *world = state;

	nothing(state, arg);
	world->parts.one = 1;
	return NULL;
}

static const char *writes_two(void *state, const void *arg)
{
	struct world *world = state;

	nothing(state, arg);
	world->parts.two++;
	return NULL;
}

static const char *writes_four(void *state, const void *arg)
{
	struct world *world = state;

	nothing(state, arg);
	world->parts.four++;
	return NULL;
}

static const char *writes_eight(void *state, const void *arg)
{
	struct world *world = state;

	nothing(state, arg);
	world->parts.eight++;
	return NULL;
}

static const char *copies(void *state, const void *arg)
{
	struct world *world = state;

	nothing(state, arg);
	world->whole.one = world->parts.one;
	world->whole.two = world->parts.two;
	world->whole.four = world->parts.four;
	world->whole.eight = world->parts.eight;
	return NULL;
}

static const char *adds(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_ADD(&world->word, 1ul, RELAXED);
	return NULL;
}

static const char *points_to_itself(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	world->self = world;
	return NULL;
}

/* Between the point and the instruction self is read once more. */
static const char *publishes(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	world->parts.eight = 1;
	(void)MEMCGSIM_X_XCHG(&world->self->word, 1ul, RELEASE);
	return NULL;
}

static const char *fetches(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	if (MEMCGSIM_X_LOAD(&world->self->word, ACQUIRE) && world->parts.eight != 1)
		return "what was published is not there";
	return NULL;
}

static enum memcgsim_verdict verdict_of(const char *(*one)(void *, const void *),
					const char *(*other)(void *, const void *), bool plain)
{
	struct memcgsim_subject subject = {
		.name = "compiled",
		.state_bytes = sizeof(struct world),
		.actors = { { .name = "one", .body = one }, { .name = "other", .body = other } },
		.plain = plain,
	};
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	memcgsim_explore_options_init(&options);
	options.strategy = MEMCGSIM_DPOR;
	assert_true(memcgsim_explore(&subject, &options, &result) >= 0);
	return result.verdict;
}

/* Models: nothing of the kernel's. A memory model waits for the instruction itself. */
static void operands_may_be_read_late(void **state)
{
	struct memcgsim_subject subject = {
		.name = "operands",
		.state_bytes = sizeof(struct world),
		.setup = points_to_itself,
		.actors = { { .name = "one", .body = publishes },
			    { .name = "other", .body = fetches } },
		.plain = true,
	};
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	(void)state;
	for (int memory = MEMCGSIM_MEMORY_SC; memory <= MEMCGSIM_MEMORY_TSO; memory++) {
		memcgsim_explore_options_init(&options);
		options.strategy = MEMCGSIM_DFS;
		options.memory = (enum memcgsim_memory)memory;
		assert_int_equal(memcgsim_explore(&subject, &options, &result), 0);
		assert_true(result.exhausted);
	}
}

typedef const char *body(void *state, const void *arg);

static body *const writers[] = { writes_one, writes_two, writes_four, writes_eight };

/* Models: nothing of the kernel's. Every access of the source is seen, with its bytes ... */
static void each_access_is_announced(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(verdict_of(writers[i], copies, true), MEMCGSIM_DATA_RACE);
		assert_int_equal(verdict_of(copies, writers[i], true), MEMCGSIM_DATA_RACE);
		for (size_t k = 0; k < 4; k++)
			assert_int_equal(verdict_of(writers[i], writers[k], true),
					 i == k ? MEMCGSIM_DATA_RACE : MEMCGSIM_FINE);
	}
}

/* Models: nothing of the kernel's. ... where that was asked for; and atomic ones are not plain. */
static void others_are_not(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(writes_one, copies, false), MEMCGSIM_FINE);
	assert_int_equal(verdict_of(adds, adds, true), MEMCGSIM_FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_access_is_announced),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(operands_may_be_read_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
