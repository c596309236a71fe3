/* SPDX-License-Identifier: MIT */
/*
 * explore/step: who may go on, who waits, whose turn an interrupt or a piece of work is; and the verdicts
 * on a schedule that does not end.
 */
#include "explored.h"

static const char *adds(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_ADD(&world->words[0], 1ul, RELAXED);
	return NULL;
}

/* Models: nothing of the kernel's. ... and in one it does not. */
/* ---- waiting ---- */

static const char *waits_for_word(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	while (MEMCGSIM_X_LOAD(&world->words[0], ACQUIRE) == 0)
		MEMCGSIM_X_SPIN();
	return NULL;
}

/* Models: nothing of the kernel's. Turns of a loop that waits are not explored ... */
static void a_wait_ends_when_the_word_is_written(void **state)
{
	struct memcgsim_subject subject = subject_of("spin", waits_for_word, adds, NULL);

	(void)state;
	assert_int_equal(assert_exhausted(&subject).classes, 2);
}

/* Models: nothing of the kernel's. ... and a wait for what never comes is a deadlock. */
static void a_wait_for_nothing_is_a_deadlock(void **state)
{
	struct memcgsim_subject subject = subject_of("wait", waits_for_word, NULL, NULL);

	(void)state;
	assert_fails(&subject, MEMCGSIM_DEADLOCK);
}

static const char *waits_at_once(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	memcgsim_explore_wait(
		MEMCGSIM_POINT_("wait", "bell", MEMCGSIM_OP_WAIT, __ATOMIC_ACQUIRE, 1),
		&world->bell);
	return NULL;
}

/* Models: nothing of the kernel's. ... also if nobody makes a step before; unless it is for work. */
static void all_may_wait_from_the_beginning(void **state)
{
	struct memcgsim_subject subject = subject_of("wait", waits_at_once, waits_at_once, NULL);

	(void)state;
	for (int i = MEMCGSIM_PORTFOLIO; i <= MEMCGSIM_DPOR; i++)
		assert_int_equal(explored(&subject, (enum memcgsim_strategy)i, 10).verdict,
				 MEMCGSIM_DEADLOCK);
	assert_fails(&subject, MEMCGSIM_DEADLOCK);
	subject.actors[0].kind = MEMCGSIM_ACTOR_WORK;
	subject.actors[1].kind = MEMCGSIM_ACTOR_WORK;
	assert_exhausted(&subject);
}

static const char *goes_round(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	while (MEMCGSIM_X_LOAD(&world->words[1], RELAXED) == 0)
		;
	return NULL;
}

/* Models: nothing of the kernel's. Who goes round and round comes to the end of its steps. */
static void going_round_is_a_livelock(void **state)
{
	struct memcgsim_subject subject = subject_of("round", goes_round, goes_round, NULL);
	struct memcgsim_explore_result result;

	(void)state;
	subject.max_steps = 100;
	result = explored(&subject, MEMCGSIM_RANDOM, 1);
	assert_int_equal(result.verdict, MEMCGSIM_LIVELOCK);
}

static const char *waits_for_lock(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	LOCK(world, 0);
	UNLOCK_SILENTLY(world, 0);
	return NULL;
}

static const char *goes_round_locked(void *state, const void *arg)
{
	LOCK((struct world *)state, 0);
	return goes_round(state, arg);
}

/* Models: nothing of the kernel's. One that waits meanwhile, though it could end, is starved. */
static void waiting_for_ever_is_starvation(void **state)
{
	struct memcgsim_subject subject =
		subject_of("starved", goes_round_locked, waits_for_lock, NULL);
	struct memcgsim_explore_result result;

	(void)state;
	subject.max_steps = 100;
	result = explored(&subject, MEMCGSIM_PCT2, 50);
	assert_int_equal(result.verdict, MEMCGSIM_STARVATION);
}

/* ---- choices, interrupts, work ---- */

static const char *chooses(void *state, const void *arg)
{
	unsigned int one = memcgsim_explore_choose(3), other = memcgsim_explore_choose(2);

	(void)state;
	(void)arg;
	return one == 2 && other == 1 ? "both are the last" : NULL;
}

/* @arg: how many there are to choose from. */
static const char *chooses_of(void *state, const void *arg)
{
	(void)state;
	(void)memcgsim_explore_choose(*(const unsigned int *)arg);
	return NULL;
}

/* Models: nothing of the kernel's. More answers than a schedule can keep are not cut off. */
static void choices_have_a_limit(void **state)
{
	static const unsigned int counts[] = { 0, 65536, 65535 };
	struct memcgsim_subject subject = subject_of("choices", chooses_of, NULL, NULL);

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		subject.actors[0].arg = &counts[i];
		assert_int_equal(explored(&subject, MEMCGSIM_RANDOM, 1).verdict,
				 i < 2 ? MEMCGSIM_ASSERTION : MEMCGSIM_FINE);
	}
}

