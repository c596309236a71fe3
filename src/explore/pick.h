/* SPDX-License-Identifier: MIT */
/*
 * Choosers that look at one schedule only: random, PCT, POS; and one that follows a given schedule.
 */
#ifndef MSIM_EXPLORE_PICK_H
#define MSIM_EXPLORE_PICK_H

#include "base/rng.h"
#include "explore/schedule.h"

/* What a random chooser knows. All of it is made anew from @seed when a schedule begins. */
struct msim_pick {
	uint64_t seed; /* of this schedule */
	struct msim_rng rng;
	unsigned int changes; /* PCT: of priorities */
	unsigned long length; /* PCT: steps of the longest schedule so far */
	unsigned long change_at[4];
	uint64_t priorities[MSIM_ACTORS];
	unsigned int drawn; /* POS: bit per actor whose pending step has its priority */
};

extern const struct msim_chooser msim_pick_random, msim_pick_pct, msim_pick_pos;

/*
 * A schedule as its differences from the one that never preempts: at decision @step, @actor goes on
 * instead; or at the choice @step the answer is @actor. In rising order of @step, which counts both.
 */
struct msim_turn {
	unsigned long step;
	unsigned int actor;
};

struct msim_schedule {
	struct msim_turn *turns;
	size_t nr_turns;
	/* While it is followed: */
	size_t next;
	unsigned long step;
	bool strayed; /* who was to go on could not */
};

extern const struct msim_chooser msim_pick_given;

/* Who goes on if nobody preempts: the current actor, or the lowest of the others. */
unsigned int msim_pick_default(const struct msim_run *run, unsigned int enabled);

/* The schedule that has just run. 0 or -ENOMEM; @ret to be freed by msim_schedule_free(). */
int msim_schedule_of(const struct msim_run *run, struct msim_schedule *ret);
void msim_schedule_free(struct msim_schedule *schedule);

/* How often an actor that could go on did not. */
unsigned int msim_preemptions(const struct msim_run *run);

#endif /* MSIM_EXPLORE_PICK_H */
