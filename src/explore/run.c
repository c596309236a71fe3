/* SPDX-License-Identifier: MIT */
/*
 * Owns the schedule that is running: its actors, its trace and its verdict. Called by the seam, and
 * by the macros of explore.h, at every access to a shared word.
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

#define DEFAULT_MAX_STEPS 20000
#define FIRST_TRACE	  4096

/* The one exploration of this thread; and the same while its actors are searched. */
static __thread struct msim_run *exploring __attribute__((tls_model("initial-exec")));
static __thread struct msim_run *searching __attribute__((tls_model("initial-exec")));

static const struct memcgsim_point begin_point = {
	__FILE__, __LINE__, "begin", "", MEMCGSIM_OP_BEGIN, __ATOMIC_RELAXED, 0,
};

static struct msim_step *trace_push(struct msim_run *run, enum msim_silent silent);
static void decide(struct msim_run *run);
static void park(struct msim_run *run, const struct memcgsim_point *point,
		 const volatile void *word, bool may_block);

struct msim_run *msim_run_searching(void)
{
	return searching;
}

/* ---- who may go on ---- */

static uint64_t read_word(const volatile void *word, unsigned int size_bytes)
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

/* Whether the step that an actor is about to make need not wait. */
static bool ready(const struct msim_run *run, const struct msim_run_actor *actor)
{
	switch (actor->op.point->op) {
	case MEMCGSIM_OP_LOCK:
		return *(const volatile unsigned int *)actor->op.word == 0;
	case MEMCGSIM_OP_SPIN:
		return read_word(actor->last_word, actor->last_size_bytes) != actor->last_value;
	case MEMCGSIM_OP_WAIT:
		return *(const volatile unsigned char *)actor->op.word != 0;
	case MEMCGSIM_OP_GP_END:
		return grace_period_over(run, actor);
	default:
		return true;
	}
}

/*
 * Interrupts: one strikes only where no actor of its CPU holds a lock, and until it is over the
 * others of the CPU stand still.
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
			/* Nested: the one that struck last runs. */
			if (irq->begun &&
			    !(other->begun && other->spec->kind == MEMCGSIM_ACTOR_IRQ &&
			      !other->done && other->index > irq->index))
				enabled &= ~(1u << k);
		}
	}
	return enabled;
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

/* Nobody can go on: that is an end, if all that is left waits for work. */
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

/* Leaves the fiber that runs for the explorer's own. */
static void to_main(struct msim_run *run)
{
	struct msim_run_actor *from = run->current;

	searching = NULL;
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
	trace_push(run, MSIM_SILENT_END);
	searching = run;
	if (run->alive)
		decide(run);
}

void msim_run_fail(struct msim_run *run, enum memcgsim_verdict verdict, const char *what)
{
	bool one_of_them = run->current != &run->judge;

	if (run->prologue && one_of_them) /* it belongs to the actor's first step */
		park(run, &begin_point, NULL, false);
	if (run->verdict == MEMCGSIM_FINE) {
		run->verdict = verdict;
		snprintf(run->failure, sizeof(run->failure), "%s", what);
		run->failure_step = run->nr_steps;
		run->failed_actor = one_of_them ? (int)run->current->index : -1;
	}
	if (run->go_on && one_of_them && !run->current->done && verdict < MEMCGSIM_DEADLOCK)
		stop_here(run);
	to_main(run);
}

void memcgsim_explore_fail(enum memcgsim_verdict verdict, const char *what)
{
	if (exploring && exploring->inside)
		msim_run_fail(exploring, verdict, what);
}

static void nobody_enabled(struct msim_run *run)
{
	char text[MEMCGSIM_FAILURE_BYTES];
	size_t used = 0;

	for (unsigned int i = 0; i < run->nr_actors && used < sizeof(text) - 80; i++) {
		const struct msim_run_actor *actor = &run->actors[i];

		if (run->alive & (1u << i))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%s waits at %s(%s)", used ? "; " : "",
						 actor->spec->name, actor->op.point->name,
						 actor->op.point->text);
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
		msim_run_fail(run, MEMCGSIM_STARVATION,
			      "one waits all the time that the others go round");
	msim_run_fail(run, MEMCGSIM_LIVELOCK, "more steps than any schedule should take");
}

/* ---- steps ---- */

static struct msim_step *trace_push(struct msim_run *run, enum msim_silent silent)
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

/* What the word was left at by the step before. */
static void record_value(struct msim_run *run)
{
	struct msim_step *step;

	for (size_t i = run->nr_trace; i > 0; i--) {
		step = &run->trace[i - 1];
		if (step->silent != MSIM_STEP)
			continue;
		if (step->op.point->size_bytes && step->op.word)
			step->value = read_word(step->op.word, step->op.point->size_bytes);
		return;
	}
}

