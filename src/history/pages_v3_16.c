/* SPDX-License-Identifier: MIT */
/*
 * Owns the records of user pages up to v3.16, each under its bit spin lock. Called by rmap, page cache,
 * swap cache and migration, through struct msim_page_ops. Keeps I-COUNTER and I-LRU. Models
 * __mem_cgroup_commit_charge(), __mem_cgroup_uncharge_common(), mem_cgroup_prepare_migration(),
 * mem_cgroup_end_migration(), mem_cgroup_replace_page_cache() and mem_cgroup_move_account(),
 * mm/memcontrol.c, v3.16 (Y-05, Y-06).
 *
 * A page is charged before anybody can say whose kind it is, and is uncharged where the kind is still
 * seen: at the last unmapping, at its removal from the page cache, or from the swap cache. All of that
 * is long before its end, so each of them may find it in use again, or under migration: hence the lock,
 * and hence the many questions.
 */
#include "history/pages_v3_16.h"

#include <errno.h>

#include "frames/page.h"
#include "frames/swapfile.h"
#include "history/charge_v1.h"
#include "history/memsw.h"
#include "history/page_cgroup.h"
#include "history/user_page.h"
#include "memcg/css.h"
#include "seam/bug.h"

/* Where a page is thought to have come to its end. */
enum occasion {
	UNMAPPED,
	UNCACHED,
	SWAPPED_OUT,
	SWAP_UNUSED, /* out of the swap cache, and nobody has the slot */
};

static bool is_mapped(const struct memcgsim_page *page)
{
	return (int)msim_load_relaxed(&page->mapcount_or_type) > 0;
}

/* ---- charging ---- */

/* @lent: what it is charged is another page's, which is on its way out. */
static void commit_as(struct msim_ctx *ctx, struct memcgsim_page *page,
		      struct memcgsim_mem_cgroup *memcg, unsigned long lent, bool lrucare,
		      enum memcgsim_history_count what)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	struct msim_lruvec *lruvec = NULL;
	bool isolated = false;

	msim_css_get_ctx(ctx, memcg);
	msim_lock_page_cgroup(ctx, pc, what);
	(void)msim_vm_bug_on(ctx->machine, msim_load_relaxed(&pc->flags) & MSIM_PCG_USED, page);
	if (lrucare) /* a page that fuse steals may be on a list, of the root's */
		lruvec = msim_lock_page_lru(ctx, page, &isolated);
	msim_store_release(&pc->mem_cgroup, memcg);
	msim_set_page_cgroup(pc, MSIM_PCG_USED | lent);
	if (lrucare)
		msim_unlock_page_lru(ctx, lruvec, page, isolated);
	msim_unlock_page_cgroup(pc);
}

static void commit(struct msim_ctx *ctx, struct memcgsim_page *page,
		   struct memcgsim_mem_cgroup *memcg, bool lrucare)
{
	commit_as(ctx, page, memcg, 0, lrucare, MEMCGSIM_LOCKED_TO_CHARGE);
}

/* ---- uncharging ---- */

/* Whether @page is not at its end after all. Under its record's lock. */
static bool lives_on(const struct memcgsim_page *page, unsigned long flags, enum occasion occasion,
		     bool end_migration)
{
	if (occasion == UNCACHED)
		return false;
	if (is_mapped(page)) /* swapped in again, or never unmapped */
		return true;
	/* Unmapped by a migration, which may yet fail: then it is mapped again. */
	return occasion != SWAPPED_OUT && !end_migration && flags & MSIM_PCG_MIGRATION;
}

/*
 * @page is nobody's any more. Still on a list, as it mostly is that long before its end, it goes to the
 * root's; in the kernel only when it is next taken off a list and put back. Under its record's lock.
 */
static void forget(struct msim_ctx *ctx, struct memcgsim_page *page, struct msim_page_cgroup *pc)
{
	struct msim_lruvec *lruvec;
	bool isolated;

	lruvec = msim_lock_page_lru(ctx, page, &isolated);
	msim_clear_page_cgroup(pc, MSIM_PCG_USED | MSIM_PCG_LENT);
	msim_unlock_page_lru(ctx, lruvec, page, isolated);
}

/*
 * Ends the charge of @page, unless it is nobody's or lives on. Whose it was, with the reference that
 * the page had, or NULL. At the end of a migration the counters stay: the other page has the charge.
 */
