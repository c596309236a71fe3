/* SPDX-License-Identifier: MIT */
/*
 * Every shared word is touched through these macros: the name says the memory order, and the source
 * text of the access goes to whoever schedules it. In the plain library each is the compiler's
 * builtin and nothing else (tests/tidy compares the bytes); with MSIM_EXPLORE it asks the explorer
 * first, who may also say where to read and write; with MSIM_NOISE it may wait a while. src/types.h
 * says for each word who may touch it and what its order pairs with.
 */
#ifndef MSIM_SEAM_ATOMIC_H
#define MSIM_SEAM_ATOMIC_H

#include <stdbool.h>

#include "base/compiler.h"

#if defined(MSIM_EXPLORE)
#include <memcgsim/explore.h>
#define msim_seam_load(name, p, order)                                                             \
	__atomic_load_n(                                                                           \
		(__typeof__(p))memcgsim_explore_load(                                              \
			MEMCGSIM_POINT_(name, #p, MEMCGSIM_OP_LOAD, order, sizeof(*(p))), (p)),    \
		__ATOMIC_RELAXED)
#define msim_seam_store(name, p, v, order)                                                         \
	({                                                                                         \
		__typeof__(*(p)) value_ = (v);                                                     \
		__atomic_store_n(                                                                  \
			(__typeof__(p))memcgsim_explore_store(                                     \
				MEMCGSIM_POINT_(name, #p, MEMCGSIM_OP_STORE, order, sizeof(*(p))), \
				(p)),                                                              \
			value_, __ATOMIC_RELAXED);                                                 \
	})
#define msim_seam_rmw(name, p, order, expr)                                                        \
	({                                                                                         \
		memcgsim_explore_rmw(                                                              \
			MEMCGSIM_POINT_(name, #p, MEMCGSIM_OP_RMW, order, sizeof(*(p))), (p));     \
		expr;                                                                              \
	})
#elif defined(MSIM_NOISE)
/* Waits a random while: mostly not at all, sometimes long enough for others to pass. */
void msim_noise(void);

#define msim_seam_load(name, p, order)	    (msim_noise(), __atomic_load_n((p), order))
#define msim_seam_store(name, p, v, order)  (msim_noise(), __atomic_store_n((p), (v), order))
#define msim_seam_rmw(name, p, order, expr) (msim_noise(), expr)
#else
#define msim_noise()			    ((void)0)
#define msim_seam_load(name, p, order)	    __atomic_load_n((p), order)
#define msim_seam_store(name, p, v, order)  __atomic_store_n((p), (v), order)
#define msim_seam_rmw(name, p, order, expr) (expr)
#endif

#define msim_load_relaxed(p) msim_seam_load("load_relaxed", p, __ATOMIC_RELAXED)
#define msim_load_acquire(p) msim_seam_load("load_acquire", p, __ATOMIC_ACQUIRE)
/* One of two threads that each write a word and then read the other's sees the other's write. */
#define msim_load_seq_cst(p)	 msim_seam_load("load_seq_cst", p, __ATOMIC_SEQ_CST)
#define msim_store_relaxed(p, v) msim_seam_store("store_relaxed", p, v, __ATOMIC_RELAXED)
#define msim_store_release(p, v) msim_seam_store("store_release", p, v, __ATOMIC_RELEASE)

/*
 * All return the value that was there. The first are fully ordered, as the kernel's exchange is, and
 * its bit operations that return what they found; those that do not, order nothing.
 */
#define msim_xchg(p, v)                                                                            \
	msim_seam_rmw("xchg", p, __ATOMIC_SEQ_CST, __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST))
#define msim_or(p, v)                                                                              \
	msim_seam_rmw("or", p, __ATOMIC_SEQ_CST, __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST))
#define msim_and(p, v)                                                                             \
	msim_seam_rmw("and", p, __ATOMIC_SEQ_CST, __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST))
#define msim_or_relaxed(p, v)                                                                      \
	msim_seam_rmw("or_relaxed", p, __ATOMIC_RELAXED,                                           \
		      __atomic_fetch_or((p), (v), __ATOMIC_RELAXED))
#define msim_or_release(p, v)                                                                      \
	msim_seam_rmw("or_release", p, __ATOMIC_RELEASE,                                           \
		      __atomic_fetch_or((p), (v), __ATOMIC_RELEASE))

/* Whether *p was *old and is now v; otherwise *old is what was found. */
#define msim_cmpxchg(p, old, v)                                                                    \
	msim_seam_rmw("cmpxchg", p, __ATOMIC_SEQ_CST,                                              \
		      __atomic_compare_exchange_n((p), (old), (v), false, __ATOMIC_SEQ_CST,        \
						  __ATOMIC_SEQ_CST))

/* Fully ordered, and return the new value: what the kernel's atomics with a result are (P-07). */
#define msim_add_return(p, v)                                                                      \
	msim_seam_rmw("add_return", p, __ATOMIC_SEQ_CST,                                           \
		      __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST))
#define msim_sub_return(p, v)                                                                      \
	msim_seam_rmw("sub_return", p, __ATOMIC_SEQ_CST,                                           \
		      __atomic_sub_fetch((p), (v), __ATOMIC_SEQ_CST))

/* For counts that order nothing. */
#define msim_add_relaxed(p, v)                                                                     \
	msim_seam_rmw("add_relaxed", p, __ATOMIC_RELAXED,                                          \
		      (void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))

/*
 * What a thread and its own CPU's visitor agree on by membarrier: only the compiler must not
 * reorder.
 */
#define msim_compiler_fence() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#endif /* MSIM_SEAM_ATOMIC_H */
