/* SPDX-License-Identifier: MIT */
/*
 * Owns the words of a ladder: those of the source, and values that are the same in every run of
 * the same schedule. No state.
 */
#include "explore/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/arena.h"
#include "explore/fold.h"

#define TAG_BITS 7u /* what an aligned pointer has room for */

/* The words that have been named so far: in another cgroup the same text is another word. */
struct names {
	struct {
		const char *text;
		const volatile void *word;
		unsigned int number; /* of those with the same text */
	} * list;
	size_t nr;
};

/* ---- what is done ---- */

/*
 * The expression without the operator and the parentheses around it that the macro needed, and
 * without the innards of container_of().
 */
static void bare(const char *text, char *out, size_t size)
{
	const char *inner = strstr(text, "__builtin_offsetof"), *next = inner, *member;
	size_t length = strlen(text);

	while (next && (member = strstr(next, "->")))
		next = member + 2;
	if (inner && next != inner) {
		snprintf(out, size, "(...)->%s", next);
		return;
	}

	while (*text == '&' || *text == ' ') {
		text++;
		length--;
	}
	if (length > 2 && text[0] == '(' && !strchr(text + 1, '(') && text[length - 1] == ')') {
		text++;
		length -= 2;
	}
	snprintf(out, size, "%.*s", (int)length, text);
}

/* Of the words that are called the same, which this one is. */
static unsigned int number_of(struct names *names, const char *text, const volatile void *word)
{
	unsigned int number = 1;

	for (size_t i = 0; i < names->nr; i++) {
		if (strcmp(names->list[i].text, text) != 0)
			continue;
		if (names->list[i].word == word)
			return names->list[i].number;
		number++;
	}
	names->list[names->nr].text = text;
	names->list[names->nr].word = word;
	names->list[names->nr++].number = number;
	return number;
}

static void name_of(struct names *names, const char *text, const volatile void *word, char *out,
		    size_t size)
{
	unsigned int number = number_of(names, text, word);
	size_t length;

	bare(text, out, size);
	length = strlen(out);
	if (number > 1)
		snprintf(out + length, size - length, " #%u", number);
}

/* The order that the name of an access does not tell. The strongest goes without saying. */
static const char *order_of(const struct memcgsim_point *point)
{
	static const char *const orders[] = {
		[__ATOMIC_RELAXED] = "_relaxed", [__ATOMIC_CONSUME] = "_acquire",
		[__ATOMIC_ACQUIRE] = "_acquire", [__ATOMIC_RELEASE] = "_release",
		[__ATOMIC_ACQ_REL] = "_acq_rel", [__ATOMIC_SEQ_CST] = "",
	};
	bool access = point->op == MEMCGSIM_OP_LOAD || point->op == MEMCGSIM_OP_STORE ||
		      point->op == MEMCGSIM_OP_RMW;

	if (!access || (size_t)point->order >= msim_array_size(orders) ||
	    strstr(point->name, orders[point->order]))
		return "";
	return orders[point->order];
}

/* The step before @index that had the same word and actor, and says what it is called. */
static const struct memcgsim_point *named_before(const struct msim_run *run, size_t index)
{
	const struct msim_step *step = &run->trace[index];

	while (index-- > 0) {
		const struct msim_step *before = &run->trace[index];

		if (before->silent == MSIM_STEP && before->actor == step->actor &&
		    before->op.word == step->op.word && before->op.point->text[0])
			return before->op.point;
	}
	return NULL;
}

/* spin_lock becomes spin_unlock. */
static void unlocked(struct names *names, const struct memcgsim_point *lock,
		     const volatile void *word, struct msim_row *row)
{
	const char *end = strstr(lock->name, "lock");
	char text[96];

	name_of(names, lock->text, word, text, sizeof(text));
	snprintf(row->what, sizeof(row->what), "%.*sunlock(%s)", end ? (int)(end - lock->name) : 0,
		 lock->name, text);
}

static void describe_silent(const struct msim_run *run, size_t index, struct names *names,
			    struct msim_row *row)
{
	const struct msim_step *step = &run->trace[index];
	const struct memcgsim_point *lock;

