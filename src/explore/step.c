/* SPDX-License-Identifier: MIT */
/*
 * Owns the thread's pointer to its exploration, and who goes on in it. Each actor decides for the
 * next one, on its own stack: most decisions are for the actor itself, and cost no switch.
 */
#include "explore/step.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "explore/arena.h"
#include "explore/happens.h"
#include "explore/shadow.h"

__thread struct msim_run *msim_exploring;
__thread struct msim_run *msim_searching;

const struct memcgsim_point msim_begin_point = {
	__FILE__, __LINE__, "begin", "", MEMCGSIM_OP_BEGIN, __ATOMIC_RELAXED, 0,
};

/* ---- who may go on ---- */

uint64_t msim_read_word(const volatile void *word, unsigned int size_bytes)
{
	switch (size_bytes) {
	case 1:
		return *(const volatile uint8_t *)word;
	case 2:
		return *(const volatile uint16_t *)word;
	case 4:
		return *(const volatile uint32_t *)word;
	default:
		return *(const volatile uint64_t *)word;
	}
}

void msim_copy_word(volatile void *to, const volatile void *from, unsigned int size_bytes)
{
	uint64_t value = msim_read_word(from, size_bytes);

	switch (size_bytes) { /* not by memcpy(): the first bytes are not the low ones everywhere */
	case 1:
		*(volatile uint8_t *)to = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)to = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)to = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)to = value;
	}
}

static bool grace_period_over(const struct msim_run *run, const struct msim_run_actor *waiter)
{
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		const struct msim_run_actor *reader = &run->actors[i];

		if (waiter->awaited[i] && reader->rcu_nesting &&
		    reader->rcu_section == waiter->awaited[i])
			return false;
	}
	return true;
}

/* A store to the word waits somewhere, and need not wait any longer. */
static bool may_change(const struct msim_run *run, const volatile void *word)
{
	return run->memory && run->memory->may_change && run->memory->may_change(run, word);
}

/* Whether the step that an actor is about to make need not wait. */
static bool ready(const struct msim_run *run, const struct msim_run_actor *actor)
{
	switch (actor->op.point->op) {
	case MEMCGSIM_OP_LOCK:
		return *(const volatile unsigned int *)actor->op.word == 0;
	case MEMCGSIM_OP_SPIN:
		return msim_read_word(actor->last_word, actor->last_size_bytes) !=
			       actor->last_value ||
		       may_change(run, actor->last_word);
	case MEMCGSIM_OP_WAIT:
		return *(const volatile unsigned char *)actor->op.word != 0 ||
		       may_change(run, actor->op.word);
	case MEMCGSIM_OP_GP_END:
		return grace_period_over(run, actor);
	default:
		return true;
	}
}

/* An interrupt of the same CPU keeps @other from its next step. */
static bool is_kept_off(const struct msim_run_actor *irq, const struct msim_run_actor *other)
{
	if (other->spec->kind != MEMCGSIM_ACTOR_IRQ)
		return true;
	/* One that has not struck yet may strike the other; of those that have, the last goes on. */
	return other->begun && other->begun_at < irq->begun_at;
}

/*
 * Interrupts: one strikes only where no actor of its CPU holds a lock, and until it is over those
 * that it struck stand still.
 */
static unsigned int without_interrupted(const struct msim_run *run, unsigned int enabled)
{
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		const struct msim_run_actor *irq = &run->actors[i];

		if (irq->spec->kind != MEMCGSIM_ACTOR_IRQ || irq->done)
			continue;
		for (unsigned int k = 0; k < run->nr_actors; k++) {
			const struct msim_run_actor *other = &run->actors[k];

			if (k == i || other->spec->kind == MEMCGSIM_ACTOR_WORK ||
			    other->spec->cpu != irq->spec->cpu)
				continue;
			if (!irq->begun && other->atomic_depth)
				enabled &= ~(1u << i);
			if (irq->begun && is_kept_off(irq, other))
				enabled &= ~(1u << k);
		}
	}
	return enabled;
}

