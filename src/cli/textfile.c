/* SPDX-License-Identifier: MIT */
/*
 * Owns the reading of what a person names on the command line.
 */
#include "cli/textfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *textfile_read(const char *file)
{
	FILE *in = strcmp(file, "-") ? fopen(file, "r") : stdin;
	char *text = NULL;
	size_t size = 0;

	errno = 0;
	if (in && getdelim(&text, &size, '\0', in) < 0 && !ferror(in)) {
		free(text);
		text = strdup(""); /* empty */
	}
	if (!in || !text || ferror(in)) {
		fprintf(stderr, "memcgsim: %s: %s\n", file, strerror(errno));
		free(text);
		text = NULL;
	}
	if (in && in != stdin)
		fclose(in);
	return text;
}
