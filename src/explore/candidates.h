/* SPDX-License-Identifier: MIT */
/*
 * The events that a new one may race with: an order by age, which the search for races goes by.
 */
#ifndef MSIM_EXPLORE_CANDIDATES_H
#define MSIM_EXPLORE_CANDIDATES_H

#include "explore/schedule.h"

/* Newest first. */
struct msim_candidates {
	int events[6 * MSIM_ACTORS + 2];
	unsigned int nr;
};

/* @event: its index; negative: there is none. */
static inline void msim_insert_candidate(struct msim_candidates *candidates, int event)
{
	unsigned int i = candidates->nr;

	if (event < 0)
		return;
	while (i > 0 && candidates->events[i - 1] < event) {
		candidates->events[i] = candidates->events[i - 1];
		i--;
	}
	candidates->events[i] = event;
	candidates->nr++;
}

#endif /* MSIM_EXPLORE_CANDIDATES_H */
