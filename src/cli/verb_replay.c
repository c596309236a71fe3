/* SPDX-License-Identifier: MIT */
/*
 * memcgsim replay: runs the schedule of a token again and shows it.
 */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/subjects.h"
#include "cli/verbs.h"

struct options {
	const char *token;
	const char *svg;
	bool full;
	bool json;
	bool no_plain;
};

enum { OPTION_SVG = 0x100, OPTION_FULL, OPTION_JSON, OPTION_NO_PLAIN };

static const struct argp_option option_list[] = {
	{ "svg", OPTION_SVG, "FILE", 0, "draw it into FILE instead of printing it", 0 },
	{ "full", OPTION_FULL, 0, 0, "also the steps that no other actor can see", 0 },
	{ "json", OPTION_JSON, 0, 0, "one line of JSON, and nothing else on the output", 0 },
	{ "no-plain", OPTION_NO_PLAIN, 0, 0, "let plain accesses race, as it was found", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case OPTION_SVG:
		options->svg = arg;
		return 0;
	case OPTION_FULL:
		options->full = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_NO_PLAIN:
		options->no_plain = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->token)
			argp_error(state, "expected one TOKEN, found '%s' too", arg);
		options->token = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a TOKEN, as memcgsim explore prints it");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.args_doc = "TOKEN",
	.doc = "Run the schedule of TOKEN again, and show it as a ladder: one column an actor, one "
	       "row a step.",
};

/* The subject that a token names; NULL, with a message, if there is none. */
static const struct subject *subject_of(const char *token)
{
	size_t length = strcspn(token, ":");
	char *name = strndup(token, length);
	const struct subject *subject = name ? subject_named(name) : NULL;

	if (!subject)
		fprintf(stderr,
			"memcgsim replay: there is no subject '%s': memcgsim explore --list names "
			"them\n",
			name ? name : token);
	free(name);
	return subject;
}

/* 0 or 1 as memcgsim_replay(), or a negative number after a message. */
static int replay(const struct options *options, const struct memcgsim_subject *subject,
		  struct memcgsim_explore_result *result)
{
	struct memcgsim_ladder ladder = { .out = stdout, .full = options->full };
	int err;

	report_terminal(&ladder);
	if (options->svg) {
		ladder.svg = true;
		ladder.out = fopen(options->svg, "w");
		if (!ladder.out) {
			fprintf(stderr, "memcgsim replay: %s: %s\n", options->svg, strerror(errno));
			return -errno;
		}
	}
	err = memcgsim_replay(subject, options->token,
			      options->json && !options->svg ? NULL : &ladder, result);
	if (options->svg && fclose(ladder.out)) {
		fprintf(stderr, "memcgsim replay: %s: %s\n", options->svg, strerror(errno));
		return -EIO;
	}
	if (err < 0 && result->failure[0])
		fprintf(stderr, "memcgsim replay: %s cannot be explored: %s\n", subject->name,
			result->failure);
	else if (err == -EINVAL)
		fprintf(stderr,
			"memcgsim replay: '%s' is no token: expected SUBJECT:MEMORY:TURNS, as in "
			"%s:sc:3.1-5.0\n",
			options->token, subject->name);
	else if (err < 0)
		fprintf(stderr, "memcgsim replay: %s\n", strerror(-err));
	return err;
}

int memcgsim_verb_replay(int argc, char **argv)
{
	struct options options = { 0 };
	struct memcgsim_explore_result result;
	const struct subject *subject;
	struct memcgsim_subject what;
	int err;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	subject = subject_of(options.token);
	if (!subject)
		return MEMCGSIM_EXIT_USAGE;
	what = subject->subject;
	what.plain &= !options.no_plain;
	err = replay(&options, &what, &result);
	if (err < 0)
		return MEMCGSIM_EXIT_USAGE;
	if (result.strayed) {
		fprintf(stderr,
			"memcgsim replay: the subject did not go on as the token says: it is "
			"of other code, or mistyped\n");
		return MEMCGSIM_EXIT_USAGE;
	}
	if (options.json)
		report_json(&(struct report){
			.subject = &what, .result = &result, .reproducible = true });
	else
		printf("%s%s: %s%s%s\n", options.svg ? "" : "\n", what.name,
		       memcgsim_verdict_name(result.verdict), result.failure[0] ? ": " : "",
		       result.failure);
	return err ? MEMCGSIM_EXIT_VIOLATED : MEMCGSIM_EXIT_HOLDS;
}
