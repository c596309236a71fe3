/* SPDX-License-Identifier: MIT */
/*
 * Owns the thread-local pointer and the two kinds of lock. Anybody may call it; the ranks of lock.h
 * say in which order. Spinlocks model the kernel's spinlock_t, mutexes its struct mutex.
 */
#include "seam/lock.h"

#include <sched.h>

#include "base/assert.h"

__thread struct msim_self *msim_self;

void msim_spin_init(struct msim_spinlock *lock, enum msim_rank rank)
{
	lock->locked = 0;
	lock->rank = rank;
}

#ifdef MSIM_EXPLORE
void msim_mutex_init(struct msim_mutex *mutex, enum msim_rank rank)
{
	mutex->locked = 0;
	mutex->rank = rank;
}

void msim_mutex_destroy(struct msim_mutex *mutex)
{
	msim_assert(!mutex->locked);
}
#else
/*
 * Beyond this many pauses the holder has probably lost its processor: two cores are soon
 * oversubscribed.
 */
#define SPINS_BEFORE_YIELD 100

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#else
	msim_compiler_fence();
#endif
}

void msim_spin_wait(unsigned int *spins)
{
	if (++*spins > SPINS_BEFORE_YIELD)
		sched_yield();
	else
		pause_briefly();
}

void msim_spin_lock_unranked(struct msim_spinlock *lock)
{
	unsigned int spins = 0;

	/* Reads while it is taken: an exchange would keep stealing the line from the holder. */
	while (msim_xchg(&lock->locked, 1)) {
		while (msim_load_relaxed(&lock->locked))
			msim_spin_wait(&spins);
	}
}

void msim_spin_unlock_unranked(struct msim_spinlock *lock)
{
	msim_assert(msim_load_relaxed(&lock->locked) == 1);
	msim_store_release(&lock->locked, 0);
}

void msim_mutex_init(struct msim_mutex *mutex, enum msim_rank rank)
{
	int err = pthread_mutex_init(&mutex->mutex, NULL);

	msim_assert(err == 0);
	mutex->rank = rank;
}

void msim_mutex_destroy(struct msim_mutex *mutex)
{
	int err = pthread_mutex_destroy(&mutex->mutex);

	msim_assert(err == 0); /* EBUSY: somebody still holds it */
}

void msim_mutex_lock(struct msim_mutex *mutex)
{
	int err;

	msim_rank_enter(mutex->rank);
	msim_noise();
	err = pthread_mutex_lock(&mutex->mutex);
	msim_assert(err == 0);
}

bool msim_mutex_trylock(struct msim_mutex *mutex)
{
	msim_noise();
	if (pthread_mutex_trylock(&mutex->mutex) != 0)
		return false;
	msim_rank_enter(mutex->rank);
	return true;
}

void msim_mutex_unlock(struct msim_mutex *mutex)
{
	int err;

	msim_noise();
	err = pthread_mutex_unlock(&mutex->mutex);
	msim_assert(err == 0);
	msim_rank_leave(mutex->rank);
}
#endif /* MSIM_EXPLORE */
