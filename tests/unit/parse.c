/* SPDX-License-Identifier: MIT */
/*
 * cgroupfs/parse: the whole table of memory.max strings of section 17, and the recording of a
 * kernel that read many more.
 */
#include "unit.h"

#include "cgroupfs/parse.h"

#ifndef UNIT_RECORDINGS
#define UNIT_RECORDINGS "tests/kernel/recordings"
#endif

#define EIB (1L << 48) /* in pages */

/* What a text reads back as, in pages; -EINVAL for one that is refused. */
static const struct {
	const char *text;
	long pages;
} table[] = {
	/* overflow wraps silently; a suffix alone is 0 */
	{ "1k", 0 },
	{ "1K", 0 },
	{ "010", 0 },
	{ "K", 0 },
	{ "16E", 0 },
	{ "18446744073709551616", 0 },
	{ "4k", 1 },
	{ "0x1000", 1 },
	{ "010000", 1 },
	{ "4096", 1 },
	{ "8191", 1 },
	{ "4097", 1 },
	{ "17E", EIB },
	{ "1E", EIB },
	{ "7e", 7 * EIB },
	{ "5p", 5L << 38 },
	{ "8E", MSIM_PAGE_COUNTER_MAX },
	{ "18446744073709551615", MSIM_PAGE_COUNTER_MAX },
	{ "9223372036854775807", MSIM_PAGE_COUNTER_MAX },
	{ "9223372036854775808", MSIM_PAGE_COUNTER_MAX },
	{ "9223372036854771712", MSIM_PAGE_COUNTER_MAX },     /* 2^63 - 4096 */
	{ "9223372036854767616", MSIM_PAGE_COUNTER_MAX - 1 }, /* 2^63 - 8192: itself */
	{ "max", MSIM_PAGE_COUNTER_MAX },
	{ "0", 0 },
	{ "4095", 0 },
	{ "0X2000", 2 },
	{ "3G", 3L << 18 },
	{ "2m", 512 },
	{ "1t", 1L << 28 },
	{ "-1", -EINVAL },
	{ "08", -EINVAL },
	{ "0x", -EINVAL },
	{ "0xg", -EINVAL },
	{ "+4096", -EINVAL },
	{ "1.5M", -EINVAL },
	{ "4KB", -EINVAL },
	{ "4kk", -EINVAL },
	{ "1 K", -EINVAL },
	{ "MAX", -EINVAL },
	{ "max 1", -EINVAL },
	{ "0b1000", -EINVAL },
	{ "abc", -EINVAL },
	{ "maxx", -EINVAL },
};

/* Models: F-01, F-02, F-05, section 17. */
static void texts_are_read_as_the_kernel_reads_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		long pages = -1;
		int err = msim_parse_pages(table[i].text, &pages);

		if (err != (table[i].pages < 0 ? -EINVAL : 0) ||
		    pages != (err ? -1 : table[i].pages))
			fail_msg("\"%s\": %d, %ld pages", table[i].text, err, pages);
	}
}

/* What memory.reclaim takes, and how many pages that is: as a kernel answered (edge-limitfiles). */
static const struct {
	const char *text;
	long pages;
} reclaims[] = {
	{ "0", 0 },
	{ "K", 0 },
	{ "4095", 0 },
	{ "1M", 256 },
	{ "16E", 0 },
	{ "0 swappiness=0", 0 },
	{ "8K swappiness=200", 2 },
	{ "0   swappiness=0x10", 0 },
	{ "0 swappiness=-0", 0 },
	{ "0 swappiness=010 swappiness=2", 0 },
	{ "0Kswappiness=1", 0 },
	{ "abc", -EINVAL },
	{ "max", -EINVAL },
	{ "", -EINVAL },
	{ "-1", -EINVAL },
	{ "1.5M", -EINVAL },
	{ "0 5", -EINVAL },
	{ "swappiness=1", -EINVAL },
	{ "0 swappiness=201", -EINVAL },
	{ "0 swappiness=-1", -EINVAL },
	{ "0 swappiness=+5", -EINVAL },
	{ "0 swappiness=", -EINVAL },
	{ "0 swappiness=5x", -EINVAL },
	{ "0 swappiness=08", -EINVAL },
	{ "0 swappiness=00000000000000000000001", 0 },	      /* 23 characters */
	{ "0 swappiness=000000000000000000000001", -EINVAL }, /* 24 */
	{ "0x swappiness=1", -EINVAL },
	{ "0 swappiness=1111111111111111111111111111111111111111111111111111111111", -EINVAL },
};

