/* SPDX-License-Identifier: MIT */
/*
 * The accesses to each byte of the arena that a later one could race with: two accesses by
 * different actors, at least one of them a write and at least one of them plain, that nothing
 * orders.
 */
#ifndef MSIM_EXPLORE_SHADOW_H
#define MSIM_EXPLORE_SHADOW_H

#include "explore/schedule.h"

/*
 * A new schedule: nothing was accessed. What an actor does before its first step is done once for
 * all schedules; it counts from that step on.
 */
void msim_shadow_begin(void);
void msim_shadow_begun(struct msim_run *run);
void msim_shadow_close(void);

/*
 * An access by the current actor. Fails the run if it races, or if the memory is not there to be
 * used. Memory outside the arena is nobody's business. @pc names a plain access to a person. An
 * atomic one has been made already, and acquired what it reads; @epoch is from before that.
 */
void msim_shadow_plain(struct msim_run *run, const volatile void *address, size_t bytes, bool write,
		       const void *pc);
void msim_shadow_atomic(struct msim_run *run, const volatile void *address, size_t bytes,
			bool write, uint32_t epoch);

/* A block is about to be given back: it races as a write to all of it would. */
void msim_shadow_free(struct msim_run *run, const volatile void *address, size_t bytes);

#endif /* MSIM_EXPLORE_SHADOW_H */
