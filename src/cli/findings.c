/* SPDX-License-Identifier: MIT */
/*
 * Owns what an experiment has found, and how it is told: a table, JSON, a picture.
 */
#include "cli/findings.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/markup.h"
#include "cli/verbs.h"

struct findings {
	struct row *rows;
	size_t nr_rows;
	struct chart **charts;
	size_t nr_charts;
	const char *name; /* of what runs, for who watches */
	bool on_terminal, shown;
};

/* @array with room for one more. Nobody goes on without memory for a few rows. */
static void *grow(void *array, size_t count, size_t bytes_each)
{
	void *grown = reallocarray(array, count + 1, bytes_each);

	msim_assert(grown);
	return grown;
}

static char *copy(const char *text)
{
	char *copied = text ? strdup(text) : NULL;

	msim_assert(copied || !text);
	return copied;
}

struct findings *findings_create(void)
{
	struct findings *findings = calloc(1, sizeof(*findings));

	msim_assert(findings);
	return findings;
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->nr_rows; i++) {
		free((char *)findings->rows[i].claim);
		free((char *)findings->rows[i].source);
		free((char *)findings->rows[i].token);
	}
	for (size_t i = 0; i < findings->nr_charts; i++)
		chart_free(findings->charts[i]);
	free(findings->rows);
	free(findings->charts);
	free(findings);
}

/* ---- what is added ---- */

struct figure figure_number(double number, const char *unit)
{
	return (struct figure){ .kind = FIGURE_NUMBER, .number = number, .unit = unit };
}

struct figure figure_words(const char *format, ...)
{
	struct figure figure = { .kind = FIGURE_WORDS };
	va_list args;

	va_start(args, format);
	vsnprintf(figure.words, sizeof(figure.words), format, args);
	va_end(args);
	return figure;
}

void findings_add(struct findings *findings, const struct row *row)
{
	struct row *added;

	findings->rows = grow(findings->rows, findings->nr_rows, sizeof(*row));
	added = &findings->rows[findings->nr_rows++];
	*added = *row;
	added->claim = copy(row->claim);
	added->source = copy(row->source);
	added->token = copy(row->token);
}

struct chart *findings_chart(struct findings *findings, const struct chart_head *head)
{
	struct chart *chart = chart_create(head);

	findings->charts = grow(findings->charts, findings->nr_charts, sizeof(*findings->charts));
	findings->charts[findings->nr_charts++] = chart;
	return chart;
}

/* ---- who watches ---- */

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Once: whoever does not want to wait interrupts again. Reads are not taken up again after it. */
void findings_watch(struct findings *findings, const char *name, bool on_terminal)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	findings->name = name;
	findings->on_terminal = on_terminal;
	sigaction(SIGINT, &action, NULL);
}

bool findings_interrupted(void)
{
	return interrupted;
}

