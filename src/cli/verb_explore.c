/* SPDX-License-Identifier: MIT */
/*
 * memcgsim explore: runs schedule after schedule of subjects until one fails or the budget is
 * spent, and tells what was learned, also when it is interrupted.
 */
#include <argp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/numbers.h"
#include "cli/report.h"
#include "cli/subjects.h"
#include "cli/verbs.h"

#define PROGRESS_MS 200

#define ENOUGH_TO_MEET 100 /* schedules: who meets seldom may miss the other in a few */

struct options {
	struct memcgsim_explore_options explore;
	unsigned long seconds; /* for all subjects; 0: no limit */
	bool schedules_given;
	bool list;
	bool json;
	bool reproducible;
	bool full;
	bool no_plain;
	char **names;
	int nr_names;
};

enum {
	OPTION_STRATEGY = 0x100,
	OPTION_MEMORY,
	OPTION_SCHEDULES,
	OPTION_TIME,
	OPTION_SEED,
	OPTION_SHARD,
	OPTION_PREEMPTIONS,
	OPTION_KEEP_GOING,
	OPTION_NO_PLAIN,
	OPTION_REPRODUCIBLE,
	OPTION_FULL,
	OPTION_JSON,
};

static const struct argp_option option_list[] = {
	{ "list", 'l', 0, 0, "list the subjects: what each claims, and who acts", 0 },
	{ "strategy", OPTION_STRATEGY, "NAME", 0,
	  "portfolio (the default), random, pct2, pct3, pos, dfs or dpor", 0 },
	{ "memory", OPTION_MEMORY, "MODEL", 0, "sc (the default), ra or tso", 0 },
	{ "schedules", OPTION_SCHEDULES, "N", 0,
	  "of each subject at most (10000, or any number if --time is given)", 0 },
	{ "time", OPTION_TIME, "SECONDS", 0,
	  "for all subjects together: each has its share of what the others left", 0 },
	{ "seed", OPTION_SEED, "N", 0, "of everything random (1): same seed, same schedules", 0 },
	{ "shard", OPTION_SHARD, "I/N", 0,
	  "the I-th of N parts, 1/N to N/N; the first alone goes through all schedules", 0 },
	{ "preemptions", OPTION_PREEMPTIONS, "N", 0, "dfs: at most so many in a schedule", 0 },
	{ "keep-going", OPTION_KEEP_GOING, 0, 0, "count failures; show the first", 0 },
	{ "no-plain", OPTION_NO_PLAIN, 0, 0,
	  "let plain accesses race: what they read and write is all that counts", 0 },
	{ "reproducible", OPTION_REPRODUCIBLE, 0, 0, "print nothing that depends on the clock", 0 },
	{ "full", OPTION_FULL, 0, 0, "show every step of a schedule that failed", 0 },
	{ "json", OPTION_JSON, 0, 0, "one line of JSON for each subject, and nothing else", 0 },
	{ 0 },
};

static enum memcgsim_strategy strategy_of(const struct argp_state *state, const char *name)
{
	for (int i = MEMCGSIM_PORTFOLIO; i <= MEMCGSIM_DPOR; i++) {
		if (!strcmp(name, memcgsim_strategy_name((enum memcgsim_strategy)i)))
			return (enum memcgsim_strategy)i;
	}
	argp_error(state,
		   "--strategy: expected portfolio, random, pct2, pct3, pos, dfs or dpor, "
		   "found '%s'",
		   name);
	return MEMCGSIM_PORTFOLIO;
}

static enum memcgsim_memory memory_of(const struct argp_state *state, const char *name)
{
	for (int i = MEMCGSIM_MEMORY_SC; i <= MEMCGSIM_MEMORY_TSO; i++) {
		if (!strcmp(name, memcgsim_memory_name((enum memcgsim_memory)i)))
			return (enum memcgsim_memory)i;
	}
	argp_error(state, "--memory: expected sc, ra or tso, found '%s'", name);
	return MEMCGSIM_MEMORY_SC;
}

static void parse_shard(const struct argp_state *state, const char *arg,
			struct memcgsim_explore_options *explore)
{
	char *slash = strchr(arg, '/');
	char *first = slash ? strndup(arg, (size_t)(slash - arg)) : NULL;

	if (!first)
		argp_error(state, "--shard: expected I/N, found '%s'", arg);
	explore->nr_shards = (unsigned int)option_number(state, "shard", slash + 1, 1, UINT16_MAX);
	explore->shard =
		(unsigned int)option_number(state, "shard", first, 1, explore->nr_shards) - 1;
	free(first);
}

