/* SPDX-License-Identifier: MIT */
/*
 * The program's findings, charts and markup: what the program ends with, and how it is told.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/findings.h"
#include "cli/markup.h"
#include "cli/verbs.h"

static struct row row_that(bool holds)
{
	return (struct row){
		.claim = "a <claim> & \"more\"",
		.source = "somewhere",
		.before = figure_number(2000, "pages"),
		.after = figure_number(500, "pages"),
		.holds = holds,
	};
}

/* The text that @tell writes. */
static char *told(void (*tell)(const struct findings *findings, FILE *out),
		  const struct findings *findings)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	tell(findings, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* One claim that does not hold is enough, also if it is the first of a run that was cut short. */
static void claim_that_does_not_hold_is_status_1(void **state)
{
	struct row good = row_that(true), bad = row_that(false);
	struct findings *findings = findings_create();

	(void)state;
	assert_int_equal(findings_status(findings, false), MEMCGSIM_EXIT_INTERRUPTED);
	assert_int_equal(findings_status(findings, true), MEMCGSIM_EXIT_VIOLATED); /* of none */
	findings_add(findings, &good);
	assert_int_equal(findings_status(findings, true), MEMCGSIM_EXIT_HOLDS);
	assert_int_equal(findings_status(findings, false), MEMCGSIM_EXIT_INTERRUPTED);
	findings_add(findings, &bad);
	findings_add(findings, &good);
	assert_int_equal(findings_status(findings, true), MEMCGSIM_EXIT_VIOLATED);
	assert_int_equal(findings_status(findings, false), MEMCGSIM_EXIT_VIOLATED);
	assert_false(findings_hold(findings));
	assert_int_equal(findings_nr_rows(findings), 3);
	assert_string_equal(findings_row(findings, 1)->claim, bad.claim);
	findings_free(findings);
}

/* The caller's texts may be gone, and a ratio is told only of numbers of one unit. */
static void rows_are_told(void **state)
{
	struct findings *findings = findings_create();
	char claim[] =
		"a claim that is so long that it takes more than a line of the table to tell";
	struct row row = row_that(true);
	char *text;

	(void)state;
	row.claim = claim;
	findings_add(findings, &row);
	row.after = figure_words("clean in %d schedules", 7);
	row.holds = false;
	row.measured = true;
	row.token = "a_vs_b:sc:1.0";
	findings_add(findings, &row);
	memset(claim, 'x', sizeof(claim) - 1);
	text = told(findings_table, findings);
	assert_null(strstr(text, "xxx"));
	assert_non_null(strstr(text, "more than a line"));
	assert_non_null(strstr(text, "2,000 pages"));
	assert_non_null(strstr(text, " 0.250  holds\n"));
	assert_non_null(strstr(text, "clean in 7 schedules          does not hold, measured\n"));
	assert_non_null(strstr(text, "memcgsim replay a_vs_b:sc:1.0\n"));
	free(text);
	findings_free(findings);
}

static void json_is_escaped(void **state)
{
	struct findings *findings = findings_create();
	struct row row = row_that(true);
	char *text;

	(void)state;
	row.source = "a\\b\n";
	findings_add(findings, &row);
	text = told(findings_json, findings);
	assert_string_equal(text,
			    "\"rows\":[{\"claim\":\"a <claim> & \\\"more\\\"\","
			    "\"source\":\"a\\\\b\\u000a\","
			    "\"before\":{\"number\":2000,\"unit\":\"pages\"},"
			    "\"after\":{\"number\":500,\"unit\":\"pages\"},\"ratio\":0.25,"
			    "\"measured\":false,\"holds\":true}],\"charts\":[],\"holds\":true");
	free(text);
	findings_free(findings);
}

static void draw(const struct findings *findings, FILE *out)
{
	assert_true(findings_svg(findings, "both <kinds>", out));
}

/* Both kinds of charts: text is text, escaped; a bar for each value, a line for each series. */
static void charts_are_drawn(void **state)
{
	struct chart_head head = { .kind = CHART_BARS,
				   .title = "a & b",
				   .x_title = "x",
				   .y_title = "pages",
				   .source = "<here>" };
	struct findings *findings = findings_create();
	struct chart *bars, *lines;
	char *text;
	FILE *nowhere = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(nowhere);
	assert_false(findings_svg(findings, "nothing", nowhere));
	fclose(nowhere);
	bars = findings_chart(findings, &head);
	chart_bar(bars, "one", "before", 1234);
	chart_bar(bars, "one", "after", 0);
	head.kind = CHART_LINES;
	lines = findings_chart(findings, &head);
	chart_point(lines, "before", 0, 1);
	chart_point(lines, "before", 5, 3);
	chart_point(lines, "after", 0, 2);
	chart_note(lines, 2, "<note>");
	text = told(draw, findings);
	assert_non_null(strstr(text, "<title>both &lt;kinds&gt;</title>"));
	assert_non_null(strstr(text, ">a &amp; b</text>"));
	assert_non_null(strstr(text, ">&lt;here&gt;</text>"));
	assert_non_null(strstr(text, ">1,234</text>"));
	assert_non_null(strstr(text, ">&lt;note&gt;</text>"));
	assert_non_null(strstr(text, "<path class=\"line1\""));
	assert_null(strstr(text, "<path class=\"line2\""));
	assert_non_null(strstr(text, "translate(0 420)"));
	assert_string_equal(text + strlen(text) - strlen("</svg>\n"), "</svg>\n");
	free(text);
	text = told(findings_json, findings);
	assert_non_null(strstr(text, "{\"series\":\"after\",\"group\":\"one\",\"y\":0}"));
	assert_non_null(strstr(text, "{\"series\":\"before\",\"x\":5,\"y\":3}"));
	assert_non_null(strstr(text, "\"notes\":[{\"x\":2,\"text\":\"<note>\"}]"));
	free(text);
	findings_free(findings);
}

static void numbers_are_for_people(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{ 0, "0" },	     { 7, "7" },	  { 1234567, "1,234,567" },
		{ -1000, "-1,000" }, { 0.6521, "0.652" }, { 1.005, "1.00" },
		{ 12.34, "12.3" },   { 123.6, "124" },	  { 99999.5, "100,000" },
		{ 0.0001, "0.000" }, { 999, "999" },	  { -0.5, "-0.500" },
	};
	char text[MARKUP_NUMBER_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(markup_number(cases[i].number, text), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claim_that_does_not_hold_is_status_1),
		cmocka_unit_test(rows_are_told),
		cmocka_unit_test(json_is_escaped),
		cmocka_unit_test(charts_are_drawn),
		cmocka_unit_test(numbers_are_for_people),
	};

	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
