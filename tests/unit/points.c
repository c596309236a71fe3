/* SPDX-License-Identifier: MIT */
/*
 * explore/points: what each kind of schedule point means, and each verdict, by the smallest subject
 * that has it.
 */
#include "explored.h"

#include <errno.h>

/* ---- accesses ---- */

static const char *reads_then_writes(void *state, const void *arg)
{
	struct world *world = state;
	unsigned long value = MEMCGSIM_X_LOAD(&world->words[0], RELAXED);

	(void)arg;
	MEMCGSIM_X_STORE(&world->words[0], value + 1, RELAXED);
	return NULL;
}

static const char *counts_to_two(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return world->words[0] == 2 ? NULL : "a count is lost";
}

/* Models: nothing of the kernel's. Reading and writing in two steps loses a count ... */
static void a_count_is_lost(void **state)
{
	struct memcgsim_subject subject =
		subject_of("lost", reads_then_writes, reads_then_writes, NULL);

	(void)state;
	subject.finally = counts_to_two;
	assert_fails(&subject, MEMCGSIM_WRONG);
}

static const char *adds(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_ADD(&world->words[0], 1ul, RELAXED);
	return NULL;
}

/* Models: nothing of the kernel's. ... and in one it does not. */
static void no_count_is_lost(void **state)
{
	struct memcgsim_subject subject = subject_of("kept", adds, adds, NULL);

	(void)state;
	subject.finally = counts_to_two;
	assert_exhausted(&subject);
}

static const char *reads_own(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_LOAD(&world->words[3], RELAXED);
	return NULL;
}

static const char *never_two(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return world->words[0] < 2 ? NULL : "the word has become two";
}

/* Models: nothing of the kernel's. What must hold at every step is looked at after each one. */
static void every_step_is_looked_at(void **state)
{
	struct memcgsim_subject subject = subject_of("always", adds, adds, adds);

	(void)state;
	subject.always = never_two;
	assert_fails(&subject, MEMCGSIM_INVARIANT);
	assert_int_equal(explored(&subject, MEMCGSIM_DFS, 0).failure_step, 2);
}

/* ---- locks ---- */

static const char *counts_under_lock(void *state, const void *arg)
{
	struct world *world = state;

	LOCK(world, 0);
	reads_then_writes(state, arg);
	UNLOCK_SILENTLY(world, 0);
	return NULL;
}

/* Models: nothing of the kernel's. Who waits for a lock is passed over until it is free. */
static void a_lock_excludes(void **state)
{
	struct memcgsim_subject subject =
		subject_of("lock", counts_under_lock, counts_under_lock, NULL);

	(void)state;
	subject.finally = counts_to_two;
	assert_int_equal(assert_exhausted(&subject).classes, 2);
}

static const char *takes_both(void *state, const void *arg)
{
	struct world *world = state;
	unsigned int first = arg != NULL, second = !first;

	LOCK(world, first);
	LOCK(world, second);
	UNLOCK_SILENTLY(world, second);
	UNLOCK_SILENTLY(world, first);
	return NULL;
}

/* Models: nothing of the kernel's. Two locks in two orders: nobody can go on. */
static void a_deadlock_is_found(void **state)
{
	struct memcgsim_subject subject = subject_of("deadlock", takes_both, takes_both, NULL);
	struct memcgsim_explore_result result;

	(void)state;
	assert_exhausted(&subject);
	subject.actors[1].arg = &subject;
	assert_fails(&subject, MEMCGSIM_DEADLOCK);
	result = explored(&subject, MEMCGSIM_RANDOM, 1000);
	assert_non_null(strstr(result.failure, "first waits at lock(&(world)->locks[second])"));
	assert_int_equal(result.preemptions, 1);
}

static const char *tries(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	if (!TRYLOCK(world, 0)) {
		(void)MEMCGSIM_X_ADD(&world->words[1], 1ul, RELAXED);
		return NULL;
	}
	(void)MEMCGSIM_X_ADD(&world->words[0], 1ul, RELAXED);
	UNLOCK(world, 0);
	return NULL;
}

static const char *both_got_it(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return world->words[1] == 0 ? NULL : "one of them met a lock that was held";
}

/* Models: nothing of the kernel's. Who tries a lock may meet it held, and goes on. */
static void trying_does_not_wait(void **state)
{
	struct memcgsim_subject subject = subject_of("try", tries, tries, NULL);

	(void)state;
	assert_exhausted(&subject);
	subject.finally = both_got_it;
	assert_fails(&subject, MEMCGSIM_WRONG);
}