	switch ((enum msim_silent)step->silent) {
	case MSIM_SILENT_UNLOCK:
		lock = named_before(run, index);
		if (lock)
			unlocked(names, lock, step->op.word, row);
		else
			snprintf(row->what, sizeof(row->what), "unlock");
		break;
	case MSIM_SILENT_RCU_READ_UNLOCK:
		snprintf(row->what, sizeof(row->what), "rcu_read_unlock()");
		break;
	case MSIM_SILENT_CHOICE:
		snprintf(row->what, sizeof(row->what), "chooses %lu of 0..%u",
			 (unsigned long)step->value, step->enabled - 1u);
		break;
	case MSIM_SILENT_END:
		row->quiet = true;
		snprintf(row->what, sizeof(row->what), "ends");
		break;
	case MSIM_STEP:
		break;
	}
}

static void describe(const struct msim_run *run, size_t index, struct names *names,
		     struct msim_row *row)
{
	const struct msim_step *step = &run->trace[index];
	const struct memcgsim_point *point = step->op.point, *before;
	const char *text = point->text;
	char word[96];

	if (point->op == MEMCGSIM_OP_FREE) {
		snprintf(row->what, sizeof(row->what), "frees a+%#lx",
			 (unsigned long)msim_arena_offset(step->op.word));
		return;
	}
	if (point->op == MEMCGSIM_OP_SPIN && !text[0]) {
		before = named_before(run, index);
		text = before ? before->text : "";
	}
	name_of(names, text, text[0] ? step->op.word : NULL, word, sizeof(word));
	snprintf(row->what, sizeof(row->what), "%s%s(%s)", point->name, order_of(point), word);
}

/* The file with its directory: enough to find it. */
static void place_of(const struct memcgsim_point *point, struct msim_row *row)
{
	const char *file = point->file;
	unsigned int slashes = 0;

	for (const char *pos = file + strlen(file); pos > file; pos--) {
		if (pos[-1] == '/' && (++slashes == 2 || pos[-2] == '.')) {
			file = pos;
			break;
		}
	}
	snprintf(row->place, sizeof(row->place), "%s:%d", file, point->line);
}

/* ---- values ---- */

static bool is_pointer(uint64_t value)
{
	return value & ~(uint64_t)TAG_BITS &&
	       msim_arena_has((const void *)(uintptr_t)(value & ~(uint64_t)TAG_BITS));
}

/* Whether the word has held a pointer at any step. */
static bool holds_pointers(const struct msim_run *run, const volatile void *word)
{
	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (step->silent == MSIM_STEP && step->op.word == word &&
		    step->op.point->size_bytes == sizeof(void *) && is_pointer(step->value))
			return true;
	}
	return false;
}

/* In the arena, an offset: elsewhere the address is another one in each process. */
static int pointer_text(uint64_t value, char *out, size_t size)
{
	uint64_t pointer = value & ~(uint64_t)TAG_BITS, bits = value & TAG_BITS;
	int length;

	if (is_pointer(value))
		length = snprintf(
			out, size, "a+%#lx",
			(unsigned long)msim_arena_offset((const void *)(uintptr_t)pointer));
	else
		length = snprintf(out, size, "%s", pointer ? "elsewhere" : "0");
	if (bits)
		length +=
			snprintf(out + length, size - (size_t)length, " |%lu", (unsigned long)bits);
	return length;
}

static void number_text(uint64_t value, unsigned int size_bytes, char *out, size_t size)
{
	unsigned int shift = 64 - 8 * size_bytes;
	int64_t number = (int64_t)(value << shift) >> shift;

	if (number > -1000000 && number < 0)
		snprintf(out, size, "%ld", (long)number);
	else if (value < 1000000)
		snprintf(out, size, "%lu", (unsigned long)value);
	else if (value >> 40 && !(value >> 47)) /* an address of the process, most likely */
		snprintf(out, size, "elsewhere");
	else
		snprintf(out, size, "%#lx", (unsigned long)value);
}

static void describe_value(const struct msim_run *run, const struct msim_step *step,
			   struct msim_row *row)
{
	unsigned int size_bytes = step->op.point->size_bytes;

