/* SPDX-License-Identifier: MIT */
/*
 * A seeded generator: splitmix64 (Steele, Lea, Flood 2014). Same seed, same numbers, on every
 * machine.
 */
#ifndef MSIM_BASE_RNG_H
#define MSIM_BASE_RNG_H

#include <stdint.h>

struct msim_rng {
	uint64_t state;
};

static inline uint64_t msim_rng_next(struct msim_rng *rng)
{
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A number in [0, bound); bound > 0. The bias is below bound / 2^32. */
static inline uint32_t msim_rng_below(struct msim_rng *rng, uint32_t bound)
{
	return (uint32_t)(((msim_rng_next(rng) >> 32) * bound) >> 32);
}

#endif /* MSIM_BASE_RNG_H */
