/* SPDX-License-Identifier: MIT */
/*
 * Owns the format of recordings: a line for each command, framed by lines that say nothing of it.
 */
#include "cli/recording.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/textfile.h"

#define MAX_LINE 100000000u

static bool complain(const char *file, unsigned int line, const char *expected, const char *found)
{
	fprintf(stderr, "%s:%u:1: expected %s, found '%.40s' (is this a recording?)\n", file, line,
		expected, found);
	return false;
}

static bool add(struct recording *recording, unsigned int line, const char *text)
{
	if (line >= recording->nr_lines) {
		unsigned int more = line + line / 2 + 1;
		const char **answers = realloc(recording->answers, more * sizeof(*answers));

		if (!answers)
			return false;
		memset(answers + recording->nr_lines, 0,
		       (more - recording->nr_lines) * sizeof(*answers));
		recording->answers = answers;
		recording->nr_lines = more;
	}
	recording->answers[line] = text;
	return true;
}

/* Lines that begin with '#', and the frame of a kernel's console, are not answers. */
static bool parse_line(struct recording *recording, unsigned int number, char *text)
{
	unsigned long line;
	char *end;

	if (!*text || *text == '#' || !strncmp(text, "@begin", 6) || !strncmp(text, "@end", 4))
		return true;
	if (*text != '@' || !isdigit((unsigned char)text[1]))
		return complain(recording->file, number, "@LINE COMMAND -> RESULT", text);
	line = strtoul(text + 1, &end, 10);
	if (line == 0 || line > MAX_LINE || *end != ' ' || !strstr(end, " -> "))
		return complain(recording->file, number, "@LINE COMMAND -> RESULT", text);
	if (recording_of(recording, (unsigned int)line))
		return complain(recording->file, number, "one answer to a line", text);
	return add(recording, (unsigned int)line, text);
}

struct recording *recording_read(const char *file)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	unsigned int number = 0;
	bool fine;

	if (!recording)
		return NULL;
	recording->file = strdup(file);
	recording->buffer = textfile_read(file);
	fine = recording->file && recording->buffer;
	for (char *line = fine ? recording->buffer : NULL; line && fine;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		fine = parse_line(recording, ++number, line);
		line = end ? end + 1 : NULL;
	}
	if (!fine) {
		recording_free(recording);
		return NULL;
	}
	return recording;
}

const char *recording_of(const struct recording *recording, unsigned int line)
{
	return line < recording->nr_lines ? recording->answers[line] : NULL;
}

void recording_free(struct recording *recording)
{
	free(recording->answers);
	free(recording->buffer);
	free(recording->file);
	free(recording);
}
