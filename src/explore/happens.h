/* SPDX-License-Identifier: MIT */
/*
 * What happens before what: a vector clock per actor, one per word that actors synchronise through,
 * and the rules of C11 for what an access of some order does to them. Plain accesses may rely on
 * what happens before; what a load may read in a weak memory model depends on what is visible, which
 * is that and a little more: sequentially consistent fences make visible what they do not order.
 *
 * The declared order counts in every memory model, and so do release sequences and fences. An access
 * that merely comes later in the schedule has not happened after.
 */
#ifndef MSIM_EXPLORE_HAPPENS_H
#define MSIM_EXPLORE_HAPPENS_H

#include "explore/schedule.h"

/* Of each actor: everything up to its step with this number. Numbers rise with each release. */
struct msim_clock {
	uint32_t before[MSIM_ACTORS];
	uint32_t visible[MSIM_ACTORS]; /* at least that */
};

/* A new schedule: nothing has happened. */
void msim_happens_begin(void);
void msim_happens_close(void);

/* The clock of what an actor does now. */
const struct msim_clock *msim_happens_now(const struct msim_run_actor *actor);

/* The number that the current part of an actor has: what it releases next includes it. */
static inline uint32_t msim_happens_epoch(const struct msim_run_actor *actor)
{
	return msim_happens_now(actor)->before[actor->index];
}

/* The clock behind a word, for the current schedule; good until the next call. */
struct msim_clock *msim_happens_of(const volatile void *word);

/*
 * The current actor has read what was written with @clock; has written with @order what others will
 * read with @clock; or both by one instruction, @clock being first that of what was read.
 */
void msim_happens_load(struct msim_run *run, int order, const struct msim_clock *clock);
void msim_happens_store(struct msim_run *run, int order, struct msim_clock *clock);
void msim_happens_rmw(struct msim_run *run, int order, struct msim_clock *clock);

/* Of locks and RCU: the current actor sees what was released through @word, or adds what it has. */
void msim_happens_acquire(struct msim_run *run, const volatile void *word);
void msim_happens_release(struct msim_run *run, const volatile void *word);

/* What @from has done happens before what @to will do: an interrupt and whom it strikes. */
void msim_happens_pass(unsigned int from, unsigned int to);

/* A fence of the current actor, or on every CPU that runs one. */
void msim_happens_fence(struct msim_run *run, const struct memcgsim_point *point);

/* What is visible to a sequentially consistent access of the current actor, beyond its own clock. */
void msim_happens_see_fences(struct msim_clock *clock);

#endif /* MSIM_EXPLORE_HAPPENS_H */