/* Models: nothing of the kernel's. Each answer is tried with each other one. */
static void every_choice_is_made(void **state)
{
	struct memcgsim_subject subject = subject_of("choose", chooses, NULL, NULL);

	(void)state;
	assert_fails(&subject, MEMCGSIM_WRONG);
	assert_int_equal(explored(&subject, MEMCGSIM_DFS, 0).schedules_to_failure, 6);
}

static const char *strikes(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	MEMCGSIM_X_STORE(&world->words[1], 1ul, RELAXED);
	MEMCGSIM_X_STORE(&world->words[1], 0ul, RELAXED);
	return NULL;
}

static const char *sees_no_half(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	LOCK(world, 0);
	world->counts[0] = MEMCGSIM_X_LOAD(&world->words[2], RELAXED);
	if (MEMCGSIM_X_LOAD(&world->words[2], RELAXED) != world->counts[0])
		return "struck while a lock is held";
	UNLOCK_SILENTLY(world, 0);
	return MEMCGSIM_X_LOAD(&world->words[1], RELAXED) ? "the interrupt was left halfway" : NULL;
}

static const char *strikes_and_counts(void *state, const void *arg)
{
	struct world *world = state;

	(void)MEMCGSIM_X_ADD(&world->words[2], 1ul, RELAXED);
	return strikes(state, arg);
}

/* Models: nothing of the kernel's. An interrupt runs to its end before the thread it struck goes on;
 * threads of other CPUs see it halfway. It does not strike who holds a lock. */
static void interrupts_run_to_their_end(void **state)
{
	struct memcgsim_subject subject = subject_of("irq", sees_no_half, strikes_and_counts, NULL);

	(void)state;
	subject.actors[1].kind = MEMCGSIM_ACTOR_IRQ;
	assert_true(assert_exhausted(&subject).classes > 1);
	subject.actors[1].cpu = 1; /* strikes nobody that is here */
	assert_fails(&subject, MEMCGSIM_WRONG);
}

static const char *counts_depth(void *state, const void *arg)
{
	struct world *world = state;
	unsigned long depth = MEMCGSIM_X_LOAD(&world->words[0], RELAXED) + 1;

	(void)arg;
	MEMCGSIM_X_STORE(&world->words[0], depth, RELAXED);
	if (depth > world->counts[0])
		world->counts[0] = depth;
	if (MEMCGSIM_X_LOAD(&world->words[0], RELAXED) != depth)
		return "who struck did not run to its end";
	MEMCGSIM_X_STORE(&world->words[0], depth - 1, RELAXED);
	return NULL;
}

static const char *at_most_two_deep(void *state, const void *arg)
{
	const struct world *world = state;

	(void)arg;
	return world->counts[0] < 3 ? NULL : "three deep";
}

/* Models: nothing of the kernel's. An interrupt strikes an interrupt, and the last one runs. */
static void interrupts_nest(void **state)
{
	struct memcgsim_subject subject =
		subject_of("nest", counts_depth, counts_depth, counts_depth);

	(void)state;
	subject.actors[1].kind = MEMCGSIM_ACTOR_IRQ;
	subject.actors[2].kind = MEMCGSIM_ACTOR_IRQ;
	assert_exhausted(&subject);
	subject.finally = at_most_two_deep;
	assert_fails(&subject, MEMCGSIM_WRONG);
}

static const char *works(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	for (;;) {
		memcgsim_explore_wait(
			MEMCGSIM_POINT_("wait", "bell", MEMCGSIM_OP_WAIT, __ATOMIC_ACQUIRE, 1),
			&world->bell);
		MEMCGSIM_X_STORE(&world->bell, 0, RELAXED);
		(void)MEMCGSIM_X_ADD(&world->words[0], 1ul, RELAXED);
	}
	return NULL;
}

static const char *rings(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	MEMCGSIM_X_STORE(&world->bell, 1, RELEASE);
	return NULL;
}

static const char *worked_once(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return world->words[0] == 1 ? NULL : "the work is not done";
}

/* Models: nothing of the kernel's. Work need not end, but what there is gets done. */
static void work_is_done_before_the_end(void **state)
{
	struct memcgsim_subject subject = subject_of("work", rings, works, NULL);

	(void)state;
	subject.actors[1].kind = MEMCGSIM_ACTOR_WORK;
	subject.finally = worked_once;
	assert_exhausted(&subject);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_ends_when_the_word_is_written),
		cmocka_unit_test(a_wait_for_nothing_is_a_deadlock),
		cmocka_unit_test(all_may_wait_from_the_beginning),
		cmocka_unit_test(going_round_is_a_livelock),
		cmocka_unit_test(waiting_for_ever_is_starvation),
		cmocka_unit_test(every_choice_is_made),
		cmocka_unit_test(choices_have_a_limit),
		cmocka_unit_test(interrupts_run_to_their_end),
		cmocka_unit_test(interrupts_nest),
		cmocka_unit_test(work_is_done_before_the_end),
	};

	return cmocka_run_group_tests_name("step", tests, NULL, NULL);
}
