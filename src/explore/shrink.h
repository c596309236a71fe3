/* SPDX-License-Identifier: MIT */
/*
 * The same failure with fewer preemptions.
 */
#ifndef MSIM_EXPLORE_SHRINK_H
#define MSIM_EXPLORE_SHRINK_H

#include "explore/pick.h"

/* How a schedule failed. Two are the same if they say the same, but for numbers and addresses. */
struct msim_failure {
	enum memcgsim_verdict verdict;
	char text[MEMCGSIM_FAILURE_BYTES];
};

void msim_failure_of(const struct msim_run *run, struct msim_failure *ret);
bool msim_is_failure(const struct msim_run *run, const struct msim_failure *failure);

/*
 * @run has just failed. Runs it again and again, with neighbouring pieces of one actor joined or
 * made longer, as long as it fails in the same way; the last run is the shortest that did. 0 or
 * -ENOMEM; @ret_schedule is that one's.
 */
int msim_shrink(struct msim_run *run, struct msim_schedule *ret_schedule);

#endif /* MSIM_EXPLORE_SHRINK_H */
