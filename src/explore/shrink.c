/* SPDX-License-Identifier: MIT */
/*
 * Owns the shrinking of a schedule: pieces, each a number of steps of one actor. A piece is moved to
 * the one before it of the same actor, or left out, or goes on as long as it can; whoever cannot go
 * on as the pieces say is passed over, so every list of pieces is some schedule.
 */
#include "explore/shrink.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "explore/run.h"

struct piece {
	unsigned int actor;
	unsigned long steps;
};

struct pieces {
	struct piece *list;
	size_t nr;
	unsigned int *choices; /* what was chosen, in this order */
	size_t nr_choices;
	/* While they are followed: */
	size_t next;
	unsigned long done;
	size_t next_choice;
};

static void pieces_begin(struct msim_run *run)
{
	struct pieces *pieces = run->chooser_data;

	pieces->next = 0;
	pieces->done = 0;
	pieces->next_choice = 0;
}

static int pieces_pick(struct msim_run *run, unsigned int enabled)
{
	struct pieces *pieces = run->chooser_data;

	while (pieces->next < pieces->nr) {
		const struct piece *piece = &pieces->list[pieces->next];

		if (pieces->done < piece->steps && enabled & (1u << piece->actor)) {
			pieces->done++;
			return (int)piece->actor;
		}
		pieces->next++;
		pieces->done = 0;
	}
	return (int)msim_pick_default(run, enabled);
}

static unsigned int pieces_choose(struct msim_run *run, unsigned int count)
{
	struct pieces *pieces = run->chooser_data;
	unsigned int value = 0;

	if (pieces->next_choice < pieces->nr_choices)
		value = pieces->choices[pieces->next_choice++];
	return value < count ? value : 0;
}

static const struct msim_chooser pieces_chooser = { pieces_begin, pieces_pick, pieces_choose };

static void pieces_free(struct pieces *pieces)
{
	free(pieces->list);
	free(pieces->choices);
}

static int pieces_of(const struct msim_run *run, struct pieces *ret)
{
	struct pieces pieces = { 0 };

	pieces.list = malloc((run->nr_trace + 1) * sizeof(*pieces.list));
	pieces.choices = malloc((run->nr_trace + 1) * sizeof(*pieces.choices));
	if (!pieces.list || !pieces.choices) {
		pieces_free(&pieces);
		return -ENOMEM;
	}
	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (step->silent == MSIM_SILENT_CHOICE && step->enabled > 1)
			pieces.choices[pieces.nr_choices++] = (unsigned int)step->value;
		if (step->silent != MSIM_STEP)
			continue;
		if (pieces.nr && pieces.list[pieces.nr - 1].actor == step->actor)
			pieces.list[pieces.nr - 1].steps++;
		else
			pieces.list[pieces.nr++] = (struct piece){ step->actor, 1 };
	}
	*ret = pieces;
	return 0;
}

static struct piece take_out(struct pieces *pieces, size_t i)
{
	struct piece piece = pieces->list[i];

	pieces->nr--;
	memmove(&pieces->list[i], &pieces->list[i + 1], (pieces->nr - i) * sizeof(*pieces->list));
	return piece;
}

/* Piece @i joins the one before it of the same actor, or goes if there is none. */
static void join(struct pieces *pieces, size_t i)
{
	struct piece piece = take_out(pieces, i);
	size_t k = i;

	while (k > 0) {
		if (pieces->list[--k].actor == piece.actor) {
			pieces->list[k].steps += piece.steps;
			return;
		}
	}
}

/* The same in the other direction: piece @i waits for the next one of the same actor. */
static void delay(struct pieces *pieces, size_t i)
{
	struct piece piece = take_out(pieces, i);

	for (size_t k = i; k < pieces->nr; k++) {
		if (pieces->list[k].actor == piece.actor) {
			pieces->list[k].steps += piece.steps;
			return;
		}
	}
}

/* Piece @i goes on as long as it can: perhaps it was cut short for nothing. */
static void extend(struct pieces *pieces, size_t i)
{
	pieces->list[i].steps = ULONG_MAX;
}

/* Behind a number, in whatever base. */
static const char *behind_number(const char *text)
{
	while (isalnum((unsigned char)*text))
		text++;
	return text;
}

static bool same_but_for_numbers(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			a = behind_number(a);
			b = behind_number(b);
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

bool msim_is_failure(const struct msim_run *run, const struct msim_failure *failure)
{
	return run->verdict == failure->verdict &&
	       same_but_for_numbers(run->failure, failure->text);
}

void msim_failure_of(const struct msim_run *run, struct msim_failure *ret)
{
	ret->verdict = run->verdict;
	memcpy(ret->text, run->failure, sizeof(ret->text));
}

/* Whether the changed pieces are better: the same failure, with fewer preemptions. */
static bool try(struct msim_run *run, const struct pieces *from, size_t i,
		void (*change)(struct pieces *, size_t), const struct msim_failure *failure,
		unsigned int *preemptions, struct pieces *ret)
{
	struct pieces changed = *from;
	bool better = false;

	changed.list = malloc((from->nr + 1) * sizeof(*changed.list));
	if (!changed.list)
		return false;
	memcpy(changed.list, from->list, from->nr * sizeof(*changed.list));
	change(&changed, i);
	run->chooser = &pieces_chooser;
	run->chooser_data = &changed;
	msim_run_schedule(run);
	if (msim_is_failure(run, failure) && msim_preemptions(run) < *preemptions &&
	    pieces_of(run, ret) == 0) {
		*preemptions = msim_preemptions(run);
		better = true;
	}
	free(changed.list);
	return better;
}

int msim_shrink(struct msim_run *run, struct msim_schedule *ret_schedule)
{
	unsigned int preemptions = msim_preemptions(run);
	struct pieces pieces, better;
	struct msim_failure failure;
	int err = pieces_of(run, &pieces);

	if (err)
		return err;
	msim_failure_of(run, &failure);
	for (size_t i = 0; i < pieces.nr && preemptions > 0;) {
		if ((i && try(run, &pieces, i, join, &failure, &preemptions, &better)) ||
		    try(run, &pieces, i, delay, &failure, &preemptions, &better) ||
		    try(run, &pieces, i, extend, &failure, &preemptions, &better)) {
			pieces_free(&pieces);
			pieces = better;
			i = 0;
		} else {
			i++;
		}
	}
	/* The last run need not be the best one: that one again. */
	run->chooser = &pieces_chooser;
	run->chooser_data = &pieces;
	msim_run_schedule(run);
	err = msim_schedule_of(run, ret_schedule);
	pieces_free(&pieces);
	return err;
}
