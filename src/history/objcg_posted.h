/* SPDX-License-Identifier: MIT */
/*
 * task->objcg as it was first posted: the second version of the patch, of October 2023, with what
 * appears to be wrong in its text.
 */
#ifndef MSIM_HISTORY_OBJCG_POSTED_H
#define MSIM_HISTORY_OBJCG_POSTED_H

#include "types.h"

/* Members of the variant; the cgroup mutex, and current only. */
void msim_posted_mark_moved(struct msim_ctx *ctx, struct memcgsim_task *task);
struct memcgsim_obj_cgroup *msim_posted_update_objcg(struct msim_ctx *ctx,
						     struct memcgsim_task *task);

#endif /* MSIM_HISTORY_OBJCG_POSTED_H */
