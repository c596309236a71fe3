/* SPDX-License-Identifier: MIT */
/*
 * Every shared word is touched through these macros: the name says the memory order, and the source
 * text of the access goes to whoever schedules it. In the plain library each is the compiler's
 * builtin and nothing else (tests/tidy compares the bytes); with MSIM_EXPLORE or MSIM_NOISE it is a
 * schedule point first. src/types.h says for each word who may touch it and what its order pairs
 * with.
 */
#ifndef MSIM_SEAM_ATOMIC_H
#define MSIM_SEAM_ATOMIC_H

#include <stdbool.h>

#include "base/compiler.h"

#if defined(MSIM_EXPLORE) || defined(MSIM_NOISE)
#define MSIM_POINTS 1

/* One place in the source where a thread may be made to wait. */
struct msim_point {
	const char *file;
	int line;
	const char *op;	  /* "load_acquire", "spin_lock", ... */
	const char *text; /* the word as written */
};

/* The schedule point; in seam/thread.c. */
void msim_point(const struct msim_point *point, const volatile void *word);

#define msim_seam(op_, word, expr)                                                                 \
	({                                                                                         \
		static const struct msim_point msim_here_ = { __FILE__, __LINE__, op_, #word };    \
		msim_point(&msim_here_, (word));                                                   \
		expr;                                                                              \
	})
#else
#define MSIM_POINTS		   0
#define msim_seam(op_, word, expr) (expr)
#endif

#define msim_load_relaxed(p) msim_seam("load_relaxed", p, __atomic_load_n((p), __ATOMIC_RELAXED))
#define msim_load_acquire(p) msim_seam("load_acquire", p, __atomic_load_n((p), __ATOMIC_ACQUIRE))
/* One of two threads that each write a word and then read the other's sees the other's write. */
#define msim_load_seq_cst(p) msim_seam("load_seq_cst", p, __atomic_load_n((p), __ATOMIC_SEQ_CST))
#define msim_store_relaxed(p, v)                                                                   \
	msim_seam("store_relaxed", p, __atomic_store_n((p), (v), __ATOMIC_RELAXED))
#define msim_store_release(p, v)                                                                   \
	msim_seam("store_release", p, __atomic_store_n((p), (v), __ATOMIC_RELEASE))

/* Both return the value that was there. The exchange is fully ordered, as the kernel's is. */
#define msim_xchg(p, v) msim_seam("xchg", p, __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST))
#define msim_or_release(p, v)                                                                      \
	msim_seam("or_release", p, __atomic_fetch_or((p), (v), __ATOMIC_RELEASE))

/* Whether *p was *old and is now v; otherwise *old is what was found. */
#define msim_cmpxchg(p, old, v)                                                                    \
	msim_seam("cmpxchg", p,                                                                    \
		  __atomic_compare_exchange_n((p), (old), (v), false, __ATOMIC_SEQ_CST,            \
					      __ATOMIC_SEQ_CST))

/* Fully ordered, and return the new value: what the kernel's atomics with a result are (P-07). */
#define msim_add_return(p, v)                                                                      \
	msim_seam("add_return", p, __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST))
#define msim_sub_return(p, v)                                                                      \
	msim_seam("sub_return", p, __atomic_sub_fetch((p), (v), __ATOMIC_SEQ_CST))

/* For counts that order nothing. */
#define msim_add_relaxed(p, v)                                                                     \
	msim_seam("add_relaxed", p, (void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))

/*
 * What a thread and its own CPU's visitor agree on by membarrier: only the compiler must not
 * reorder.
 */
#define msim_compiler_fence() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#endif /* MSIM_SEAM_ATOMIC_H */
