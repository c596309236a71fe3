/* SPDX-License-Identifier: MIT */
/*
 * Owns the clocks of the schedule that is running. Entries of the table are tagged with the
 * schedule: a new one costs nothing. Lamport, "Time, clocks, and the ordering of events in a
 * distributed system", CACM 1978; Mattern, "Virtual time and global states of distributed systems",
 * 1988.
 */
#include "explore/happens.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define FIRST_WORDS 1024

struct word {
	const volatile void *address;
	uint32_t schedule;
	struct msim_clock clock;
};

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
	struct word *words;	  /* by address; a power of two of them */
	size_t nr_words, max_words;
	uint32_t schedule;
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
	happens.nr_words = 0;
	happens.schedule++;
}

void msim_happens_close(void)
{
	free(happens.words);
	memset(&happens, 0, sizeof(happens));
}

const struct msim_clock *msim_happens_now(const struct msim_run_actor *actor)
{
	return &happens.actors[actor->index].now;
}

/* Where a word is in the table, or belongs. */
static struct word *find(const volatile void *address)
{
	size_t mask = happens.max_words - 1;
	size_t i = (size_t)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 32) & mask;

	while (happens.words[i].schedule == happens.schedule && happens.words[i].address != address)
		i = (i + 1) & mask;
	return &happens.words[i];
}

static void grow(void)
{
	struct word *old = happens.words;
	size_t nr_old = happens.max_words;

	happens.max_words = nr_old ? 2 * nr_old : FIRST_WORDS;
	happens.words = calloc(happens.max_words, sizeof(*happens.words));
	msim_assert(happens.words);
	for (size_t i = 0; i < nr_old; i++) {
		if (old[i].schedule == happens.schedule)
			*find(old[i].address) = old[i];
	}
	free(old);
}

struct msim_clock *msim_happens_of(const volatile void *address)
{
	struct word *word;

	if (2 * happens.nr_words >= happens.max_words)
		grow();
	word = find(address);
	if (word->schedule != happens.schedule) {
		*word = (struct word){ .address = address, .schedule = happens.schedule };
		happens.nr_words++;
	}
	return &word->clock;
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
