/* SPDX-License-Identifier: MIT */
/*
 * Owns the last words of a simulator that found itself wrong. Anybody may call it; no locks, no
 * state.
 */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef MSIM_EXPLORE /* there it ends the schedule: explore/run.c */
void msim_assert_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "memcgsim: %s:%d: assertion failed: %s\n", file, line, what);
	abort();
}
#endif
