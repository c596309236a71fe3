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

/* What only some compilers call, as gcc knows it. */
void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void *unused);
void __tsan_vptr_update(void *address, void *value);
void __tsan_read_range(void *address, long bytes);
void __tsan_write_range(void *address, long bytes);
void *__tsan_memcpy(void *to, const void *from, size_t bytes);
void *__tsan_memmove(void *to, const void *from, size_t bytes);
void *__tsan_memset(void *to, int value, size_t bytes);
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);
uint16_t __tsan_atomic16_fetch_add(volatile void *word, uint16_t value, int order);
uint64_t __tsan_atomic64_compare_exchange_val(volatile void *word, uint64_t expected,
					      uint64_t value, int order, int failure_order);

/* Models: nothing of the kernel's. What compilers call in place of an instruction does as it does. */
static void calls_do_what_they_stand_for(void **state)
{
	char from[8] = "abcdefg", to[8] = "";
	uint16_t small = 0xffff;
	uint64_t word = 7;
	void *table = NULL;

	(void)state;
	__tsan_init();
	__tsan_func_entry(&word);
	__tsan_vptr_update(&table, from);
	__tsan_read_range(from, sizeof(from));
	__tsan_write_range(to, sizeof(to));
	assert_ptr_equal(__tsan_memcpy(to, from, 4), to);
	assert_string_equal(to, "abcd");
	assert_ptr_equal(__tsan_memmove(to + 1, to, 4), to + 1);
	assert_string_equal(to, "aabcd");
	assert_ptr_equal(__tsan_memset(to, 'x', 2), to);
	assert_string_equal(to, "xxbcd");
	assert_int_equal(__tsan_atomic16_fetch_add(&small, 2, __ATOMIC_RELAXED), 0xffff);
	assert_int_equal(small, 1);
	assert_int_equal(__tsan_atomic64_compare_exchange_val(&word, 8, 9, __ATOMIC_SEQ_CST,
							      __ATOMIC_SEQ_CST),
			 7);
	assert_int_equal(word, 7);
	__tsan_atomic_thread_fence(__ATOMIC_SEQ_CST);
	__tsan_atomic_signal_fence(__ATOMIC_SEQ_CST);
	__tsan_func_exit(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_access_is_announced),
		cmocka_unit_test(others_are_not),
		cmocka_unit_test(operands_may_be_read_late),
		cmocka_unit_test(calls_do_what_they_stand_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