static struct memcgsim_mem_cgroup *uncharge_common(struct msim_ctx *ctx, struct memcgsim_page *page,
						   enum occasion occasion, bool end_migration)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	unsigned long nr_pages = 1UL << msim_page_order(page);
	struct memcgsim_mem_cgroup *memcg;
	unsigned long flags;

	if (!(msim_load_relaxed(&pc->flags) & MSIM_PCG_USED))
		return NULL;
	msim_lock_page_cgroup(
		ctx, pc, end_migration ? MEMCGSIM_LOCKED_TO_MIGRATE : MEMCGSIM_LOCKED_TO_UNCHARGE);
	flags = msim_load_relaxed(&pc->flags);
	if (!(flags & MSIM_PCG_USED) || lives_on(page, flags, occasion, end_migration)) {
		msim_unlock_page_cgroup(pc);
		return NULL;
	}
	memcg = msim_load_relaxed(&pc->mem_cgroup);
	forget(ctx, page, pc);
	msim_unlock_page_cgroup(pc);
	if (!end_migration) /* the slot keeps what is charged to memory and swap together */
		msim_uncharge_v1(ctx, memcg, nr_pages, occasion == SWAPPED_OUT ? 0 : nr_pages);
	return memcg;
}

static void uncharge(struct msim_ctx *ctx, struct memcgsim_page *page, enum occasion occasion)
{
	struct memcgsim_mem_cgroup *memcg = uncharge_common(ctx, page, occasion, false);

	if (memcg)
		msim_css_put_ctx(ctx, memcg);
}

static void uncharge_page(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	struct memcgsim *machine = ctx->machine;

	msim_count_history(ctx, MEMCGSIM_UNCHARGED_AT_UNMAP);
	if (is_mapped(page) ||
	    msim_vm_bug_on(machine, page->mapping && !msim_page_is_anon(page), page))
		return;
	/* In the swap cache it is still of use: it ends when it leaves that. */
	if (!(msim_page_flags(page) & MSIM_PG_SWAPCACHE))
		uncharge(ctx, page, UNMAPPED);
}

static void uncharge_cache_page(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	struct memcgsim *machine = ctx->machine;

	msim_count_history(ctx, MEMCGSIM_UNCHARGED_AT_UNCACHE);
	if (!msim_vm_bug_on(machine, is_mapped(page), page) &&
	    !msim_vm_bug_on(machine, page->mapping, page))
		uncharge(ctx, page, UNCACHED);
}

/*
 * The page leaves the swap cache, as it does on its way out and on its way in, and may do again and
 * again. Which way it goes the state of the page and of the slot tell: mapped, it has come in; a slot
 * that page tables refer to still takes over what is charged to memory and swap.
 */
void msim_uncharge_swapcache_v3_16(struct msim_ctx *ctx, struct memcgsim_page *page,
				   unsigned long entry)
{
	bool swapout = msim_swap_count(ctx->machine, entry) > 0;
	struct memcgsim_mem_cgroup *memcg;

	msim_count_history(ctx, MEMCGSIM_UNCHARGED_AT_SWAP_CACHE);
	memcg = uncharge_common(ctx, page, swapout ? SWAPPED_OUT : SWAP_UNUSED, false);
	if (!memcg)
		return;
	if (swapout)
		msim_memsw_to_slots(ctx, memcg, entry, 1UL << msim_page_order(page));
	msim_css_put_ctx(ctx, memcg);
}

/* Whose it is, to charge a page that is swapped in to the same: asked by way of the page. */
static void look(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);

	msim_lock_page_cgroup(ctx, pc, MEMCGSIM_LOCKED_TO_LOOK);
	msim_unlock_page_cgroup(pc);
}

void msim_uncharge_folio_v3_16(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			       struct memcgsim_page *page)
{
	(void)gather;
	/* User pages have been uncharged before; a kernel page's last put may be anybody's. */
	ctx->machine->variant->uncharge_kmem_page(ctx, page, msim_page_order(page));
}

/* ---- another page in its place ---- */

