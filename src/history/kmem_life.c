/* SPDX-License-Identifier: MIT */
/*
 * Owns the reference that kernel pages have on their memcg (memcg_v1.kmem_accounted: ACTIVE, under the
 * cgroup mutex; DEAD, handed on by whoever clears it). Called by kmem_v1, by the limit's file and at
 * the end of a directory. Keeps I-REF-CSS and I-FREE-EVENTUAL. Models memcg_update_kmem_limit(),
 * memcg_uncharge_kmem(), kmem_cgroup_destroy(), mm/memcontrol.c, v3.8 (Y-03).
 *
 * A reference that is taken once has to be put once, by one of two who race: the last uncharge and the
 * end of the directory.
 *
 *	end of the directory		last uncharge
 *	DEAD = 1			usage = 0
 *	usage?				test and clear DEAD
 *	0: test and clear DEAD
 *
 * Each writes its word and then looks at the other's, with full barriers in between, so at least one
 * of them knows that it is over; and if both do, the bit is there for one only.
 */
#include "history/kmem_life.h"

#include <errno.h>

#include "cgroup/cgroup.h"
#include "history/memcg_v1.h"
#include "history/res_counter.h"

/*
 * Kernel memory is not accounted in groups with tasks or children that were there before: nobody could
 * tell from the usage since when it counts.
 */
static bool is_busy(const struct memcgsim_cgroup *cgroup)
{
	return cgroup->populated || !msim_list_empty(&cgroup->children);
}

int msim_kmem_set_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, uint64_t limit)
{
	struct msim_memcg_v1 *v1 = memcg->v1;
	bool first;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	first = !(msim_load_relaxed(&v1->kmem_accounted) & MSIM_KMEM_ACTIVE) &&
		limit != MSIM_RES_COUNTER_MAX;
	if (first && is_busy(memcg->cgroup))
		return -EBUSY;
	err = msim_res_counter_set_limit(&v1->kmem, limit);
	if (err || !first)
		return err;
	(void)msim_or(&v1->kmem_accounted, MSIM_KMEM_ACTIVE);
	if (!ctx->machine->variant->kmem_ref_each)
		msim_kmem_get(ctx, memcg);
	return 0;
}

/* ---- v3.7 ---- */

void msim_uncharge_kmem_v3_7(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			     uint64_t bytes)
{
	(void)msim_res_counter_uncharge(ctx->machine, &memcg->v1->kmem, bytes);
}

void msim_kmem_destroy_v3_7(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	(void)ctx, (void)memcg;
}

/* ---- v3.8 ---- */

/* Puts the reference of @memcg's kernel pages if the directory has gone, and nobody else has put it. */
static void put_if_dead(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	if (msim_and(&memcg->v1->kmem_accounted, ~MSIM_KMEM_DEAD) & MSIM_KMEM_DEAD)
		msim_kmem_put(ctx, memcg);
}

void msim_uncharge_kmem_v3_8(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			     uint64_t bytes)
{
	/*
	 * Once a level reads zero the end of its directory may find that too, and put what has kept
	 * this memcg: it is freed a grace period later.
	 */
	msim_rcu_read_lock();
	for (; memcg; memcg = memcg->parent) {
		struct msim_res_counter *kmem = &memcg->v1->kmem;

		/* Every level: an ancestor may have waited for this child's last page (B06). */
		if (!msim_res_counter_uncharge_until(ctx->machine, kmem, kmem->parent, bytes))
			put_if_dead(ctx, memcg);
	}
	msim_rcu_read_unlock();
}

void msim_kmem_destroy_v3_8(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_memcg_v1 *v1 = memcg->v1;

	if (!(msim_load_relaxed(&v1->kmem_accounted) & MSIM_KMEM_ACTIVE))
		return;
	(void)msim_or(&v1->kmem_accounted, MSIM_KMEM_DEAD);
	if (msim_res_counter_usage(&v1->kmem) == 0)
		put_if_dead(ctx, memcg);
}
