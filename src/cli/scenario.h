/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: text in, commands out. One command a line; '#' starts a comment.
 */
#ifndef MSIM_CLI_SCENARIO_H
#define MSIM_CLI_SCENARIO_H

#include <stddef.h>

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
	char *text;		/* as written */
	char *words[MAX_WORDS]; /* those after the verb, and after `k TASK` ... */
	unsigned int nr_words;
	char *task;	 /* of the verbs that have one */
	long numbers[3]; /* in the order of the arguments that are numbers */
};

struct scenario {
	char *file;
	char *buffer; /* what all words point into */
	struct command *commands;
	size_t nr_commands;
};

/* Reads and parses a file. NULL after `file:line:column: expected ..., found ...` on stderr. */
struct scenario *scenario_read(const char *file);

/* The same for a text, which it takes over (and frees), under the name of @file. */
struct scenario *scenario_parse(const char *file, char *text);
void scenario_free(struct scenario *scenario);

#endif /* MSIM_CLI_SCENARIO_H */
