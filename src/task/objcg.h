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

/* Whether the word says so itself: it is the task's own context, and there is nobody to look up. */
static inline bool msim_nobody_pays(const struct msim_ctx *ctx)
{
	return ctx->task != &ctx->machine->idle && !msim_load_relaxed(&ctx->task->objcg);
}

/*
 * The whole: a scope's, or the task's, looked up anew if it has moved. NULL: nobody is charged. The
 * scope, or the task's own reference while it stays current, keeps it, so none is taken. No section
 * held, outside RCU read sections.
 */
struct memcgsim_obj_cgroup *msim_current_objcg(struct msim_ctx *ctx);

/*
 * The same for a charge that may wait: with a reference where nothing else keeps it, since a memcg
 * that goes offline meanwhile drops its own, and has no orig_objcg before v6.7. For slow halves.
 */
struct memcgsim_obj_cgroup *msim_get_current_objcg(struct msim_ctx *ctx);
void msim_put_current_objcg(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg);

/* Whether @mm, if there is one, is of the context's machine; reports if not, as found by @caller. */
bool msim_vet_mm(struct msim_ctx *ctx, const struct memcgsim_mm *mm, const char *caller);

/*
 * Who pays for user pages, with a reference: the memcg of @mm; without one that of the scope, of
 * current's mm, or the root (O-13).
 */
struct memcgsim_mem_cgroup *msim_get_memcg_from_mm(struct msim_ctx *ctx, struct memcgsim_mm *mm);

#endif /* MSIM_TASK_OBJCG_H */