static const char *gives_back_twice(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	LOCK(world, 0);
	UNLOCK_SILENTLY(world, 0);
	UNLOCK_SILENTLY(world, 0);
	return NULL;
}

/* Models: nothing of the kernel's. A lock that nobody holds cannot be given back. */
static void an_unlock_needs_a_lock(void **state)
{
	struct memcgsim_subject subject = subject_of("unlock", gives_back_twice, NULL, NULL);

	(void)state;
	assert_fails(&subject, MEMCGSIM_ASSERTION);
}

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

static const char *cannot_begin(void *state, const void *arg)
{
	(void)state;
	(void)arg;
	return "there is nothing to begin with";
}

/* Models: nothing of the kernel's. A setup, or an actor, that cannot begin is no schedule. */
static void a_setup_that_fails_is_told(void **state)
{
	struct memcgsim_subject subject = subject_of("setup", waits_for_lock, NULL, NULL);
	struct memcgsim_explore_result result;

	(void)state;
	subject.setup = cannot_begin;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_explore(&subject, NULL, &result), -EINVAL);
		assert_string_equal(result.failure, "there is nothing to begin with");
		assert_int_equal(memcgsim_replay(&subject, "setup:sc:", NULL, &result), -EINVAL);
		assert_string_equal(result.failure, "there is nothing to begin with");
		subject.setup = NULL;
		subject.actors[0].enter = cannot_begin;
	}
}

/* ---- RCU ---- */

static const char *make_block(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	world->block = memcgsim_explore_alloc(sizeof(*world->block));
	return world->block ? NULL : "no memory";
}

/* @arg: it reads within a section. */
static const char *follows(void *state, const void *arg)
{
	struct world *world = state;
	unsigned long *block;

	if (arg)
		READ_LOCK();
	block = MEMCGSIM_X_LOAD(&world->block, ACQUIRE);
	if (block)
		(void)MEMCGSIM_X_LOAD(block, RELAXED);
	if (arg)
		memcgsim_explore_rcu_read_unlock();
	return NULL;
}

/* @arg: it waits for a grace period before it frees what it unlinked. */
static const char *retires(void *state, const void *arg)
{
	struct world *world = state;
	unsigned long *block = MEMCGSIM_X_XCHG(&world->block, NULL, SEQ_CST);

	if (arg)
		SYNCHRONIZE();
	memcgsim_explore_free(block);
	return NULL;
}

static struct memcgsim_subject reader_and_updater(bool reads, bool waits)
{
	struct memcgsim_subject subject = subject_of("rcu", follows, retires, NULL);

	subject.setup = make_block;
	subject.actors[0].arg = reads ? make_block : NULL;
	subject.actors[1].arg = waits ? make_block : NULL;
	return subject;
}

/* Models: nothing of the kernel's. A grace period ends when whoever read at its beginning is done. */
static void a_grace_period_waits_for_readers(void **state)
{
	struct memcgsim_subject subject = reader_and_updater(true, true);

	(void)state;
	assert_exhausted(&subject);
	subject = reader_and_updater(true, false);
	assert_fails(&subject, MEMCGSIM_USE_AFTER_FREE);
	subject = reader_and_updater(false, true);
	assert_fails(&subject, MEMCGSIM_USE_AFTER_FREE);
}

static const char *waits_for_itself(void *state, const void *arg)
{
	(void)state;
	(void)arg;
	READ_LOCK();
	SYNCHRONIZE();
	return NULL;
}

/* Models: nothing of the kernel's. Inside a section a grace period never ends. */
static void no_grace_period_inside_a_section(void **state)
{
	struct memcgsim_subject subject = subject_of("itself", waits_for_itself, NULL, NULL);

	(void)state;
	assert_fails(&subject, MEMCGSIM_DEADLOCK);
}

/* ---- memory ---- */

static const char *frees_twice(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	memcgsim_explore_free(world->block);
	memcgsim_explore_free(world->block);
	return NULL;
}

static const char *frees_what_is_nobodys(void *state, const void *arg)
{
	(void)arg;
	memcgsim_explore_free((char *)state + 64 * sizeof(struct world));
	return NULL;
}

static const char *frees_the_middle(void *state, const void *arg)
{
	(void)arg;
	memcgsim_explore_free((char *)state + 64);
	return NULL;
}

static const char *writes_nowhere(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	/* The word is zero, and nothing lies there. */
	*(volatile long *)(MEMCGSIM_X_LOAD(&world->words[0], RELAXED) + sizeof(long)) = 1;
	return NULL;
}

