/* SPDX-License-Identifier: MIT */
/*
 * memcgsim-explore: explores schedules and replays them. `memcgsim explore` and `memcgsim replay`
 * are this program under the name that it is given as its first word.
 */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/verbs.h"

/* The verb of "memcgsim explore"; or, called by its own name, of the word that follows. */
static int run_verb(const char *verb, int argc, char **argv)
{
	if (!strcmp(verb, "explore"))
		return memcgsim_verb_explore(argc, argv);
	if (!strcmp(verb, "replay"))
		return memcgsim_verb_replay(argc, argv);
	fprintf(stderr, "Usage: memcgsim explore [OPTION...] SUBJECT...\n"
			"       memcgsim replay [OPTION...] TOKEN\n");
	return MEMCGSIM_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	static char explore[] = "memcgsim explore", replay[] = "memcgsim replay";
	const char *verb;

	if (argc > 0 && !strcmp(argv[0], explore))
		return run_verb("explore", argc, argv);
	if (argc > 0 && !strcmp(argv[0], replay))
		return run_verb("replay", argc, argv);
	if (argc < 2)
		return run_verb("", argc, argv);
	verb = argv[1];
	argv[1] = !strcmp(verb, "replay") ? replay : explore;
	return run_verb(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	argp_err_exit_status = MEMCGSIM_EXIT_USAGE;
	return output_end(run(argc, argv));
}
