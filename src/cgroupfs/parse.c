/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: turns text into quantities. Called by the files. Models memparse(), lib/cmdline.c,
 * page_counter_memparse(), mm/page_counter.c, res_counter_memparse_write_strategy(),
 * kernel/res_counter.c, and kstrtoint() (F-02, F-05, F-06, Y-01 and the table of section 17).
 */
#include "cgroupfs/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
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

/* 0x is hexadecimal, a leading 0 octal. Returns where the digits begin. */
static const char *skip_prefix(const char *text, int *ret_base)
{
	*ret_base = 10;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && digit_value(text[2]) < 16) {
		*ret_base = 16;
		return text + 2;
	}
	if (text[0] == '0')
		*ret_base = 8;
	return text;
}

/* No sign; an overflow wraps, silently. Returns what follows. */
static const char *parse_digits(const char *text, uint64_t *ret_value)
{
	int base;

	text = skip_prefix(text, &base);
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

/* Digits and a suffix, either of which may be missing: what follows them (F-05). */
static const char *parse_bytes(const char *text, uint64_t *ret_bytes)
{
	unsigned int shift;

	text = parse_digits(text, ret_bytes);
	shift = suffix_shift(*text);
	if (!shift)
		return text;
	*ret_bytes <<= shift; /* bits beyond the 64th are lost, as in the kernel */
	return text + 1;
}

int msim_parse_pages(const char *text, long *ret_pages)
{
	uint64_t bytes;

	if (!strcmp(text, "max")) {
		*ret_pages = MSIM_PAGE_COUNTER_MAX;
		return 0;
	}
	if (*parse_bytes(text, &bytes))
		return -EINVAL;
	bytes /= MEMCGSIM_PAGE_SIZE;
	*ret_pages = bytes < (uint64_t)MSIM_PAGE_COUNTER_MAX ? (long)bytes : MSIM_PAGE_COUNTER_MAX;
	return 0;
}

int msim_parse_res(const char *text, uint64_t unlimited, uint64_t *ret_bytes)
{
	const uint64_t page = MEMCGSIM_PAGE_SIZE;
	uint64_t bytes;

	if (*text == '-') {
		if (*parse_digits(text + 1, &bytes) || bytes != 1)
			return -EINVAL;
		*ret_bytes = unlimited;
		return 0;
	}
	if (*parse_bytes(text, &bytes))
		return -EINVAL;
	*ret_bytes = bytes <= unlimited - page ? (bytes + page - 1) & ~(page - 1) : unlimited;
	return 0;
}

int msim_parse_int(const char *text, int *ret_value)
{
	bool negative = *text == '-', overflow = false;
	uint64_t value = 0;
	int base;

	if (*text == '-' || *text == '+')
		text++;
	text = skip_prefix(text, &base);
	if (digit_value(*text) >= base)
		return -EINVAL;
	for (; digit_value(*text) < base; text++) {
		overflow |= __builtin_mul_overflow(value, (uint64_t)base, &value);
		overflow |= __builtin_add_overflow(value, (uint64_t)digit_value(*text), &value);
	}
	if (overflow)
		return -ERANGE;
	if (*text)
		return -EINVAL;
	if (value > INT32_MAX + (uint64_t)negative)
		return -ERANGE;
	*ret_value = (int)(negative ? -(int64_t)value : (int64_t)value);
	return 0;
}

/* One word after the size; blanks are gone. */
static int parse_reclaim_option(const char *word)
{
	static const char name[] = "swappiness=";
	int swappiness;

	if (strncmp(word, name, sizeof(name) - 1))
		return -EINVAL;
	word += sizeof(name) - 1;
	/* Matched as a pattern, not parsed like a file: no plus, and no more than 23 characters. */
	if (*word == '+' || strlen(word) > 23 || msim_parse_int(word, &swappiness))
		return -EINVAL;
	return swappiness >= 0 && swappiness <= 200 ? 0 : -EINVAL;
}

int msim_parse_reclaim(const char *text, unsigned long *ret_pages)
{
	uint64_t bytes;
	const char *rest = parse_bytes(text, &bytes);

	if (rest == text)
		return -EINVAL;
	while (*rest) {
		size_t length = strcspn(rest, " ");
		char word[64];

		if (length >= sizeof(word))
			return -EINVAL;
		memcpy(word, rest, length);
		word[length] = '\0';
		rest += length + (rest[length] == ' ');
		if (length && parse_reclaim_option(word))
			return -EINVAL;
	}
	*ret_pages = bytes / MEMCGSIM_PAGE_SIZE;
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
