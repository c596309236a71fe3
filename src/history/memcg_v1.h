/* SPDX-License-Identifier: MIT */
/*
 * What a memcg of 2012 to 2014 has besides. Operations of struct msim_variant.
 */
#ifndef MSIM_HISTORY_MEMCG_V1_H
#define MSIM_HISTORY_MEMCG_V1_H

#include "types.h"

/* 0 or -ENOMEM. */
int msim_memcg_v1_create(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_memcg_v1_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
void msim_memcg_v1_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

#endif /* MSIM_HISTORY_MEMCG_V1_H */
