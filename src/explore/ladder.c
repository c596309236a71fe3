/* SPDX-License-Identifier: MIT */
/*
 * Owns the drawing of a schedule, as text and as SVG: a column for each actor that did anything,
 * then the value of the word, then the place in the source where there is room for it. No state.
 */
#include "explore/ladder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/rows.h"

#define DEFAULT_COLUMNS 120
#define MIN_COLUMN	12 /* narrower than this no column is made */
#define MIN_NUMBER	4
#define GAP		2

#define DIM    "\033[2m"
#define RED    "\033[1;31m"
#define NORMAL "\033[0m"

/* A schedule, and how much room each of its parts takes, in characters. */
struct page {
	const struct msim_run *run;
	const struct memcgsim_ladder *how;
	const struct msim_row *rows;
	size_t nr;
	bool acts[MSIM_ACTORS];
	unsigned int widths[MSIM_ACTORS];
	unsigned int number_width, value_width, place_width; /* 0: none is shown */
};

static void widen(unsigned int *width, const char *text)
{
	if (strlen(text) > *width)
		*width = (unsigned int)strlen(text);
}

static unsigned int total(const struct page *page)
{
	unsigned int columns = page->number_width + GAP + page->value_width;

	for (unsigned int i = 0; i < page->run->nr_actors; i++)
		columns += page->acts[i] ? page->widths[i] + GAP : 0;
	return columns + (page->place_width ? GAP + page->place_width : 0);
}

static void measure(struct page *page)
{
	page->number_width = MIN_NUMBER;
	widen(&page->value_width, "value");
	for (size_t i = 0; i < page->nr; i++) {
		const struct msim_row *row = &page->rows[i];
		char number[24];

		snprintf(number, sizeof(number), "%lu", row->number);
		widen(&page->number_width, number);
		page->acts[row->actor] = true;
		widen(&page->widths[row->actor], row->what);
		widen(&page->value_width, row->value);
		widen(&page->place_width, row->place);
	}
	/* The value of a write has an arrow before it. */
	page->value_width += 3;
	for (unsigned int i = 0; i < page->run->nr_actors; i++)
		widen(&page->widths[i], page->run->actors[i].spec->name);
}

/* Text that is too wide loses the places first, and then the ends of the widest columns. */
static void squeeze(struct page *page)
{
	unsigned int columns = page->how->columns ? page->how->columns : DEFAULT_COLUMNS;

	if (total(page) > columns)
		page->place_width = 0;
	while (total(page) > columns) {
		unsigned int widest = 0;

		for (unsigned int i = 1; i < page->run->nr_actors; i++) {
			if (page->acts[i] &&
			    (!page->acts[widest] || page->widths[i] > page->widths[widest]))
				widest = i;
		}
		if (page->widths[widest] <= MIN_COLUMN)
			return;
		page->widths[widest]--;
	}
}

/* How the failure is called where it is drawn. */
static void describe_failure(const struct page *page, char *text, size_t size)
{
	const struct msim_run *run = page->run;

	snprintf(text, size, "%s%s: %s", run->failed_actor < 0 ? "at the end: " : "",
		 memcgsim_verdict_name(run->verdict), run->failure);
}

/* ---- text ---- */

static void dim(const struct page *page, bool on)
{
	if (page->how->color)
		fputs(on ? DIM : NORMAL, page->how->out);
}

/* At most @width characters, and blanks up to there. */
static void cell(FILE *out, const char *text, unsigned int width)
{
	if (strlen(text) > width)
		fprintf(out, "%.*s..", (int)width - 2, text);
	else
		fprintf(out, "%-*s", (int)width, text);
}

/* The cells of the actors; none behind the last that says anything. */
static void print_actors(const struct page *page, const struct msim_row *row, bool more)
{
	FILE *out = page->how->out;

	for (unsigned int i = 0; i < page->run->nr_actors; i++) {
		if (!page->acts[i])
			continue;
		if (i == row->actor && !more) {
			fprintf(out, "%s", row->what);
			return;
		}
		cell(out, i == row->actor ? row->what : "", page->widths[i]);
		fprintf(out, "%*s", GAP, "");
	}
}

static void print_row(const struct page *page, const struct msim_row *row)
{
	FILE *out = page->how->out;
	bool placed = page->place_width && row->place[0];
	char number[24] = "", value[48] = "";

	if (row->number)
		snprintf(number, sizeof(number), "%lu", row->number);
	if (row->value[0])
		snprintf(value, sizeof(value), "%s%s", row->written ? "-> " : "   ", row->value);
	fprintf(out, "%*s%*s", (int)page->number_width, number, GAP, "");
	if (row->quiet)
		dim(page, true);
	print_actors(page, row, placed || value[0]);
	if (row->quiet)
		dim(page, false);
	if (!placed) {
		fprintf(out, "%s\n", value);
		return;
	}
	fprintf(out, "%-*s%*s", (int)page->value_width, value, GAP, "");
	dim(page, true);
	fputs(row->place, out);
	dim(page, false);
	fputc('\n', out);
}

