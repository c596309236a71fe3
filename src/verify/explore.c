/* SPDX-License-Identifier: MIT */
/*
 * Owns the public way into the explorer. The word that each actor has for itself is the library's
 * thread-local pointer: so each is bound by itself.
 */
#include <memcgsim/explore.h>

#include <errno.h>

#include "explore/run.h"
#include "explore/search.h"
#include "explore/step.h"
#include "seam/lock.h"
#include "verify/steps.h"

int memcgsim_explore(const struct memcgsim_subject *subject,
		     const struct memcgsim_explore_options *options,
		     struct memcgsim_explore_result *result)
{
	return msim_search(subject, options, (void **)&msim_self, result);
}

int memcgsim_replay(const struct memcgsim_subject *subject, const char *token,
		    const struct memcgsim_ladder *ladder, struct memcgsim_explore_result *result)
{
	return msim_search_replay(subject, token, (void **)&msim_self, ladder, result);
}

int memcgsim_explore_watch(struct memcgsim *machine)
{
	struct msim_run *run = msim_exploring;

	if (!run || run->oracle || msim_searching)
		return -EINVAL;
	/* Where a store may wait, or a load be late, nobody has the one true state to look at. */
	return run->memory ? 0 : msim_steps_watch(run, machine);
}
