/* SPDX-License-Identifier: MIT */
/*
 * A step of the schedule that is running: who may make it, who makes it, and how the schedule ends.
 */
#ifndef MSIM_EXPLORE_STEP_H
#define MSIM_EXPLORE_STEP_H

#include "explore/schedule.h"

/* The one exploration of this thread; and the same while its actors are searched. */
extern __thread struct msim_run *msim_exploring __attribute__((tls_model("initial-exec")));
extern __thread struct msim_run *msim_searching __attribute__((tls_model("initial-exec")));

/* What stands for a first step that is no access. */
extern const struct memcgsim_point msim_begin_point;

/*
 * Announces what the current actor is about to do, and returns when it is its turn to do it.
 * @may_block: it may have to wait.
 */
void msim_step(struct msim_run *run, const struct memcgsim_point *point, const volatile void *word,
	       bool may_block);

/* The same for its first step, where each schedule finds it. */
void msim_park(struct msim_run *run, const struct memcgsim_point *point, const volatile void *word,
	       bool may_block);

/*
 * The current actor is an interrupt, and begins or ends: what its CPU did before happens before it,
 * and it before what its CPU does next.
 */
void msim_order_interrupt(struct msim_run *run, bool begins);

/* Decides who makes the next step, and switches to it. The current actor's op is set. */
void msim_decide(struct msim_run *run);

/* For whoever looks on: the step that is being made writes @word. */
void msim_note_write(struct msim_run *run, const struct memcgsim_point *point,
		     const volatile void *word);

/* The current actor stops, if only for a while; @idle: it is between operations. */
void msim_look(struct msim_run *run, bool idle);

/* All actors are done, or idle: what they did is looked at. */
void msim_finish(struct msim_run *run);

/* Nobody can go on: that is the end, if all that is left waits for work; or else a deadlock. */
void msim_nobody_enabled(struct msim_run *run);

/* Leaves the fiber that runs for the explorer's own. */
void msim_to_main(struct msim_run *run);

/* The step that the current actor is to make goes into the trace; @enabled: who could have gone on. */
void msim_note_step(struct msim_run *run, unsigned int enabled);

struct msim_step *msim_trace_push(struct msim_run *run, enum msim_silent silent);

/* By one access each, of 1, 2, 4 or 8 bytes. */
uint64_t msim_read_word(const volatile void *word, unsigned int size_bytes);
void msim_copy_word(volatile void *to, const volatile void *from, unsigned int size_bytes);

#endif /* MSIM_EXPLORE_STEP_H */
