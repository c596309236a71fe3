/* SPDX-License-Identifier: MIT */
/*
 * Owns a chart's data and its drawing: grouped bars, or lines in steps. Colors are the file's style
 * sheet's, which asks whether the reader prefers dark.
 */
#include "cli/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/markup.h"

/* The style sheet has as many colors. */
#define MAX_SERIES 6

/* The panel, in user units: what is around the axes. */
#define WIDTH	     760
#define HEIGHT	     420
#define LEFT	     76
#define RIGHT	     24
#define TOP	     84
#define BOTTOM	     92
#define PLOT_WIDTH   (WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT  (HEIGHT - TOP - BOTTOM)
#define DASH	     8
#define LETTER_WIDTH 6.7 /* of a text of 12 units, about */

struct point {
	size_t series;
	double x, y; /* bars: @x is the number of the group */
};

struct note {
	double x;
	char *text;
};

struct chart {
	struct chart_head head;
	char *series[MAX_SERIES];
	size_t nr_series;
	char **groups;
	size_t nr_groups;
	struct point *points;
	size_t nr_points;
	struct note *notes;
	size_t nr_notes;
};

/* ---- data ---- */

/* Nobody goes on without memory for a picture. */
static void *grow(void *array, size_t count, size_t bytes_each)
{
	void *grown = reallocarray(array, count + 1, bytes_each);

	msim_assert(grown);
	return grown;
}

static char *copy(const char *text)
{
	char *copied = strdup(text);

	msim_assert(copied);
	return copied;
}

struct chart *chart_create(const struct chart_head *head)
{
	struct chart *chart = calloc(1, sizeof(*chart));

	msim_assert(chart);
	chart->head = *head;
	chart->head.title = copy(head->title);
	chart->head.x_title = copy(head->x_title);
	chart->head.y_title = copy(head->y_title);
	chart->head.source = copy(head->source);
	return chart;
}

void chart_free(struct chart *chart)
{
	for (size_t i = 0; i < chart->nr_series; i++)
		free(chart->series[i]);
	for (size_t i = 0; i < chart->nr_groups; i++)
		free(chart->groups[i]);
	for (size_t i = 0; i < chart->nr_notes; i++)
		free(chart->notes[i].text);
	free(chart->groups);
	free(chart->points);
	free(chart->notes);
	free((char *)chart->head.title);
	free((char *)chart->head.x_title);
	free((char *)chart->head.y_title);
	free((char *)chart->head.source);
	free(chart);
}

static size_t series_of(struct chart *chart, const char *name)
{
	size_t i;

	for (i = 0; i < chart->nr_series; i++) {
		if (!strcmp(chart->series[i], name))
			return i;
	}
	msim_assert(i < MAX_SERIES);
	chart->series[chart->nr_series++] = copy(name);
	return i;
}

static size_t group_of(struct chart *chart, const char *name)
{
	size_t i;

	for (i = 0; i < chart->nr_groups; i++) {
		if (!strcmp(chart->groups[i], name))
			return i;
	}
	chart->groups = grow(chart->groups, i, sizeof(*chart->groups));
	chart->groups[chart->nr_groups++] = copy(name);
	return i;
}

static void add(struct chart *chart, const char *series, double x, double y)
{
	chart->points = grow(chart->points, chart->nr_points, sizeof(*chart->points));
	chart->points[chart->nr_points++] = (struct point){ series_of(chart, series), x, y };
}

void chart_bar(struct chart *chart, const char *group, const char *series, double value)
{
	msim_assert(chart->head.kind == CHART_BARS);
	add(chart, series, (double)group_of(chart, group), value);
}

void chart_point(struct chart *chart, const char *series, double x, double y)
{
	msim_assert(chart->head.kind == CHART_LINES);
	add(chart, series, x, y);
}

/* In the order in which they are drawn, from left to right. */
void chart_note(struct chart *chart, double x, const char *text)
{
	size_t i;

	chart->notes = grow(chart->notes, chart->nr_notes, sizeof(*chart->notes));
	for (i = chart->nr_notes++; i > 0 && chart->notes[i - 1].x > x; i--)
		chart->notes[i] = chart->notes[i - 1];
	chart->notes[i] = (struct note){ x, copy(text) };
}