	switch (step->op.point->op) {
	case MEMCGSIM_OP_LOAD:
	case MEMCGSIM_OP_STORE:
	case MEMCGSIM_OP_RMW:
		break;
	default:
		return;
	}
	if (!step->op.word || size_bytes == 0 || size_bytes > 8)
		return;
	if (run->verdict == MEMCGSIM_USE_AFTER_FREE && row->number == run->failure_step)
		return; /* what is there means nothing */
	if (size_bytes == sizeof(void *) && holds_pointers(run, step->op.word))
		pointer_text(step->value, row->value, sizeof(row->value));
	else
		number_text(step->value, size_bytes, row->value, sizeof(row->value));
}

/* ---- rows ---- */

struct writer {
	const struct msim_run *run;
	const bool *shown; /* NULL: all are */
	unsigned long number;
	unsigned long folded; /* steps left out since the last row, all of one actor */
	unsigned int folded_actor;
	struct names names;
	struct msim_row *rows;
	size_t nr;
};

static struct msim_row *push(struct writer *writer, unsigned int actor)
{
	struct msim_row *row = &writer->rows[writer->nr++];

	*row = (struct msim_row){ .actor = actor };
	return row;
}

/* Whether the step wrote what is there now: an exchange that failed has not. */
static bool written(const struct msim_run *run, size_t index)
{
	const struct msim_step *step = &run->trace[index];

	if (step->op.point->op != MEMCGSIM_OP_RMW)
		return step->op.point->op == MEMCGSIM_OP_STORE;
	while (index-- > 0) {
		const struct msim_step *before = &run->trace[index];

		if (before->silent == MSIM_STEP && before->op.word == step->op.word)
			return before->value != step->value;
	}
	return true;
}

/* Whether the row's value is news to who reads from top to bottom. */
static bool news(const struct writer *writer, size_t index)
{
	const struct msim_step *step = &writer->run->trace[index];

	while (index-- > 0) {
		const struct msim_step *before = &writer->run->trace[index];

		if (before->silent == MSIM_STEP && before->op.word == step->op.word &&
		    (!writer->shown || writer->shown[index]))
			return before->value != step->value;
	}
	return true;
}

static void write_folded(struct writer *writer)
{
	struct msim_row *row;

	if (!writer->folded)
		return;
	row = push(writer, writer->folded_actor);
	row->quiet = true;
	snprintf(row->what, sizeof(row->what), "... %lu step%s", writer->folded,
		 writer->folded == 1 ? "" : "s");
	writer->folded = 0;
}

static void write_step(struct writer *writer, size_t index)
{
	const struct msim_step *step = &writer->run->trace[index];
	struct msim_row *row = push(writer, step->actor);

	if (step->silent != MSIM_STEP) {
		describe_silent(writer->run, index, &writer->names, row);
		return;
	}
	row->number = writer->number;
	describe(writer->run, index, &writer->names, row);
	if (step->op.point->op != MEMCGSIM_OP_FREE) /* that place is the explorer's own */
		place_of(step->op.point, row);
	describe_value(writer->run, step, row);
	row->written = row->value[0] && written(writer->run, index);
	row->changed = row->value[0] && news(writer, index);
}

static void write_rows(struct writer *writer)
{
	for (size_t i = 0; i < writer->run->nr_trace; i++) {
		const struct msim_step *step = &writer->run->trace[i];

		writer->number += step->silent == MSIM_STEP;
		if (!writer->shown || writer->shown[i]) {
			write_folded(writer);
			write_step(writer, i);
		} else if (msim_is_visible(step)) {
			if (writer->folded_actor != step->actor)
				write_folded(writer);
			writer->folded_actor = step->actor;
			writer->folded++;
		}
	}
	write_folded(writer);
}

struct msim_row *msim_rows(const struct msim_run *run, bool full, size_t *ret_nr)
{
	bool *shown = full ? NULL : malloc((run->nr_trace + 1) * sizeof(*shown));
	struct writer writer = {
		.run = run,
		.shown = shown,
		.names.list = malloc((run->nr_trace + 1) * sizeof(*writer.names.list)),
		.rows = malloc((run->nr_trace + 1) * sizeof(*writer.rows)),
	};

	if (!writer.rows || !writer.names.list || (!full && (!shown || msim_fold(run, shown)))) {
		free(writer.rows);
		writer.rows = NULL;
	} else {
		write_rows(&writer);
	}
	free(writer.names.list);
	free(shown);
	*ret_nr = writer.nr;
	return writer.rows;
}
