/* SPDX-License-Identifier: MIT */
/*
 * Owns the language of scenarios: its words and what may follow them. Whatever can be seen without
 * running is refused here, with its place; what the kernel answers with an errno is an answer, and
 * left to the rig.
 */
#include "cli/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/*
 * Arguments of a verb, a letter each: t the task that does it, N a new task's name, p path, w word,
 * W words (one or more), k keys, n number, s size with a suffix. W and k end the line.
 */
static const struct syntax {
	const char *name;
	enum verb verb;
	const char *args;
} syntaxes[] = {
	{ "load", VERB_LOAD, "w" },
	{ "sleep", VERB_SLEEP, "n" },
	{ "rcu", VERB_RCU, "" },
	{ "drain", VERB_DRAIN, "" },
	{ "mkdir", VERB_MKDIR, "p" },
	{ "rmdir", VERB_RMDIR, "p" },
	{ "write", VERB_WRITE, "pW" },
	{ "read", VERB_READ, "p" },
	{ "stat", VERB_STAT, "pk" },
	{ "task", VERB_TASK, "N" },
	{ "move", VERB_MOVE, "tp" },
	{ "cpu", VERB_CPU, "tn" },
	{ "exit", VERB_EXIT, "t" },
	{ "anon", VERB_ANON, "ts" },
	{ "free", VERB_FREE, "ts" },
	{ "k page", VERB_K_PAGE, "tnn" },
	{ "k upage", VERB_K_UPAGE, "tnn" },
	{ "k kmalloc", VERB_K_KMALLOC, "tnn" },
	{ "k ukmalloc", VERB_K_UKMALLOC, "tnn" },
	{ "k many", VERB_K_MANY, "tnnn" },
	{ "k free", VERB_K_FREE, "tn" },
	{ "k freeall", VERB_K_FREEALL, "t" },
	{ "k tag", VERB_K_TAG, "tn" },
	{ "k cur", VERB_K_CUR, "t" },
};

/* One line being parsed. */
struct parser {
	const char *file;
	unsigned int line;
	char *start; /* of the line */
	char *next;  /* what is not consumed yet */
};

static bool complain(const struct parser *parser, const char *at, const char *expected)
{
	fprintf(stderr, "%s:%u:%zu: expected %s, found '", parser->file, parser->line,
		(size_t)(at - parser->start) + 1, expected);
	for (; *at && !isspace((unsigned char)*at); at++) /* nothing that a terminal might obey */
		fputc(isprint((unsigned char)*at) ? *at : '?', stderr);
	fputs("'\n", stderr);
	return false;
}

/* The line is over, or a comment begins, where something is missing. */
static bool complain_end(const struct parser *parser, const char *expected)
{
	fprintf(stderr, "%s:%u:%zu: expected %s, found the end of the line\n", parser->file,
		parser->line, (size_t)(parser->next - parser->start) + 1, expected);
	return false;
}

/*
 * The next word, cut off; NULL at the end of the line. A '#' begins a comment only where a word may
 * begin.
 */
static char *next_word(struct parser *parser)
{
	char *word = parser->next + strspn(parser->next, " \t\r");
	size_t length = strcspn(word, " \t\r");

	parser->next = word;
	if (!*word || *word == '#')
		return NULL;
	parser->next = word + length;
	if (*parser->next)
		*parser->next++ = '\0';
	return word;
}

static const char *at_next(const struct parser *parser)
{
	const char *at = parser->next + strspn(parser->next, " \t\r");

	return *at == '#' ? "" : at;
}