/* What does not go together. */
static void check_options(const struct argp_state *state, struct options *options)
{
	const struct memcgsim_explore_options *explore = &options->explore;
	bool all = explore->strategy == MEMCGSIM_DFS || explore->strategy == MEMCGSIM_DPOR;

	if (!options->list && options->nr_names == 0)
		argp_error(state, "expected a SUBJECT, all, or --list");
#ifdef MSIM_UNWATCHED
	/* What is read plainly may still be in a buffer; elsewhere the compiler announces it. */
	if (explore->memory == MEMCGSIM_MEMORY_TSO)
		argp_error(state, "--memory tso: not in a build with a sanitizer");
#endif
	if (explore->strategy == MEMCGSIM_DPOR && explore->memory != MEMCGSIM_MEMORY_SC)
		argp_error(state, "--strategy dpor: sound with --memory sc only; dfs is with any");
	if (explore->nr_shards > 1 && all)
		argp_error(state, "--shard: %s goes through all schedules, and in one part only",
			   memcgsim_strategy_name(explore->strategy));
	if (explore->preemptions >= 0 && explore->strategy != MEMCGSIM_DFS)
		argp_error(state, "--preemptions: a bound of --strategy dfs");
	for (int i = 0; i < options->nr_names; i++) {
		if (strcmp(options->names[i], "all") && !subject_named(options->names[i]))
			argp_error(state, "there is no subject '%s': --list names them",
				   options->names[i]);
	}
	if (options->seconds && !options->schedules_given)
		options->explore.schedules = 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct memcgsim_explore_options *explore = &options->explore;

	switch (key) {
	case 'l':
		options->list = true;
		return 0;
	case OPTION_STRATEGY:
		explore->strategy = strategy_of(state, arg);
		return 0;
	case OPTION_MEMORY:
		explore->memory = memory_of(state, arg);
		return 0;
	case OPTION_SCHEDULES:
		explore->schedules = option_number(state, "schedules", arg, 1, LONG_MAX);
		options->schedules_given = true;
		return 0;
	case OPTION_TIME:
		options->seconds = option_number(state, "time", arg, 1, 1UL << 30);
		return 0;
	case OPTION_SEED:
		explore->seed = option_number(state, "seed", arg, 0, ULONG_MAX);
		return 0;
	case OPTION_SHARD:
		parse_shard(state, arg, explore);
		return 0;
	case OPTION_PREEMPTIONS:
		explore->preemptions = (int)option_number(state, "preemptions", arg, 0, INT16_MAX);
		return 0;
	case OPTION_KEEP_GOING:
		explore->keep_going = true;
		return 0;
	case OPTION_NO_PLAIN:
		options->no_plain = true;
		return 0;
	case OPTION_REPRODUCIBLE:
		options->reproducible = true;
		return 0;
	case OPTION_FULL:
		options->full = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->names = state->argv + state->next;
		options->nr_names = state->argc - state->next;
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
	.args_doc = "SUBJECT...\nall\n--list",
	.doc = "Run schedule after schedule of each SUBJECT until one fails, and tell what was "
	       "learned. A race runs on another kernel version as SUBJECT@PROFILE. Interrupted, it "
	       "tells what it has learned so far.",
};

static void list(void)
{
	const struct subject *subject;

	for (size_t i = 0; (subject = subject_at(i)); i++) {
		const struct memcgsim_actor *actors = subject->subject.actors;

		printf("%-34s %s%s\n", subject->subject.name, subject->subject.claim,
		       subject->broken ? " (wrong on purpose: not one of all)" : "");
		printf("%-34s ", "");
		for (int k = 0; k < MEMCGSIM_EXPLORE_ACTORS && actors[k].name; k++)
			printf("%s%s", k ? ", " : "", actors[k].name);
		printf("\n");
	}
}

/* What a search that goes on is asked for: how far it is, and whether to stop. */
struct session {
	const char *subject;
	unsigned long shown_ms;
	bool on_terminal, shown;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Once: whoever does not want to wait for the report interrupts again. */
static void catch_interrupt(void)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
}

static bool progress(const struct memcgsim_explore_result *so_far, void *arg)
{
	struct session *session = arg;
	char schedules[REPORT_NUMBER_BYTES], rate[REPORT_NUMBER_BYTES];

	if (interrupted)
		return false;
	if (!session->on_terminal || so_far->elapsed_ms < session->shown_ms + PROGRESS_MS)
		return true;
	session->shown_ms = so_far->elapsed_ms;
	session->shown = true;
	fprintf(stderr, "\r\033[K%s: %s schedules, %s a second", session->subject,
		report_number(so_far->schedules, schedules),
		report_number(report_per_second(so_far), rate));
	if (so_far->failures)
		fprintf(stderr, ", %lu failed", so_far->failures);
	return true;
}

/* The shrunk schedule, drawn; and how to see it again. */
static void show_failure(const struct options *options, const struct report *report)
{
	struct memcgsim_ladder ladder = { .out = stdout, .full = options->full };
	struct memcgsim_explore_result again;

	report_terminal(&ladder);
	report_failure(report);
	if (!report->result->token[0]) {
		printf("The schedule is too long for a token.\n\n");
		return;
	}
	if (memcgsim_replay(report->subject, report->result->token, &ladder, &again) != 1)
		printf("It did not fail again: the subject depends on more than its schedule.\n");
	printf("\nTo see it again: memcgsim replay %s%s\n\n",
	       options->no_plain ? "--no-plain " : "", report->result->token);
}

/* Several actors, and none in another's way. */
static bool is_no_test(const struct memcgsim_subject *subject,
		       const struct memcgsim_explore_result *result)
{
	bool enough = result->exhausted || result->schedules >= ENOUGH_TO_MEET;

	return enough && subject->actors[0].name && subject->actors[1].name && !result->met;
}

static int explore(const struct options *options, const struct subject *subject,
		   unsigned long time_ms)
{
	struct memcgsim_explore_options how = options->explore;
	struct memcgsim_subject what = subject->subject;
	struct memcgsim_explore_result result;
	struct session session = {
		.subject = subject->subject.name,
		.on_terminal = !options->json && isatty(STDERR_FILENO),
	};
	struct report report = {
		.subject = &what,
		.result = &result,
		.seed = how.seed,
		.reproducible = options->reproducible,
	};
	int err;

	how.time_ms = time_ms;
	how.progress = progress;
	how.arg = &session;
	what.plain &= !options->no_plain;
	err = memcgsim_explore(&what, &how, &result);
	if (session.shown)
		fprintf(stderr, "\r\033[K");
	if (err < 0) {
		fprintf(stderr, "memcgsim: %s cannot be explored: %s\n", subject->subject.name,
			result.failure[0] ? result.failure : strerror(-err));
		return MEMCGSIM_EXIT_USAGE;
	}
	report.interrupted = interrupted;
	if (options->json) {
		report_json(&report);
	} else {
		report_row(&report);
		if (err > 0)
			show_failure(options, &report);
	}
	fflush(stdout);
	if (err == 0 && is_no_test(&what, &result)) {
		fprintf(stderr,
			"memcgsim: %s: no two actors ever met at a word: nothing was tested\n",
			what.name);
		return MEMCGSIM_EXIT_VIOLATED;
	}
	return err > 0 ? MEMCGSIM_EXIT_VIOLATED : MEMCGSIM_EXIT_HOLDS;
}

static unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * 1000 + (unsigned long)now.tv_nsec / 1000000;
}

