/* SPDX-License-Identifier: MIT */
/*
 * Owns the public way into the explorer: one of its threads' words is the library's own, so that
 * each actor is bound by itself.
 */
#include <memcgsim/explore.h>

#include "explore/search.h"
#include "seam/lock.h"

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