unsigned int msim_run_uninterrupted(const struct msim_run *run)
{
	return run->has_irqs ? without_interrupted(run, run->alive) : run->alive;
}

unsigned int msim_run_enabled(const struct msim_run *run)
{
	unsigned int enabled = run->alive, left = run->may_block & run->alive;

	while (left) {
		unsigned int i = (unsigned int)__builtin_ctz(left);

		left &= left - 1;
		if (!ready(run, &run->actors[i]))
			enabled &= ~(1u << i);
	}
	return run->has_irqs ? without_interrupted(run, enabled) : enabled;
}

/* Whether all that is left waits for work. */
static bool only_idle_left(const struct msim_run *run)
{
	if (run->alive & run->required)
		return false;
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		const struct msim_run_actor *actor = &run->actors[i];

		if (run->alive & (1u << i) && actor->op.point->op != MEMCGSIM_OP_WAIT)
			return false;
	}
	return true;
}

/* ---- the end of a schedule ---- */

/* What the word was left at by the step before. */
static void record_value(struct msim_run *run)
{
	struct msim_step *step;

	for (size_t i = run->nr_trace; i > 0; i--) {
		step = &run->trace[i - 1];
		if (step->silent != MSIM_STEP)
			continue;
		if (i > run->nr_recorded && step->op.point->size_bytes && step->op.word)
			step->value = msim_read_word(run->left_at ? run->left_at : step->op.word,
						     step->op.point->size_bytes);
		run->nr_recorded = i;
		break;
	}
	run->left_at = NULL;
}

void msim_to_main(struct msim_run *run)
{
	struct msim_run_actor *from = run->current;

	if (unlikely(run->record && msim_searching && run->verdict != MEMCGSIM_WILD_ACCESS))
		record_value(run);
	msim_searching = NULL;
	if (run->self) {
		from->self = *run->self;
		*run->self = NULL;
	}
	msim_fiber_switch(&from->fiber, &run->main);
}

/* Ends the current actor, so that the schedule goes on without it. */
static void stop_here(struct msim_run *run)
{
	run->current->done = true;
	run->alive &= ~(1u << run->current->index);
	msim_trace_push(run, MSIM_SILENT_END);
	msim_searching = run;
	if (run->alive)
		msim_decide(run);
}

void msim_run_fail(struct msim_run *run, enum memcgsim_verdict verdict, const char *what)
{
	bool one_of_them = run->current != &run->judge;

	/* It belongs to the actor's first step; but no schedule can begin in a signal handler. */
	if (run->prologue && one_of_them && verdict != MEMCGSIM_WILD_ACCESS)
		msim_park(run, &msim_begin_point, NULL, false);
	if (run->verdict == MEMCGSIM_FINE) {
		run->verdict = verdict;
		snprintf(run->failure, sizeof(run->failure), "%s", what);
		run->failure_step = run->nr_steps;
		run->failed_actor = one_of_them ? (int)run->current->index : -1;
	}
	if (!run->inside)
		return; /* nobody has begun: whoever runs the schedule sees to it */
	if (run->go_on && !run->looking && one_of_them && !run->current->done &&
	    verdict < MEMCGSIM_DEADLOCK)
		stop_here(run);
	msim_to_main(run);
}

void memcgsim_explore_fail(enum memcgsim_verdict verdict, const char *what)
{
	if (msim_exploring && msim_exploring->inside)
		msim_run_fail(msim_exploring, verdict, what);
}

static void fail_deadlock(struct msim_run *run)
{
	char text[MEMCGSIM_FAILURE_BYTES];
	size_t used = 0;

	for (unsigned int i = 0; i < run->nr_actors && used < sizeof(text); i++) {
		const struct msim_run_actor *actor = &run->actors[i];

		if (run->alive & (1u << i))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%s waits at %s(%s), %s:%d", used ? "; " : "",
						 actor->spec->name, actor->op.point->name,
						 actor->op.point->text, actor->op.point->file,
						 actor->op.point->line);
	}
	msim_run_fail(run, MEMCGSIM_DEADLOCK, text);
}

