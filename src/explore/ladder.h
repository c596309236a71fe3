/* SPDX-License-Identifier: MIT */
/*
 * A schedule for a person: one column an actor, one row a step.
 */
#ifndef MSIM_EXPLORE_LADDER_H
#define MSIM_EXPLORE_LADDER_H

#include "explore/schedule.h"

/* The schedule that has just run, recorded. */
void msim_ladder_print(const struct msim_run *run, const struct memcgsim_ladder *how);

#endif /* MSIM_EXPLORE_LADDER_H */
