/* SPDX-License-Identifier: MIT */
/*
 * What `memcgsim experiment` runs: the seeds of the library, patches that were posted to the
 * kernel's lists, each before and after on the same work. To add one:
 *
 *   - src/cli/experiment_NNN.c defines a struct experiment and the functions that it runs; its name
 *     goes into src/cli/meson.build, a line into the table of verb_experiment.c.
 *   - Each claim of the seed's text is one row (findings.h): what is claimed and where; what was
 *     found before and after; whether that is as claimed. Rows are counted, so the same in every
 *     run, unless they say that they are measured.
 *   - What it draws is for people: at least one panel (chart.h).
 *   - `tests/seeds/seeds.py record build/src/cli/memcgsim docs NNN` stores what it finds, as
 *     docs/seeds/NNN.json and .svg, and fills its page, docs/seeds/NNN.md, between the marks that
 *     the script describes: the rest of the page is its author's. Tests compare every later run.
 *
 * It uses the public interface, as any program does. A run looks like this:
 *
 *	static int run(struct findings *findings)
 *	{
 *		unsigned long pages[2];
 *
 *		for (int after = 0; after < 2; after++) {
 *			struct stage stage;
 *
 *			if (!findings_progress(findings, "removing a cgroup, %s", ...))
 *				return -EINTR;
 *			stage_set(&stage, after ? "v3.8" : "v3.7", "a");
 *			... the work, the same for both ...
 *			pages[after] = (unsigned long)stage_number(&stage, "a/memory.current") / 4096;
 *			stage_strike(&stage, NULL);
 *		}
 *		findings_add(findings, &(struct row){
 *			.claim = "a removed cgroup lives until its last page is uncharged",
 *			.source = "commit message",
 *			.before = figure_number((double)pages[0], "pages"),
 *			.after = figure_number((double)pages[1], "pages"),
 *			.holds = pages[1] < pages[0],
 *		});
 *		return 0;
 *	}
 */
#ifndef MSIM_CLI_EXPERIMENT_H
#define MSIM_CLI_EXPERIMENT_H

#include <memcgsim/explore.h>
#include <memcgsim/memcgsim.h>

#include "cli/chart.h"
#include "cli/findings.h"

/*
 * @seed: three digits, as the seeds are numbered. @before, @after: profiles. run(): 0; -EINTR, at
 * once, where findings_progress() says so: what has been found until then is told.
 */
struct experiment {
	const char *seed;
	const char *title;
	const char *before, *after;
	int (*run)(struct findings *findings);
};

extern const struct experiment experiment_000;
extern const struct experiment experiment_001;
extern const struct experiment experiment_002;
extern const struct experiment experiment_003;
extern const struct experiment experiment_004;

/* ---- a machine to work on ---- */

/*
 * A machine on whose CPU 0 the calling thread runs a task, which is in a cgroup of its own or in the
 * root.
 */
struct stage {
	struct memcgsim *machine;
	struct memcgsim_task *task;
};

/*
 * One of @profile, with the library's defaults; @path: the task's cgroup, made with all above it
 * and with memory enabled in them; "" for the root. Ends the program if it cannot be had.
 */
void stage_set(struct stage *stage, const char *profile, const char *path);

/* The same of @config: more CPUs, say. */
void stage_set_config(struct stage *stage, const struct memcgsim_config *config, const char *path);

/* Another cgroup: it and all above it that are not there yet, with memory enabled in those. */
void stage_mkdir(struct stage *stage, const char *path);

/* The task exits, the machine is destroyed. @ret_leaks may be NULL. */
void stage_strike(struct stage *stage, struct memcgsim_leaks *ret_leaks);

/* The number that a file of the cgroup file system begins with: "a/memory.current". */
unsigned long stage_number(const struct stage *stage, const char *path);

/* That of the line which begins with @key, in a file of such lines: ("a/memory.stat", "kernel"). */
unsigned long stage_keyed(const struct stage *stage, const char *path, const char *key);

/* ---- schedules ---- */

/* What memcgsim-explore tells of one subject. Texts are empty where it tells nothing. */
struct exploration {
	char verdict[32]; /* "clean", or what failed */
	char failure[MEMCGSIM_FAILURE_BYTES];
	char token[MEMCGSIM_TOKEN_BYTES];
	unsigned long schedules, schedules_to_failure, failures, classes;
	bool exhaustive;
	bool failed;
};

/*
 * Runs `memcgsim explore SUBJECT OPTION...` in a process of its own: @argv is the subject and its
 * options, and NULL. Same options, same schedules, so what it tells is counted. Whether it ran to its
 * end: false as findings_progress(). Ends the program if there is no explorer, or no such subject.
 */
bool explore(struct findings *findings, const char *const *argv, struct exploration *ret);

/*
 * Replays the schedule of @token, step by step: how many lines of its ladder have all of @texts in them,
 * which NULL ends. Whether it ran to its end.
 */
bool replay_count(struct findings *findings, const char *token, const char *const *texts,
		  unsigned long *ret_count);

/* For a row: "fails in schedule 7", "clean in all 2304 schedules", "clean in 10000 schedules". */
struct figure exploration_figure(const struct exploration *exploration);

/* ---- what cannot be ---- */

/* Ends the program, saying what went wrong, unless @fine: an experiment that cannot be run. */
void demand(bool fine, const char *what);

#endif /* MSIM_CLI_EXPERIMENT_H */
