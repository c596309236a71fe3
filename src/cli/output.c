/* SPDX-License-Identifier: MIT */
/*
 * Owns the last look at the standard output.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"

int output_end(int status)
{
	bool lost = ferror(stdout);

	if (fclose(stdout) == 0 && !lost)
		return status;
	fprintf(stderr, "memcgsim: the output could not be written: %s\n", strerror(errno));
	return MEMCGSIM_EXIT_USAGE;
}