/* Too many steps: who waits all the time, or goes round and round? */
static void too_many_steps(struct msim_run *run)
{
	unsigned int seen = 0;

	for (size_t i = run->nr_trace / 2; i < run->nr_trace; i++) {
		if (run->trace[i].silent == MSIM_STEP)
			seen |= 1u << run->trace[i].actor;
	}
	if (run->alive & run->required & ~seen)
		msim_run_fail(
			run, MEMCGSIM_STARVATION,
			"one waits all the time that the others go round (a loop that waits tells "
			"so: MEMCGSIM_X_SPIN())");
	msim_run_fail(run, MEMCGSIM_LIVELOCK,
		      "more steps than any schedule should take (a loop that waits tells so: "
		      "MEMCGSIM_X_SPIN())");
}

/* ---- steps ---- */

struct msim_step *msim_trace_push(struct msim_run *run, enum msim_silent silent)
{
	struct msim_step *step;

	if (run->nr_trace == run->max_trace) {
		run->max_trace *= 2;
		run->trace = realloc(run->trace, run->max_trace * sizeof(*run->trace));
		msim_assert(run->trace);
	}
	step = &run->trace[run->nr_trace++];
	step->actor = (unsigned char)run->current->index;
	step->silent = (unsigned char)silent;
	return step;
}

static void check_always(struct msim_run *run)
{
	const char *wrong;

	msim_searching = NULL;
	wrong = run->subject->always(run->state, run->subject->arg);
	msim_searching = run;
	if (wrong)
		msim_run_fail(run, MEMCGSIM_INVARIANT, wrong);
}

/* ---- who looks on ---- */

void msim_note_write(struct msim_run *run, const struct memcgsim_point *point,
		     const volatile void *word)
{
	run->written = word;
	run->written_bytes = point->size_bytes;
	run->before = msim_read_word(word, point->size_bytes);
}

/* The step before has written a word. */
static void tell_write(struct msim_run *run)
{
	const volatile void *word = run->written;

	run->written = NULL;
	if (run->verdict || msim_read_word(word, run->written_bytes) == run->before)
		return;
	msim_searching = NULL;
	run->looking = true;
	run->oracle->wrote(run, word, run->before);
	run->looking = false;
	msim_searching = run;
}

void msim_look(struct msim_run *run, bool idle)
{
	if (likely(!run->oracle) || run->verdict)
		return;
	if (run->written)
		tell_write(run);
	msim_searching = NULL;
	run->looking = true;
	run->oracle->look(run, idle);
	run->looking = false;
	msim_searching = run;
}

/*
 * Who is about to do what to which word: the same from every compiler. (They do not agree on the
 * line of a macro that goes over several.)
 */
static uint64_t fingerprint(const struct msim_run_actor *actor)
{
	uint64_t offset = msim_arena_has(actor->op.word) ? msim_arena_offset(actor->op.word) : 0;

	return (uint64_t)actor->index << 56 | (uint64_t)actor->op.point->op << 48 | offset;
}

void msim_note_step(struct msim_run *run, unsigned int enabled)
{
	struct msim_step *step = msim_trace_push(run, MSIM_STEP);

	step->op = run->current->op;
	step->enabled = (unsigned short)enabled;
	run->hash = (run->hash ^ fingerprint(run->current)) * 0x9e3779b97f4a7c15u;
}

void msim_finish(struct msim_run *run)
{
	if (run->memory && run->memory->finish)
		run->memory->finish(run);
	msim_look(run, true);
}

void msim_nobody_enabled(struct msim_run *run)
{
	if (only_idle_left(run))
		msim_finish(run);
	else
		fail_deadlock(run);
}

