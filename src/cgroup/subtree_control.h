/* SPDX-License-Identifier: MIT */
/*
 * Which controllers a directory gives to its children.
 */
#ifndef MSIM_CGROUP_SUBTREE_CONTROL_H
#define MSIM_CGROUP_SUBTREE_CONTROL_H

#include "types.h"

/* Those it may give: what its parent gives it; all, for the root (G-06). */
unsigned int msim_cgroup_controllers(const struct memcgsim_cgroup *cgroup);

/* The name of one, or NULL for a bit that is none. */
const char *msim_controller_name(unsigned int controller);

/*
 * Changes what @cgroup gives, as text such as "+memory -pids" says: all of it or nothing. 0;
 * -EINVAL for what is no controller; -ENOENT for one that it has not got; -EBUSY for tasks or users
 * in the way; -EOPNOTSUPP at and below a root of threads; -ENOMEM (G-04, G-10). Under the mutex.
 */
int msim_subtree_control_write(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
			       const char *text);

#endif /* MSIM_CGROUP_SUBTREE_CONTROL_H */
