/* SPDX-License-Identifier: MIT */
/*
 * The memcg tree: coming online, going offline, being freed. All of it under the cgroup mutex.
 */
#ifndef MSIM_MEMCG_MEMCG_H
#define MSIM_MEMCG_MEMCG_H

#include "types.h"

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
 * Objects go to the parent, stocks are drained, the references on the id and on the base are dropped
 * (L-04, O-08).
 */
void msim_memcg_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/* Nobody can see it any more (L-05). */
void msim_memcg_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

/*
 * Drops the references on memcgs and on ids that callers of the library left; returns of how many
 * memcgs. Nobody inside.
 */
unsigned long msim_memcg_sweep(struct msim_ctx *ctx);

#endif /* MSIM_MEMCG_MEMCG_H */
