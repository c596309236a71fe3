/* SPDX-License-Identifier: MIT */
/*
 * What an exploration has shown, for a person as a row of a table and for a program as a line of
 * JSON.
 */
#ifndef MSIM_CLI_REPORT_H
#define MSIM_CLI_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <memcgsim/explore.h>

struct report {
	const struct memcgsim_subject *subject;
	const struct memcgsim_explore_result *result;
	uint64_t seed;
	bool reproducible; /* nothing that depends on the clock */
	bool interrupted;
};

void report_header(bool reproducible);
void report_row(const struct report *report);

/* What failed, how it was found and made small. */
void report_failure(const struct report *report);

/* One line, one object. */
void report_json(const struct report *report);

/* 12,345 */
#define REPORT_NUMBER_BYTES 32
const char *report_number(unsigned long number, char text[REPORT_NUMBER_BYTES]);

/* A ladder on a terminal is as wide, and has colors unless NO_COLOR is set. */
void report_terminal(struct memcgsim_ladder *ladder);

unsigned long report_per_second(const struct memcgsim_explore_result *result);

#endif /* MSIM_CLI_REPORT_H */