/* Decimal, or as C writes numbers; with a suffix if @suffixes says so. */
static bool parse_number(const struct parser *parser, const char *word, bool suffixes,
			 long *ret_number)
{
	static const struct {
		char letter;
		unsigned int shift;
	} units[] = {
		{ 'K', 10 }, { 'k', 10 }, { 'M', 20 }, { 'm', 20 }, { 'G', 30 }, { 'p', 12 }
	};
	unsigned int shift = 0;
	char *end;

	errno = 0;
	*ret_number = strtol(word, &end, suffixes ? 0 : 10);
	for (unsigned int i = 0; suffixes && end > word && i < msim_array_size(units); i++) {
		if (*end != units[i].letter || end[1])
			continue;
		shift = units[i].shift;
		end++;
	}
	if (end == word || *end)
		return complain(parser, word,
				suffixes ? "a size such as 4096, 64K, 10M or 5p" : "a number");
	if (errno || *ret_number > INT64_MAX >> shift || *ret_number < INT64_MIN >> shift)
		return complain(parser, word, "a number below 2^63");
	*ret_number *= 1L << shift;
	return true;
}

static bool parse_rest(struct parser *parser, struct command *command, bool required)
{
	char *word;

	while ((word = next_word(parser))) {
		/* Words beyond what the recordings' interpreter reads were never answered. */
		if (command->nr_words < MAX_WORDS - 1)
			command->words[command->nr_words++] = word;
	}
	if (required && command->nr_words < 2)
		return complain_end(parser, "what to write");
	return true;
}

static bool parse_argument(struct parser *parser, struct command *command, char kind,
			   unsigned int *nr_numbers)
{
	static const char *const expected[] = {
		['t'] = "a task's name", ['p'] = "a path",
		['w'] = "a word",	 ['n'] = "a number",
		['N'] = "a task's name", ['s'] = "a size such as 4096, 64K, 10M or 5p",
	};
	char *word;

	if (kind == 'W' || kind == 'k')
		return parse_rest(parser, command, kind == 'W');
	word = next_word(parser);
	if (!word)
		return complain_end(parser, expected[(unsigned char)kind]);
	if (kind == 't')
		command->task = word;
	else if (kind == 'n' || kind == 's')
		return parse_number(parser, word, kind == 's', &command->numbers[(*nr_numbers)++]);
	else
		command->words[command->nr_words++] = word;
	return true;
}

static const struct syntax *find_syntax(const char *name)
{
	for (size_t i = 0; i < msim_array_size(syntaxes); i++) {
		if (!strcmp(syntaxes[i].name, name))
			return &syntaxes[i];
	}
	return NULL;
}

/* `k TASK VERB ...`: the verb stands behind the task. */
static const struct syntax *parse_k(struct parser *parser, struct command *command)
{
	const struct syntax *syntax;
	char name[32], *word;

	command->task = next_word(parser);
	if (!command->task) {
		complain_end(parser, "a task's name");
		return NULL;
	}
	word = next_word(parser);
	if (!word) {
		complain_end(parser, "what the task is to do");
		return NULL;
	}
	snprintf(name, sizeof(name), "k %s", word);
	syntax = find_syntax(name);
	if (!syntax)
		complain(parser, word,
			 "page, upage, kmalloc, ukmalloc, many, free, freeall, tag or cur");
	return syntax;
}

/* Whether the line was right; @ret_empty if there was nothing on it. */
static bool parse_line(struct parser *parser, struct command *command, bool *ret_empty)
{
	const struct syntax *syntax;
	unsigned int nr_numbers = 0;
	const char *args;
	char *word = next_word(parser);

	*ret_empty = !word;
	if (!word)
		return true;
	if (!strcmp(word, "k")) {
		syntax = parse_k(parser, command);
		if (!syntax)
			return false;
		args = syntax->args + 1; /* the task is there */
	} else {
		syntax = find_syntax(word);
		if (!syntax)
			return complain(parser, word,
					"a verb (mkdir, rmdir, write, read, stat, task, move, cpu, "
					"exit, k, anon, free, drain, rcu, sleep, load)");
		args = syntax->args;
	}
	command->verb = syntax->verb;
	for (; *args; args++) {
		if (!parse_argument(parser, command, *args, &nr_numbers))
			return false;
	}
	if (*at_next(parser))
		return complain(parser, at_next(parser), "the end of the line");
	return true;
}

