/* SPDX-License-Identifier: MIT */
/*
 * Numbers on the command line.
 */
#ifndef MSIM_CLI_NUMBERS_H
#define MSIM_CLI_NUMBERS_H

#include <argp.h>

/* A number from @low to @high with nothing behind it, or a message and the end of the program. */
unsigned long option_number(const struct argp_state *state, const char *option, const char *text,
			    unsigned long low, unsigned long high);

#endif /* MSIM_CLI_NUMBERS_H */
