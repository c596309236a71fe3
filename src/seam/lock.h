/* SPDX-License-Identifier: MIT */
/*
 * Locks with ranks, and the one thread-local pointer. A thread takes locks in rising rank only:
 * then no two threads can wait for each other. The rank is checked at each acquisition unless
 * checks are off.
 */
#ifndef MSIM_SEAM_LOCK_H
#define MSIM_SEAM_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "base/assert.h"
#include "base/list.h"
#include "seam/atomic.h"

/*
 * In the order in which they may be taken. The kernel's name for each, where it has one, is behind
 * it.
 */
enum msim_rank {
	MSIM_RANK_WORK_RUN,   /* one runner of deferred work at a time */
	MSIM_RANK_CGROUP,     /* cgroup_mutex, with the threadgroup rwsem's duties */
	MSIM_RANK_SLAB_MUTEX, /* slab_mutex: which caches there are */
	MSIM_RANK_PCPU,	      /* pcpu_alloc_mutex */
	MSIM_RANK_VMAP,	      /* vmap_area_lock */
	MSIM_RANK_RCU_GP,     /* TSan builds only */
	MSIM_RANK_DRAIN,      /* percpu_charge_mutex */
	MSIM_RANK_CPU, /* a CPU's lock; several in the order of CPUs (the kernel's local_lock) */
	MSIM_RANK_CSS_SET,     /* css_set_lock */
	MSIM_RANK_SLAB,	       /* a cache's list_lock */
	MSIM_RANK_OBJCG,       /* objcg_lock */
	MSIM_RANK_MEMCG_TREE,  /* who is whose child; the kernel reads it under RCU */
	MSIM_RANK_MEMCG_ID,    /* the xa_lock of mem_cgroup_ids */
	MSIM_RANK_LRU,	       /* lruvec->lru_lock: one at a time */
	MSIM_RANK_SWAP,	       /* swap_info_struct->lock, and that of the swap cache's tree */
	MSIM_RANK_ZONE,	       /* zone->lock */
	MSIM_RANK_RES_COUNTER, /* res_counter->lock; one level at a time */
	MSIM_RANK_REF_INDEX,   /* pcpu_lock: which per-CPU counters are in use */
	MSIM_RANK_WORK_QUEUE,  /* the list of deferred work */
	MSIM_RANK_RCU,	       /* the list of readers */
	MSIM_RANK_TAKERS,      /* the records of who took references */
	MSIM_RANK_BUG,	       /* the record of bugs and faults */
};

#define MSIM_RCU_SLOTS 16

/* A thread as RCU's TSan recipe sees it (rcu.h). Its own, but for @section and @slots. */
struct msim_rcu_reader {
	struct msim_list node;
	unsigned int nesting;
	unsigned long section;	    /* the newest section's number */
	char slots[MSIM_RCU_SLOTS]; /* section k releases slot k % MSIM_RCU_SLOTS when it ends */
	unsigned long noted;	    /* updater's: @section before the grace period ... */
	bool has_note;		    /* ... if the reader was there by then */
};

/* What every thread inside the library has, and struct msim_ctx begins with. */
struct msim_self {
	unsigned long held_ranks; /* bit r: holds a lock of rank r */
	struct msim_rcu_reader rcu;
};

/*
 * The library's one mutable global. Initial-exec: a fixed offset from the thread pointer, no call.
 * NULL outside the library for an unbound thread.
 */
extern __thread struct msim_self *msim_self __attribute__((tls_model("initial-exec")));

struct msim_spinlock {
	unsigned int locked;
	enum msim_rank rank;
};

struct msim_mutex {
#ifdef MSIM_EXPLORE
	unsigned int locked;
#else
	pthread_mutex_t mutex;
#endif
	enum msim_rank rank;
};

/* Notes that the thread holds a lock of @rank, having checked that it may. */
static inline void msim_rank_enter(enum msim_rank rank)
{
	if (MSIM_CHECKS == 0 || !msim_self)
		return;
	msim_assert(msim_self->held_ranks >> rank == 0);
	msim_self->held_ranks |= 1UL << rank;
}

