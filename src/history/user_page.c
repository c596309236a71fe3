/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the charge of user pages, and the end of it, on v1 machines. Called by the front doors
 * while they own the page. Keeps I-COUNTER, I-MEMSW and I-REF-CSS. Models mem_cgroup_charge_anon() and
 * _file(), uncharge_list(), uncharge_batch(), lock_page_lru() and unlock_page_lru(), mm/memcontrol.c,
 * v3.16 and v3.17 (U-01 ... U-03, Y-05).
 *
 * The kernel has no reference on a memcg for a page: it goes only when its counter is back at what
 * kernel memory uses. Here each page has one, which is the same but for pages that nobody can move.
 */
#include "history/user_page.h"

#include <errno.h>

#include "frames/page.h"
#include "history/charge_v1.h"
#include "history/page_cgroup.h"
#include "memcg/css.h"
#include "memcg/lru.h"
#include "seam/bug.h"

struct memcgsim_mem_cgroup *msim_user_memcg_v1(struct memcgsim *machine,
					       const struct memcgsim_page *page)
{
	const struct msim_page_cgroup *pc = msim_page_cgroup(machine, page);
	unsigned long flags = msim_load_relaxed(&pc->flags);

	return flags & MSIM_PCG_USED && !(flags & MSIM_PCG_KMEM)
		       ? msim_load_acquire(&pc->mem_cgroup)
		       : NULL;
}

int msim_charge_folio_v1(struct msim_ctx *ctx, struct memcgsim_page *page,
			 struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp)
{
	struct memcgsim *machine = ctx->machine;
	const struct msim_page_cgroup *pc = msim_page_cgroup(machine, page);
	int err;

	if (msim_vm_bug_on(machine, msim_load_relaxed(&pc->flags) & MSIM_PCG_USED, page))
		return -EINVAL;
	err = msim_try_charge_v1(ctx, memcg, gfp, 1UL << msim_page_order(page));
	if (err == -EINTR) { /* who is dying is not to wait for room: the root has it */
		memcg = machine->root_memcg;
		err = 0;
	}
	if (!err)
		machine->variant->pages->commit(ctx, page, memcg, false);
	return err;
}

void msim_uncharge_batch_v1(struct msim_ctx *ctx, struct msim_uncharge_gather *gather)
{
	if (!gather->memcg)
		return;
	msim_uncharge_v1(ctx, gather->memcg, gather->nr_memory_pages, gather->nr_memsw_pages);
	msim_css_put_ctx(ctx, gather->memcg);
	*gather = (struct msim_uncharge_gather){ 0 };
}

void msim_uncharge_folio_v1(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			    struct memcgsim_page *page)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	struct memcgsim_mem_cgroup *memcg = msim_user_memcg_v1(ctx->machine, page);
	unsigned long flags = msim_load_relaxed(&pc->flags);
	unsigned long nr_pages = 1UL << msim_page_order(page);

	if (!memcg || msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page))
		return;
	msim_store_relaxed(&pc->flags, 0);
	if (gather->memcg != memcg) {
		msim_uncharge_batch_v1(ctx, gather);
		gather->memcg = memcg; /* and the page's reference */
	} else {
		msim_css_put_ctx(ctx, memcg);
	}
	gather->nr_memory_pages += msim_pcg_holds_mem(flags) ? nr_pages : 0;
	gather->nr_memsw_pages += msim_pcg_holds_memsw(flags) ? nr_pages : 0;
}

struct msim_lruvec *msim_lock_page_lru(struct msim_ctx *ctx, struct memcgsim_page *page,
				       bool *ret_isolated)
{
	struct msim_lruvec *lruvec = msim_folio_lruvec_lock(ctx->machine, page);

	*ret_isolated = msim_page_flags(page) & MSIM_PG_LRU;
	if (*ret_isolated)
		msim_lruvec_del_folio(lruvec, page);
	return lruvec;
}

void msim_unlock_page_lru(struct msim_ctx *ctx, struct msim_lruvec *lruvec,
			  struct memcgsim_page *page, bool isolated)
{
	msim_lruvec_unlock(lruvec);
	/* The kernel's lock is that of all lists; here nobody else can put back what is isolated. */
	if (isolated)
		msim_folio_add_lru(ctx->machine, page);
}