static void check_always(struct msim_run *run)
{
	const char *wrong;

	searching = NULL;
	wrong = run->subject->always(run->state, run->subject->arg);
	searching = run;
	if (wrong)
		msim_run_fail(run, MEMCGSIM_INVARIANT, wrong);
}

/* Decides who makes the next step, and switches to it. The current actor's op is set. */
static void decide(struct msim_run *run)
{
	struct msim_run_actor *from = run->current, *to;
	unsigned int enabled;
	int next;

	if (unlikely(run->record))
		record_value(run);
	if (unlikely(run->subject->always != NULL))
		check_always(run);
	enabled = msim_run_enabled(run);
	if (unlikely(!enabled)) {
		if (!only_idle_left(run))
			nobody_enabled(run);
		to_main(run);
		return; /* to leave */
	}
	if (unlikely(run->nr_steps >= run->max_steps))
		too_many_steps(run);
	next = run->chooser->pick(run, enabled);
	if (unlikely(next < 0)) {
		run->gave_up = true;
		to_main(run);
	}
	run->nr_steps++;
	to = &run->actors[next];
	run->current = to;
	trace_push(run, MSIM_STEP)->op = to->op;
	run->trace[run->nr_trace - 1].enabled = (unsigned short)enabled;
	run->hash = (run->hash ^ ((uint64_t)(unsigned int)next << 32) ^
		     (unsigned int)to->op.point->line) *
		    0x9e3779b97f4a7c15u;
	if (to == from)
		return;
	if (run->self) {
		from->self = *run->self;
		*run->self = to->self;
	}
	msim_fiber_switch(&from->fiber, &to->fiber);
}

/* An actor that comes to its first point: here each schedule finds it, about to make that step. */
static void park(struct msim_run *run, const struct memcgsim_point *point,
		 const volatile void *word, bool may_block)
{
	struct msim_run_actor *actor = run->current;

	actor->first_op.point = point;
	actor->first_op.word = word;
	actor->first_may_block = may_block;
	run->prologue = false;
	to_main(run);
	actor->begun = true;
}

/* Announces a step, waits until it is this actor's turn, and makes it. */
static void step(struct msim_run *run, const struct memcgsim_point *point,
		 const volatile void *word, bool may_block)
{
	struct msim_run_actor *actor = run->current;

	if (unlikely(msim_arena_has(word) && msim_arena_what(word) != MSIM_GRANULE_LIVE))
		msim_run_fail(run, MEMCGSIM_USE_AFTER_FREE, point->text);
	if (unlikely(run->prologue)) {
		park(run, point, word, may_block);
	} else {
		actor->op.point = point;
		actor->op.word = word;
		if (may_block)
			run->may_block |= 1u << actor->index;
		decide(run);
	}
	if (may_block)
		run->may_block &= ~(1u << actor->index);
	/* It may have been freed while the actor waited for its turn. */
	if (unlikely(msim_arena_has(word) && msim_arena_what(word) != MSIM_GRANULE_LIVE))
		msim_run_fail(run, MEMCGSIM_USE_AFTER_FREE, point->text);
}

static void acquire(struct msim_run *run, const volatile void *word)
{
	if (run->memory)
		run->memory->acquire(run, word);
	if (run->subject->plain)
		msim_happens_acquire(run, word);
}

static void release(struct msim_run *run, const volatile void *word)
{
	if (run->memory)
		run->memory->release(run, word);
	if (run->subject->plain)
		msim_happens_release(run, word);
}

const volatile void *memcgsim_explore_load(const struct memcgsim_point *point,
					   const volatile void *word)
{
	struct msim_run *run = searching;
	struct msim_run_actor *actor;

	if (!run)
		return word;
	step(run, point, word, false);
	actor = run->current;
	actor->last_word = word;
	actor->last_size_bytes = point->size_bytes;
	actor->last_value = read_word(word, point->size_bytes);
	if (run->memory) {
		word = run->memory->load(run, point, word);
		actor->last_value = read_word(word, point->size_bytes);
	} else if (run->subject->plain) {
		msim_happens_acquire(run, word);
	}
	return word;
}

volatile void *memcgsim_explore_store(const struct memcgsim_point *point, volatile void *word)
{
	struct msim_run *run = searching;

	if (!run)
		return word;
	step(run, point, word, false);
	if (run->memory)
		return run->memory->store(run, point, word);
	if (run->subject->plain)
		msim_happens_release(run, word);
	return word;
}

void memcgsim_explore_rmw(const struct memcgsim_point *point, volatile void *word)
{
	struct msim_run *run = searching;

	if (!run)
		return;
	step(run, point, word, false);
	if (run->memory) {
		run->memory->rmw(run, point, word);
	} else if (run->subject->plain) {
		msim_happens_acquire(run, word);
		msim_happens_release(run, word);
	}
}