/* ---- scales ---- */

/* Values at the ends of the axes, and from one grid line to the next. */
struct scale {
	double x_low, x_high, y_high, y_step, x_step;
};

/* 1, 2 or 5 times a power of ten: the smallest of which @range has no more than seven. */
static double round_step(double range)
{
	double step = pow(10, floor(log10(range / 7)));

	if (range / step <= 7)
		return step;
	if (range / step <= 14)
		return step * 2;
	return range / step <= 35 ? step * 5 : step * 10;
}

static struct scale scale_of(const struct chart *chart)
{
	struct scale scale = { .x_low = INFINITY, .x_high = -INFINITY };

	for (size_t i = 0; i < chart->nr_points; i++) {
		scale.x_low = fmin(scale.x_low, chart->points[i].x);
		scale.x_high = fmax(scale.x_high, chart->points[i].x);
		scale.y_high = fmax(scale.y_high, chart->points[i].y);
	}
	for (size_t i = 0; chart->head.kind == CHART_LINES && i < chart->nr_notes; i++) {
		scale.x_low = fmin(scale.x_low, chart->notes[i].x);
		scale.x_high = fmax(scale.x_high, chart->notes[i].x);
	}
	if (!(scale.x_high > scale.x_low))
		scale.x_high = scale.x_low + 1;
	scale.x_step = fmax(1, round_step(scale.x_high - scale.x_low));
	scale.y_high = scale.y_high > 0 ? scale.y_high : 1;
	if (chart->head.kind == CHART_BARS)
		scale.y_high *= 1.05; /* room for the number above the bar */
	scale.y_step = round_step(scale.y_high);
	scale.y_high = ceil(scale.y_high / scale.y_step) * scale.y_step;
	return scale;
}

static double x_at(const struct scale *scale, double x)
{
	return LEFT + (x - scale->x_low) / (scale->x_high - scale->x_low) * PLOT_WIDTH;
}

static double y_at(const struct scale *scale, double y)
{
	return TOP + PLOT_HEIGHT - y / scale->y_high * PLOT_HEIGHT;
}

/* ---- drawing ---- */

/* @anchor: start, middle or end. */
static void svg_text(FILE *out, double x, double y, const char *class, const char *anchor,
		     const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x, y, class,
		anchor);
	markup_xml(out, text);
	fputs("</text>\n", out);
}

static void svg_line(FILE *out, const char *class, double x1, double y1, double x2, double y2)
{
	fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		class, x1, y1, x2, y2);
}

static void svg_axes(const struct chart *chart, const struct scale *scale, FILE *out)
{
	char number[MARKUP_NUMBER_BYTES];

	for (int i = 0; i * scale->y_step <= scale->y_high * 1.001; i++) {
		double y = y_at(scale, i * scale->y_step);

		svg_line(out, i ? "grid" : "axis", LEFT, y, WIDTH - RIGHT, y);
		svg_text(out, LEFT - 8, y + 4, "small", "end",
			 markup_number(i * scale->y_step, number));
	}
	svg_text(out, LEFT - 8, TOP - 14, "small", "start", chart->head.y_title);
	svg_text(out, LEFT + PLOT_WIDTH / 2.0, HEIGHT - BOTTOM + 40, "small", "middle",
		 chart->head.x_title);
	svg_text(out, LEFT - 8, HEIGHT - 18, "faint", "start", chart->head.source);
}

static void svg_legend(const struct chart *chart, FILE *out)
{
	double x = LEFT - 8;

	for (size_t i = 0; i < chart->nr_series; i++) {
		fprintf(out,
			"<rect class=\"fill%zu\" x=\"%.1f\" y=\"%d\" width=\"12\" height=\"12\" "
			"rx=\"2\"/>\n",
			i, x, 38);
		svg_text(out, x + 18, 48, "small", "start", chart->series[i]);
		x += 18 + 20 + LETTER_WIDTH * (double)strlen(chart->series[i]);
	}
}

