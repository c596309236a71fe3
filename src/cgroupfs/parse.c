/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: turns text into quantities. Called by the files. Models memparse(), lib/cmdline.c,
 * and page_counter_memparse(), mm/page_counter.c, and kstrtoint() (F-02, F-05, F-06 and the table of section 17).
 */
#include "cgroupfs/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/*
 * 0x is hexadecimal, a leading 0 octal; no sign; an overflow wraps, silently. Returns what follows.
 */
static const char *parse_digits(const char *text, uint64_t *ret_value)
{
	int base = 10;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && digit_value(text[2]) < 16) {
		base = 16;
		text += 2;
	} else if (text[0] == '0') {
		base = 8;
	}
	*ret_value = 0;
	for (; digit_value(*text) < base; text++)
		*ret_value = *ret_value * (uint64_t)base + (uint64_t)digit_value(*text);
	return text;
}

static unsigned int suffix_shift(char c)
{
	static const char suffixes[] = "KMGTPE";
	const char *found = c ? strchr(suffixes, toupper((unsigned char)c)) : NULL;

	return found ? 10 * (unsigned int)(found - suffixes + 1) : 0;
}

int msim_parse_pages(const char *text, long *ret_pages)
{
	uint64_t bytes;
	unsigned int shift;

	if (!strcmp(text, "max")) {
		*ret_pages = MSIM_PAGE_COUNTER_MAX;
		return 0;
	}
	text = parse_digits(text, &bytes);
	shift = suffix_shift(*text);
	if (shift) {
		bytes <<= shift; /* bits beyond the 64th are lost, as in the kernel */
		text++;
	}
	if (*text)
		return -EINVAL;
	bytes /= MEMCGSIM_PAGE_SIZE;
	*ret_pages = bytes < (uint64_t)MSIM_PAGE_COUNTER_MAX ? (long)bytes : MSIM_PAGE_COUNTER_MAX;
	return 0;
}

int msim_parse_int(const char *text, int *ret_value)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	if (end == text || isspace((unsigned char)*text))
		return -EINVAL;
	if (errno || value < INT32_MIN || value > INT32_MAX)
		return -ERANGE;
	if (*end)
		return -EINVAL;
	*ret_value = (int)value;
	return 0;
}

void msim_strip(const char *text, char *stripped, size_t size)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	if (length >= size)
		length = size - 1;
	memcpy(stripped, text, length);
	stripped[length] = '\0';
}
