/* SPDX-License-Identifier: MIT */
/*
 * explore/pick: the strategies that look at one schedule only; and shrinking, which all share.
 */
#include "explored.h"

static const enum memcgsim_strategy random_ones[] = { MEMCGSIM_RANDOM, MEMCGSIM_PCT2, MEMCGSIM_PCT3,
						      MEMCGSIM_POS };
#define NR_RANDOM (sizeof(random_ones) / sizeof(random_ones[0]))

static const char *checks_then_adds(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	if (MEMCGSIM_X_LOAD(&world->words[0], RELAXED) < 1)
		(void)MEMCGSIM_X_ADD(&world->words[0], 1ul, SEQ_CST);
	return NULL;
}

/* One, and whoever looked too early with it; but not all three. */
static const char *at_most_two(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return world->words[0] <= 2 ? NULL : "the limit is exceeded";
}

static struct memcgsim_subject limit(void)
{
	struct memcgsim_subject subject =
		subject_of("limit", checks_then_adds, checks_then_adds, checks_then_adds);

	subject.finally = at_most_two;
	return subject;
}

static struct memcgsim_explore_result seeded(const struct memcgsim_subject *subject,
					     enum memcgsim_strategy strategy, uint64_t seed,
					     unsigned int shard, unsigned int nr_shards)
{
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	memcgsim_explore_options_init(&options);
	options.strategy = strategy;
	options.seed = seed;
	options.schedules = 400;
	options.shard = shard;
	options.nr_shards = nr_shards;
	options.keep_going = true;
	assert_true(memcgsim_explore(subject, &options, &result) >= 0);
	assert_int_equal(result.schedules, 400);
	return result;
}

/* Models: nothing of the kernel's. Three who check and then add: all strategies but one find it; a
 * single change of priorities is too few for two preemptions. */
static void strategies_find_what_they_can(void **state)
{
	struct memcgsim_subject subject = limit();

	(void)state;
	for (unsigned int i = 0; i < NR_RANDOM; i++) {
		struct memcgsim_explore_result result = explored(&subject, random_ones[i], 5000);

		if (random_ones[i] == MEMCGSIM_PCT2) {
			assert_int_equal(result.verdict, MEMCGSIM_FINE);
			continue;
		}
		assert_int_equal(result.verdict, MEMCGSIM_WRONG);
		assert_int_equal(result.strategy, random_ones[i]);
	}
}

/* Models: nothing of the kernel's. A seed is a sequence of schedules, another seed another one. */
static void same_seed_same_schedules(void **state)
{
	struct memcgsim_subject subject = limit();

	(void)state;
	for (unsigned int i = 0; i < NR_RANDOM; i++) {
		struct memcgsim_explore_result one = seeded(&subject, random_ones[i], 7, 0, 1);
		struct memcgsim_explore_result again = seeded(&subject, random_ones[i], 7, 0, 1);
		struct memcgsim_explore_result other = seeded(&subject, random_ones[i], 8, 0, 1);
		struct memcgsim_explore_result shard = seeded(&subject, random_ones[i], 7, 1, 2);

		assert_true(one.trace_hash == again.trace_hash);
		assert_int_equal(one.failures, again.failures);
		assert_string_equal(one.token, again.token);
		assert_true(one.trace_hash != other.trace_hash);
		assert_true(one.trace_hash != shard.trace_hash);
	}
}

static const char *many_steps(void *state, const void *arg)
{
	struct world *world = state;
	unsigned long value;

	(void)arg;
	for (unsigned int i = 0; i < 10; i++)
		(void)MEMCGSIM_X_ADD(&world->words[1], 1ul, SEQ_CST);
	value = MEMCGSIM_X_LOAD(&world->words[0], RELAXED);
	MEMCGSIM_X_STORE(&world->words[0], value + 1, RELAXED);
	for (unsigned int i = 0; i < 10; i++)
		(void)MEMCGSIM_X_ADD(&world->words[1], 1ul, SEQ_CST);
	return NULL;
}

static const char *all_counted(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return world->words[0] == 3 ? NULL : "a count is lost";
}

/* Models: nothing of the kernel's. What random schedules find is shrunk to the preemption it needs. */
static void a_failure_is_shrunk(void **state)
{
	struct memcgsim_subject subject = subject_of("long", many_steps, many_steps, many_steps);
	struct memcgsim_explore_result result, again;

	(void)state;
	subject.finally = all_counted;
	result = explored(&subject, MEMCGSIM_RANDOM, 1000);
	assert_int_equal(result.verdict, MEMCGSIM_WRONG);
	assert_true(result.found_preemptions > 10);
	assert_int_equal(result.preemptions, 1);
	assert_true(strlen(result.token) < 40);
	assert_int_equal(memcgsim_replay(&subject, result.token, NULL, &again), 1);
	assert_int_equal(again.preemptions, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strategies_find_what_they_can),
		cmocka_unit_test(same_seed_same_schedules),
		cmocka_unit_test(a_failure_is_shrunk),
	};

	return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
