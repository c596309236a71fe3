/* SPDX-License-Identifier: MIT */
/*
 * The memory models other than sequential consistency.
 */
#ifndef MSIM_EXPLORE_MEMORY_H
#define MSIM_EXPLORE_MEMORY_H

#include "explore/schedule.h"

/* NULL for sequential consistency. */
const struct msim_memory *msim_memory_of(enum memcgsim_memory memory);

#endif /* MSIM_EXPLORE_MEMORY_H */
