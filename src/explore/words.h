/* SPDX-License-Identifier: MIT */
/*
 * Numbers for the words that a schedule comes across: 0, 1, 2 ... in the order in which they are
 * asked for, so that what is known of each lies in an array. A new schedule begins anew and costs
 * nothing.
 */
#ifndef MSIM_EXPLORE_WORDS_H
#define MSIM_EXPLORE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#define MSIM_NO_WORD UINT32_MAX

struct msim_words {
	struct msim_word *slots; /* a power of two of them, by address */
	size_t max;
	uint32_t nr;
	uint32_t schedule;
};

void msim_words_begin(struct msim_words *words);
void msim_words_close(struct msim_words *words);

/* The number of a word; it has one from now on. */
uint32_t msim_words_number(struct msim_words *words, const volatile void *address);

/* The number it has, or MSIM_NO_WORD. */
uint32_t msim_words_find(const struct msim_words *words, const volatile void *address);

#endif /* MSIM_EXPLORE_WORDS_H */
