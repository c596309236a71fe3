/* SPDX-License-Identifier: MIT */
/*
 * Owns numbers on the command line.
 */
#include "cli/numbers.h"

#include <errno.h>
#include <stdlib.h>

unsigned long option_number(const struct argp_state *state, const char *option, const char *text,
			    unsigned long low, unsigned long high)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number < low || number > high)
		argp_error(state, "--%s: expected a number from %lu to %lu, found '%s'", option,
			   low, high, text);
	return number;
}