static void print_text(const struct page *page)
{
	FILE *out = page->how->out;
	char failure[MEMCGSIM_FAILURE_BYTES + 64];
	int indent = (int)page->number_width + GAP;

	fprintf(out, "%*s", indent, "");
	for (unsigned int i = 0; i < page->run->nr_actors; i++) {
		if (!page->acts[i])
			continue;
		cell(out, page->run->actors[i].spec->name, page->widths[i]);
		fprintf(out, "%*s", GAP, "");
		if ((int)i < page->run->failed_actor)
			indent += (int)page->widths[i] + GAP;
	}
	fprintf(out, "   value\n");
	for (size_t i = 0; i < page->nr; i++)
		print_row(page, &page->rows[i]);
	if (page->run->verdict == MEMCGSIM_FINE)
		return;
	describe_failure(page, failure, sizeof(failure));
	fprintf(out, "%*s%s>> %s%s\n", indent, "", page->how->color ? RED : "", failure,
		page->how->color ? NORMAL : "");
}

/* ---- SVG ---- */

#define CHAR_WIDTH 7.3
#define ROW_HEIGHT 30
#define BOX_HEIGHT 22
#define MARGIN	   20
#define PAD	   8

static void svg_text(FILE *out, double x, double y, const char *style, const char *text)
{
	fprintf(out, "<text x=\"%.0f\" y=\"%.0f\" %s>", x, y, style);
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
	fputs("</text>\n", out);
}

static void svg_box(FILE *out, double x, double y, double width, const char *fill,
		    const char *stroke)
{
	fprintf(out,
		"<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%d\" rx=\"3\" fill=\"%s\" "
		"stroke=\"%s\"/>\n",
		x, y, width, BOX_HEIGHT, fill, stroke);
}

static double column_width(unsigned int characters)
{
	return characters * CHAR_WIDTH + 2 * PAD;
}

/* Where a column begins; that of the values is behind the last. */
static double column_at(const struct page *page, unsigned int actor)
{
	double x = MARGIN;

	for (unsigned int i = 0; i < actor; i++)
		x += page->acts[i] ? column_width(page->widths[i]) + MARGIN : 0;
	return x;
}

static void draw_row(const struct page *page, const struct msim_row *row, double y)
{
	static const char *const fills[] = { "#dae8f5", "#fde3c8", "#dcefdc",
					     "#e8def2", "#f7f0c4", "#d8eeee" };
	FILE *out = page->how->out;
	double x = column_at(page, row->actor), values = column_at(page, page->run->nr_actors);
	char text[160];

	if (row->quiet) {
		svg_text(out, x + PAD, y + 15, "fill=\"#888888\"", row->what);
		return;
	}
	snprintf(text, sizeof(text), row->number ? "%2$lu. %1$s" : "%1$s", row->what, row->number);
	svg_box(out, x, y, column_width(page->widths[row->actor]),
		fills[row->actor % msim_array_size(fills)], "#556677");
	svg_text(out, x + PAD, y + 15, "fill=\"#000000\"", text);
	if (row->value[0]) {
		svg_box(out, values, y, column_width(page->value_width),
			row->changed ? "#f9caca" : "#f3f3f3", "#bbbbbb");
		svg_text(out, values + PAD, y + 15, "fill=\"#000000\"", row->value);
	}
	svg_text(out, values + column_width(page->value_width) + MARGIN, y + 15, "fill=\"#999999\"",
		 row->place);
}

static void draw_head(const struct page *page, double y)
{
	FILE *out = page->how->out;
	const char *bold = "fill=\"#000000\" font-weight=\"bold\"";

	for (unsigned int i = 0; i < page->run->nr_actors; i++) {
		if (page->acts[i])
			svg_text(out, column_at(page, i), y, bold, page->run->actors[i].spec->name);
	}
	svg_text(out, column_at(page, page->run->nr_actors), y, bold, "value");
}

static void print_svg(struct page *page)
{
	FILE *out = page->how->out;
	char failure[MEMCGSIM_FAILURE_BYTES + 64];
	double y = 2 * MARGIN, width, x;

	for (unsigned int i = 0; i < page->run->nr_actors; i++)
		page->widths[i] += 5; /* the number is in the box */
	describe_failure(page, failure, sizeof(failure));
	x = page->run->failed_actor < 0 ? MARGIN
					: column_at(page, (unsigned int)page->run->failed_actor);
	width = column_at(page, page->run->nr_actors) + column_width(page->value_width) + MARGIN +
		column_width(page->place_width) + MARGIN;
	if (x + column_width((unsigned int)strlen(failure)) + MARGIN > width)
		width = x + column_width((unsigned int)strlen(failure)) + MARGIN;
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%zu\" "
		"font-family=\"monospace\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		width, 3 * MARGIN + (page->nr + 1) * ROW_HEIGHT);
	draw_head(page, y - PAD);
	for (size_t i = 0; i < page->nr; i++, y += ROW_HEIGHT)
		draw_row(page, &page->rows[i], y);
	if (page->run->verdict != MEMCGSIM_FINE) {
		svg_box(out, x, y, column_width((unsigned int)strlen(failure)), "#c62828",
			"#8e0000");
		svg_text(out, x + PAD, y + 15, "fill=\"#ffffff\"", failure);
	}
	fputs("</svg>\n", out);
}

void msim_ladder_print(const struct msim_run *run, const struct memcgsim_ladder *how)
{
	struct page page = { .run = run, .how = how };
	struct msim_row *rows = msim_rows(run, how->full, &page.nr);

	if (!rows) {
		fprintf(stderr, "memcgsim: no memory to draw the schedule\n");
		return;
	}
	page.rows = rows;
	measure(&page);
	if (how->svg) {
		print_svg(&page);
	} else {
		squeeze(&page);
		print_text(&page);
	}
	free(rows);
}
