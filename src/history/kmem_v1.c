/* SPDX-License-Identifier: MIT */
/*
 * Owns the records of kernel pages (page_cgroup, which belongs to whom the page belongs to). Called by
 * the front doors' slow halves on v1 machines. Keeps I-COUNTER, I-KMEM and I-REF-CSS. Models
 * __memcg_kmem_newpage_charge(), __memcg_kmem_commit_charge(), __memcg_kmem_uncharge_pages() and
 * memcg_charge_kmem(), mm/memcontrol.c, v3.8 (Y-04).
 */
#include "history/kmem_v1.h"

#include <errno.h>

#include "history/charge_v1.h"
#include "history/memcg_v1.h"
#include "history/page_cgroup.h"
#include "history/res_counter.h"
#include "memcg/css.h"
#include "memcg/oom.h"
#include "task/current.h"

/* Whose the current task is, its directory held; never NULL. A scope says nothing yet. */
static struct memcgsim_mem_cgroup *get_memcg(struct msim_ctx *ctx)
{
	struct memcgsim_mem_cgroup *memcg;
	bool got;

	do { /* a directory that is gone has been left: look again */
		const struct memcgsim_task *owner;

		msim_rcu_read_lock();
		owner = msim_rcu_dereference(&ctx->current->mm->owner);
		memcg = owner ? msim_rcu_dereference(&owner->cset)->memcg
			      : ctx->machine->root_memcg;
		got = msim_css_v1_tryget(memcg);
		msim_rcu_read_unlock();
	} while (!got);
	return memcg;
}

/* Who pays, its directory held, or NULL: who has had a limit on kernel memory, or whose parent had. */
static struct memcgsim_mem_cgroup *get_payer(struct msim_ctx *ctx, memcgsim_gfp_t gfp)
{
	const struct memcgsim_task *task = ctx->current;
	struct memcgsim_mem_cgroup *memcg;

	/* Charges can fail, and there is to be somebody who lives on to see it. */
	if (gfp & MEMCGSIM___GFP_NOFAIL || !msim_in_task(ctx) || !task->mm || task->kthread ||
	    msim_task_is_dying(task))
		return NULL;
	memcg = get_memcg(ctx);
	if (!msim_memcg_is_root(memcg) &&
	    msim_load_relaxed(&memcg->v1->kmem_accounted) & MSIM_KMEM_ACTIVE)
		return memcg;
	msim_css_v1_put(memcg);
	return NULL;
}

static int charge_kmem(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
		       unsigned long nr_pages)
{
	struct msim_memcg_v1 *v1 = memcg->v1;
	uint64_t bytes = nr_pages * MEMCGSIM_PAGE_SIZE;
	struct msim_res_counter *fail;
	int err;

	err = msim_res_counter_charge(ctx->machine, &v1->kmem, bytes, &fail);
	if (err)
		return err;
	err = msim_try_charge_v1(ctx, memcg, gfp, nr_pages);
	if (err == -EINTR) { /* not to fail: what it has of the one it has to have of the others */
		(void)msim_res_counter_charge_nofail(&v1->res, bytes, &fail);
		(void)msim_res_counter_charge_nofail(&v1->memsw, bytes, &fail);
		return 0;
	}
	/* Nobody waits for this to reach zero: the caller keeps its directory, and so all above. */
	if (err)
		(void)msim_res_counter_uncharge(ctx->machine, &v1->kmem, bytes);
	return err;
}

int msim_charge_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			unsigned int order)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	struct memcgsim_mem_cgroup *memcg;
	bool ref_each = ctx->machine->variant->kmem_ref_each;
	int err;

	if (msim_vm_bug_on(ctx->machine, msim_load_relaxed(&pc->flags) & MSIM_PCG_USED, page))
		return -EINVAL;
	memcg = get_payer(ctx, gfp);
	if (!memcg)
		return 0;
	if (ref_each)
		msim_kmem_get(ctx, memcg);
	err = charge_kmem(ctx, memcg, gfp, 1UL << order);
	if (!err) {
		msim_store_relaxed(&pc->mem_cgroup, memcg);
		msim_store_relaxed(&pc->flags, MSIM_PCG_USED | MSIM_PCG_KMEM);
	} else if (ref_each) {
		msim_kmem_put(ctx, memcg);
	}
	msim_css_v1_put(memcg);
	return err;
}

void msim_uncharge_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	struct memcgsim_mem_cgroup *memcg = msim_load_relaxed(&pc->mem_cgroup);

	if (!(msim_load_relaxed(&pc->flags) & MSIM_PCG_KMEM))
		return;
	/* Of several who free their references one takes the charge off. */
	if (!(msim_xchg(&pc->flags, 0) & MSIM_PCG_KMEM))
		return;
	/* Kernel memory last: with it the memcg may go (B08). */
	msim_uncharge_v1(ctx, memcg, 1UL << order, 1UL << order);
	ctx->machine->variant->uncharge_kmem(ctx, memcg, MEMCGSIM_PAGE_SIZE << order);
	if (ctx->machine->variant->kmem_ref_each)
		msim_kmem_put(ctx, memcg);
}

void msim_split_page_v1(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);

	if (!(msim_load_relaxed(&pc->flags) & MSIM_PCG_KMEM))
		return;
	for (unsigned long i = 1; i < 1UL << order; i++) {
		pc[i].mem_cgroup = pc->mem_cgroup;
		msim_store_relaxed(&pc[i].flags, msim_load_relaxed(&pc->flags));
		if (ctx->machine->variant->kmem_ref_each)
			msim_kmem_get(ctx, pc->mem_cgroup);
	}
}
