/* SPDX-License-Identifier: MIT */
/*
 * The directory tree.
 */
#ifndef MSIM_CGROUP_CGROUP_H
#define MSIM_CGROUP_CGROUP_H

#include "types.h"

/* The root and its memcg. 0 or -ENOMEM. */
int msim_cgroup_init(struct msim_ctx *ctx);

/* Everything below the root, living or dying, must be gone. */
void msim_cgroup_destroy(struct msim_ctx *ctx);

/* A living child by name, or NULL. Under the mutex. */
struct memcgsim_cgroup *msim_cgroup_child(struct memcgsim_cgroup *parent, const char *name,
					  size_t length);

/*
 * A directory in @parent, with a memcg if that gives it one. 0; -EAGAIN where cgroup.max.depth or
 * .descendants forbids it; or what making the memcg says. Under the mutex.
 */
int msim_cgroup_create(struct msim_ctx *ctx, struct memcgsim_cgroup *parent, const char *name,
		       size_t length);

/* Gives @cgroup a memcg of its own. 0 or what msim_memcg_create() says. Under the mutex. */
int msim_cgroup_enable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup);

/* Takes it away: it goes offline with the deferred work, and so stays while it is charged. */
void msim_cgroup_disable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup);

/* Removes a directory that has neither tasks nor children. 0 or -EBUSY. Under the mutex. */
int msim_cgroup_remove(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup);

#endif /* MSIM_CGROUP_CGROUP_H */