static inline void msim_rank_leave(enum msim_rank rank)
{
	if (MSIM_CHECKS == 0 || !msim_self)
		return;
	msim_assert(msim_self->held_ranks & (1UL << rank));
	msim_self->held_ranks &= ~(1UL << rank);
}

/* lockdep_assert_held(), by rank: the caller holds a lock of it. */
#define msim_assert_held(rank)                                                                     \
	msim_assert(MSIM_CHECKS == 0 || !msim_self || (msim_self->held_ranks & (1UL << (rank))))

void msim_spin_init(struct msim_spinlock *lock, enum msim_rank rank);

void msim_mutex_init(struct msim_mutex *mutex, enum msim_rank rank);
void msim_mutex_destroy(struct msim_mutex *mutex);

#ifdef MSIM_EXPLORE
/*
 * The explorer's own locks: it knows who can go on. Spinlocks are waited for and never tried, so
 * that giving one back need not be a schedule point.
 */
#define msim_spin_wait(spins)                                                                      \
	((void)(spins), memcgsim_explore_spin(MEMCGSIM_POINT_("spin", "", MEMCGSIM_OP_SPIN,        \
							      __ATOMIC_RELAXED, 0)))
#define msim_spin_lock_unranked(lock)                                                              \
	memcgsim_explore_lock(MEMCGSIM_POINT_("spin_lock", #lock, MEMCGSIM_OP_LOCK,                \
					      __ATOMIC_ACQUIRE, sizeof(unsigned int)),             \
			      &(lock)->locked)
#define msim_spin_unlock_unranked(lock) memcgsim_explore_unlock(NULL, &(lock)->locked)
#define msim_spin_lock(lock)		(msim_rank_enter((lock)->rank), msim_spin_lock_unranked(lock))
#define msim_mutex_lock(mutex)                                                                     \
	(msim_rank_enter((mutex)->rank),                                                           \
	 memcgsim_explore_lock(MEMCGSIM_POINT_("mutex_lock", #mutex, MEMCGSIM_OP_LOCK,             \
					       __ATOMIC_ACQUIRE, sizeof(unsigned int)),            \
			       &(mutex)->locked))
#define msim_mutex_trylock(mutex)                                                                  \
	(memcgsim_explore_trylock(MEMCGSIM_POINT_("mutex_trylock", #mutex, MEMCGSIM_OP_TRYLOCK,    \
						  __ATOMIC_ACQUIRE, sizeof(unsigned int)),         \
				  &(mutex)->locked) &&                                             \
	 (msim_rank_enter((mutex)->rank), true))
#define msim_mutex_unlock(mutex)                                                                   \
	(memcgsim_explore_unlock(MEMCGSIM_POINT_("mutex_unlock", #mutex, MEMCGSIM_OP_UNLOCK,       \
						 __ATOMIC_RELEASE, sizeof(unsigned int)),          \
				 &(mutex)->locked),                                                \
	 msim_rank_leave((mutex)->rank))
#else
/* Waits politely: by pause first, then by giving up the processor. */
void msim_spin_wait(unsigned int *spins);

/* Without its rank: for CPU locks, of which a visitor may hold several in the order of CPUs. */
void msim_spin_lock_unranked(struct msim_spinlock *lock);
void msim_spin_unlock_unranked(struct msim_spinlock *lock);

static inline void msim_spin_lock(struct msim_spinlock *lock)
{
	msim_rank_enter(lock->rank);
	msim_spin_lock_unranked(lock);
}

void msim_mutex_lock(struct msim_mutex *mutex);
bool msim_mutex_trylock(struct msim_mutex *mutex);
void msim_mutex_unlock(struct msim_mutex *mutex);
#endif

static inline void msim_spin_unlock(struct msim_spinlock *lock)
{
	msim_spin_unlock_unranked(lock);
	msim_rank_leave(lock->rank);
}

#endif /* MSIM_SEAM_LOCK_H */
