/* SPDX-License-Identifier: MIT */
/*
 * Which thread runs which task, in which context.
 */
#ifndef MSIM_TASK_CURRENT_H
#define MSIM_TASK_CURRENT_H

#include "types.h"

/* Whether the calling thread now runs @task, which nobody else may; idle anybody may. */
bool msim_claim(struct memcgsim_task *task, struct msim_ctx *ctx);
void msim_unclaim(struct memcgsim_task *task);

/* @task, which the thread has claimed, is its current from now on. */
void msim_set_current(struct msim_ctx *ctx, struct memcgsim_task *task);

static inline bool msim_in_task(const struct msim_ctx *ctx)
{
	return ctx->irq_nesting == 0;
}

/* The memcg that pays in current's stead: a scope's, of this task or this interrupt; or NULL. */
struct memcgsim_mem_cgroup *msim_active_memcg(struct msim_ctx *ctx);

#endif /* MSIM_TASK_CURRENT_H */
