/* SPDX-License-Identifier: MIT */
/*
 * Owns the bit spin lock of each frame's record, which kernels up to v3.16 had. Called by whoever looks
 * whose a page is, or changes it. Models lock_page_cgroup(), include/linux/page_cgroup.h (Y-06).
 */
#include "history/page_cgroup.h"

#include "seam/lock.h"

void msim_lock_page_cgroup(struct msim_ctx *ctx, struct msim_page_cgroup *pc,
			   enum memcgsim_history_count count)
{
	unsigned long flags = msim_load_relaxed(&pc->flags);
	unsigned int spins = 0;

	msim_count_history(ctx, count);
	for (;;) {
		if (!(flags & MSIM_PCG_LOCK) &&
		    msim_cmpxchg(&pc->flags, &flags, flags | MSIM_PCG_LOCK))
			return;
		if (flags & MSIM_PCG_LOCK) {
			msim_spin_wait(&spins);
			flags = msim_load_relaxed(&pc->flags);
		}
	}
}

void msim_unlock_page_cgroup(struct msim_page_cgroup *pc)
{
	msim_clear_page_cgroup(pc, MSIM_PCG_LOCK);
}

void msim_set_page_cgroup(struct msim_page_cgroup *pc, unsigned long bits)
{
	unsigned long flags = msim_load_relaxed(&pc->flags);

	while (!msim_cmpxchg(&pc->flags, &flags, flags | bits))
		;
}

void msim_clear_page_cgroup(struct msim_page_cgroup *pc, unsigned long bits)
{
	unsigned long flags = msim_load_relaxed(&pc->flags);

	while (!msim_cmpxchg(&pc->flags, &flags, flags & ~bits))
		;
}
