/* SPDX-License-Identifier: MIT */
/*
 * Owns the words and the numbers of a result.
 */
#include "cli/report.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/markup.h"

const char *report_number(unsigned long number, char text[REPORT_NUMBER_BYTES])
{
	char digits[REPORT_NUMBER_BYTES];
	int length = snprintf(digits, sizeof(digits), "%lu", number);
	char *out = text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return text;
}

unsigned long report_per_second(const struct memcgsim_explore_result *result)
{
	return result->schedules * 1000 / (result->elapsed_ms ? result->elapsed_ms : 1);
}

void report_terminal(struct memcgsim_ladder *ladder)
{
	struct winsize size;

	if (!isatty(fileno(ladder->out)))
		return;
	ladder->color = !getenv("NO_COLOR");
	if (ioctl(fileno(ladder->out), TIOCGWINSZ, &size) == 0)
		ladder->columns = size.ws_col;
}

/* Whether there is a schedule that was not run. */
static const char *exhaustive(const struct memcgsim_explore_result *result, char *text, size_t size)
{
	if (!result->exhausted)
		return "no";
	if (result->bound < 0)
		return "yes";
	snprintf(text, size, "to %d", result->bound);
	return text;
}

void report_header(bool reproducible)
{
	printf("%-34s %12s %10s %10s %8s", "subject", "schedules", "classes", "exhaustive",
	       "longest");
	if (!reproducible)
		printf(" %10s", "per second");
	printf("  verdict\n");
}

void report_row(const struct report *report)
{
	const struct memcgsim_explore_result *result = report->result;
	char number[REPORT_NUMBER_BYTES], bound[16];

	printf("%-34s %12s", report->subject->name, report_number(result->schedules, number));
	printf(" %10s", result->classes ? report_number(result->classes, number) : "-");
	printf(" %10s", exhaustive(result, bound, sizeof(bound)));
	printf(" %8s", report_number(result->max_steps, number));
	if (!report->reproducible)
		printf(" %10s", report_number(report_per_second(result), number));
	printf("  %s%s\n", memcgsim_verdict_name(result->verdict),
	       report->interrupted ? ", interrupted" : "");
}

void report_failure(const struct report *report)
{
	const struct memcgsim_explore_result *result = report->result;
	char number[REPORT_NUMBER_BYTES];

	printf("\n%s: %s\n", memcgsim_verdict_name(result->verdict), result->failure);
	printf("Claimed: %s.\n", report->subject->claim);
	printf("Found by %s in schedule %s with %u preemption%s, shrunk to %u",
	       memcgsim_strategy_name(result->strategy),
	       report_number(result->schedules_to_failure, number), result->found_preemptions,
	       result->found_preemptions == 1 ? "" : "s", result->preemptions);
	if (result->failures > 1)
		printf("; %s schedules failed", report_number(result->failures, number));
	printf(".\n\n");
}

static void json_string(const char *name, const char *text)
{
	printf("\"%s\":", name);
	markup_json(stdout, text);
}

static void json_number(const char *name, unsigned long number)
{
	printf("\"%s\":%lu,", name, number);
}

static void json_bool(const char *name, bool value)
{
	printf("\"%s\":%s,", name, value ? "true" : "false");
}

/* Of a failure only. */
static void json_failure(const struct memcgsim_explore_result *result)
{
	json_string("failure", result->failure);
	putchar(',');
	json_number("failure_step", result->failure_step);
	json_number("schedules_to_failure", result->schedules_to_failure);
	json_number("preemptions", result->preemptions);
	json_number("found_preemptions", result->found_preemptions);
	json_string("token", result->token);
	putchar(',');
}

void report_json(const struct report *report)
{
	const struct memcgsim_explore_result *result = report->result;

	putchar('{');
	json_string("subject", report->subject->name);
	putchar(',');
	json_string("claim", report->subject->claim);
	putchar(',');
	json_string("verdict", memcgsim_verdict_name(result->verdict));
	putchar(',');
	json_string("strategy", memcgsim_strategy_name(result->strategy));
	putchar(',');
	json_number("seed", report->seed);
	json_number("schedules", result->schedules);
	json_number("pruned", result->pruned);
	json_number("failures", result->failures);
	json_number("classes", result->classes);
	json_bool("met", result->met);
	json_bool("exhaustive", result->exhausted && result->bound < 0);
	if (result->exhausted && result->bound >= 0)
		json_number("exhaustive_to", (unsigned long)result->bound);
	json_number("steps", result->steps);
	json_number("longest_steps", result->max_steps);
	if (result->verdict)
		json_failure(result);
	if (!report->reproducible) {
		json_number("elapsed_ms", result->elapsed_ms);
		json_number("schedules_per_second", report_per_second(result));
	}
	json_bool("interrupted", report->interrupted);
	printf("\"trace_hash\":\"%016lx\"}\n", (unsigned long)result->trace_hash);
}
