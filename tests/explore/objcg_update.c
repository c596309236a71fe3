/* SPDX-License-Identifier: MIT */
/*
 * The algorithm of task->objcg alone, without the library round it: what a schedule of a few steps
 * costs is the explorer's own cost. Current finds bit 0 set and looks itself up anew; a mover puts
 * the task elsewhere and sets the bit. At the end nobody has lost a reference (I-REF-OBJCG), and a
 * word without the bit names where the task is (I-TASK-OBJCG). Holds K-06, D1, D2.
 *
 *   current                                  mover
 *   (1) xchg(word, 0); put what was there
 *                                            where = b; word |= 1
 *   (2) objcg of where, with a reference
 *   (3) cmpxchg(word, 0 -> objcg) fails: put, again
 */
#include "support/subject.h"

#define MOVED	  0x1UL
#define NR_PLACES 2

struct objcg {
	unsigned long refs;
};

struct state {
	unsigned long word;
	unsigned long where;
	struct objcg objcgs[NR_PLACES];
};

static struct objcg *objcg_of(unsigned long word)
{
	return (struct objcg *)(word & ~MOVED);
}

static void get(struct objcg *objcg)
{
	(void)MEMCGSIM_X_ADD(&objcg->refs, 1UL, SEQ_CST);
}

static void put(struct objcg *objcg)
{
	if (objcg)
		(void)MEMCGSIM_X_ADD(&objcg->refs, -1UL, SEQ_CST);
}

static const char *setup(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	for (unsigned int i = 0; i < NR_PLACES; i++)
		state->objcgs[i].refs = 1; /* its memcg's */
	state->objcgs[0].refs++;
	state->word = (unsigned long)&state->objcgs[0] | MOVED;
	return NULL;
}

static const char *current(void *arg, const void *unused)
{
	struct state *state = arg;
	struct objcg *objcg = NULL;
	unsigned long expected;

	(void)unused;
	if (!(MEMCGSIM_X_LOAD(&state->word, RELAXED) & MOVED))
		return "the bit was set before anybody moved";
	do {
		put(objcg_of(MEMCGSIM_X_XCHG(&state->word, 0UL, SEQ_CST)));
		put(objcg); /* of the round that was lost */
		objcg = &state->objcgs[MEMCGSIM_X_LOAD(&state->where, ACQUIRE)];
		get(objcg);
		expected = 0;
	} while (!MEMCGSIM_X_CMPXCHG(&state->word, &expected, (unsigned long)objcg, SEQ_CST));
	return NULL;
}

static const char *mover(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	MEMCGSIM_X_STORE(&state->where, 1UL, RELEASE);
	(void)MEMCGSIM_X_OR(&state->word, MOVED, RELEASE);
	return NULL;
}

static const char *nothing_is_lost(void *arg, const void *unused)
{
	const struct state *state = arg;
	const struct objcg *objcg = objcg_of(state->word);

	(void)unused;
	for (unsigned int i = 0; i < NR_PLACES; i++) {
		if (state->objcgs[i].refs != 1UL + (objcg == &state->objcgs[i]))
			return "I-REF-OBJCG does not hold: a reference is lost, or one too many is "
			       "left";
	}
	if (!(state->word & MOVED) && objcg != &state->objcgs[state->where])
		return "I-TASK-OBJCG does not hold: the word names where the task was";
	return NULL;
}

SUBJECT(objcg_update) = {
	.name = "objcg_update",
	.claim = "a task that looks itself up while it is moved loses no reference, nor its place",
	.state_bytes = sizeof(struct state),
	.setup = setup,
	.finally = nothing_is_lost,
	.actors = { { .name = "current", .body = current }, { .name = "mover", .body = mover } },
};
