/* SPDX-License-Identifier: MIT */
/*
 * Assertions of the simulator: one that fires is our own bug, and aborts. (A simulated assertion is
 * data: seam/bug.h.) MSIM_CHECKS is 0 (off), 1 (cheap) or 2 (full); what is off still type-checks.
 */
#ifndef MSIM_BASE_ASSERT_H
#define MSIM_BASE_ASSERT_H

#include "base/compiler.h"

#ifndef MSIM_CHECKS
#define MSIM_CHECKS 1
#endif

/* Says what failed and where, then aborts. */
msim_cold void msim_assert_failed(const char *what, const char *file, int line)
	__attribute__((noreturn));

#define msim_assert_at(level, cond)                                                                \
	do {                                                                                       \
		if (MSIM_CHECKS >= (level)) {                                                      \
			if (unlikely(!(cond)))                                                     \
				msim_assert_failed(#cond, __FILE__, __LINE__);                     \
		} else {                                                                           \
			(void)sizeof(cond);                                                        \
		}                                                                                  \
	} while (0)

#define msim_assert(cond)      msim_assert_at(1, cond) /* cheap: off the fast paths */
#define msim_assert_full(cond) msim_assert_at(2, cond) /* anywhere */

#endif /* MSIM_BASE_ASSERT_H */
