/* SPDX-License-Identifier: MIT */
/*
 * Owns the last look at the standard output.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/verbs.h"

static void close_output(void)
{
	bool lost = ferror(stdout);

	if (fclose(stdout) == 0 && !lost)
		return;
	fprintf(stderr, "memcgsim: the output could not be written: %s\n", strerror(errno));
	_exit(MEMCGSIM_EXIT_USAGE);
}

void output_watch(void)
{
	if (atexit(close_output)) {
		fprintf(stderr, "memcgsim: no memory\n");
		exit(MEMCGSIM_EXIT_USAGE);
	}
}
