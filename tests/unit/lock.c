/* SPDX-License-Identifier: MIT */
/*
 * seam/lock: locks and their ranks, in one thread. A rank taken out of order is the simulator's own
 * bug and aborts: so that is tried in a child process.
 */
#include "unit.h"

#include <sys/wait.h>
#include <unistd.h>

/* Ranks are noted unless checks are off. */
#define HELD(rank) (MSIM_CHECKS ? 1UL << (rank) : 0)

/* Models: spin_lock(). Taken, noted with its rank, and given back. */
static void spinlock_notes_its_rank_while_held(void **state)
{
	struct msim_ctx ctx = { 0 };
	struct msim_spinlock lock;
	unsigned long held;
	unsigned int locked;

	(void)state;
	msim_spin_init(&lock, MSIM_RANK_ZONE);
	msim_self = &ctx.self;
	msim_spin_lock(&lock);
	held = ctx.self.held_ranks;
	locked = lock.locked;
	msim_spin_unlock(&lock);
	msim_self = NULL;
	assert_int_equal(locked, 1);
	assert_int_equal(held, HELD(MSIM_RANK_ZONE));
	assert_int_equal(lock.locked, 0);
	assert_int_equal(ctx.self.held_ranks, 0);
}

/*
 * Models: mutex_trylock(). A mutex that is held is refused, and leaves no rank behind.
 */
static void trylock_of_a_held_mutex_fails_without_a_trace(void **state)
{
	struct msim_ctx ctx = { 0 };
	struct msim_mutex mutex;
	bool first, second;
	unsigned long held;

	(void)state;
	msim_mutex_init(&mutex, MSIM_RANK_DRAIN);
	msim_self = &ctx.self;
	first = msim_mutex_trylock(&mutex);
	second = msim_mutex_trylock(&mutex);
	held = ctx.self.held_ranks;
	msim_mutex_unlock(&mutex);
	msim_self = NULL;
	msim_mutex_destroy(&mutex);
	assert_true(first);
	assert_false(second);
	assert_int_equal(held, HELD(MSIM_RANK_DRAIN));
	assert_int_equal(ctx.self.held_ranks, 0);
}

/* Takes two locks of these ranks; whether the process survived it. */
static bool survives(enum msim_rank first, enum msim_rank second)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct msim_ctx ctx = { 0 };
		struct msim_spinlock one, two;

		fclose(stderr); /* the assertion's words are expected */
		msim_spin_init(&one, first);
		msim_spin_init(&two, second);
		msim_self = &ctx.self;
		msim_spin_lock(&one);
		msim_spin_lock(&two);
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/*
 * Models: I-LOCKORDER. Rising ranks only: not falling, and not the same twice.
 */
static void ranks_must_rise(void **state)
{
	(void)state;
	assert_true(survives(MSIM_RANK_CGROUP, MSIM_RANK_OBJCG));
	if (MSIM_CHECKS == 0)
		skip(); /* nobody looks */
	assert_false(survives(MSIM_RANK_OBJCG, MSIM_RANK_CGROUP));
	assert_false(survives(MSIM_RANK_ZONE, MSIM_RANK_ZONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spinlock_notes_its_rank_while_held),
		cmocka_unit_test(trylock_of_a_held_mutex_fails_without_a_trace),
		cmocka_unit_test(ranks_must_rise),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