void msim_decide(struct msim_run *run)
{
	struct msim_run_actor *from = run->current, *to;
	unsigned int enabled;
	int next;

	if (unlikely(run->record))
		record_value(run);
	if (unlikely(run->written != NULL))
		tell_write(run);
	if (unlikely(run->memory && run->memory->settle))
		run->memory->settle();
	if (unlikely(run->subject->always != NULL))
		check_always(run);
	enabled = msim_run_enabled(run);
	if (unlikely(!enabled)) {
		msim_nobody_enabled(run);
		msim_to_main(run);
		return; /* to leave */
	}
	if (unlikely(run->nr_steps >= run->max_steps))
		too_many_steps(run);
	next = run->chooser->pick(run, enabled);
	if (unlikely(next < 0)) {
		run->gave_up = true;
		msim_to_main(run);
	}
	to = &run->actors[next];
	run->current = to;
	msim_note_step(run, enabled);
	if (to != from && unlikely(run->oracle != NULL)) {
		/* The change is in the trace by now: whoever replays it looks here too. */
		run->current = from;
		msim_look(run, from->done || from->op.point->op == MEMCGSIM_OP_WAIT);
		run->current = to;
	}
	run->nr_steps++;
	if (to == from)
		return;
	if (run->self) {
		from->self = *run->self;
		*run->self = to->self;
	}
	msim_fiber_switch(&from->fiber, &to->fiber);
}

void msim_order_interrupt(struct msim_run *run, bool begins)
{
	unsigned int irq = run->current->index;

	if (!begins && run->memory && run->memory->interrupt)
		run->memory->interrupt(run, irq);
	for (unsigned int i = 0; run->clocks && i < run->nr_actors; i++) {
		const struct memcgsim_actor *other = run->actors[i].spec;

		if (i == irq || other->kind == MEMCGSIM_ACTOR_WORK ||
		    other->cpu != run->current->spec->cpu)
			continue;
		msim_happens_pass(begins ? i : irq, begins ? irq : i);
		if (begins && run->memory && run->memory->interrupt)
			run->memory->interrupt(run, i);
	}
}

void msim_park(struct msim_run *run, const struct memcgsim_point *point, const volatile void *word,
	       bool may_block)
{
	struct msim_run_actor *actor = run->current;

	actor->first_op.point = point;
	actor->first_op.word = word;
	actor->first_may_block = may_block;
	run->prologue = false;
	msim_to_main(run);
	actor->begun = true;
	actor->begun_at = run->nr_steps;
	if (actor->spec->kind == MEMCGSIM_ACTOR_IRQ)
		msim_order_interrupt(run, true);
	if (run->subject->plain)
		msim_shadow_begun(run);
}

/* The memory is given back; of what is to be given back once more the arena knows better. */
static bool is_gone(const struct memcgsim_point *point, const volatile void *word)
{
	return msim_arena_has(word) && msim_arena_what(word) != MSIM_GRANULE_LIVE &&
	       point->op != MEMCGSIM_OP_FREE;
}

void msim_step(struct msim_run *run, const struct memcgsim_point *point, const volatile void *word,
	       bool may_block)
{
	struct msim_run_actor *actor = run->current;

	if (unlikely(is_gone(point, word))) {
		actor->op.point = point;
		actor->op.word = word;
		msim_run_fail(run, MEMCGSIM_USE_AFTER_FREE, point->text);
	}
	if (unlikely(run->prologue)) {
		msim_park(run, point, word, may_block);
	} else {
		actor->op.point = point;
		actor->op.word = word;
		if (may_block)
			run->may_block |= 1u << actor->index;
		msim_decide(run);
	}
	if (may_block)
		run->may_block &= ~(1u << actor->index);
	/* It may have been freed while the actor waited for its turn. */
	if (unlikely(is_gone(point, word)))
		msim_run_fail(run, MEMCGSIM_USE_AFTER_FREE, point->text);
}
