/* SPDX-License-Identifier: MIT */
/*
 * Reasons to keep a directory's structure: its life, memcgs, css_sets and children that name it.
 * Under the cgroup mutex.
 */
#ifndef MSIM_CGROUP_PIN_H
#define MSIM_CGROUP_PIN_H

#include "types.h"

/* Adds @change to a count of @cgroup and all its ancestors. */
#define msim_count_up(cgroup, field, change)                                                       \
	do {                                                                                       \
		for (struct memcgsim_cgroup *c_ = (cgroup); c_; c_ = c_->parent)                   \
			c_->stat.field += (unsigned long)(change);                                 \
	} while (0)

void msim_cgroup_get(struct memcgsim_cgroup *cgroup);

/* Drops one; the last frees it, and drops its parent's. */
void msim_cgroup_put(struct memcgsim_cgroup *cgroup);

#endif /* MSIM_CGROUP_PIN_H */
