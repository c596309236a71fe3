/* SPDX-License-Identifier: MIT */
/*
 * explore/ladder, with explore/fold and explore/rows: which steps are shown, in which words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "memcgsim/explore.h"

#define OWN_STEPS 10
#define NEWS	  2

struct state {
	unsigned long *word;  /* a pointer with bits, as task->objcg */
	unsigned long *block; /* what it points to */
	unsigned long own;    /* touched by one actor only */
	unsigned long news;   /* written by one, and then read by the other */
	unsigned int lock;
};

static const struct memcgsim_point lock_point = {
	.file = "../src/room/file.c",
	.line = 7,
	.name = "spin_lock",
	.text = "&state->lock",
	.op = MEMCGSIM_OP_LOCK,
};

static const char *setup(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	state->block = memcgsim_explore_alloc(64);
	state->word = state->block;
	return NULL;
}

/* Reads, is busy with its own affairs, and reads again. */
static const char *read_twice(void *arg, const void *unused)
{
	struct state *state = arg;
	unsigned long *was = MEMCGSIM_X_LOAD(&state->word, ACQUIRE);

	(void)unused;
	for (int i = 0; i < OWN_STEPS; i++)
		MEMCGSIM_X_ADD(&state->own, 1, RELAXED);
	MEMCGSIM_X_LOAD(&state->news, RELAXED);
	if (MEMCGSIM_X_LOAD(&state->word, ACQUIRE) != was)
		return "changed in between";
	return NULL;
}

static const char *set_bit(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	MEMCGSIM_X_XCHG(&state->word, (unsigned long *)((uintptr_t)state->block | 1), SEQ_CST);
	for (unsigned long i = 0; i < NEWS; i++)
		MEMCGSIM_X_STORE(&state->news, i, RELAXED);
	return NULL;
}

static const char *clear_word(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	MEMCGSIM_X_XCHG(&state->word, NULL, SEQ_CST);
	MEMCGSIM_X_XCHG(&state->word, (unsigned long *)2, SEQ_CST);
	memcgsim_explore_free(state->block);
	return NULL;
}

static const char *use_block(void *arg, const void *unused)
{
	struct state *state = arg;
	unsigned long *block = MEMCGSIM_X_LOAD(&state->word, ACQUIRE);

	(void)unused;
	if ((uintptr_t)block > 2)
		MEMCGSIM_X_STORE(&block[1], 1, RELAXED);
	return NULL;
}

static const char *locked(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	memcgsim_explore_lock(&lock_point, &state->lock);
	MEMCGSIM_X_ADD(&state->own, 1, RELAXED);
	memcgsim_explore_unlock(NULL, &state->lock);
	return NULL;
}

/* Two words that the source calls the same. */
static const char *add_both(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	for (unsigned long *word = &state->own; word <= &state->news; word++)
		MEMCGSIM_X_ADD(word, 1, RELAXED);
	return NULL;
}

static const char *choose(void *arg, const void *unused)
{
	struct state *state = arg;

	(void)unused;
	if (memcgsim_explore_choose(3) == 2)
		MEMCGSIM_X_STORE(&state->news, 1, RELAXED);
	return NULL;
}

static struct memcgsim_subject subject_of(const char *(*one)(void *, const void *),
					  const char *(*other)(void *, const void *))
{
	return (struct memcgsim_subject){
		.name = "s",
		.claim = "it holds",
		.state_bytes = sizeof(struct state),
		.setup = setup,
		.actors = { { .name = "one", .body = one }, { .name = "other", .body = other } },
	};
}

/* The ladder of a schedule, to be freed. */
static char *draw(const struct memcgsim_subject *subject, const char *token,
		  struct memcgsim_ladder how)
{
	struct memcgsim_explore_result result;
	char *text = NULL;
	size_t size;

	how.out = open_memstream(&text, &size);
	assert_non_null(how.out);
	assert_true(memcgsim_replay(subject, token, &how, &result) >= 0);
	assert_false(result.strayed);
	fclose(how.out);
	return text;
}

