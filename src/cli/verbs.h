/* SPDX-License-Identifier: MIT */
/*
 * The verbs of the memcgsim program. Each gets its own argv, whose first word is "memcgsim VERB".
 */
#ifndef MSIM_CLI_VERBS_H
#define MSIM_CLI_VERBS_H

/* How the program ends. */
enum {
	MEMCGSIM_EXIT_HOLDS = 0,
	MEMCGSIM_EXIT_VIOLATED =
		1, /* a property does not hold; the command that shows it is printed */
	MEMCGSIM_EXIT_USAGE = 2,	 /* bad options or a bad file, before anything ran */
	MEMCGSIM_EXIT_INTERRUPTED = 130, /* 128 + SIGINT: nothing was found until then */
};

int memcgsim_verb_run(int argc, char **argv);
int memcgsim_verb_gen(int argc, char **argv);
int memcgsim_verb_check(int argc, char **argv);
int memcgsim_verb_why_alive(int argc, char **argv);
int memcgsim_verb_experiment(int argc, char **argv);

/* Of memcgsim-explore, the program beside it. */
int memcgsim_verb_explore(int argc, char **argv);
int memcgsim_verb_replay(int argc, char **argv);

/* Goes on as that program; comes back only if there is none. */
int memcgsim_explorer(int argc, char **argv);

#endif /* MSIM_CLI_VERBS_H */
