/* SPDX-License-Identifier: MIT */
/*
 * The memcg tree: coming online, going offline, being freed. All of it under the cgroup mutex.
 */
#ifndef MSIM_MEMCG_MEMCG_H
#define MSIM_MEMCG_MEMCG_H

#include "types.h"

int msim_memcg_table_init(struct memcgsim *machine);
void msim_memcg_table_destroy(struct memcgsim *machine);

/*
 * A memcg below @parent, online; NULL makes the root. @released is called, as deferred work, when
 * its last reference has gone. 0; -ENOMEM, also if @parent's limit refuses the creation cost;
 * -EBUSY without an id.
 */
int msim_memcg_create(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *parent,
		      void (*released)(struct msim_ctx *ctx, struct msim_work *work),
		      struct memcgsim_mem_cgroup **ret_memcg);

/* No new reference by tryget_online from here on: the first half of going offline (L-03). */
void msim_memcg_kill(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/*
 * Objects go to the parent, stocks are drained, the id and the base reference are dropped (L-04,
 * O-08).
 */
void msim_memcg_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/* Nobody can see it any more (L-05). */
void msim_memcg_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/*
 * A reference of the library's user, counted so that a check can tell it from a lost one; and its
 * end. No section held.
 */
void msim_memcg_hold(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_memcg_unhold(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/*
 * Drops what the user left of these: how many memcgs were held. Nobody else has the machine any
 * more.
 */
unsigned long msim_memcg_sweep(struct msim_ctx *ctx);

#endif /* MSIM_MEMCG_MEMCG_H */
