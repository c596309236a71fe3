/* SPDX-License-Identifier: MIT */
/*
 * The links between memcgs, and rounds along them.
 */
#ifndef MSIM_MEMCG_ITER_H
#define MSIM_MEMCG_ITER_H

#include "types.h"

/* Makes @memcg its parent's last child. Under the cgroup mutex, as the other. */
void msim_memcg_link(struct memcgsim_mem_cgroup *memcg);

/* Its last reference has gone: no round comes to it again, nor goes on from it (L-05). */
void msim_memcg_unlink(struct memcgsim_mem_cgroup *memcg);

/*
 * The one after @pos in the subtree of @root, parents first, those that are dying included; NULL
 * comes before @root, and after the last. Under memcg_tree_lock.
 */
struct memcgsim_mem_cgroup *msim_memcg_next_in_order(struct memcgsim_mem_cgroup *root,
						     struct memcgsim_mem_cgroup *pos);

#endif /* MSIM_MEMCG_ITER_H */
