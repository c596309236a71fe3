/* SPDX-License-Identifier: MIT */
/*
 * explore/points: what each kind of schedule point means, and what is wrong at one, by the smallest
 * subject that has it.
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

static const char *cannot_begin(void *state, const void *arg)
{
	(void)state;
	(void)arg;
	return "there is nothing to begin with";
}

/* Models: nothing of the kernel's. A setup, or an actor, that cannot begin is no schedule. */
static void a_setup_that_fails_is_told(void **state)
{
	struct memcgsim_subject subject = subject_of("setup", adds, NULL, NULL);
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
		cmocka_unit_test(a_setup_that_fails_is_told),
		cmocka_unit_test(a_grace_period_waits_for_readers),
		cmocka_unit_test(no_grace_period_inside_a_section),
		cmocka_unit_test(too_much_written_is_told),
		cmocka_unit_test(memory_is_given_back_once),
		cmocka_unit_test(an_abort_ends_the_schedule),
		cmocka_unit_test(a_subject_is_whole),
	};

	return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