static void svg_bars(const struct chart *chart, const struct scale *scale, FILE *out)
{
	double group_width = (double)PLOT_WIDTH / (double)chart->nr_groups;
	double bar_width = fmin(group_width * 0.76 / (double)chart->nr_series, 72);
	double bars_width = bar_width * (double)chart->nr_series;
	char number[MARKUP_NUMBER_BYTES];

	for (size_t i = 0; i < chart->nr_points; i++) {
		const struct point *point = &chart->points[i];
		double x = LEFT + group_width * (point->x + 0.5) - bars_width / 2 +
			   bar_width * (double)point->series;
		double y = y_at(scale, point->y);

		fprintf(out,
			"<rect class=\"fill%zu\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			"height=\"%.1f\"/>\n",
			point->series, x + 1.5, y, bar_width - 3, TOP + PLOT_HEIGHT - y);
		svg_text(out, x + bar_width / 2, y - 5, "small", "middle",
			 markup_number(point->y, number));
	}
	for (size_t i = 0; i < chart->nr_groups; i++)
		svg_text(out, LEFT + group_width * ((double)i + 0.5), HEIGHT - BOTTOM + 18, "small",
			 "middle", chart->groups[i]);
	for (size_t i = 0; i < chart->nr_notes; i++)
		svg_text(out, LEFT + group_width * (chart->notes[i].x + 0.5), HEIGHT - BOTTOM + 60,
			 "faint", "middle", chart->notes[i].text);
}

/* A value holds until the next: across, then up or down. The last one to the end of the axis. */
static void svg_steps(const struct chart *chart, size_t series, const struct scale *scale,
		      const char *dashes, FILE *out)
{
	bool begun = false;

	fprintf(out, "<path class=\"line%zu\"%s d=\"", series, dashes);
	for (size_t i = 0; i < chart->nr_points; i++) {
		const struct point *point = &chart->points[i];
		double y = y_at(scale, point->y);

		if (point->series != series)
			continue;
		if (begun)
			fprintf(out, "H%.1f V%.1f ", x_at(scale, point->x), y);
		else
			fprintf(out, "M%.1f %.1f ", x_at(scale, point->x), y);
		begun = true;
	}
	fprintf(out, "H%d\"/>\n", WIDTH - RIGHT);
}

/* A line across the panel, and what happened there; a line lower than a text that would be covered. */
static void svg_notes(const struct chart *chart, const struct scale *scale, FILE *out)
{
	double reached = 0;
	int row = 0;

	for (size_t i = 0; i < chart->nr_notes; i++) {
		double x = x_at(scale, chart->notes[i].x);
		double length = LETTER_WIDTH * (double)strlen(chart->notes[i].text);
		bool late = x > LEFT + PLOT_WIDTH * 0.8;
		double start = late ? x - 4 - length : x + 4;

		row = start < reached ? (row + 1) % 6 : 0;
		reached = fmax(reached, start + length);
		svg_line(out, "note", x, TOP, x, TOP + PLOT_HEIGHT);
		svg_text(out, late ? x - 4 : x + 4, TOP + 11 + 15.0 * row, "faint",
			 late ? "end" : "start", chart->notes[i].text);
	}
}

static void svg_lines(const struct chart *chart, const struct scale *scale, FILE *out)
{
	char number[MARKUP_NUMBER_BYTES], dashes[80];

	for (double x = scale->x_low; x <= scale->x_high; x += scale->x_step)
		svg_text(out, x_at(scale, x), HEIGHT - BOTTOM + 18, "small", "middle",
			 markup_number(x, number));
	svg_notes(chart, scale, out);
	for (size_t i = 0; i < chart->nr_series; i++)
		svg_steps(chart, i, scale, "", out);
	/*
	 * Once more in dashes, for where lines run together: they take turns there, and the last shows
	 * in between. On a line of its own nobody sees them.
	 */
	for (size_t i = 0; i + 1 < chart->nr_series; i++) {
		snprintf(dashes, sizeof(dashes),
			 " stroke-dasharray=\"%d %zu\" stroke-dashoffset=\"-%zu\"", DASH,
			 DASH * (chart->nr_series - 1), DASH * i);
		svg_steps(chart, i, scale, dashes, out);
	}
}

void chart_svg(const struct chart *chart, size_t index, FILE *out)
{
	struct scale scale = scale_of(chart);

	fprintf(out, "<g transform=\"translate(0 %zu)\">\n", index * HEIGHT);
	svg_text(out, LEFT - 8, 24, "title", "start", chart->head.title);
	svg_legend(chart, out);
	svg_axes(chart, &scale, out);
	if (chart->head.kind == CHART_BARS)
		svg_bars(chart, &scale, out);
	else
		svg_lines(chart, &scale, out);
	fputs("</g>\n", out);
}

