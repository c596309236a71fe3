/* SPDX-License-Identifier: MIT */
/*
 * Exploring and replaying, for a thread whose word @self each actor has for itself (NULL: none).
 */
#ifndef MSIM_EXPLORE_SEARCH_H
#define MSIM_EXPLORE_SEARCH_H

#include <memcgsim/explore.h>

/* As memcgsim_explore(). */
int msim_search(const struct memcgsim_subject *subject,
		const struct memcgsim_explore_options *options, void **self,
		struct memcgsim_explore_result *result);

/* As memcgsim_replay(). */
int msim_search_replay(const struct memcgsim_subject *subject, const char *token, void **self,
		       const struct memcgsim_ladder *ladder,
		       struct memcgsim_explore_result *result);

#endif /* MSIM_EXPLORE_SEARCH_H */