static unsigned int lines_of(const char *text)
{
	unsigned int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Whether @text has a line with all of the words, up to a NULL, in this order. */
static bool has_line(const char *text, ...)
{
	while (*text) {
		const char *end = strchr(text, '\n'), *pos = text, *word;
		va_list words;

		va_start(words, text);
		while ((word = va_arg(words, const char *))) {
			pos = strstr(pos, word);
			if (!pos || pos + strlen(word) > end) {
				pos = NULL;
				break;
			}
			pos += strlen(word);
		}
		va_end(words);
		if (pos)
			return true;
		text = end + 1;
	}
	return false;
}

static void expect_line(const char *text, bool found)
{
	if (!found)
		fail_msg("not as expected:\n%s", text);
}

/*
 * Models: nothing of the kernel's. What came between two accesses of another is shown with these;
 * what that one does by itself is counted only; the pointer's bits stand by themselves.
 */
static void who_came_between_is_shown(void **state)
{
	struct memcgsim_subject subject = subject_of(read_twice, set_bit);
	char *text = draw(&subject, "s:sc:1.1", (struct memcgsim_ladder){ 0 });

	(void)state;
	expect_line(text, has_line(text, "... 2 steps", NULL));
	expect_line(text, has_line(text, " one ", "other", "value", NULL));
	expect_line(text, has_line(text, " 1 ", "load_acquire(state->word)", "   a+0x", NULL));
	expect_line(text, has_line(text, " 2 ", "xchg(state->word)", "-> a+0x", " |1",
				   "ladder.c:", NULL));
	expect_line(text, has_line(text, "... 11 steps", NULL));
	expect_line(text, has_line(text, " 16 ", "load_acquire(state->word)", "   a+0x", NULL));
	expect_line(text, has_line(text, ">> wrong: changed in between", NULL));
	expect_line(text, !strstr(text, "a+0x2000")); /* offsets, not addresses */
	assert_int_equal(lines_of(text), 7);
	free(text);
}

/* Models: nothing of the kernel's. --full shows each step, and who ends. */
static void in_full_every_step_is_shown(void **state)
{
	struct memcgsim_subject subject = subject_of(read_twice, set_bit);
	char *text = draw(&subject, "s:sc:1.1", (struct memcgsim_ladder){ .full = true });

	(void)state;
	for (unsigned int i = 1; i <= OWN_STEPS + NEWS + 4; i++) {
		char number[16];

		snprintf(number, sizeof(number), " %u ", i);
		expect_line(text, has_line(text, number, "state->", NULL));
	}
	expect_line(text, has_line(text, "ends", NULL));
	assert_int_equal(lines_of(text), OWN_STEPS + NEWS + 4 + 3);
	free(text);
}

/* Models: nothing of the kernel's. A word that holds pointers: 0, and bits without one. */
static void a_word_without_its_pointer_keeps_its_bits(void **state)
{
	struct memcgsim_subject subject = subject_of(read_twice, clear_word);
	char *text = draw(&subject, "s:sc:1.1", (struct memcgsim_ladder){ 0 });

	(void)state;
	expect_line(text, has_line(text, " 2 ", "xchg(state->word)", "-> 0  ", NULL));
	expect_line(text, has_line(text, " 3 ", "xchg(state->word)", "-> 0 |2", NULL));
	free(text);
}

/* Models: nothing of the kernel's. Who gave it back, and who used it; in whose column. */
static void memory_used_after_it_was_freed(void **state)
{
	struct memcgsim_subject subject = subject_of(use_block, clear_word);
	char *text = draw(&subject, "s:sc:1.1-3.0", (struct memcgsim_ladder){ 0 });

	(void)state;
	expect_line(text, has_line(text, "frees a+0x", NULL));
	expect_line(text, strstr(text, "\n      >> use after free: &block[1]") != NULL);
	free(text);
}

/* Models: nothing of the kernel's. A lock is worth a row if somebody else ran while it was held. */
static void a_lock_is_shown_if_others_ran_meanwhile(void **state)
{
	struct memcgsim_subject subject = subject_of(locked, read_twice);
	char *held = draw(&subject, "s:sc:1.1", (struct memcgsim_ladder){ 0 });
	char *alone = draw(&subject, "s:sc:", (struct memcgsim_ladder){ 0 });

	(void)state;
	expect_line(held, has_line(held, " 1 ", "spin_lock(state->lock)", "room/file.c:7", NULL));
	expect_line(held, has_line(held, "spin_unlock(state->lock)", NULL));
	expect_line(alone, !has_line(alone, "spin_unlock(state->lock)", NULL));
	free(held);
	free(alone);
}

/* Models: nothing of the kernel's. Another word of the same text has a number, always the same. */
static void words_of_the_same_name_are_told_apart(void **state)
{
	struct memcgsim_subject subject = subject_of(add_both, add_both);
	char *text = draw(&subject, "s:sc:", (struct memcgsim_ladder){ 0 });

	(void)state;
	expect_line(text, has_line(text, " 1 ", "add_relaxed(word) ", "-> 1", NULL));
	expect_line(text, has_line(text, " 2 ", "add_relaxed(word #2) ", "-> 1", NULL));
	expect_line(text, has_line(text, " 3 ", "add_relaxed(word) ", "-> 2", NULL));
	expect_line(text, has_line(text, " 4 ", "add_relaxed(word #2) ", "-> 2", NULL));
	free(text);
}

/* Models: nothing of the kernel's. What was chosen is part of what happened. */
static void choices_are_shown(void **state)
{
	struct memcgsim_subject subject = subject_of(choose, set_bit);
	char *text = draw(&subject, "s:sc:1.2", (struct memcgsim_ladder){ 0 });

	(void)state;
	expect_line(text, has_line(text, "chooses 2 of 0..2", NULL));
	free(text);
}

/* Models: nothing of the kernel's. The places go first, then the ends of long words. */
static void narrow_text_stays_within_its_columns(void **state)
{
	struct memcgsim_subject subject = subject_of(read_twice, set_bit);
	char *text = draw(&subject, "s:sc:1.1", (struct memcgsim_ladder){ .columns = 60 });

	(void)state;
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (!strstr(line, ">>") || strstr(line, ">>") > strchr(line, '\n'))
			assert_in_range(strchr(line, '\n') - line, 1, 60);
	}
	expect_line(text, has_line(text, "load_ac", "..", NULL));
	expect_line(text, !has_line(text, "ladder.c:", NULL));
	free(text);
}

