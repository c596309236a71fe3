/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing of its own: hash tables with linear probing, whose slots are tagged with the
 * schedule.
 */
#include "explore/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define FIRST_SLOTS 1024

struct msim_word {
	const volatile void *address;
	uint32_t schedule;
	uint32_t number;
};

void msim_words_begin(struct msim_words *words)
{
	words->nr = 0;
	words->schedule++;
}

void msim_words_close(struct msim_words *words)
{
	free(words->slots);
	memset(words, 0, sizeof(*words));
}

/* Where an address is, or belongs. */
static struct msim_word *slot_of(const struct msim_words *words, const volatile void *address)
{
	size_t mask = words->max - 1;
	size_t i = (size_t)(((uintptr_t)address * 0x9e3779b97f4a7c15u) >> 32) & mask;

	while (words->slots[i].schedule == words->schedule && words->slots[i].address != address)
		i = (i + 1) & mask;
	return &words->slots[i];
}

static void grow(struct msim_words *words)
{
	struct msim_word *old = words->slots;
	size_t nr_old = words->max;

	words->max = nr_old ? 2 * nr_old : FIRST_SLOTS;
	words->slots = calloc(words->max, sizeof(*words->slots));
	msim_assert(words->slots);
	for (size_t i = 0; i < nr_old; i++) {
		if (old[i].schedule == words->schedule)
			*slot_of(words, old[i].address) = old[i];
	}
	free(old);
}

uint32_t msim_words_number(struct msim_words *words, const volatile void *address)
{
	struct msim_word *slot;

	if (2 * words->nr >= words->max)
		grow(words);
	slot = slot_of(words, address);
	if (slot->schedule != words->schedule)
		*slot = (struct msim_word){ address, words->schedule, words->nr++ };
	return slot->number;
}

uint32_t msim_words_find(const struct msim_words *words, const volatile void *address)
{
	const struct msim_word *slot;

	if (!words->nr)
		return MSIM_NO_WORD;
	slot = slot_of(words, address);
	return slot->schedule == words->schedule ? slot->number : MSIM_NO_WORD;
}
