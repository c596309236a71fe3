/* SPDX-License-Identifier: MIT */
/*
 * Recordings: what a kernel answered, by line of the scenario.
 */
#ifndef MSIM_CLI_RECORDING_H
#define MSIM_CLI_RECORDING_H

#include <stddef.h>

struct recording {
	char *file;
	char *buffer;
	const char **
		answers; /* whole lines, "@LINE COMMAND -> RESULT", by line; NULL where there is none */
	unsigned int nr_lines; /* one more than the last line that has an answer */
};

/* NULL after a message on stderr. */
struct recording *recording_read(const char *file);
void recording_free(struct recording *recording);

/* The answer to a line, or NULL. */
const char *recording_of(const struct recording *recording, unsigned int line);

#endif /* MSIM_CLI_RECORDING_H */