/* Models: nothing of the kernel's. A drawing has the same rows: of each step a box and its word. */
static void a_drawing_says_the_same(void **state)
{
	struct memcgsim_subject subject = subject_of(read_twice, set_bit);
	char *svg = draw(&subject, "s:sc:1.1", (struct memcgsim_ladder){ .svg = true });

	(void)state;
	expect_line(svg, !strncmp(svg, "<svg ", 5) && strstr(svg, "</svg>\n"));
	expect_line(svg, has_line(svg, "<text", ">2. xchg(state-&gt;word)</text>", NULL));
	expect_line(svg, has_line(svg, ">... 11 steps<", NULL));
	expect_line(svg, has_line(svg, ">wrong: changed in between<", NULL));
	free(svg);

	subject = subject_of(use_block, clear_word);
	svg = draw(&subject, "s:sc:1.1-3.0", (struct memcgsim_ladder){ .svg = true });
	expect_line(svg, has_line(svg, ">use after free: &amp;block[1]", NULL));
	free(svg);
}

/* Models: LAW 7. The same schedule has the same bytes, wherever the arena lies. */
static void the_same_schedule_has_the_same_bytes(void **state)
{
	struct memcgsim_subject subject = subject_of(use_block, clear_word);
	char *once = draw(&subject, "s:sc:1.1-3.0", (struct memcgsim_ladder){ .full = true });
	void *in_the_way = malloc(1 << 24);
	char *again = draw(&subject, "s:sc:1.1-3.0", (struct memcgsim_ladder){ .full = true });

	(void)state;
	assert_string_equal(once, again);
	free(in_the_way);
	free(once);
	free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_came_between_is_shown),
		cmocka_unit_test(in_full_every_step_is_shown),
		cmocka_unit_test(a_word_without_its_pointer_keeps_its_bits),
		cmocka_unit_test(memory_used_after_it_was_freed),
		cmocka_unit_test(a_lock_is_shown_if_others_ran_meanwhile),
		cmocka_unit_test(words_of_the_same_name_are_told_apart),
		cmocka_unit_test(choices_are_shown),
		cmocka_unit_test(narrow_text_stays_within_its_columns),
		cmocka_unit_test(a_drawing_says_the_same),
		cmocka_unit_test(the_same_schedule_has_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
