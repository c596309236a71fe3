/* SPDX-License-Identifier: MIT */
/*
 * Wrong on purpose, as a test: two actors with a word each. Whatever they do, one schedule shows it
 * all, and so it shows nothing.
 */
#include "support/subject.h"

struct state {
	unsigned long words[2];
};

static const char *add(void *arg, const void *which)
{
	struct state *state = arg;

	(void)MEMCGSIM_X_ADD(&state->words[which != NULL], 1UL, RELAXED);
	return NULL;
}

SUBJECT(strangers) = {
	.name = "strangers",
	.claim = "who never meets does not get in each other's way",
	.state_bytes = sizeof(struct state),
	.actors = { { .name = "one", .body = add }, { .name = "other", .body = add, .arg = "" } },
};
