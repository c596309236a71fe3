/* SPDX-License-Identifier: MIT */
/*
 * Which steps of a schedule a person has to see to understand it.
 */
#ifndef MSIM_EXPLORE_FOLD_H
#define MSIM_EXPLORE_FOLD_H

#include "explore/schedule.h"

/* Whether a trace has a step there, and not one that only stands for an actor's beginning. */
static inline bool msim_is_visible(const struct msim_step *step)
{
	return step->silent == MSIM_STEP && step->op.point->op != MEMCGSIM_OP_BEGIN;
}

/*
 * Of the schedule that has just run, recorded: @shown[i] says it of the i-th of the trace. 0 or
 * -ENOMEM.
 */
int msim_fold(const struct msim_run *run, bool *shown);

#endif /* MSIM_EXPLORE_FOLD_H */
