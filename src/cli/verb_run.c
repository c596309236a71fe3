/* SPDX-License-Identifier: MIT */
/*
 * memcgsim run: plays scenarios and prints what the simulated kernel answers, or compares it with
 * what a real one did, stopping at the first difference.
 */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/machine_options.h"
#include "cli/numbers.h"
#include "cli/recording.h"
#include "cli/rig.h"
#include "cli/scenario.h"
#include "cli/verbs.h"

#define CONTEXT_LINES  3
#define LONG_SCENARIO  20000 /* commands from which a person wants to see progress */
#define PROGRESS_EVERY 1024

struct options {
	struct memcgsim_config config;
	const char *against;
	unsigned long first_line, last_line;
	bool quiet;
	bool tree;
	char **files;
	int nr_files;
};

static const struct argp_option option_list[] = {
	{ "against", 'a', "OUT", 0, "compare with this recording; nothing else is printed", 0 },
	{ "lines", 'l', "A-B", 0, "stop after line B, and compare only from line A on", 0 },
	{ "quiet", 'q', 0, 0, "print no answers", 0 },
	{ "tree", 't', 0, 0, "at the end, draw the cgroups with what they are charged for", 0 },
	{ 0 },
};

static void parse_lines(struct options *options, const char *arg, const struct argp_state *state)
{
	char *dash = strchr(arg, '-');
	char *first = dash ? strndup(arg, (size_t)(dash - arg)) : NULL;

	if (!first)
		argp_error(state, "--lines: expected A-B, found '%s'", arg);
	options->first_line = option_number(state, "lines", first, 1, UINT32_MAX);
	options->last_line =
		option_number(state, "lines", dash + 1, options->first_line, UINT32_MAX);
	free(first);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->config;
		return 0;
	case 'a':
		options->against = arg;
		return 0;
	case 'l':
		parse_lines(options, arg, state);
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 't':
		options->tree = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->files = state->argv + state->next;
		options->nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a scenario FILE");
		return EINVAL;
	case ARGP_KEY_END:
		if (options->against && options->nr_files > 1)
			argp_error(state, "--against compares one FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &machine_options, 0, "The machine:", 2 }, { 0 } };
static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.args_doc = "FILE...",
	.doc = "Run scenarios ('-' is the standard input), each on a machine of its own.",
	.children = children,
};

static void progress(const struct options *options, const struct scenario *scenario, size_t done)
{
	bool over = done == scenario->nr_commands;

	if (options->quiet || scenario->nr_commands < LONG_SCENARIO || !isatty(STDERR_FILENO) ||
	    (!options->against && isatty(STDOUT_FILENO)))
		return;
	if (done % PROGRESS_EVERY && !over)
		return;
	fprintf(stderr, "\r%s: %zu of %zu commands (%zu %%)%s", scenario->file, done,
		scenario->nr_commands, done * 100 / scenario->nr_commands, over ? "\r\033[K" : "");
}

static void print_tree(struct rig *rig, FILE *out)
{
	char *text;

	if (memcgsim_cgroup_dump(rig_machine(rig), &text)) {
		fprintf(stderr, "memcgsim: no memory to draw the tree\n");
		return;
	}
	fputs(text, out);
	free(text);
}

/* The commands before the one that runs, as lines of a report. */
struct context {
	char *lines[CONTEXT_LINES]; /* the last of them at (next - 1) % CONTEXT_LINES */
	size_t next;
};

static void remember(struct context *context, const struct command *command, const char *theirs)
{
	char **line = &context->lines[context->next++ % CONTEXT_LINES];

	free(*line);
	*line = strdup(theirs ? theirs : command->text);
}

static void forget(struct context *context)
{
	for (size_t i = 0; i < CONTEXT_LINES; i++)
		free(context->lines[i]);
}

/* What was expected and what came, between their neighbours, and where everybody's pages are. */
static void show_difference(const struct options *options, struct scenario *scenario,
			    const struct recording *recording, struct rig *rig,
			    const struct context *context, const char *ours)
{
	unsigned int line = scenario->command.line;
	const char *theirs = recording_of(recording, line);
	size_t from = context->next > CONTEXT_LINES ? context->next - CONTEXT_LINES : 0;

	printf("%s:%u: differs from %s\n", scenario->file, line, recording->file);
	for (size_t i = from; i < context->next; i++) {
		const char *before = context->lines[i % CONTEXT_LINES];

		printf("  %s\n", before ? before : "");
	}
	printf("- %s\n+ %s\n", theirs ? theirs : "(no answer is recorded)", ours);
	for (size_t i = 0; i < CONTEXT_LINES; i++) {
		const struct command *after = scenario_next(scenario);

		if (!after)
			break;
		printf("  @%u %s\n", after->line, after->text);
	}
	printf("\n");
	print_tree(rig, stdout);
	printf("\nTo see it again: memcgsim run");
	machine_options_print(&options->config);
	printf(" %s --against %s --lines %lu-%u\n", scenario->file, recording->file,
	       options->first_line < line ? options->first_line : 1, line);
}

/* Whether the answer is the one recorded; shows it if not. */
static bool compare(const struct options *options, struct scenario *scenario,
		    const struct recording *recording, struct rig *rig,
		    const struct context *context, const char *answer)
{
	const struct command *command = &scenario->command;
	const char *theirs = recording_of(recording, command->line);
	bool equal;
	char *ours;

	if (asprintf(&ours, "@%u %s -> %s", command->line, command->text, answer) < 0)
		return false;
	equal = theirs && !strcmp(ours, theirs);
	if (!equal)
		show_difference(options, scenario, recording, rig, context, ours);
	free(ours);
	return equal;
}

/* Whether all was equal. @ret_compared: how many lines were. */
static bool play(const struct options *options, struct scenario *scenario,
		 const struct recording *recording, struct rig *rig, unsigned long *ret_compared)
{
	struct context context = { .next = 0 };
	const struct command *command;
	bool equal = true;
	size_t done = 0;

	*ret_compared = 0;
	while (equal && (command = scenario_next(scenario)) &&
	       command->line <= options->last_line) {
		const char *answer = rig_run(rig, command);

		if (!recording && !options->quiet && command->line >= options->first_line)
			printf("@%u %s -> %s\n", command->line, command->text, answer);
		progress(options, scenario, ++done);
		if (!recording)
			continue;
		if (command->line >= options->first_line) {
			equal = compare(options, scenario, recording, rig, &context, answer);
			*ret_compared += equal;
		}
		if (equal)
			remember(&context, command, recording_of(recording, command->line));
	}
	forget(&context);
	return equal;
}

/*
 * A recording may not have an answer where the scenario has no command: they would be of two
 * different files.
 */
static bool recording_fits(struct scenario *scenario, const struct recording *recording)
{
	const struct command *command = scenario_next(scenario);
	bool fits = true;

	for (unsigned int line = 0; fits && line < recording->nr_lines; line++) {
		while (command && command->line < line)
			command = scenario_next(scenario);
		fits = !recording->answers[line] || (command && command->line == line);
		if (!fits)
			fprintf(stderr,
				"%s: expected answers to commands of %s, found one to line %u, "
				"which has none\n",
				recording->file, scenario->file, line);
	}
	scenario_rewind(scenario);
	return fits;
}

static int run_file(const struct options *options, struct scenario *scenario,
		    const struct recording *recording)
{
	struct rig *rig;
	unsigned long compared;
	bool equal, sound;
	int err = rig_create(&options->config, &rig);

	if (err) {
		fprintf(stderr, "memcgsim: no such machine: %s\n", strerror(-err));
		return MEMCGSIM_EXIT_USAGE;
	}
	if (!recording && !options->quiet)
		printf("# memcgsim %s (profile %s, %u CPU%s)\n", MEMCGSIM_VERSION,
		       options->config.profile, options->config.nr_cpus,
		       options->config.nr_cpus == 1 ? "" : "s");
	equal = play(options, scenario, recording, rig, &compared);
	if (scenario->failed) { /* it was sound when it was opened */
		rig_destroy(rig);
		return MEMCGSIM_EXIT_USAGE;
	}
	if (recording && equal && !compared) {
		fprintf(stderr, "%s: no command stands in lines %lu-%lu: nothing was compared\n",
			scenario->file, options->first_line, options->last_line);
		rig_destroy(rig);
		return MEMCGSIM_EXIT_USAGE;
	}
	if (recording && equal)
		printf("%s: %lu lines compared with %s, 0 differing\n", scenario->file, compared,
		       recording->file);
	if (options->tree && equal)
		print_tree(rig, stdout);
	sound = memcgsim_nr_bugs(rig_machine(rig)) == 0; /* what there was, has been printed */
	rig_destroy(rig);
	return equal && sound ? MEMCGSIM_EXIT_HOLDS : MEMCGSIM_EXIT_VIOLATED;
}

int memcgsim_verb_run(int argc, char **argv)
{
	struct options options = { .first_line = 1, .last_line = UINT32_MAX };
	struct scenario **scenarios;
	struct recording *recording = NULL;
	int status = MEMCGSIM_EXIT_HOLDS;

	machine_options_init(&options.config);
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	scenarios = calloc((size_t)options.nr_files, sizeof(struct scenario *));
	if (!scenarios)
		return MEMCGSIM_EXIT_USAGE;
	/* All are read before any runs: bad input leaves nothing half done. */
	for (int i = 0; i < options.nr_files; i++) {
		scenarios[i] = scenario_read(options.files[i]);
		if (!scenarios[i])
			status = MEMCGSIM_EXIT_USAGE;
	}
	if (options.against && status == MEMCGSIM_EXIT_HOLDS) {
		recording = recording_read(options.against);
		if (!recording || !recording_fits(scenarios[0], recording))
			status = MEMCGSIM_EXIT_USAGE;
	}
	for (int i = 0; i < options.nr_files && status == MEMCGSIM_EXIT_HOLDS; i++)
		status = run_file(&options, scenarios[i], recording);
	if (recording)
		recording_free(recording);
	for (int i = 0; i < options.nr_files; i++) {
		if (scenarios[i])
			scenario_free(scenarios[i]);
	}
	free(scenarios);
	return status;
}
