/* SPDX-License-Identifier: MIT */
/*
 * Who pays for a frame, beside the frame: before page->memcg_data there was an array of its own.
 */
#ifndef MSIM_HISTORY_PAGE_CGROUP_H
#define MSIM_HISTORY_PAGE_CGROUP_H

#include "types.h"
#include "frames/page.h"

/* Never NULL on a v1 machine. */
static inline struct msim_page_cgroup *msim_page_cgroup(const struct memcgsim *machine,
							const struct memcgsim_page *page)
{
	msim_assert_full(machine->variant->v1);
	return &machine->page_cgroups[msim_pfn(machine, page)];
}

/* What a user page's flags say is charged for it. */
static inline bool msim_pcg_holds_mem(unsigned long flags)
{
	return flags & MSIM_PCG_USED && !(flags & MSIM_PCG_LENT);
}

static inline bool msim_pcg_holds_memsw(unsigned long flags)
{
	/* MEM: from v3.17 on, where the one may be charged without the other. */
	return msim_pcg_holds_mem(flags) && !(flags & MSIM_PCG_MEM && !(flags & MSIM_PCG_MEMSW));
}

/* One event of that kind more, for memcgsim_history_count(). */
static inline void msim_count_history(struct msim_ctx *ctx, enum memcgsim_history_count count)
{
	msim_add_relaxed(&ctx->cpu->history_counts[count], 1);
}

/*
 * The bit spin lock that the records had up to v3.16: a word of its own, without a rank; the LRU lists'
 * locks and CPU sections are taken inside. Counted as what it was taken for.
 */
void msim_lock_page_cgroup(struct msim_ctx *ctx, struct msim_page_cgroup *pc,
			   enum memcgsim_history_count count);
void msim_unlock_page_cgroup(struct msim_page_cgroup *pc);

/* Atomically, since others may be waiting for the lock in the same word. */
void msim_set_page_cgroup(struct msim_page_cgroup *pc, unsigned long bits);
void msim_clear_page_cgroup(struct msim_page_cgroup *pc, unsigned long bits);

#endif /* MSIM_HISTORY_PAGE_CGROUP_H */