#define TOO_MUCH (65ul << 20) /* the arena keeps 64 MiB of copies */

static const char *make_much(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	world->block = memcgsim_explore_alloc(TOO_MUCH);
	return world->block ? NULL : "no memory";
}

static const char *writes_all(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	memset(MEMCGSIM_X_LOAD(&world->block, RELAXED), 1, TOO_MUCH);
	return NULL;
}

/* Models: nothing of the kernel's. What cannot be put back is no access to anything wrong. */
static void too_much_written_is_told(void **state)
{
	struct memcgsim_subject subject = subject_of("much", writes_all, NULL, NULL);
	struct memcgsim_explore_result result;

	(void)state;
	subject.setup = make_much;
	result = explored(&subject, MEMCGSIM_RANDOM, 1);
	assert_int_equal(result.verdict, MEMCGSIM_ASSERTION);
	assert_non_null(strstr(result.failure, "more is written than can be put back"));
}

/* Models: nothing of the kernel's. Memory is given back once, by who has it; and is then gone. */
static void memory_is_given_back_once(void **state)
{
	struct memcgsim_subject subject = subject_of("twice", frees_twice, NULL, NULL);

	(void)state;
	subject.setup = make_block;
	assert_fails(&subject, MEMCGSIM_DOUBLE_FREE);
	subject.actors[0].body = frees_what_is_nobodys;
	assert_fails(&subject, MEMCGSIM_WILD_ACCESS);
	subject.actors[0].body = frees_the_middle;
	assert_fails(&subject, MEMCGSIM_WILD_ACCESS);
	subject.actors[0].body = writes_nowhere;
	assert_fails(&subject, MEMCGSIM_WILD_ACCESS);
}

static const char *aborts(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	if (MEMCGSIM_X_ADD(&world->words[0], 1ul, RELAXED) == 2)
		abort();
	return NULL;
}

/* Models: nothing of the kernel's. An abort(), as of assert(), ends the schedule, not the process. */
static void an_abort_ends_the_schedule(void **state)
{
	struct memcgsim_subject subject = subject_of("abort", aborts, aborts, NULL);

	(void)state;
	assert_fails(&subject, MEMCGSIM_ASSERTION);
}

/* Models: nothing of the kernel's. What cannot be explored is refused, and what meets nobody told. */
static void a_subject_is_whole(void **state)
{
	struct memcgsim_subject subject = subject_of("whole", adds, adds, NULL);
	struct memcgsim_explore_result result;

	(void)state;
	assert_true(explored(&subject, MEMCGSIM_RANDOM, 1).met);
	subject.actors[1].body = reads_own;
	assert_false(explored(&subject, MEMCGSIM_RANDOM, 10).met);
	subject.actors[1].body = NULL;
	assert_int_equal(memcgsim_explore(&subject, NULL, &result), -EINVAL);
	subject = subject_of("", adds, NULL, NULL);
	assert_int_equal(memcgsim_explore(&subject, NULL, &result), -EINVAL);
	assert_non_null(strstr(result.failure, "needs a name"));
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
		cmocka_unit_test(a_count_is_lost),
		cmocka_unit_test(no_count_is_lost),
		cmocka_unit_test(every_step_is_looked_at),
		cmocka_unit_test(a_lock_excludes),
		cmocka_unit_test(a_deadlock_is_found),
		cmocka_unit_test(trying_does_not_wait),
		cmocka_unit_test(an_unlock_needs_a_lock),
		cmocka_unit_test(a_wait_ends_when_the_word_is_written),
		cmocka_unit_test(a_wait_for_nothing_is_a_deadlock),
		cmocka_unit_test(all_may_wait_from_the_beginning),
		cmocka_unit_test(going_round_is_a_livelock),
		cmocka_unit_test(waiting_for_ever_is_starvation),
		cmocka_unit_test(a_setup_that_fails_is_told),
		cmocka_unit_test(a_grace_period_waits_for_readers),
		cmocka_unit_test(no_grace_period_inside_a_section),
		cmocka_unit_test(too_much_written_is_told),
		cmocka_unit_test(memory_is_given_back_once),
		cmocka_unit_test(an_abort_ends_the_schedule),
		cmocka_unit_test(a_subject_is_whole),
		cmocka_unit_test(every_choice_is_made),
		cmocka_unit_test(choices_have_a_limit),
		cmocka_unit_test(interrupts_run_to_their_end),
		cmocka_unit_test(interrupts_nest),
		cmocka_unit_test(work_is_done_before_the_end),
	};

	return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
