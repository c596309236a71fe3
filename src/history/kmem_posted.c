/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: kernel memory's reference as the patch of October 2012 had it ("memcg: kmem accounting
 * lifecycle management", v4 09/14), with what is apparently wrong with it. Operations of struct
 * msim_variant for the profile v3.8-posted. Models memcg_uncharge_kmem() and kmem_cgroup_destroy() of
 * that text (Y-03).
 *
 *  - Usage is counted up to the root, and only the uncharged memcg's DEAD is looked at: a removed
 *    parent that has waited for a child's last page waits for ever (B06).
 *  - Setting a bit orders nothing on machines with weak memory: the usage may be read before DEAD is
 *    seen, and the last put is nobody's (B05w).
 *  - Whoever brings the usage to zero goes on to look at DEAD, and at the ancestors' counters, with
 *    nothing that keeps the memcg.
 */
#include "history/kmem_life.h"

#include "history/memcg_v1.h"
#include "history/res_counter.h"

static bool test_and_clear_dead(struct msim_memcg_v1 *v1)
{
	return msim_and(&v1->kmem_accounted, ~MSIM_KMEM_DEAD) & MSIM_KMEM_DEAD;
}

void msim_uncharge_kmem_posted(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			       uint64_t bytes)
{
	if (msim_res_counter_uncharge(ctx->machine, &memcg->v1->kmem, bytes))
		return;
	if (test_and_clear_dead(memcg->v1))
		msim_kmem_put(ctx, memcg);
}

void msim_kmem_destroy_posted(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_memcg_v1 *v1 = memcg->v1;

	if (!(msim_load_relaxed(&v1->kmem_accounted) & MSIM_KMEM_ACTIVE))
		return;
	(void)msim_or_relaxed(&v1->kmem_accounted, MSIM_KMEM_DEAD);
	if (msim_res_counter_usage(&v1->kmem) != 0)
		return;
	if (test_and_clear_dead(v1))
		msim_kmem_put(ctx, memcg);
}
