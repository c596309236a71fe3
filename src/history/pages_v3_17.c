/* SPDX-License-Identifier: MIT */
/*
 * Owns the records of user pages from v3.17 on, which have no lock of their own. Called by the final
 * put, migration, page cache and reclaim, through struct msim_page_ops. Keeps I-COUNTER, I-MEMSW, I-MIG
 * and I-LRU. Models commit_charge(), uncharge_list(), mem_cgroup_migrate() and
 * mem_cgroup_move_account(), mm/memcontrol.c, v3.17 (U-01, U-02, U-07, Y-05, Y-06).
 *
 * Whoever changes a record has the page to himself: it is fresh or at its end, or locked; and it is off
 * the LRU lists, which keeps it from those who move charges, or their lock is held.
 */
#include "history/pages_v3_17.h"

#include <errno.h>

#include "frames/page.h"
#include "history/memsw.h"
#include "history/page_cgroup.h"
#include "history/user_page.h"
#include "memcg/css.h"
#include "seam/bug.h"

static void commit(struct msim_ctx *ctx, struct memcgsim_page *page,
		   struct memcgsim_mem_cgroup *memcg, bool lrucare)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_page_cgroup *pc = msim_page_cgroup(machine, page);
	struct msim_lruvec *lruvec = NULL;
	bool isolated = false;

	if (msim_vm_bug_on(machine, !lrucare && msim_page_flags(page) & MSIM_PG_LRU, page))
		lrucare = true; /* the lists must be right in any case */
	msim_css_get_ctx(ctx, memcg);
	if (lrucare)
		lruvec = msim_lock_page_lru(ctx, page, &isolated);
	msim_store_release(&pc->mem_cgroup, memcg);
	msim_store_relaxed(&pc->flags, MSIM_PCG_USED | MSIM_PCG_MEM | MSIM_PCG_MEMSW);
	if (lrucare)
		msim_unlock_page_lru(ctx, lruvec, page, isolated);
}

void msim_uncharge_folio_v3_17(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			       struct memcgsim_page *page)
{
	ctx->machine->variant->uncharge_kmem_page(ctx, page, msim_page_order(page));
	if (!msim_user_memcg_v1(ctx->machine, page))
		return;
	msim_count_history(ctx, MEMCGSIM_UNCHARGED_AT_FINAL_PUT);
	msim_uncharge_folio_v1(ctx, gather, page);
}

/* @lrucare: either page may be on a list. */
static void migrate(struct msim_ctx *ctx, struct memcgsim_page *old, struct memcgsim_page *new_page,
		    bool lrucare)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_page_cgroup *pc = msim_page_cgroup(machine, old);
	struct msim_lruvec *lruvec = NULL;
	struct memcgsim_mem_cgroup *memcg;
	bool isolated = false;

	if (!lrucare &&
	    (msim_vm_bug_on(machine, msim_page_flags(old) & MSIM_PG_LRU, old) ||
	     msim_vm_bug_on(machine, msim_page_flags(new_page) & MSIM_PG_LRU, new_page)))
		return;
	/* A page that was spliced into the page cache with its charge keeps it. */
	if (msim_load_relaxed(&msim_page_cgroup(machine, new_page)->flags) & MSIM_PCG_USED)
		return;
	memcg = msim_user_memcg_v1(machine, old);
	if (!memcg) /* it has been migrated before, or is shmem's and was never charged */
		return;
	(void)msim_vm_bug_on(machine, !(msim_load_relaxed(&pc->flags) & MSIM_PCG_MEM), old);
	(void)msim_vm_bug_on(machine, !(msim_load_relaxed(&pc->flags) & MSIM_PCG_MEMSW), old);
	/* The old page's list changes too: uncharged, it belongs on the root's. */
	if (lrucare)
		lruvec = msim_lock_page_lru(ctx, old, &isolated);
	msim_store_relaxed(&pc->flags, 0);
	if (lrucare)
		msim_unlock_page_lru(ctx, lruvec, old, isolated);
	commit(ctx, new_page, memcg, lrucare);
	msim_css_put_ctx(ctx, memcg); /* the old page's */
}

void msim_migrate_v3_17(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page)
{
	migrate(ctx, old, new_page, false);
}

void msim_replace_v3_17(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page)
{
	migrate(ctx, old, new_page, true);
}

/*
 * The page has no references any more, and is charged to memory until it is uncharged; what it is
 * charged to memory and swap its slots take over.
 */
void msim_swapout_v3_17(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	struct memcgsim_mem_cgroup *memcg = msim_user_memcg_v1(ctx->machine, page);
	unsigned long flags = msim_load_relaxed(&pc->flags);

	if (!memcg || msim_vm_bug_on(ctx->machine, !(flags & MSIM_PCG_MEMSW), page))
		return;
	msim_store_relaxed(&pc->flags, flags & ~MSIM_PCG_MEMSW);
	msim_memsw_to_slots(ctx, memcg, entry, 1UL << msim_page_order(page));
}

/*
 * The page is isolated, which keeps it from all who change its record but one: replacing a page in the
 * page cache takes neither page off the lists. That one has the page locked.
 */
static int move_account(struct msim_ctx *ctx, struct memcgsim_page *page,
			struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	int err = -EINVAL;

	if (msim_page_test_and_set(page, MSIM_PG_LOCKED))
		return -EBUSY;
	if (msim_user_memcg_v1(ctx->machine, page) == from) {
		msim_store_release(&pc->mem_cgroup, to);
		err = 0;
	}
	(void)msim_page_test_and_clear(page, MSIM_PG_LOCKED);
	return err;
}

const struct msim_page_ops msim_pages_v3_17 = {
	.commit = commit,
	.move_account = move_account,
	.sweep = msim_uncharge_folio_v1,
};
