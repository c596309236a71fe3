/* SPDX-License-Identifier: MIT */
/*
 * Owns the choosers of a single schedule. PCT: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A
 * Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010. POS: Yuan,
 * Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.
 */
#include "explore/pick.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static unsigned int random_choose(struct msim_run *run, unsigned int count)
{
	struct msim_pick *pick = run->chooser_data;

	return msim_rng_below(&pick->rng, count);
}

/* ---- random: anybody ---- */

static void random_begin(struct msim_run *run)
{
	struct msim_pick *pick = run->chooser_data;

	pick->rng.state = pick->seed;
}

/* The @n-th of the bits that are set. */
static int nth_bit(unsigned int bits, unsigned int n)
{
	while (n--)
		bits &= bits - 1;
	return __builtin_ctz(bits);
}

static int random_pick(struct msim_run *run, unsigned int enabled)
{
	struct msim_pick *pick = run->chooser_data;
	unsigned int count = (unsigned int)__builtin_popcount(enabled);

	if (count == 1)
		return __builtin_ctz(enabled);
	return nth_bit(enabled, msim_rng_below(&pick->rng, count));
}

const struct msim_chooser msim_pick_random = { random_begin, random_pick, random_choose };

/* ---- PCT: strict priorities, that change at a few random steps ---- */

static void pct_begin(struct msim_run *run)
{
	struct msim_pick *pick = run->chooser_data;
	uint32_t length = pick->length ? (uint32_t)pick->length : 64;

	pick->rng.state = pick->seed;
	for (unsigned int i = 0; i < run->nr_actors; i++)
		pick->priorities[i] = msim_rng_next(&pick->rng) | 1ull << 63;
	for (unsigned int i = 0; i < pick->changes; i++)
		pick->change_at[i] = msim_rng_below(&pick->rng, length);
}

static int highest(const uint64_t *priorities, unsigned int enabled)
{
	int best = -1;

	while (enabled) {
		int i = __builtin_ctz(enabled);

		enabled &= enabled - 1;
		if (best < 0 || priorities[i] > priorities[best])
			best = i;
	}
	return best;
}

static int pct_pick(struct msim_run *run, unsigned int enabled)
{
	struct msim_pick *pick = run->chooser_data;
	int best = highest(pick->priorities, enabled);

	for (unsigned int i = 0; i < pick->changes; i++) {
		if (run->nr_steps != pick->change_at[i])
			continue;
		pick->priorities[best] = i + 1; /* below all that have not changed yet */
		best = highest(pick->priorities, enabled);
	}
	/* One that waits in a loop for somebody of lower priority would wait for ever. */
	if (run->nr_steps % 1024 == 1023)
		pick->priorities[best] = 0;
	return best;
}

const struct msim_chooser msim_pick_pct = { pct_begin, pct_pick, random_choose };

/* ---- POS: a random priority for each pending step, drawn anew when it races with the last ---- */

static void pos_begin(struct msim_run *run)
{
	struct msim_pick *pick = run->chooser_data;

	pick->rng.state = pick->seed;
	pick->drawn = 0;
}

static bool may_race(const struct msim_op *a, const struct msim_op *b)
{
	return a->word && a->word == b->word && (msim_op_writes(a) || msim_op_writes(b));
}

static int pos_pick(struct msim_run *run, unsigned int enabled)
{
	struct msim_pick *pick = run->chooser_data;
	unsigned int left = enabled & ~pick->drawn;
	int best;

	while (left) {
		int i = __builtin_ctz(left);

		left &= left - 1;
		pick->priorities[i] = msim_rng_next(&pick->rng);
	}
	pick->drawn |= enabled;
	best = highest(pick->priorities, enabled);
	pick->drawn &= ~(1u << best);
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if ((pick->drawn & (1u << i)) &&
		    may_race(&run->actors[i].op, &run->actors[best].op))
			pick->drawn &= ~(1u << i);
	}
	return best;
}

const struct msim_chooser msim_pick_pos = { pos_begin, pos_pick, random_choose };

/* ---- a given schedule ---- */

unsigned int msim_pick_default(const struct msim_run *run, unsigned int enabled)
{
	unsigned int current = run->current->index;

	if (run->nr_trace && enabled & (1u << current))
		return current;
	return (unsigned int)__builtin_ctz(enabled);
}

static void given_begin(struct msim_run *run)
{
	struct msim_schedule *schedule = run->chooser_data;

	schedule->next = 0;
	schedule->step = 0;
	schedule->strayed = false;
}

/* Whether the schedule says something else of this step, and what. */
static bool turn(struct msim_schedule *schedule, unsigned int *ret_actor)
{
	unsigned long step = schedule->step++;

	if (schedule->next == schedule->nr_turns || schedule->turns[schedule->next].step != step)
		return false;
	*ret_actor = schedule->turns[schedule->next++].actor;
	return true;
}

static int given_pick(struct msim_run *run, unsigned int enabled)
{
	struct msim_schedule *schedule = run->chooser_data;
	unsigned int actor;

	if (turn(schedule, &actor)) {
		if (actor < run->nr_actors && enabled & (1u << actor))
			return (int)actor;
		schedule->strayed = true;
	}
	return (int)msim_pick_default(run, enabled);
}

static unsigned int given_choose(struct msim_run *run, unsigned int count)
{
	struct msim_schedule *schedule = run->chooser_data;
	unsigned int value;

	if (!turn(schedule, &value))
		return 0;
	if (value < count)
		return value;
	schedule->strayed = true;
	return 0;
}

const struct msim_chooser msim_pick_given = { given_begin, given_pick, given_choose };

/* Goes through the steps of a trace as the default chooser would. */
struct walk {
	bool any;
	unsigned int current;
};

/* Whom the default would have chosen at @step. */
static unsigned int default_of(const struct walk *walk, const struct msim_step *step)
{
	if (walk->any && step->enabled & (1u << walk->current))
		return walk->current;
	return (unsigned int)__builtin_ctz(step->enabled);
}

int msim_schedule_of(const struct msim_run *run, struct msim_schedule *ret)
{
	struct walk walk = { 0 };
	struct msim_turn *turns = malloc((run->nr_trace + 1) * sizeof(*turns));
	size_t nr_turns = 0;
	unsigned long number = 0;

	if (!turns)
		return -ENOMEM;
	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (step->silent == MSIM_SILENT_CHOICE) {
			if (step->enabled <= 1)
				continue; /* no chooser was asked */
			if (step->value)
				turns[nr_turns++] =
					(struct msim_turn){ number, (unsigned int)step->value };
			number++;
			continue;
		}
		if (step->silent != MSIM_STEP)
			continue;
		if (default_of(&walk, step) != step->actor)
			turns[nr_turns++] = (struct msim_turn){ number, step->actor };
		number++;
		walk.any = true;
		walk.current = step->actor;
	}
	*ret = (struct msim_schedule){ .turns = turns, .nr_turns = nr_turns };
	return 0;
}

void msim_schedule_free(struct msim_schedule *schedule)
{
	free(schedule->turns);
	schedule->turns = NULL;
}

unsigned int msim_preemptions(const struct msim_run *run)
{
	struct walk walk = { 0 };
	unsigned int count = 0;

	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (step->silent != MSIM_STEP)
			continue;
		count += walk.any && walk.current != step->actor &&
			 step->enabled & (1u << walk.current);
		walk.any = true;
		walk.current = step->actor;
	}
	return count;
}
