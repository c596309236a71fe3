/* SPDX-License-Identifier: MIT */
/*
 * What is looked at while a machine is explored: at each write of a watched word, and whenever an
 * actor stops and others may see what it has done.
 */
#ifndef MSIM_VERIFY_STEPS_H
#define MSIM_VERIFY_STEPS_H

#include "explore/schedule.h"
#include "types.h"

/* 0, or -ENOMEM. Before the setup of @run is over. */
int msim_steps_watch(struct msim_run *run, struct memcgsim *machine);

#endif /* MSIM_VERIFY_STEPS_H */