/* The @n-th that the command line asks for; NULL behind the last. */
static const struct subject *wanted(const struct options *options, size_t n)
{
	for (int i = 0; i < options->nr_names; i++) {
		const struct subject *subject;

		if (strcmp(options->names[i], "all")) {
			if (n-- == 0)
				return subject_named(options->names[i]);
			continue;
		}
		for (size_t k = 0; (subject = subject_at(k)); k++) {
			if (!subject->broken && n-- == 0)
				return subject;
		}
	}
	return NULL;
}

int memcgsim_verb_explore(int argc, char **argv)
{
	struct options options = { 0 };
	const struct subject *subject;
	size_t nr = 0, done = 0;
	unsigned long begin_ms = now_ms();
	int status = MEMCGSIM_EXIT_HOLDS;

	memcgsim_explore_options_init(&options.explore);
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.list) {
		list();
		return MEMCGSIM_EXIT_HOLDS;
	}
	while (wanted(&options, nr))
		nr++;
	catch_interrupt();
	if (!options.json)
		report_header(options.reproducible);
	fflush(stdout);
	for (; (subject = wanted(&options, done)) && !interrupted; done++) {
		unsigned long passed_ms = now_ms() - begin_ms, left_ms = 0;
		int one;

		if (options.seconds)
			left_ms = options.seconds * 1000 > passed_ms
					  ? options.seconds * 1000 - passed_ms
					  : 1;
		one = explore(&options, subject, (left_ms + nr - done - 1) / (nr - done));
		if (one > status)
			status = one;
	}
	if (interrupted)
		fprintf(stderr, "memcgsim explore: interrupted in subject %zu of %zu\n", done, nr);
	return interrupted && status == MEMCGSIM_EXIT_HOLDS ? MEMCGSIM_EXIT_INTERRUPTED : status;
}
