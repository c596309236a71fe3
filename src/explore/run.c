/* SPDX-License-Identifier: MIT */
/*
 * Owns a run: its actors' fibers, and the state that each schedule begins with.
 */
#include "explore/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "explore/arena.h"
#include "explore/crash.h"
#include "explore/happens.h"
#include "explore/shadow.h"
#include "explore/step.h"

#define DEFAULT_MAX_STEPS 20000
#define SMALL_ADDRESS	  65536 /* NULL, and members of what should have been there */
#define FIRST_TRACE	  4096

/* ---- fibers ---- */

/* What every actor's fiber runs: before the search, in it, and after it. */
static void actor_main(void *arg)
{
	struct msim_run_actor *actor = arg;
	struct msim_run *run = actor->run;
	const struct memcgsim_actor *spec = actor->spec;
	const char *wrong = spec->enter ? spec->enter(run->state, spec->arg) : NULL;

	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	run->prologue = true;
	msim_searching = run;
	wrong = spec->body(run->state, spec->arg);
	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	if (run->prologue) /* a body without any point */
		msim_park(run, &msim_begin_point, NULL, false);
	actor->done = true;
	run->alive &= ~(1u << actor->index);
	if (spec->kind == MEMCGSIM_ACTOR_IRQ)
		msim_order_interrupt(run, false);
	msim_trace_push(run, MSIM_SILENT_END);
	msim_decide(run); /* comes back when all are done */

	wrong = spec->leave ? spec->leave(run->state, spec->arg) : NULL;
	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	msim_to_main(run);
	msim_assert(!"an actor goes on after its end");
}

/* A fiber too, so that the setup and the judge at the end can fail in the middle. */
static void judge_main(void *arg)
{
	struct msim_run_actor *judge = arg;
	struct msim_run *run = judge->run;
	const struct memcgsim_subject *subject = run->subject;
	const char *wrong = subject->setup ? subject->setup(run->state, subject->arg) : NULL;

	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	msim_to_main(run);

	wrong = subject->finally ? subject->finally(run->state, subject->arg) : NULL;
	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	msim_to_main(run);
	msim_assert(!"the judge goes on after its verdict");
}

/* Runs a fiber that is not searched, until it comes back. */
static void run_apart(struct msim_run *run, struct msim_run_actor *actor)
{
	run->current = actor;
	if (run->self)
		*run->self = actor->self;
	run->inside = true;
	msim_fiber_switch(&run->main, &actor->fiber);
	run->inside = false;
}

static void on_abort(void)
{
	if (msim_exploring && msim_exploring->inside)
		msim_run_fail(msim_exploring, MEMCGSIM_ASSERTION, "abort()");
}

static void on_wild_access(void *address)
{
	char text[64];

	if (!msim_exploring || !msim_exploring->inside)
		return; /* the explorer's own fault */
	if (msim_arena_has(address))
		msim_run_fail(msim_exploring, MEMCGSIM_ASSERTION,
			      "more is written than can be put back");
	/* What is told is the same wherever the process lies. */
	if ((uintptr_t)address < SMALL_ADDRESS)
		snprintf(text, sizeof(text), "the address %#lx is nobody's",
			 (unsigned long)(uintptr_t)address);
	else
		snprintf(text, sizeof(text), "an address is nobody's");
	msim_run_fail(msim_exploring, MEMCGSIM_WILD_ACCESS, text);
}

/* In this archive an assertion that fails ends the schedule, not the process. */
void msim_assert_failed(const char *what, const char *file, int line)
{
	char text[MEMCGSIM_FAILURE_BYTES];

	snprintf(text, sizeof(text), "%s:%d: %s", file, line, what);
	if (msim_exploring && msim_exploring->inside)
		msim_run_fail(msim_exploring, MEMCGSIM_ASSERTION, text);
	fprintf(stderr, "memcgsim: %s:%d: assertion failed: %s\n", file, line, what);
	abort();
}

/* ---- a run, and its schedules ---- */

static void reset(struct msim_run *run)
{
	run->verdict = MEMCGSIM_FINE;
	run->failure[0] = '\0';
	run->failed_actor = -1;
	run->gave_up = false;
	run->nr_trace = 0;
	run->nr_recorded = 0;
	run->left_at = NULL;
	run->nr_steps = 0;
	run->alive = (1u << run->nr_actors) - 1;
	run->may_block = 0;
	run->written = NULL;
	run->looking = false;
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		struct msim_run_actor *actor = &run->actors[i];

		actor->op = actor->first_op;
		if (actor->first_may_block)
			run->may_block |= 1u << i;
		actor->self = actor->saved_self;
		actor->rcu_nesting = 0;
		actor->rcu_section = 0;
		actor->atomic_depth = 0;
		actor->begun = false;
		actor->done = false;
		actor->last_word = NULL;
	}
}