void memcgsim_explore_fence(const struct memcgsim_point *point)
{
	struct msim_run *run = searching;

	if (!run)
		return;
	step(run, point, NULL, false);
	if (run->memory)
		run->memory->fence(run);
	else if (run->subject->plain)
		msim_happens_fence(run);
}

/* ---- locks ---- */

static void take(struct msim_run *run, unsigned int *lock)
{
	*lock = 1;
	run->current->atomic_depth++;
	acquire(run, lock);
}

void memcgsim_explore_lock(const struct memcgsim_point *point, unsigned int *lock)
{
	struct msim_run *run = searching;

	if (!run) {
		if (*lock && exploring)
			memcgsim_explore_fail(MEMCGSIM_DEADLOCK,
					      "a lock is held that nobody will give back");
		*lock = 1;
		return;
	}
	step(run, point, lock, true);
	take(run, lock);
}

bool memcgsim_explore_trylock(const struct memcgsim_point *point, unsigned int *lock)
{
	struct msim_run *run = searching;
	bool was_free;

	if (run)
		step(run, point, lock, false);
	was_free = *lock == 0;
	if (was_free && run)
		take(run, lock);
	*lock = 1;
	return was_free;
}

void memcgsim_explore_unlock(const struct memcgsim_point *point, unsigned int *lock)
{
	struct msim_run *run = searching;

	if (run && point)
		step(run, point, lock, false);
	if (!*lock)
		memcgsim_explore_fail(MEMCGSIM_ASSERTION, "a lock is given back that nobody holds");
	*lock = 0;
	if (!run)
		return;
	run->current->atomic_depth--;
	if (!point)
		trace_push(run, MSIM_SILENT_UNLOCK)->op.word = lock;
	release(run, lock);
}

void memcgsim_explore_spin(const struct memcgsim_point *point)
{
	struct msim_run *run = searching;
	struct msim_run_actor *actor;

	if (!run)
		return;
	actor = run->current;
	if (!actor->last_word)
		msim_run_fail(run, MEMCGSIM_ASSERTION, "a wait for a word before any was read");
	step(run, point, actor->last_word, true);
	if (run->memory)
		run->memory->see_newest(run, actor->last_word);
}

void memcgsim_explore_wait(const struct memcgsim_point *point, const volatile unsigned char *word)
{
	struct msim_run *run = searching;

	if (!run)
		return;
	step(run, point, word, true);
	acquire(run, word);
}

/* ---- RCU ---- */

void memcgsim_explore_rcu_read_lock(const struct memcgsim_point *point)
{
	struct msim_run *run = searching;

	if (!run)
		return;
	if (run->current->rcu_nesting == 0) {
		step(run, point, &run->rcu[0], false);
		run->current->rcu_section++;
		acquire(run, &run->rcu[0]);
	}
	run->current->rcu_nesting++;
}

void memcgsim_explore_rcu_read_unlock(void)
{
	struct msim_run *run = searching;

	if (!run)
		return;
	if (run->current->rcu_nesting == 0)
		msim_run_fail(run, MEMCGSIM_ASSERTION, "no read section to leave");
	if (--run->current->rcu_nesting)
		return;
	trace_push(run, MSIM_SILENT_RCU_READ_UNLOCK)->op.word = &run->rcu[0];
	/* By the number of the section: a grace period sees no later one. */
	release(run, &run->current->rcu_slots[run->current->rcu_section % MSIM_RCU_ENDS]);
}

bool memcgsim_explore_rcu_reading(void)
{
	return searching && searching->current->rcu_nesting > 0;
}

void memcgsim_explore_synchronize_rcu(const struct memcgsim_point *begin,
				      const struct memcgsim_point *end)
{
	struct msim_run *run = searching;
	struct msim_run_actor *actor;

	if (!run)
		return;
	actor = run->current;
	if (actor->rcu_nesting)
		msim_run_fail(run, MEMCGSIM_DEADLOCK,
			      "a grace period is awaited inside a read section");
	step(run, begin, &run->rcu[1], false);
	release(run, &run->rcu[0]);
	for (unsigned int i = 0; i < run->nr_actors; i++)
		actor->awaited[i] = run->actors[i].rcu_section;
	step(run, end, NULL, true);
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (actor->awaited[i])
			acquire(run, &run->actors[i].rcu_slots[actor->awaited[i] % MSIM_RCU_ENDS]);
	}
}

/* ---- memory, choices and plain accesses ---- */

void *memcgsim_explore_alloc(size_t size_bytes)
{
	return msim_arena_is_open() ? msim_arena_alloc(size_bytes) : NULL;
}

