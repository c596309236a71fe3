/* SPDX-License-Identifier: MIT */
/*
 * What an experiment has found: rows, each a claim with its verdict, and what is drawn of them.
 */
#ifndef MSIM_CLI_FINDINGS_H
#define MSIM_CLI_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/chart.h"

/* A number with its unit, or some words, or nothing. */
struct figure {
	enum figure_kind { FIGURE_NONE, FIGURE_NUMBER, FIGURE_WORDS } kind;
	double number;
	const char *unit;
	char words[96];
};

struct figure figure_number(double number, const char *unit);
__attribute__((format(printf, 1, 2))) struct figure figure_words(const char *format, ...);

/*
 * @claim: a sentence without a full stop, of what the seed says or implies. @source: where it says
 * so. @before, @after: what the same work came to. @measured: by a clock, so another time it will be
 * another number; all others must come out the same in every run. @holds: whether the two are as
 * claimed. @token: a schedule that shows it, or NULL; @after says what comes of it.
 */
struct row {
	const char *claim;
	const char *source;
	struct figure before, after;
	bool measured;
	bool holds;
	const char *token;
};

struct findings;

struct findings *findings_create(void);
void findings_free(struct findings *findings);

/* Keeps copies of all texts but units. */
void findings_add(struct findings *findings, const struct row *row);

/* Another panel of the experiment's picture, to be filled. It goes with the findings. */
struct chart *findings_chart(struct findings *findings, const struct chart_head *head);

/*
 * Says what goes on, to who sits at a terminal. False once the run was interrupted: whoever hears
 * that returns -EINTR.
 */
__attribute__((format(printf, 2, 3))) bool findings_progress(struct findings *findings,
							     const char *format, ...);

/* From now on Ctrl-C is heard, and progress told if @on_terminal. */
void findings_watch(struct findings *findings, const char *name, bool on_terminal);
bool findings_interrupted(void);

/* How many there are; the @index-th. */
size_t findings_nr_rows(const struct findings *findings);
const struct row *findings_row(const struct findings *findings, size_t index);

/* Whether every claim holds: if there is none, nothing was shown. */
bool findings_hold(const struct findings *findings);

/*
 * What the program ends with (verbs.h): that a claim does not hold also if the run is not @over, but
 * that all hold only if it is.
 */
int findings_status(const struct findings *findings, bool over);

/* For a person. */
void findings_table(const struct findings *findings, FILE *out);

/* Members of a JSON object, without its braces: "rows":[...],"charts":[...],"holds":... */
void findings_json(const struct findings *findings, FILE *out);

/* All panels. Whether there was one to draw. */
bool findings_svg(const struct findings *findings, const char *title, FILE *out);

#endif /* MSIM_CLI_FINDINGS_H */
