/* SPDX-License-Identifier: MIT */
/*
 * Owns the table of verbs. Everything else is theirs.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memcgsim/memcgsim.h>

#include "cli/output.h"
#include "cli/verbs.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} verbs[] = {
	{ "run", memcgsim_verb_run, "run scenarios, and compare the answers with a recording" },
	{ "gen", memcgsim_verb_gen, "write a random scenario" },
	{ "check", memcgsim_verb_check,
	  "run scenarios and evaluate every invariant; list the catalogue" },
	{ "why-alive", memcgsim_verb_why_alive,
	  "run a scenario, and name what keeps a cgroup, living or removed" },
	{ "experiment", memcgsim_verb_experiment, "run a patch's claims before it and after it" },
	{ "explore", memcgsim_explorer, "run schedule after schedule of a race, to see it fail" },
	{ "replay", memcgsim_explorer, "run one schedule of a race again, and draw it" },
};

static void usage(FILE *out)
{
	fprintf(out,
		"Usage: memcgsim VERB [OPTION...]\n"
		"Simulates the Linux page allocator and memory cgroups (%s).\n\n",
		MEMCGSIM_VERSION);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].what);
	fprintf(out, "\n'memcgsim VERB --help' says more.\n"
		     "Exit status: 0 holds, 1 violated, 2 usage or parse error.\n");
}

static int run(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") ||
	    !strcmp(argv[1], "help")) {
		usage(argc < 2 ? stderr : stdout);
		return argc < 2 ? MEMCGSIM_EXIT_USAGE : MEMCGSIM_EXIT_HOLDS;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("memcgsim %s\n", MEMCGSIM_VERSION);
		return MEMCGSIM_EXIT_HOLDS;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		char name[64];

		if (strcmp(argv[1], verbs[i].name))
			continue;
		snprintf(name, sizeof(name), "memcgsim %s", verbs[i].name);
		argv[1] = name;
		return verbs[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "memcgsim: there is no verb '%s'\n\n", argv[1]);
	usage(stderr);
	return MEMCGSIM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	argp_err_exit_status = MEMCGSIM_EXIT_USAGE;
	return output_end(run(argc, argv));
}
