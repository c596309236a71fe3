/* SPDX-License-Identifier: MIT */
/*
 * Whom the current task's kernel memory is charged to.
 */
#ifndef MSIM_TASK_OBJCG_H
#define MSIM_TASK_OBJCG_H

#include "types.h"

/*
 * The fast half: the objcg that task->objcg names, or NULL if it is to be looked up or is nobody.
 */
static msim_always_inline struct memcgsim_obj_cgroup *
msim_task_objcg(const struct memcgsim_task *task)
{
	unsigned long word = msim_load_relaxed(&task->objcg);

	return likely(!(word & MSIM_OBJCG_UPDATE_FLAG)) ? (struct memcgsim_obj_cgroup *)word : NULL;
}

/*
 * The whole: looked up anew if the task has moved. NULL: nobody is charged. The task's own
 * reference keeps it while the task stays current, so none is taken. No section held, outside RCU
 * read sections.
 */
struct memcgsim_obj_cgroup *msim_current_objcg(struct msim_ctx *ctx);

/* The current task's memcg with a reference; the root's for a thread without a task (O-13). */
struct memcgsim_mem_cgroup *msim_get_current_memcg(struct msim_ctx *ctx);

#endif /* MSIM_TASK_OBJCG_H */
