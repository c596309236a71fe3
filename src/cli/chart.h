/* SPDX-License-Identifier: MIT */
/*
 * Small charts as SVG, readable on light and on dark: grouped bars, and lines over steps.
 */
#ifndef MSIM_CLI_CHART_H
#define MSIM_CLI_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * CHART_BARS: groups along the x axis, in each a bar for each series, with its value above it.
 * CHART_LINES: a line for each series; a value holds until the next one, so it is drawn in steps.
 */
enum chart_kind { CHART_BARS, CHART_LINES };

/*
 * @title: what one should see. @x_title, @y_title: with units. @source: where the data come from, or
 * whose claim is compared. @measured: by a clock, as in struct row.
 */
struct chart_head {
	enum chart_kind kind;
	const char *title;
	const char *x_title, *y_title;
	const char *source;
	bool measured;
};

struct chart;

struct chart *chart_create(const struct chart_head *head);
void chart_free(struct chart *chart);

/* The value of @series in @group. Both appear in the order in which they are first named. */
void chart_bar(struct chart *chart, const char *group, const char *series, double value);

/* From @x on, @series is @y. By rising x within a series. */
void chart_point(struct chart *chart, const char *series, double x, double y);

/* CHART_LINES: what happened at @x, beside a thin line. CHART_BARS: below the group number @x. */
void chart_note(struct chart *chart, double x, const char *text);

/* A file of @nr_charts panels, one below the other: what comes before, each panel, what comes after. */
void chart_svg_begin(const char *title, size_t nr_charts, FILE *out);
void chart_svg(const struct chart *chart, size_t index, FILE *out);
void chart_svg_end(FILE *out);

/* One JSON object. */
void chart_json(const struct chart *chart, FILE *out);

#endif /* MSIM_CLI_CHART_H */
