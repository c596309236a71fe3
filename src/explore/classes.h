/* SPDX-License-Identifier: MIT */
/*
 * The classes of schedules that were met, each counted once: a set of hashes.
 */
#ifndef MSIM_EXPLORE_CLASSES_H
#define MSIM_EXPLORE_CLASSES_H

#include <stddef.h>
#include <stdint.h>

struct msim_classes {
	uint64_t *set;
	size_t size; /* a power of two, or 0 */
	size_t nr;
	uint64_t hash; /* of all of them, in whatever order they came */
};

void msim_classes_count(struct msim_classes *classes, uint64_t hash);
void msim_classes_close(struct msim_classes *classes);

/* Bits well mixed: the end of splitmix64. */
static inline uint64_t msim_mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

#endif /* MSIM_EXPLORE_CLASSES_H */