static struct memcgsim_mem_cgroup *
prepare_migration(struct msim_ctx *ctx, struct memcgsim_page *old, struct memcgsim_page *new_page)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, old);
	struct memcgsim_mem_cgroup *memcg = NULL;

	msim_lock_page_cgroup(ctx, pc, MEMCGSIM_LOCKED_TO_MIGRATE);
	if (msim_load_relaxed(&pc->flags) & MSIM_PCG_USED) {
		memcg = msim_load_relaxed(&pc->mem_cgroup);
		msim_css_get_ctx(ctx, memcg);
		if (msim_page_is_anon(old)) /* its last unmapping is not its end */
			msim_set_page_cgroup(pc, MSIM_PCG_MIGRATION);
	}
	msim_unlock_page_cgroup(pc);
	/* Only one of the two will be left, so there is one charge for both. */
	if (memcg)
		commit_as(ctx, new_page, memcg, MSIM_PCG_LENT, false, MEMCGSIM_LOCKED_TO_MIGRATE);
	return memcg;
}

static void end_migration(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			  struct memcgsim_page *old, struct memcgsim_page *new_page, bool ok)
{
	struct memcgsim_page *used = ok ? new_page : old, *unused = ok ? old : new_page;
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, old);
	bool anon = msim_page_is_anon(used);
	struct memcgsim_mem_cgroup *left;

	msim_count_history(ctx, MEMCGSIM_UNCHARGED_AT_MIGRATION);
	left = uncharge_common(ctx, unused, anon ? UNMAPPED : UNCACHED, true);
	if (left) {
		/* The library's own mark: nobody else looks at it, so it costs no lock. */
		msim_clear_page_cgroup(msim_page_cgroup(ctx->machine, used), MSIM_PCG_LENT);
		msim_css_put_ctx(ctx, left);
	}
	msim_css_put_ctx(ctx, memcg);
	msim_lock_page_cgroup(ctx, pc, MEMCGSIM_LOCKED_TO_MIGRATE);
	msim_clear_page_cgroup(pc, MSIM_PCG_MIGRATION);
	msim_unlock_page_cgroup(pc);
	if (anon) /* it may have been unmapped meanwhile, when it was not to be uncharged */
		uncharge_page(ctx, used);
}

void msim_migrate_v3_16(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page)
{
	struct memcgsim_mem_cgroup *memcg = prepare_migration(ctx, old, new_page);

	if (memcg)
		end_migration(ctx, memcg, old, new_page, true);
}

/*
 * Both are locked, and the counters stay as they are. The new page is nobody's, for it was uncharged
 * when it left the page cache that it was stolen from; but it may still be on a list.
 */
void msim_replace_v3_16(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, old);
	struct memcgsim_mem_cgroup *memcg = NULL;

	msim_count_history(ctx, MEMCGSIM_UNCHARGED_AT_REPLACEMENT);
	msim_lock_page_cgroup(ctx, pc, MEMCGSIM_LOCKED_TO_MIGRATE);
	if (msim_load_relaxed(&pc->flags) & MSIM_PCG_USED) {
		memcg = msim_load_relaxed(&pc->mem_cgroup);
		forget(ctx, old, pc);
	}
	msim_unlock_page_cgroup(pc);
	if (!memcg) /* shmem's may not have been charged yet */
		return;
	commit_as(ctx, new_page, memcg, 0, true, MEMCGSIM_LOCKED_TO_MIGRATE);
	msim_css_put_ctx(ctx, memcg);
}

static int move_account(struct msim_ctx *ctx, struct memcgsim_page *page,
			struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to)
{
	struct msim_page_cgroup *pc = msim_page_cgroup(ctx->machine, page);
	int err = -EINVAL;

	msim_lock_page_cgroup(ctx, pc, MEMCGSIM_LOCKED_TO_MOVE);
	if (msim_load_relaxed(&pc->flags) & MSIM_PCG_USED &&
	    msim_load_relaxed(&pc->mem_cgroup) == from) {
		msim_store_release(&pc->mem_cgroup, to);
		err = 0;
	}
	msim_unlock_page_cgroup(pc);
	return err;
}

const struct msim_page_ops msim_pages_v3_16 = {
	.commit = commit,
	.move_account = move_account,
	.sweep = msim_uncharge_folio_v1,
	.uncharge_page = uncharge_page,
	.uncharge_cache_page = uncharge_cache_page,
	.uncharge_swapcache = msim_uncharge_swapcache_v3_16,
	.look = look,
	.prepare_migration = prepare_migration,
	.end_migration = end_migration,
};
