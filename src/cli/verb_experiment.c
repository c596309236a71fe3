/* SPDX-License-Identifier: MIT */
/*
 * memcgsim experiment: runs the seeds of the library before and after, and says of each claim
 * whether it holds.
 */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "cli/experiment.h"
#include "cli/markup.h"
#include "cli/verbs.h"

static const struct experiment *const experiments[] = {
	&experiment_000,
	&experiment_001,
	&experiment_002,
	&experiment_003,
	&experiment_004,
};

struct options {
	const char *svg;
	bool list;
	bool json;
	char **seeds;
	int nr_seeds;
};

enum { OPTION_SVG = 0x100, OPTION_JSON };

static const struct argp_option option_list[] = {
	{ "list", 'l', 0, 0, "list the experiments", 0 },
	{ "json", OPTION_JSON, 0, 0, "one line of JSON for each experiment, and nothing else", 0 },
	{ "svg", OPTION_SVG, "PATH", 0,
	  "draw it into that file, or as experiment-SEED.svg into that directory", 0 },
	{ 0 },
};

static bool wanted(const struct options *options, const struct experiment *experiment)
{
	for (int i = 0; i < options->nr_seeds; i++) {
		if (!strcmp(options->seeds[i], "all") ||
		    !strcmp(options->seeds[i], experiment->seed))
			return true;
	}
	return false;
}

static bool is_known(const char *seed)
{
	for (size_t i = 0; i < msim_array_size(experiments); i++) {
		if (!strcmp(experiments[i]->seed, seed))
			return true;
	}
	return !strcmp(seed, "all");
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void check_options(const struct argp_state *state, const struct options *options)
{
	size_t nr = 0;

	if (!options->list && options->nr_seeds == 0)
		argp_error(state, "expected a SEED, all, or --list");
	for (int i = 0; i < options->nr_seeds; i++) {
		if (!is_known(options->seeds[i]))
			argp_error(state, "there is no experiment '%s': --list names them",
				   options->seeds[i]);
	}
	for (size_t i = 0; i < msim_array_size(experiments); i++)
		nr += wanted(options, experiments[i]);
	if (options->svg && nr > 1 && !is_directory(options->svg))
		argp_error(state, "--svg: '%s' is no directory for %zu pictures", options->svg, nr);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'l':
		options->list = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_SVG:
		options->svg = arg;
		return 0;
	case ARGP_KEY_ARGS:
		options->seeds = state->argv + state->next;
		options->nr_seeds = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		check_options(state, options);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.args_doc = "SEED...\nall\n--list",
	.doc = "Run a patch's claims on the kernel before it and after it: the same work twice. "
	       "Interrupted, it tells what it has found so far.",
};

static void list(void)
{
	for (size_t i = 0; i < msim_array_size(experiments); i++)
		printf("%s  %s (%s, %s)\n", experiments[i]->seed, experiments[i]->title,
		       experiments[i]->before, experiments[i]->after);
}

/* Where the picture goes, known before anything runs; NULL, after a message, if it cannot go there. */
static FILE *open_svg(const struct options *options, const struct experiment *experiment)
{
	FILE *out = NULL;
	char *path;
	int length = is_directory(options->svg) ? asprintf(&path, "%s/experiment-%s.svg",
							   options->svg, experiment->seed)
						: asprintf(&path, "%s", options->svg);

	if (length >= 0) {
		out = fopen(path, "w");
		if (!out)
			fprintf(stderr, "memcgsim experiment: %s: %s\n", path, strerror(errno));
		free(path);
	}
	return out;
}

/* Whether it is there. */
static bool draw(const struct experiment *experiment, const struct findings *findings, FILE *out)
{
	bool drawn = findings_svg(findings, experiment->title, out);

	if (fclose(out) == 0 && drawn)
		return true;
	fprintf(stderr, "memcgsim experiment: the picture could not be drawn\n");
	return false;
}

static void tell_json(const struct experiment *experiment, const struct findings *findings)
{
	printf("{\"experiment\":\"%s\",\"title\":", experiment->seed);
	markup_json(stdout, experiment->title);
	printf(",\"before\":\"%s\",\"after\":\"%s\",", experiment->before, experiment->after);
	findings_json(findings, stdout);
	printf(",\"interrupted\":%s}\n", findings_interrupted() ? "true" : "false");
}

static void tell(const struct experiment *experiment, const struct findings *findings)
{
	printf("%s: %s: before %s, after %s\n\n", experiment->seed, experiment->title,
	       experiment->before, experiment->after);
	findings_table(findings, stdout);
	printf("\n");
}

/* What the program would end with if this were all. */
static int run(const struct options *options, const struct experiment *experiment)
{
	FILE *svg = options->svg ? open_svg(options, experiment) : NULL;
	struct findings *findings;
	bool over;
	int status;

	if (options->svg && !svg)
		return MEMCGSIM_EXIT_USAGE;
	findings = findings_create();
	findings_watch(findings, experiment->seed, !options->json && isatty(STDERR_FILENO));
	over = experiment->run(findings) == 0;
	if (options->json)
		tell_json(experiment, findings);
	else
		tell(experiment, findings);
	fflush(stdout);
	status = findings_status(findings, over);
	if (svg && !draw(experiment, findings, svg) && over)
		status = MEMCGSIM_EXIT_USAGE;
	findings_free(findings);
	return status;
}

int memcgsim_verb_experiment(int argc, char **argv)
{
	struct options options = { 0 };
	int status = MEMCGSIM_EXIT_HOLDS;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.list) {
		list();
		return MEMCGSIM_EXIT_HOLDS;
	}
	for (size_t i = 0; i < msim_array_size(experiments) && !findings_interrupted(); i++) {
		int one;

		if (!wanted(&options, experiments[i]))
			continue;
		one = run(&options, experiments[i]);
		/* A claim that does not hold outweighs an end that came too early. */
		if (status != MEMCGSIM_EXIT_VIOLATED && one != MEMCGSIM_EXIT_HOLDS)
			status = one;
	}
	if (findings_interrupted())
		fprintf(stderr, "memcgsim experiment: interrupted\n");
	return status;
}