/* Text has no NUL in it: what follows one would be lost without a word. */
static bool is_text(const struct scenario *scenario, size_t length)
{
	if (strlen(scenario->text) == length)
		return true;
	fprintf(stderr, "%s:%u:%zu: expected text, found a NUL byte\n", scenario->file,
		scenario->line, strlen(scenario->text) + 1);
	return false;
}

static int complain_errno(const char *file)
{
	fprintf(stderr, "memcgsim: %s: %s\n", file, strerror(errno));
	return -1;
}

/* The line once more, to be cut into words. */
static bool copy_line(struct scenario *scenario, size_t length)
{
	if (scenario->words_room <= length) {
		char *more = realloc(scenario->words, scenario->text_room);

		if (!more)
			return false;
		scenario->words = more;
		scenario->words_room = scenario->text_room;
	}
	memcpy(scenario->words, scenario->text, length + 1);
	return true;
}

/* Reads and parses the next command: 1, 0 at the end, -1 after a message. */
static int next(struct scenario *scenario)
{
	struct parser parser = { .file = scenario->file };
	bool empty = true;

	while (empty) {
		ssize_t length;

		errno = 0;
		length = getline(&scenario->text, &scenario->text_room, scenario->in);
		if (length < 0)
			return feof(scenario->in) ? 0 : complain_errno(scenario->file);
		scenario->line++;
		if (length > 0 && scenario->text[length - 1] == '\n')
			scenario->text[--length] = '\0';
		if (!is_text(scenario, (size_t)length))
			return -1;
		if (!copy_line(scenario, (size_t)length))
			return complain_errno(scenario->file);
		scenario->command = (struct command){
			.line = scenario->line,
			.text = scenario->text,
		};
		parser.line = scenario->line;
		parser.start = scenario->words;
		parser.next = scenario->words;
		if (!parse_line(&parser, &scenario->command, &empty))
			return -1;
	}
	return 1;
}

void scenario_rewind(struct scenario *scenario)
{
	rewind(scenario->in);
	scenario->line = 0;
}

const struct command *scenario_next(struct scenario *scenario)
{
	int got = next(scenario);

	scenario->failed |= got < 0;
	return got > 0 ? &scenario->command : NULL;
}

/* Takes @in over; NULL if there is none, or if what it says is no scenario. */
static struct scenario *open_scenario(const char *file, FILE *in)
{
	struct scenario *scenario = in ? calloc(1, sizeof(*scenario)) : NULL;

	if (!scenario) {
		complain_errno(file);
		if (in)
			fclose(in);
		return NULL;
	}
	scenario->in = in;
	scenario->file = strdup(file);
	while (scenario->file && scenario_next(scenario))
		scenario->nr_commands++;
	if (!scenario->file || scenario->failed) {
		scenario_free(scenario);
		return NULL;
	}
	scenario_rewind(scenario);
	return scenario;
}

/* What can be read only once, such as a pipe, goes into a file without a name. */
static FILE *copy_of(FILE *in)
{
	FILE *out = tmpfile();
	char block[65536];
	size_t got;

	while (out && (got = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, got, out);
	if (out && (ferror(in) || fflush(out))) {
		fclose(out);
		return NULL;
	}
	if (out)
		rewind(out);
	return out;
}

struct scenario *scenario_read(const char *file)
{
	FILE *in, *copy;

	errno = 0;
	in = strcmp(file, "-") ? fopen(file, "r") : stdin;
	if (!in || fseek(in, 0, SEEK_SET) == 0)
		return open_scenario(file, in);
	copy = copy_of(in);
	if (in != stdin)
		fclose(in);
	return open_scenario(file, copy);
}

struct scenario *scenario_parse(const char *file, char *text)
{
	/* fmemopen() wants a byte */
	FILE *in = *text ? fmemopen(text, strlen(text), "r") : tmpfile();

	return open_scenario(file, in);
}

void scenario_free(struct scenario *scenario)
{
	if (scenario->in != stdin)
		fclose(scenario->in);
	free(scenario->text);
	free(scenario->words);
	free(scenario->file);
	free(scenario);
}
