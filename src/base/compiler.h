/* SPDX-License-Identifier: MIT */
/*
 * What the compilers offer and C does not name.
 */
#ifndef MSIM_BASE_COMPILER_H
#define MSIM_BASE_COMPILER_H

#include <stddef.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define msim_noinline	   __attribute__((noinline))
#define msim_always_inline inline __attribute__((always_inline))
#define msim_cold	   __attribute__((cold, noinline))
#define msim_cacheline	   __attribute__((aligned(64)))

#define msim_container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define msim_array_size(a)		     (sizeof(a) / sizeof((a)[0]))

#if defined(MSIM_EXPLORE) /* its accesses may be instrumented, but for the explorer */
#define MSIM_TSAN 0
#elif defined(__SANITIZE_THREAD__)
#define MSIM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MSIM_TSAN 1
#endif
#endif
#ifndef MSIM_TSAN
#define MSIM_TSAN 0
#endif

#endif /* MSIM_BASE_COMPILER_H */
