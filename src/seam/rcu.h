/* SPDX-License-Identifier: MIT */
/*
 * The read side and the grace periods of RCU, on liburcu-memb. Callbacks are not here: seam/work
 * runs them.
 *
 * A thread reads only while registered; seam/thread sees to that. Pointers that readers follow are
 * published and fetched by the two macros below, which carry release and acquire: publication would
 * otherwise be invisible to ThreadSanitizer, and costs nothing on x86.
 *
 * ThreadSanitizer cannot see liburcu's grace periods, so its builds are told of them, and
 * precisely: a reader numbers its sections and releases a slot when one ends; an updater notes each
 * reader's newest section before the grace period and afterwards acquires its slot and the one
 * before. An access that a reader makes after its section, in a later one, then stays the race it
 * is.
 *
 * Where schedules are explored there is no liburcu: the explorer knows who reads.
 */
#ifndef MSIM_SEAM_RCU_H
#define MSIM_SEAM_RCU_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/list.h"
#include "seam/atomic.h"
#include "seam/lock.h"

#ifndef MSIM_EXPLORE
#if !MSIM_TSAN && !defined(_LGPL_SOURCE)
#define _LGPL_SOURCE /* inlines the read side: 25 instructions instead of 85 */
#endif
#include <urcu/urcu-memb.h>
#endif

#define msim_rcu_dereference(p)	      msim_load_acquire(p)
#define msim_rcu_assign_pointer(p, v) msim_store_release(p, v)

/* The readers that a machine's grace periods have to wait for; @lock guards the list. */
struct msim_rcu_domain {
	struct msim_spinlock lock;
	struct msim_mutex grace_period; /* TSan builds: one at a time */
	struct msim_list readers;
};

void msim_rcu_init(struct msim_rcu_domain *domain);
void msim_rcu_destroy(struct msim_rcu_domain *domain);

/*
 * Makes the calling thread, whose msim_self is set, a reader. Returns whether liburcu had to be
 * told, which msim_rcu_unregister() needs to know: registering twice aborts, and so does
 * unregistering the user's own.
 */
bool msim_rcu_register(struct msim_rcu_domain *domain);
void msim_rcu_unregister(struct msim_rcu_domain *domain, bool told_liburcu);

/* Waits until every section that has begun is over. Never inside one. */
void msim_rcu_synchronize(struct msim_rcu_domain *domain);

/* The caller is inside a read section. */
static inline bool msim_rcu_read_lock_held(void)
{
	return msim_self && msim_self->rcu.nesting > 0;
}

#define msim_assert_rcu_read_lock_held() msim_assert(msim_rcu_read_lock_held())

#ifdef MSIM_EXPLORE
#define msim_rcu_read_lock()                                                                       \
	(memcgsim_explore_rcu_read_lock(MEMCGSIM_POINT_(                                           \
		 "rcu_read_lock", "", MEMCGSIM_OP_RCU_READ_LOCK, __ATOMIC_ACQUIRE, 0)),            \
	 (void)msim_self->rcu.nesting++)

static inline void msim_rcu_read_unlock(void)
{
	msim_assert(msim_self->rcu.nesting > 0);
	msim_self->rcu.nesting--;
	memcgsim_explore_rcu_read_unlock();
}

static inline bool msim_rcu_reading(void)
{
	return memcgsim_explore_rcu_reading() || msim_rcu_read_lock_held();
}
#else
static inline void msim_rcu_read_lock(void)
{
	msim_noise();
	msim_assert_full(msim_self);
	if (MSIM_TSAN && msim_self->rcu.nesting == 0)
		/* Not a store: one that waits in the store buffer is a section nobody notes. */
		msim_add_relaxed(&msim_self->rcu.section, 1);
	msim_self->rcu.nesting++;
	urcu_memb_read_lock();
}

#if MSIM_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#else
#define __tsan_acquire(addr) ((void)(addr))
#define __tsan_release(addr) ((void)(addr))
#endif

/*
 * The calling thread is inside a read section: of this machine's, of another's, or one of its own. A
 * grace period waits for all of them.
 */
static inline bool msim_rcu_reading(void)
{
	return urcu_memb_read_ongoing();
}

static inline void msim_rcu_read_unlock(void)
{
	struct msim_rcu_reader *self = &msim_self->rcu;

	msim_assert_full(self->nesting > 0);
	if (--self->nesting == 0 && MSIM_TSAN)
		__tsan_release(&self->slots[msim_load_relaxed(&self->section) % MSIM_RCU_SLOTS]);
	urcu_memb_read_unlock();
	msim_noise();
}
#endif /* MSIM_EXPLORE */

#endif /* MSIM_SEAM_RCU_H */
