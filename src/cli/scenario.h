/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: text in, commands out. One command a line; '#' starts a comment.
 */
#ifndef MSIM_CLI_SCENARIO_H
#define MSIM_CLI_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum verb {
	VERB_LOAD,
	VERB_SLEEP,
	VERB_RCU,
	VERB_DRAIN,
	VERB_MKDIR,
	VERB_RMDIR,
	VERB_WRITE,
	VERB_READ,
	VERB_STAT,
	VERB_TASK,
	VERB_MOVE,
	VERB_CPU,
	VERB_EXIT,
	VERB_ANON,
	VERB_FREE,
	VERB_K_PAGE,
	VERB_K_UPAGE,
	VERB_K_KMALLOC,
	VERB_K_UKMALLOC,
	VERB_K_MANY,
	VERB_K_FREE,
	VERB_K_FREEALL,
	VERB_K_TAG,
	VERB_K_CUR,
};

#define MAX_WORDS 8 /* of a line: what the recordings' own interpreter reads */

struct command {
	unsigned int line;
	enum verb verb;
	const char *text;	/* as written */
	char *words[MAX_WORDS]; /* those after the verb, and after `k TASK` ... */
	unsigned int nr_words;
	char *task;	 /* of the verbs that have one */
	long numbers[3]; /* in the order of the arguments that are numbers */
};

/*
 * A file that is read command by command, twice at least: once to see that it is a scenario, and
 * then to run it. So its length costs no memory.
 */
struct scenario {
	char *file;
	FILE *in;
	size_t nr_commands;
	unsigned int line; /* the last one read */
	char *text;	   /* that line as written ... */
	size_t text_room;
	char *words; /* ... and cut into words: what those of the command point into */
	size_t words_room;
	struct command command;
	bool failed; /* it could not be read, or has changed meanwhile */
};

/*
 * Opens a file and goes through it once. NULL after `file:line:column: expected ..., found ...` on
 * stderr.
 */
struct scenario *scenario_read(const char *file);

/* The same for a text, which stays the caller's, under the name of @file. */
struct scenario *scenario_parse(const char *file, char *text);
void scenario_free(struct scenario *scenario);

/* The next command, until the next call; NULL at the end. */
const struct command *scenario_next(struct scenario *scenario);

/* Back before the first command. */
void scenario_rewind(struct scenario *scenario);

#endif /* MSIM_CLI_SCENARIO_H */
