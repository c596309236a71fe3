/* SPDX-License-Identifier: MIT */
/*
 * What happens before what, as far as plain accesses may rely on it; and the plain accesses that
 * rely on nothing.
 */
#ifndef MSIM_EXPLORE_HAPPENS_H
#define MSIM_EXPLORE_HAPPENS_H

#include "explore/schedule.h"

/* A new schedule: nothing has happened. */
void msim_happens_begin(struct msim_run *run);

/* The current actor sees what was released through @word, or releases what it has seen. */
void msim_happens_acquire(struct msim_run *run, const volatile void *word);
void msim_happens_release(struct msim_run *run, const volatile void *word);

/* Every actor sees what every other has. */
void msim_happens_fence(struct msim_run *run);

/* A plain access by the current actor. Fails the run if it races, or if the memory is freed. */
void msim_happens_plain(struct msim_run *run, const volatile void *address, size_t bytes,
			bool write);

#endif /* MSIM_EXPLORE_HAPPENS_H */