bool findings_progress(struct findings *findings, const char *format, ...)
{
	va_list args;

	if (interrupted)
		return false;
	if (!findings->on_terminal)
		return true;
	findings->shown = true;
	fprintf(stderr, "\r\033[K%s: ", findings->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	return true;
}

static void end_progress(const struct findings *findings)
{
	if (findings->shown)
		fprintf(stderr, "\r\033[K");
}

/* ---- what was found ---- */

size_t findings_nr_rows(const struct findings *findings)
{
	return findings->nr_rows;
}

const struct row *findings_row(const struct findings *findings, size_t index)
{
	return &findings->rows[index];
}

bool findings_hold(const struct findings *findings)
{
	for (size_t i = 0; i < findings->nr_rows; i++) {
		if (!findings->rows[i].holds)
			return false;
	}
	return findings->nr_rows > 0;
}

int findings_status(const struct findings *findings, bool over)
{
	if (!findings_hold(findings) && (over || findings->nr_rows))
		return MEMCGSIM_EXIT_VIOLATED;
	return over ? MEMCGSIM_EXIT_HOLDS : MEMCGSIM_EXIT_INTERRUPTED;
}

/* What of @before is left after; whether it can be said. */
static bool ratio_of(const struct row *row, double *ret_ratio)
{
	if (row->before.kind != FIGURE_NUMBER || row->after.kind != FIGURE_NUMBER ||
	    strcmp(row->before.unit, row->after.unit) || row->before.number <= 0)
		return false;
	*ret_ratio = row->after.number / row->before.number;
	return true;
}

/* ---- for a person ---- */

#define CLAIM_COLUMNS 56
#define COLUMN_BYTES  160

/* @unit is said of many, but for that of a time: its first word loses its s where there is one. */
static void unit_text(char text[COLUMN_BYTES], const char *number, double of, const char *unit)
{
	size_t word = strcspn(unit, " ");

	if (of == 1 && strcmp(unit, "µs") && word && unit[word - 1] == 's')
		snprintf(text, COLUMN_BYTES, "%s %.*s%s", number, (int)word - 1, unit, unit + word);
	else
		snprintf(text, COLUMN_BYTES, "%s %s", number, unit);
}

static const char *figure_text(const struct figure *figure, char text[COLUMN_BYTES])
{
	char number[MARKUP_NUMBER_BYTES];

	if (figure->kind == FIGURE_NUMBER)
		unit_text(text, markup_number(figure->number, number), figure->number,
			  figure->unit);
	else
		snprintf(text, COLUMN_BYTES, "%s", figure->words);
	return text;
}

struct widths {
	int before, after;
};

/* Of a text in UTF-8: bytes that continue a letter take no column. */
static int columns_of(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

static void widen(int *width, const struct figure *figure)
{
	char text[COLUMN_BYTES];
	int columns = columns_of(figure_text(figure, text));

	*width = columns > *width ? columns : *width;
}

static void cell(FILE *out, int width, const struct figure *figure)
{
	char text[COLUMN_BYTES];

	figure_text(figure, text);
	fprintf(out, "  %*s%s", width - columns_of(text), "", text);
}

/* One line of @text; what is left of it. Figures stand behind the first. */
static const char *claim_line(const char *text, bool first, FILE *out)
{
	size_t length = strlen(text), end = length;

	if (length > CLAIM_COLUMNS) {
		for (end = CLAIM_COLUMNS; end > 0 && text[end] != ' '; end--)
			;
		end = end ? end : CLAIM_COLUMNS;
	}
	fprintf(out, "%-*.*s", first ? CLAIM_COLUMNS : 0, (int)end, text);
	return text + end + strspn(text + end, " ");
}

static void table_row(const struct row *row, const struct widths *widths, FILE *out)
{
	char ratio[MARKUP_NUMBER_BYTES] = "";
	char *claim = NULL;
	const char *left;
	double number;
	int length = asprintf(&claim, "%s (%s)", row->claim, row->source);

	msim_assert(length >= 0);
	(void)length;
	if (ratio_of(row, &number))
		markup_number(number, ratio);
	left = claim_line(claim, true, out);
	cell(out, widths->before, &row->before);
	cell(out, widths->after, &row->after);
	fprintf(out, "  %6s  %s%s\n", ratio, row->holds ? "holds" : "does not hold",
		row->measured ? ", measured" : "");
	while (*left) {
		left = claim_line(left, false, out);
		fputc('\n', out);
	}
	free(claim);
	if (row->token)
		fprintf(out, "    memcgsim replay %s\n", row->token);
}

void findings_table(const struct findings *findings, FILE *out)
{
	struct widths widths = { .before = (int)strlen("before"), .after = (int)strlen("after") };

	end_progress(findings);
	for (size_t i = 0; i < findings->nr_rows; i++) {
		widen(&widths.before, &findings->rows[i].before);
		widen(&widths.after, &findings->rows[i].after);
	}
	fprintf(out, "%-*s  %*s  %*s  %6s  %s\n", CLAIM_COLUMNS, "claim", widths.before, "before",
		widths.after, "after", "ratio", "verdict");
	for (size_t i = 0; i < findings->nr_rows; i++)
		table_row(&findings->rows[i], &widths, out);
}

/* ---- for a program ---- */

static void json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":", name);
	markup_json(out, text);
	fputc(',', out);
}

static void json_figure(FILE *out, const char *name, const struct figure *figure)
{
	if (figure->kind == FIGURE_NONE)
		return;
	fprintf(out, "\"%s\":", name);
	if (figure->kind == FIGURE_WORDS) {
		markup_json(out, figure->words);
	} else {
		fputs("{\"number\":", out);
		markup_json_number(out, figure->number);
		fputs(",\"unit\":", out);
		markup_json(out, figure->unit);
		fputc('}', out);
	}
	fputc(',', out);
}

static void json_row(FILE *out, const struct row *row)
{
	double ratio;

	fputc('{', out);
	json_member(out, "claim", row->claim);
	json_member(out, "source", row->source);
	json_figure(out, "before", &row->before);
	json_figure(out, "after", &row->after);
	if (ratio_of(row, &ratio)) {
		fputs("\"ratio\":", out);
		markup_json_number(out, ratio);
		fputc(',', out);
	}
	if (row->token)
		json_member(out, "token", row->token);
	fprintf(out, "\"measured\":%s,\"holds\":%s}", row->measured ? "true" : "false",
		row->holds ? "true" : "false");
}

void findings_json(const struct findings *findings, FILE *out)
{
	end_progress(findings);
	fputs("\"rows\":[", out);
	for (size_t i = 0; i < findings->nr_rows; i++) {
		fputs(i ? "," : "", out);
		json_row(out, &findings->rows[i]);
	}
	fputs("],\"charts\":[", out);
	for (size_t i = 0; i < findings->nr_charts; i++) {
		fputs(i ? "," : "", out);
		chart_json(findings->charts[i], out);
	}
	fprintf(out, "],\"holds\":%s", findings_hold(findings) ? "true" : "false");
}

bool findings_svg(const struct findings *findings, const char *title, FILE *out)
{
	if (!findings->nr_charts)
		return false;
	chart_svg_begin(title, findings->nr_charts, out);
	for (size_t i = 0; i < findings->nr_charts; i++)
		chart_svg(findings->charts[i], i, out);
	chart_svg_end(out);
	return true;
}
