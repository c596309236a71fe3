/* SPDX-License-Identifier: MIT */
/*
 * Owns the way from an experiment to memcgsim-explore and back: a process, and the line of JSON that
 * it prints.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/experiment.h"
#include "cli/verbs.h"

#define MAX_ARGUMENTS 24

/* ---- one line of JSON: an object of strings, numbers and truths ---- */

/* Copies the string that begins behind a quote; what comes behind its end. */
static const char *read_string(const char *in, char *out, size_t size_bytes)
{
	size_t length = 0;

	for (; *in && *in != '"'; in++) {
		if (*in == '\\' && in[1])
			in++; /* control characters, \u..., are in none that is asked for */
		if (length + 1 < size_bytes)
			out[length++] = *in;
	}
	out[length] = '\0';
	return *in ? in + 1 : in;
}

/* The value of @name as text, without its quotes. Whether there is one. */
static bool member(const char *line, const char *name, char *value, size_t size_bytes)
{
	const char *in = strchr(line, '{');

	value[0] = '\0';
	while (in && (*in == '{' || *in == ',')) {
		char key[64];

		in = read_string(in + 2, key, sizeof(key));
		in += *in == ':';
		if (*in == '"') {
			in = read_string(in + 1, value, size_bytes);
		} else {
			size_t length = strcspn(in, ",}");

			snprintf(value, size_bytes, "%.*s", (int)length, in);
			in += length;
		}
		if (!strcmp(key, name))
			return true;
	}
	value[0] = '\0';
	return false;
}

static unsigned long member_number(const char *line, const char *name)
{
	char text[32];

	return member(line, name, text, sizeof(text)) ? strtoul(text, NULL, 10) : 0;
}

static bool member_true(const char *line, const char *name)
{
	char text[32];

	return member(line, name, text, sizeof(text)) && !strcmp(text, "true");
}

static void read_line(const char *line, struct exploration *ret)
{
	*ret = (struct exploration){
		.schedules = member_number(line, "schedules"),
		.schedules_to_failure = member_number(line, "schedules_to_failure"),
		.failures = member_number(line, "failures"),
		.classes = member_number(line, "classes"),
		.exhaustive = member_true(line, "exhaustive"),
	};
	ret->failed = ret->failures > 0;
	demand(member(line, "verdict", ret->verdict, sizeof(ret->verdict)),
	       "the explorer's answer cannot be read");
	member(line, "failure", ret->failure, sizeof(ret->failure));
	member(line, "token", ret->token, sizeof(ret->token));
}

/* ---- the other process ---- */

static pid_t start(int nr, const char *const *words, FILE **ret_from)
{
	int ends[2];
	pid_t child;

	fflush(stdout);
	demand(pipe(ends) == 0, "no pipe");
	child = fork();
	demand(child >= 0, "no process");
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		_exit(memcgsim_explorer(nr, (char **)words));
	}
	close(ends[1]);
	*ret_from = fdopen(ends[0], "r");
	demand(*ret_from, "no pipe");
	return child;
}

/* Nothing more is read from it. Whether it ran to its end. */
static bool finish(pid_t child, FILE *from)
{
	int status;

	fclose(from);
	while (waitpid(child, &status, 0) < 0)
		demand(errno == EINTR, "the explorer is lost");
	if (findings_interrupted())
		return false;
	demand(WIFEXITED(status) && WEXITSTATUS(status) != MEMCGSIM_EXIT_USAGE,
	       "the explorer did not do it");
	return true;
}

bool explore(struct findings *findings, const char *const *argv, struct exploration *ret)
{
	const char *words[MAX_ARGUMENTS] = { "memcgsim explore", "--json", "--reproducible" };
	char *line = NULL;
	size_t size = 0;
	FILE *from;
	pid_t child;
	int nr = 3;

	for (; argv[nr - 3]; nr++) {
		demand(nr < MAX_ARGUMENTS - 1, "too many arguments for the explorer");
		words[nr] = argv[nr - 3];
	}
	if (!findings_progress(findings, "schedules of %s", argv[0]))
		return false;
	child = start(nr, words, &from);
	if (getline(&line, &size, from) > 0)
		read_line(line, ret);
	else if (findings_interrupted())
		kill(child, SIGINT);
	free(line);
	return finish(child, from);
}

bool replay_count(struct findings *findings, const char *token, const char *const *texts,
		  unsigned long *ret_count)
{
	const char *words[] = { "memcgsim replay", token, "--full", NULL };
	char *line = NULL;
	size_t size = 0;
	FILE *from;
	pid_t child;

	if (!findings_progress(findings, "steps of %s", token))
		return false;
	child = start(3, words, &from);
	*ret_count = 0;
	while (getline(&line, &size, from) > 0) {
		bool all = true;

		for (size_t i = 0; texts[i]; i++)
			all &= strstr(line, texts[i]) != NULL;
		*ret_count += all;
	}
	free(line);
	return finish(child, from);
}

struct figure exploration_figure(const struct exploration *exploration)
{
	if (exploration->failed)
		return figure_words("fails in schedule %lu", exploration->schedules_to_failure);
	return figure_words(exploration->exhaustive ? "clean in all %lu schedules"
						    : "clean in %lu schedules",
			    exploration->schedules);
}
