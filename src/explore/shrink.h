/* SPDX-License-Identifier: MIT */
/*
 * The same failure with fewer preemptions.
 */
#ifndef MSIM_EXPLORE_SHRINK_H
#define MSIM_EXPLORE_SHRINK_H

#include "explore/pick.h"

/*
 * @run has just failed. Runs it again and again, with neighbouring pieces of one actor joined or
 * made longer, as long as it fails in the same way; the last run is the shortest that did. 0 or
 * -ENOMEM; @ret_schedule is that one's.
 */
int msim_shrink(struct msim_run *run, struct msim_schedule *ret_schedule);

#endif /* MSIM_EXPLORE_SHRINK_H */