/* Before, after, and others: colors that stay apart for those who do not see all of them. */
static const char *const light[MAX_SERIES] = { "#c2410c", "#0f6fb8", "#7a869a",
					       "#2e7d32", "#8e24aa", "#8d6e00" };
static const char *const dark[MAX_SERIES] = { "#ff9d5c", "#5cb3ff", "#9aa7bd",
					      "#7fd184", "#d58bf0", "#e2c04c" };

static void svg_colors(const char *const colors[MAX_SERIES], FILE *out)
{
	for (size_t i = 0; i < MAX_SERIES; i++)
		fprintf(out, ".fill%zu{fill:%s}.line%zu{stroke:%s}", i, colors[i], i, colors[i]);
}

void chart_svg_begin(const char *title, size_t nr_charts, FILE *out)
{
	size_t height = nr_charts * HEIGHT;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %zu\" width=\"%d\" "
		"height=\"%zu\" role=\"img\" font-family=\"system-ui,sans-serif\">\n<title>",
		WIDTH, height, WIDTH, height);
	markup_xml(out, title);
	fputs("</title>\n<style>\n"
	      ".paper{fill:#ffffff}text{fill:#1f2933;font-size:12px}"
	      ".title{font-size:16px;font-weight:600}.faint{fill:#5d6b7a}"
	      ".grid{stroke:#dde3ea}.axis{stroke:#5d6b7a}"
	      ".note{stroke:#5d6b7a;stroke-dasharray:3 3}",
	      out);
	for (size_t i = 0; i < MAX_SERIES; i++)
		fprintf(out, ".line%zu{fill:none;stroke-width:2.5}", i);
	fputc('\n', out);
	svg_colors(light, out);
	fputs("\n@media (prefers-color-scheme:dark){\n"
	      ".paper{fill:#14181d}text{fill:#e6ebf0}.faint{fill:#9aa7b4}"
	      ".grid{stroke:#2b333c}.axis{stroke:#9aa7b4}.note{stroke:#9aa7b4}\n",
	      out);
	svg_colors(dark, out);
	fprintf(out, "}\n</style>\n<rect class=\"paper\" width=\"%d\" height=\"%zu\" rx=\"6\"/>\n",
		WIDTH, height);
}

void chart_svg_end(FILE *out)
{
	fputs("</svg>\n", out);
}

/* ---- JSON ---- */

static void json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":", name);
	markup_json(out, text);
	fputc(',', out);
}

static void json_point(const struct chart *chart, const struct point *point, FILE *out)
{
	fputc('{', out);
	json_member(out, "series", chart->series[point->series]);
	if (chart->head.kind == CHART_BARS) {
		json_member(out, "group", chart->groups[(size_t)point->x]);
	} else {
		fputs("\"x\":", out);
		markup_json_number(out, point->x);
		fputc(',', out);
	}
	fputs("\"y\":", out);
	markup_json_number(out, point->y);
	fputc('}', out);
}

void chart_json(const struct chart *chart, FILE *out)
{
	fputc('{', out);
	json_member(out, "kind", chart->head.kind == CHART_BARS ? "bars" : "lines");
	json_member(out, "title", chart->head.title);
	json_member(out, "x_title", chart->head.x_title);
	json_member(out, "y_title", chart->head.y_title);
	json_member(out, "source", chart->head.source);
	fprintf(out, "\"measured\":%s,\"points\":[", chart->head.measured ? "true" : "false");
	for (size_t i = 0; i < chart->nr_points; i++) {
		fputs(i ? "," : "", out);
		json_point(chart, &chart->points[i], out);
	}
	fputs("],\"notes\":[", out);
	for (size_t i = 0; i < chart->nr_notes; i++) {
		fprintf(out, "%s{\"x\":", i ? "," : "");
		markup_json_number(out, chart->notes[i].x);
		fputs(",\"text\":", out);
		markup_json(out, chart->notes[i].text);
		fputc('}', out);
	}
	fputs("]}", out);
}
