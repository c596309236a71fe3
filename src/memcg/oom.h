/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: who dies, and what is counted for it. Whom it hits, a hook says.
 */
#ifndef MSIM_MEMCG_OOM_H
#define MSIM_MEMCG_OOM_H

#include "types.h"

/* Bits of task.dying. */
#define MSIM_DYING_SIGKILL  0x1u /* a fatal signal is pending */
#define MSIM_DYING_VICTIM   0x2u /* ... from the OOM killer */
#define MSIM_DYING_OOM_SKIP 0x4u /* and its memory is gone: it helps nobody any more */

/* Whether @task will give its memory back by itself. */
static inline bool msim_task_is_dying(const struct memcgsim_task *task)
{
	return msim_load_relaxed(&task->dying) & (MSIM_DYING_SIGKILL | MSIM_DYING_VICTIM);
}

/*
 * The OOM killer, once the event is counted: whether it is worth trying again, because there is room
 * by now, somebody dies or the caller is dying itself (C-14). Nothing held.
 */
bool msim_out_of_memory(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
			unsigned int order);

#endif /* MSIM_MEMCG_OOM_H */
