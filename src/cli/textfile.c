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
	char *text = NULL;
	size_t size = 0;
	FILE *in;

	errno = 0;
	in = strcmp(file, "-") ? fopen(file, "r") : stdin;
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
