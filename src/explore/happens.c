/* SPDX-License-Identifier: MIT */
/*
 * Owns the clocks of the schedule that is running. Lamport, "Time, clocks, and the ordering of events
 * in a distributed system", CACM 1978; Mattern, "Virtual time and global states of distributed
 * systems", 1988.
 */
#include "explore/happens.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "explore/words.h"

#define FIRST_CLOCKS 512

/* What an actor knows. */
struct knowledge {
	struct msim_clock now;
	struct msim_clock read;	  /* by relaxed loads: a fence makes it known */
	struct msim_clock fenced; /* at the last fence: relaxed stores pass that on */
};

static struct {
	struct knowledge actors[MSIM_ACTORS];
	struct msim_clock fences; /* what sequentially consistent fences have passed on ... */
	struct msim_clock stores; /* ... and stores, to fences */
	struct msim_words words;
	struct msim_clock *clocks; /* by the word's number */
	uint32_t nr_clocks, max_clocks;
} happens;

static void join(struct msim_clock *to, const struct msim_clock *from)
{
	for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
		if (to->before[i] < from->before[i])
			to->before[i] = from->before[i];
		if (to->visible[i] < from->visible[i])
			to->visible[i] = from->visible[i];
	}
}

static bool acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static void see(struct msim_clock *to, const struct msim_clock *from)
{
	for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
		if (to->visible[i] < from->visible[i])
			to->visible[i] = from->visible[i];
	}
}

static struct knowledge *current(const struct msim_run *run)
{
	return &happens.actors[run->current->index];
}

/* What was passed on ends here: what the actor does next is not part of it. */
static void tick(unsigned int actor)
{
	struct msim_clock *now = &happens.actors[actor].now;

	now->before[actor]++;
	now->visible[actor]++;
}

void msim_happens_begin(void)
{
	memset(happens.actors, 0, sizeof(happens.actors));
	memset(&happens.fences, 0, sizeof(happens.fences));
	memset(&happens.stores, 0, sizeof(happens.stores));
	for (unsigned int i = 0; i < MSIM_ACTORS; i++)
		tick(i); /* 0 is what was before the schedule */
	msim_words_begin(&happens.words);
	happens.nr_clocks = 0;
}

void msim_happens_close(void)
{
	msim_words_close(&happens.words);
	free(happens.clocks);
	memset(&happens, 0, sizeof(happens));
}

const struct msim_clock *msim_happens_now(const struct msim_run_actor *actor)
{
	return &happens.actors[actor->index].now;
}

struct msim_clock *msim_happens_of(const volatile void *word)
{
	uint32_t number = msim_words_number(&happens.words, word);

	if (number == happens.max_clocks) {
		happens.max_clocks = number ? 2 * number : FIRST_CLOCKS;
		happens.clocks =
			realloc(happens.clocks, happens.max_clocks * sizeof(*happens.clocks));
		msim_assert(happens.clocks);
	}
	if (number == happens.nr_clocks)
		memset(&happens.clocks[happens.nr_clocks++], 0, sizeof(*happens.clocks));
	return &happens.clocks[number];
}

void msim_happens_load(struct msim_run *run, int order, const struct msim_clock *clock)
{
	struct knowledge *self = current(run);

	join(acquires(order) ? &self->now : &self->read, clock);
}

/* After a write. */
static void pass_on(struct msim_run *run, int order)
{
	if (order == __ATOMIC_SEQ_CST)
		join(&happens.stores, &current(run)->now);
	if (releases(order))
		tick(run->current->index);
}

void msim_happens_store(struct msim_run *run, int order, struct msim_clock *clock)
{
	struct knowledge *self = current(run);

	*clock = releases(order) ? self->now : self->fenced;
	pass_on(run, order);
}

void msim_happens_rmw(struct msim_run *run, int order, struct msim_clock *clock)
{
	struct knowledge *self = current(run);

	msim_happens_load(run, order, clock);
	/* What was there goes on to be read through this write: a release sequence. */
	join(clock, releases(order) ? &self->now : &self->fenced);
	pass_on(run, order);
}

void msim_happens_acquire(struct msim_run *run, const volatile void *word)
{
	msim_happens_load(run, __ATOMIC_ACQUIRE, msim_happens_of(word));
}

void msim_happens_release(struct msim_run *run, const volatile void *word)
{
	join(msim_happens_of(word), &current(run)->now);
	tick(run->current->index);
}

void msim_happens_pass(unsigned int from, unsigned int to)
{
	join(&happens.actors[to].now, &happens.actors[from].now);
	tick(from);
}

static void own_fence(struct msim_run *run)
{
	struct knowledge *self = current(run);

	join(&self->now, &self->read);
	/* Of two fences the later one sees what was before the earlier one: but may not rely on it. */
	see(&self->now, &happens.fences);
	see(&self->now, &happens.stores);
	happens.fences = self->now;
	self->fenced = self->now;
	tick(run->current->index);
}

static void membarrier(struct msim_run *run)
{
	struct msim_clock all = { 0 };

	for (unsigned int i = 0; i < run->nr_actors; i++) {
		join(&all, &happens.actors[i].now);
		join(&all, &happens.actors[i].read);
	}
	join(&happens.fences, &all);
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		happens.actors[i].now = all;
		happens.actors[i].fenced = all;
		tick(i);
	}
}

void msim_happens_fence(struct msim_run *run, const struct memcgsim_point *point)
{
	if (point->op == MEMCGSIM_OP_MEMBARRIER)
		membarrier(run);
	else
		own_fence(run);
}

void msim_happens_see_fences(struct msim_clock *clock)
{
	see(clock, &happens.fences);
}
