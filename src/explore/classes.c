/* SPDX-License-Identifier: MIT */
/*
 * Owns a set of hashes, open-addressed and at most half full. 0 stands for an empty place.
 */
#include "explore/classes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"

#define FIRST_SIZE 1024

/* The place of @hash, or where it would be. */
static uint64_t *place_of(uint64_t *set, size_t size, uint64_t hash)
{
	size_t i = hash & (size - 1);

	while (set[i] && set[i] != hash)
		i = (i + 1) & (size - 1);
	return &set[i];
}

static void grow(struct msim_classes *classes)
{
	size_t size = classes->size ? 2 * classes->size : FIRST_SIZE;
	uint64_t *set = calloc(size, sizeof(*set));

	msim_assert(set);
	for (size_t i = 0; i < classes->size; i++) {
		if (classes->set[i])
			*place_of(set, size, classes->set[i]) = classes->set[i];
	}
	free(classes->set);
	classes->set = set;
	classes->size = size;
}

void msim_classes_count(struct msim_classes *classes, uint64_t hash)
{
	uint64_t *place;

	if (!hash)
		hash = 1;
	if (2 * (classes->nr + 1) > classes->size)
		grow(classes);
	place = place_of(classes->set, classes->size, hash);
	if (*place)
		return;
	*place = hash;
	classes->nr++;
	classes->hash += msim_mix(hash);
}

void msim_classes_close(struct msim_classes *classes)
{
	free(classes->set);
	*classes = (struct msim_classes){ 0 };
}
