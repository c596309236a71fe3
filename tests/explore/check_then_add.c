/* SPDX-License-Identifier: MIT */
/*
 * Wrong on purpose: two actors look whether there is room below a limit, and then add. Each chooses
 * how much. Neither looks again, so that both may find the last room; the judge of every step sees
 * it at once.
 */
#include "support/subject.h"

#define LIMIT 3

struct state {
	unsigned long usage;
	unsigned long tried[2];
};

static const char *charge(void *arg, const void *which)
{
	struct state *state = arg;
	unsigned long amount = 1 + memcgsim_explore_choose(2);

	MEMCGSIM_X_STORE(&state->tried[*(const int *)which], amount, RELAXED);
	if (MEMCGSIM_X_LOAD(&state->usage, RELAXED) + amount > LIMIT)
		return NULL;
	MEMCGSIM_X_ADD(&state->usage, amount, RELAXED);
	return NULL;
}

static const char *below_limit(void *arg, const void *unused)
{
	const struct state *state = arg;

	(void)unused;
	return state->usage > LIMIT ? "usage is above the limit" : NULL;
}

static const int first = 0, second = 1;

SUBJECT(check_then_add) = {
	.name = "check_then_add",
	.claim = "usage is never above the limit",
	.state_bytes = sizeof(struct state),
	.always = below_limit,
	.actors = { { .name = "one", .body = charge, .arg = &first },
		    { .name = "other", .body = charge, .arg = &second } },
};
