/* SPDX-License-Identifier: MIT */
/*
 * memcgsim why-alive: plays a scenario, and names every reference that keeps a cgroup's memcg at its
 * end. They add up, or it says how many are nobody's.
 */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/machine_options.h"
#include "cli/markup.h"
#include "cli/rig.h"
#include "cli/scenario.h"
#include "cli/verbs.h"

struct options {
	struct memcgsim_config config;
	bool json;
	char *file;
	char *group;
};

static const struct argp_option option_list[] = {
	{ "json", 'j', 0, 0, "print one JSON object", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->config;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			options->file = arg;
		else if (state->arg_num == 1)
			options->group = arg;
		else
			argp_error(state, "expected a SCENARIO and a GROUP, found '%s'", arg);
		return 0;
	case ARGP_KEY_END:
		if (!options->file)
			argp_error(state, "expected a SCENARIO");
		if (!options->group)
			argp_error(state, "expected a GROUP, such as a/b");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &machine_options, 0, "The machine:", 2 }, { 0 } };
static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.args_doc = "SCENARIO GROUP",
	.doc = "Run a scenario ('-' is the standard input), and name every reference on the memcg "
	       "of "
	       "GROUP, living or removed, and on the objcgs that are charged to it: the directory, "
	       "tasks, children, pages, stocks, and whoever took one and did not put it.\v"
	       "What only waits for deferred work or a grace period is gone by then. Exit status 1 "
	       "if some references are nobody's, 2 if there never was such a group.",
	.children = children,
};

/* What is told as it comes. */
struct telling {
	bool json;
	unsigned long lines;
	unsigned long unexplained; /* of these */
};

static void print(const struct memcgsim_reference *reference)
{
	if (reference->kind == MEMCGSIM_REFERENCE_MEMCG)
		printf("%s\n", reference->text);
	else if (reference->kind == MEMCGSIM_REFERENCE_OBJCG)
		printf("  %s, which do not keep it\n", reference->text);
	else
		printf("  %4ld  %-13s  %s\n", reference->count,
		       memcgsim_reference_name(reference->kind), reference->text);
}

static void print_json(const struct memcgsim_reference *reference, bool first)
{
	printf("%s{\"kind\":\"%s\",\"count\":%ld,", first ? "" : ",",
	       memcgsim_reference_name(reference->kind), reference->count);
	if (reference->kind == MEMCGSIM_REFERENCE_MEMCG)
		printf("\"removed\":%s,", reference->removed ? "true" : "false");
	printf("\"text\":");
	markup_json(stdout, reference->text);
	printf("}");
}

static void tell(const struct memcgsim_reference *reference, void *arg)
{
	struct telling *telling = arg;

	if (telling->json)
		print_json(reference, telling->lines == 0);
	else
		print(reference);
	telling->lines++;
	telling->unexplained += reference->kind == MEMCGSIM_REFERENCE_UNEXPLAINED;
}

/* Plays it all. Whether there was such a group at any time. */
static bool play(struct scenario *scenario, struct rig *rig, const char *group)
{
	const struct command *command;
	bool seen = false;

	do {
		seen = seen || memcgsim_why_alive(rig_machine(rig), group, NULL, NULL) > 0;
		command = scenario_next(scenario);
		if (command)
			(void)rig_run(rig, command);
	} while (command);
	return seen;
}

static int explain(const struct options *options, struct rig *rig, const char *group)
{
	struct telling telling = { .json = options->json };
	unsigned long nr;

	memcgsim_synchronize_rcu(rig_machine(rig));
	if (options->json) {
		printf("{\"group\":");
		markup_json(stdout, group);
		printf(",\"profile\":\"%s\",\"references\":[", options->config.profile);
	}
	nr = memcgsim_why_alive(rig_machine(rig), group, tell, &telling);
	if (options->json)
		printf("],\"memcgs\":%lu,\"unexplained\":%lu}\n", nr, telling.unexplained);
	else if (nr == 0)
		printf("%s, removed: nothing has kept it, and it is freed\n", group);
	return telling.unexplained ? MEMCGSIM_EXIT_VIOLATED : MEMCGSIM_EXIT_HOLDS;
}

static int explain_file(const struct options *options, struct scenario *scenario, const char *group)
{
	struct rig *rig;
	int status = MEMCGSIM_EXIT_USAGE;
	int err = rig_create(&options->config, &rig);
	bool seen;

	if (err) {
		fprintf(stderr, "memcgsim: no such machine: %s\n", strerror(-err));
		return MEMCGSIM_EXIT_USAGE;
	}
	seen = play(scenario, rig, group);
	if (!seen && !scenario->failed)
		fprintf(stderr, "memcgsim: %s: expected a group with a memcg, found none '%s'\n",
			scenario->file, group);
	else if (!scenario->failed) /* it was sound when it was opened */
		status = explain(options, rig, group);
	rig_destroy(rig);
	return status;
}

/* Groups are told without slashes around them, but for the root. */
static char *trim(char *group)
{
	size_t length;

	while (group[0] == '/' && group[1])
		group++;
	length = strlen(group);
	while (length > 1 && group[length - 1] == '/')
		group[--length] = '\0';
	return group;
}

int memcgsim_verb_why_alive(int argc, char **argv)
{
	struct options options = { 0 };
	struct scenario *scenario;
	int status;

	machine_options_init(&options.config);
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	scenario = scenario_read(options.file);
	if (!scenario)
		return MEMCGSIM_EXIT_USAGE;
	status = explain_file(&options, scenario, trim(options.group));
	scenario_free(scenario);
	return status;
}