void memcgsim_explore_free(void *memory)
{
	if (!memory || !msim_arena_is_open())
		return;
	if (searching && searching->subject->plain && !searching->prologue)
		msim_happens_plain(searching, memory, 1, true);
	if (!msim_arena_has(memory))
		memcgsim_explore_fail(MEMCGSIM_WILD_ACCESS, "memory is given back that nobody has");
	else if (msim_arena_free(memory) != MSIM_GRANULE_LIVE)
		memcgsim_explore_fail(MEMCGSIM_DOUBLE_FREE, "memory is given back twice");
}

unsigned int msim_run_choose(struct msim_run *run, unsigned int count)
{
	unsigned int value = count > 1 ? run->chooser->choose(run, count) : 0;
	struct msim_step *step = trace_push(run, MSIM_SILENT_CHOICE);

	step->value = value;
	step->enabled = (unsigned short)count;
	run->hash = (run->hash ^ value) * 0x9e3779b97f4a7c15u;
	return value;
}

unsigned int memcgsim_explore_choose(unsigned int count)
{
	if (!searching)
		return 0;
	if (searching->prologue)
		park(searching, &begin_point, NULL, false);
	return msim_run_choose(searching, count);
}

void memcgsim_explore_plain(const volatile void *word, size_t size_bytes, bool write)
{
	if (searching && !searching->prologue)
		msim_happens_plain(searching, word, size_bytes, write);
}

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
	searching = run;
	wrong = spec->body(run->state, spec->arg);
	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	if (run->prologue) /* a body without any point */
		park(run, &begin_point, NULL, false);
	actor->done = true;
	run->alive &= ~(1u << actor->index);
	trace_push(run, MSIM_SILENT_END);
	if (run->alive)
		decide(run); /* comes back when all are done */
	else
		to_main(run);

	wrong = spec->leave ? spec->leave(run->state, spec->arg) : NULL;
	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	to_main(run);
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
	to_main(run);

	wrong = subject->finally ? subject->finally(run->state, subject->arg) : NULL;
	if (wrong)
		msim_run_fail(run, MEMCGSIM_WRONG, wrong);
	to_main(run);
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

static void on_wild_access(void *address)
{
	char text[64];

	if (!exploring || !exploring->inside)
		return; /* the explorer's own fault */
	snprintf(text, sizeof(text), "the address %p is nobody's", address);
	msim_run_fail(exploring, MEMCGSIM_WILD_ACCESS, text);
}

#ifdef MSIM_EXPLORE
/* In this archive an assertion that fails ends the schedule, not the process. */
void msim_assert_failed(const char *what, const char *file, int line)
{
	char text[MEMCGSIM_FAILURE_BYTES];

	snprintf(text, sizeof(text), "%s:%d: %s", file, line, what);
	if (exploring && exploring->inside)
		msim_run_fail(exploring, MEMCGSIM_ASSERTION, text);
	fprintf(stderr, "memcgsim: %s:%d: assertion failed: %s\n", file, line, what);
	abort();
}
#endif

/* ---- a run, and its schedules ---- */

static void reset(struct msim_run *run)
{
	run->verdict = MEMCGSIM_FINE;
	run->failure[0] = '\0';
	run->failed_actor = -1;
	run->gave_up = false;
	run->nr_trace = 0;
	run->nr_steps = 0;
	run->alive = (1u << run->nr_actors) - 1;
	run->may_block = 0;
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

	if (exploring)
		return -EBUSY;
	memset(run, 0, sizeof(*run));
	run->self = self;
	run->subject = subject;
	run->memory = memory;
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
	exploring = run;
	msim_crash_open();
	err = msim_arena_open();
	if (!err) {
		msim_crash_set_last_handler(on_wild_access);
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
	/* What the setup made lies in the arena, and goes with it. */
	for (unsigned int i = 0; i < run->nr_actors; i++)
		msim_fiber_destroy(&run->actors[i].fiber);
	msim_fiber_destroy(&run->judge.fiber);
	if (msim_arena_is_open())
		msim_arena_close();
	msim_crash_close();
	free(run->trace);
	run->trace = NULL;
	exploring = NULL;
}

static void search(struct msim_run *run)
{
	int first;

	run->chooser->begin(run);
	run->current = &run->actors[0];
	first = run->chooser->pick(run, msim_run_enabled(run));
	if (first < 0) {
		run->gave_up = true;
		return;
	}
	run->nr_steps++;
	run->current = &run->actors[first];
	trace_push(run, MSIM_STEP)->op = run->current->op;
	run->trace[0].enabled = (unsigned short)msim_run_enabled(run);
	if (run->self)
		*run->self = run->current->self;
	searching = run;
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
		run->memory->begin(run);
	if (run->subject->plain)
		msim_happens_begin(run);
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
