/* SPDX-License-Identifier: MIT */
/*
 * Wrong on purpose: two actors each add one to a count, by a load and a store. One preemption
 * between the two loses an update.
 */
#include "support/subject.h"

struct state {
	unsigned long count;
};

static const char *add_one(void *arg, const void *unused)
{
	struct state *state = arg;
	unsigned long was = MEMCGSIM_X_LOAD(&state->count, RELAXED);

	(void)unused;
	MEMCGSIM_X_STORE(&state->count, was + 1, RELAXED);
	return NULL;
}

static const char *both_counted(void *arg, const void *unused)
{
	const struct state *state = arg;

	(void)unused;
	return state->count == 2 ? NULL : "an update was lost";
}

SUBJECT(lost_update) = {
	.name = "lost_update",
	.claim = "two that add one each have added two",
	.state_bytes = sizeof(struct state),
	.finally = both_counted,
	.actors = { { .name = "one", .body = add_one }, { .name = "other", .body = add_one } },
};
