/* SPDX-License-Identifier: MIT */
/*
 * Runs schedules of a subject, each from the state after its setup.
 */
#ifndef MSIM_EXPLORE_RUN_H
#define MSIM_EXPLORE_RUN_H

#include "explore/schedule.h"

/* 0 or a negative errno; -EINVAL with a message in @failure if the setup itself fails. */
int msim_run_open(struct msim_run *run, const struct memcgsim_subject *subject,
		  const struct msim_memory *memory);
void msim_run_close(struct msim_run *run);

/* Runs one schedule as @run->chooser wants it, from the state after the setup. */
void msim_run_schedule(struct msim_run *run);

#endif /* MSIM_EXPLORE_RUN_H */
