/* SPDX-License-Identifier: MIT */
/*
 * Memory as x86 has it: a store waits in its CPU's buffer, behind the ones before it, until it
 * reaches memory some time later. The CPU's own loads find it there.
 */
#ifndef MSIM_EXPLORE_TSO_H
#define MSIM_EXPLORE_TSO_H

#include "explore/schedule.h"

extern const struct msim_memory msim_tso;

#endif /* MSIM_EXPLORE_TSO_H */