static int make_actor(struct msim_run *run, struct msim_run_actor *actor, void (*main)(void *actor))
{
	int err;

	actor->run = run;
	err = msim_fiber_create(&actor->fiber, main, actor);
	if (err)
		return err;
	run_apart(run, actor);
	if (run->verdict)
		return -EINVAL;
	actor->saved_self = actor->self;
	return msim_fiber_save(&actor->fiber);
}

static int setup(struct msim_run *run)
{
	int err;

	run->state = msim_arena_alloc(run->subject->state_bytes);
	if (!run->state)
		return -ENOMEM;
	run->judge.index = MSIM_ACTORS;
	err = make_actor(run, &run->judge, judge_main);
	for (unsigned int i = 0; i < run->nr_actors && !err; i++)
		err = make_actor(run, &run->actors[i], actor_main);
	return err;
}

int msim_run_open(struct msim_run *run, const struct memcgsim_subject *subject,
		  const struct msim_memory *memory)
{
	void **self = run->self;
	int err;

	if (msim_exploring)
		return -EBUSY;
	memset(run, 0, sizeof(*run));
	run->self = self;
	run->subject = subject;
	run->memory = memory;
	run->clocks = memory || subject->plain;
	run->max_steps = subject->max_steps ? subject->max_steps : DEFAULT_MAX_STEPS;
	run->max_trace = FIRST_TRACE;
	run->trace = malloc(run->max_trace * sizeof(*run->trace));
	while (run->nr_actors < MSIM_ACTORS && subject->actors[run->nr_actors].name) {
		struct msim_run_actor *actor = &run->actors[run->nr_actors];

		actor->index = run->nr_actors;
		actor->spec = &subject->actors[run->nr_actors];
		run->has_irqs |= actor->spec->kind == MEMCGSIM_ACTOR_IRQ;
		if (actor->spec->kind != MEMCGSIM_ACTOR_WORK)
			run->required |= 1u << run->nr_actors;
		run->nr_actors++;
	}
	if (!run->trace || run->nr_actors == 0) {
		free(run->trace);
		return run->nr_actors ? -ENOMEM : -EINVAL;
	}
	msim_exploring = run;
	msim_crash_open();
	err = msim_arena_open();
	if (!err) {
		msim_crash_set_last_handler(on_wild_access);
		msim_crash_set_abort_handler(on_abort);
		err = setup(run);
	}
	if (err) {
		msim_run_close(run);
		return err;
	}
	msim_arena_snapshot();
	return 0;
}

void msim_run_close(struct msim_run *run)
{
	if (run->oracle)
		run->oracle->close(run);
	/* What the setup made lies in the arena, and goes with it. */
	for (unsigned int i = 0; i < run->nr_actors; i++)
		msim_fiber_destroy(&run->actors[i].fiber);
	msim_fiber_destroy(&run->judge.fiber);
	if (msim_arena_is_open())
		msim_arena_close();
	msim_crash_close();
	if (run->memory && run->memory->close)
		run->memory->close();
	msim_happens_close();
	msim_shadow_close();
	free(run->trace);
	run->trace = NULL;
	msim_exploring = NULL;
}

static void search(struct msim_run *run)
{
	unsigned int enabled = msim_run_enabled(run);
	int first;

	run->chooser->begin(run);
	run->current = &run->actors[0];
	if (!enabled) {
		msim_nobody_enabled(run);
		msim_searching = NULL;
		return;
	}
	first = run->chooser->pick(run, enabled);
	if (first < 0) {
		run->gave_up = true;
		return;
	}
	run->nr_steps++;
	run->current = &run->actors[first];
	msim_note_step(run, enabled);
	if (run->self)
		*run->self = run->current->self;
	msim_searching = run;
	run->inside = true;
	msim_fiber_switch(&run->main, &run->current->fiber);
	run->inside = false;
}

void msim_run_schedule(struct msim_run *run)
{
	msim_arena_restore();
	for (unsigned int i = 0; i < run->nr_actors; i++)
		msim_fiber_restore(&run->actors[i].fiber);
	reset(run);
	if (run->memory)
		run->memory->begin();
	if (run->clocks)
		msim_happens_begin();
	if (run->subject->plain)
		msim_shadow_begin();
	if (run->oracle)
		run->oracle->begin(run);
	search(run);
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (run->verdict || run->gave_up)
			return;
		if (run->actors[i].spec->leave && run->actors[i].done)
			run_apart(run, &run->actors[i]);
	}
	if (run->verdict || run->gave_up || !run->subject->finally)
		return;
	msim_fiber_restore(&run->judge.fiber);
	run->judge.self = run->judge.saved_self;
	run_apart(run, &run->judge);
}
