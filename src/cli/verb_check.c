/* SPDX-License-Identifier: MIT */
/*
 * memcgsim check: plays scenarios and evaluates every invariant at their end; or lists the
 * invariants.
 */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/machine_options.h"
#include "cli/rig.h"
#include "cli/scenario.h"
#include "cli/verbs.h"

struct options {
	struct memcgsim_config config;
	bool list;
	char **files;
	int nr_files;
};

static const struct argp_option option_list[] = {
	{ "list", 'l', 0, 0, "list the invariants, and why some are not evaluated yet", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->config;
		return 0;
	case 'l':
		options->list = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->files = state->argv + state->next;
		options->nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (!options->list && options->nr_files == 0)
			argp_error(state, "expected a scenario FILE, or --list");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &machine_options, 0, "The machine:", 2 }, { 0 } };
static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.args_doc = "FILE...\n--list",
	.doc = "Run scenarios and evaluate every invariant at their end, first with the CPUs' "
	       "stocks as they are, then with all of them drained.",
	.children = children,
};

static void list(void)
{
	size_t count;
	const struct memcgsim_invariant *invariants = memcgsim_invariants(&count);

	for (size_t i = 0; i < count; i++) {
		if (!invariants[i].why_not)
			printf("%-16s %-3s %s\n", invariants[i].id,
			       invariants[i].level == MEMCGSIM_CHECK_Q0 ? "Q0" : "Q",
			       invariants[i].equation);
	}
	printf("\nNot evaluated here:\n");
	for (size_t i = 0; i < count; i++) {
		if (invariants[i].why_not)
			printf("%-16s %s (%s)\n", invariants[i].id, invariants[i].equation,
			       invariants[i].why_not);
	}
}

static void report(const struct memcgsim_violation *violation, void *arg)
{
	const char *file = arg;

	printf("%s: %s does not hold for %s: expected %ld, found %ld: %s\n", file, violation->id,
	       violation->object, violation->expected, violation->found, violation->detail);
}

static int check_file(const struct options *options, struct scenario *scenario)
{
	const struct command *command;
	struct rig *rig;
	long violations, more;
	unsigned long bugs;
	int err = rig_create(&options->config, &rig);

	if (err) {
		fprintf(stderr, "memcgsim: no such machine: %s\n", strerror(-err));
		return MEMCGSIM_EXIT_USAGE;
	}
	while ((command = scenario_next(scenario)))
		(void)rig_run(rig, command);
	if (scenario->failed) { /* it was sound when it was opened */
		rig_destroy(rig);
		return MEMCGSIM_EXIT_USAGE;
	}
	violations = memcgsim_check(rig_machine(rig), MEMCGSIM_CHECK_Q, report, scenario->file);
	more = memcgsim_check(rig_machine(rig), MEMCGSIM_CHECK_Q0, report, scenario->file);
	bugs = memcgsim_nr_bugs(rig_machine(rig));
	rig_destroy(rig);
	if (violations < 0 || more < 0) {
		fprintf(stderr, "memcgsim: %s: no memory to check\n", scenario->file);
		return MEMCGSIM_EXIT_USAGE;
	}
	printf("%s: %zu commands, %ld violations, %lu simulated bugs\n", scenario->file,
	       scenario->nr_commands, violations + more, bugs);
	if (violations + more + (long)bugs == 0)
		return MEMCGSIM_EXIT_HOLDS;
	printf("To see it again: memcgsim check");
	machine_options_print(&options->config);
	printf(" %s\n", scenario->file);
	return MEMCGSIM_EXIT_VIOLATED;
}

int memcgsim_verb_check(int argc, char **argv)
{
	struct options options = { 0 };
	int status = MEMCGSIM_EXIT_HOLDS;

	machine_options_init(&options.config);
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.list)
		list();
	for (int i = 0; i < options.nr_files && status == MEMCGSIM_EXIT_HOLDS; i++) {
		struct scenario *scenario = scenario_read(options.files[i]);

		status = scenario ? check_file(&options, scenario) : MEMCGSIM_EXIT_USAGE;
		if (scenario)
			scenario_free(scenario);
	}
	return status;
}
