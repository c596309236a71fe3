/* SPDX-License-Identifier: MIT */
/*
 * Owns the reading of what a person names on the command line.
 */
#include "cli/textfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text has no NUL in it: what follows one would be lost without a word. */
static bool is_text(const char *file, const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);
	unsigned int line = 1;
	const char *start = text;

	if (!end)
		return true;
	for (const char *c = text; c < end; c++) {
		if (*c == '\n') {
			line++;
			start = c + 1;
		}
	}
	fprintf(stderr, "%s:%u:%zu: expected text, found a NUL byte\n", file, line,
		(size_t)(end - start) + 1);
	return false;
}

/* @in to its end, with a zero behind; NULL if it cannot be read. */
static char *read_whole(FILE *in, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);
	char block[65536];
	size_t got;

	if (!out)
		return NULL;
	while ((got = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, got, out);
	if (fclose(out) || ferror(in)) {
		free(text);
		return NULL;
	}
	return text;
}

char *textfile_read(const char *file)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in;

	errno = 0;
	in = strcmp(file, "-") ? fopen(file, "r") : stdin;
	if (in)
		text = read_whole(in, &size);
	if (!text)
		fprintf(stderr, "memcgsim: %s: %s\n", file, strerror(errno));
	if (in && in != stdin)
		fclose(in);
	if (text && !is_text(file, text, size)) {
		free(text);
		return NULL;
	}
	return text;
}
