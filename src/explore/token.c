/* SPDX-License-Identifier: MIT */
/*
 * Owns the text of replay tokens. No state.
 */
#include "explore/token.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const memories[] = { "sc", "ra", "tso" };

const char *memcgsim_memory_name(enum memcgsim_memory memory)
{
	return (size_t)memory < msim_array_size(memories) ? memories[memory] : "unknown";
}

int msim_token_write(const struct msim_schedule *schedule, const char *subject,
		     enum memcgsim_memory memory, char *token, size_t size_bytes)
{
	size_t used = (size_t)snprintf(token, size_bytes, "%s:%s:", subject, memories[memory]);
	unsigned long step = 0;

	for (size_t i = 0; i < schedule->nr_turns && used < size_bytes; i++) {
		const struct msim_turn *turn = &schedule->turns[i];

		used += (size_t)snprintf(token + used, size_bytes - used, "%s%lu.%u", i ? "-" : "",
					 turn->step - step, turn->actor);
		step = turn->step;
	}
	if (used < size_bytes)
		return 0;
	token[0] = '\0';
	return -E2BIG;
}

/* A number, without sign or blanks; moves @pos behind it. */
static bool number(const char **pos, unsigned long *ret_value)
{
	char *end;

	if (!isdigit((unsigned char)**pos))
		return false;
	errno = 0;
	*ret_value = strtoul(*pos, &end, 10);
	*pos = end;
	return errno == 0;
}

static bool read_turn(const char **pos, struct msim_turn *turn, unsigned long *step)
{
	unsigned long delta, actor;

	if (!number(pos, &delta) || *(*pos)++ != '.' || !number(pos, &actor) || actor > UINT16_MAX)
		return false;
	*step += delta;
	*turn = (struct msim_turn){ *step, (unsigned int)actor };
	return true;
}

static bool read_memory(const char **pos, enum memcgsim_memory *ret_memory)
{
	for (size_t i = 0; i < msim_array_size(memories); i++) {
		size_t length = strlen(memories[i]);

		if (strncmp(*pos, memories[i], length) || (*pos)[length] != ':')
			continue;
		*pos += length + 1;
		*ret_memory = (enum memcgsim_memory)i;
		return true;
	}
	return false;
}

int msim_token_read(const char *token, const char *subject, struct msim_schedule *ret_schedule,
		    enum memcgsim_memory *ret_memory)
{
	size_t length = strlen(subject), max_turns = strlen(token) / 4 + 1;
	struct msim_schedule schedule = { 0 };
	enum memcgsim_memory memory;
	unsigned long step = 0;
	const char *pos;

	if (strncmp(token, subject, length) || token[length] != ':')
		return -EINVAL;
	pos = token + length + 1;
	if (!read_memory(&pos, &memory))
		return -EINVAL;
	schedule.turns = malloc(max_turns * sizeof(*schedule.turns));
	if (!schedule.turns)
		return -ENOMEM;
	while (*pos) {
		if ((schedule.nr_turns && *pos++ != '-') ||
		    !read_turn(&pos, &schedule.turns[schedule.nr_turns++], &step)) {
			free(schedule.turns);
			return -EINVAL;
		}
	}
	*ret_schedule = schedule;
	*ret_memory = memory;
	return 0;
}