/* Models: section 10.2 (reclaim), F-05, section 17: memory.reclaim strings. */
static void section_17_reclaim_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reclaims) / sizeof(reclaims[0]); i++) {
		unsigned long pages = 77;
		int err = msim_parse_reclaim(reclaims[i].text, &pages);

		if (err != (reclaims[i].pages < 0 ? -EINVAL : 0) ||
		    pages != (err ? 77 : (unsigned long)reclaims[i].pages))
			fail_msg("\"%s\": %d, %lu pages", reclaims[i].text, err, pages);
	}
}

/* Numbers of memory.oom.group and the like. */
static const struct {
	const char *text;
	int err, value;
} ints[] = {
	{ "0", 0, 0 },
	{ "-0", 0, 0 },
	{ "+1", 0, 1 },
	{ "0x1f", 0, 31 },
	{ "-017", 0, -15 },
	{ "2147483647", 0, INT32_MAX },
	{ "-2147483648", 0, INT32_MIN },
	{ "2147483648", -ERANGE, 0 },
	{ "-2147483649", -ERANGE, 0 },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "99999999999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "-", -EINVAL, 0 },
	{ "+-1", -EINVAL, 0 },
	{ "08", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "0b1", -EINVAL, 0 },
	{ "1x", -EINVAL, 0 },
	{ "1 1", -EINVAL, 0 },
	{ "abc", -EINVAL, 0 },
};

/* Models: section 10.2 (oom.group). Any base, a sign, and the range of an int. */
static void ints_are_read_as_the_kernel_reads_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		int value = 77, err = msim_parse_int(ints[i].text, &value);

		if (err != ints[i].err || value != (err ? 77 : ints[i].value))
			fail_msg("\"%s\": %d, %d", ints[i].text, err, value);
	}
}

/*
 * Models: F-05, [run]. Blanks parse as 0: what a write of "\n" comes down to.
 */
static void empty_text_is_zero(void **state)
{
	long pages = -1;

	(void)state;
	assert_int_equal(msim_parse_pages("", &pages), 0);
	assert_int_equal(pages, 0);
}

/*
 * Models: F-06. Blanks go on both sides, not inside; what is too long is cut.
 */
static void strip_takes_blanks_at_both_ends(void **state)
{
	char text[8];

	(void)state;
	msim_strip(" \t\n4096 \v\f\r\n", text, sizeof(text));
	assert_string_equal(text, "4096");
	msim_strip(" 1 K ", text, sizeof(text));
	assert_string_equal(text, "1 K");
	msim_strip("  \n ", text, sizeof(text));
	assert_string_equal(text, "");
	msim_strip("0123456789", text, sizeof(text));
	assert_string_equal(text, "0123456");
}

/* One line of the recording, done here: whether the answer is the recorded one. */
static bool replay(struct unit *u, const char *line)
{
	char file[64], argument[128] = "", answer[256], expected[256];
	const char *arrow = strstr(line, " -> ");
	bool is_write = strstr(line, " write ") != NULL;
	char *text = NULL;
	int err, skip = 0;

	snprintf(expected, sizeof(expected), "%.*s", (int)strcspn(arrow + 4, "\n"), arrow + 4);
	if (sscanf(line, "@%*d %*s %63s%n", file, &skip) != 1)
		return false;
	if (arrow > line + skip + 1)
		snprintf(argument, sizeof(argument), "%.*s", (int)(arrow - line - skip - 1),
			 line + skip + 1);
	if (is_write) {
		err = memcgsim_cgroupfs_write(u->machine, file, argument);
		snprintf(answer, sizeof(answer), "%s",
			 err == 0	  ? "ok"
			 : err == -EINVAL ? "ERR EINVAL"
					  : "other");
	} else {
		if (memcgsim_cgroupfs_read(u->machine, file, &text))
			return false;
		snprintf(answer, sizeof(answer), "%.*s", (int)strcspn(text, "\n"), text);
		free(text);
	}
	if (strcmp(answer, expected))
		print_error("%s   here: %s\n", line, answer);
	return !strcmp(answer, expected);
}

/*
 * Models: F-01 ... F-06 [run]. Every write and read of memory.max that was recorded, with
 * its answer.
 */
static void recording_of_words_is_reproduced(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	FILE *recording = fopen(UNIT_RECORDINGS "/edge-maxwords.out", "r");
	unsigned int lines = 0, wrong = 0;
	char line[512];

	if (!recording)
		skip();
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "f");
	unit_write(u, "f/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "f/x");
	while (fgets(line, sizeof(line), recording)) {
		if (!strstr(line, "memory.max") || line[0] != '@')
			continue;
		lines++;
		wrong += !replay(u, line);
	}
	fclose(recording);
	assert_true(lines > 200);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(texts_are_read_as_the_kernel_reads_them),
		unit_case(empty_text_is_zero),
		unit_case(strip_takes_blanks_at_both_ends),
		unit_case(recording_of_words_is_reproduced),
		unit_case(section_17_reclaim_strings),
		unit_case(ints_are_read_as_the_kernel_reads_them),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
