/* SPDX-License-Identifier: MIT */
/*
 * Owns a page's mapping: whether it is anonymous memory, a file's, or nothing. Called by the library's
 * user on bound threads, with the page owned or locked. Joins it with what kernels of 2012 to 2014 do
 * to the charge at each such change. Models page_add_new_anon_rmap(), mm/rmap.c, and
 * add_to_page_cache_locked(), delete_from_page_cache() and replace_page_cache_page(), mm/filemap.c.
 */
#include <memcgsim/history.h>

#include <errno.h>

#include <memcgsim/charge.h>
#include <memcgsim/page.h>

#include "alloc/page_alloc.h"
#include "frames/page.h"
#include "history/move.h"
#include "history/page_cgroup.h"
#include "history/user_page.h"
#include "memcg/css.h"
#include "memcg/migrate.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"

/* What pages of files have for a mapping: the first file's, for there is but one. */
#define FILE_MAPPING ((void *)0x800UL)
#define ANON_BIT     1UL

static struct msim_ctx *ctx_of(struct memcgsim_page *page, const char *caller)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound(caller);
	return ctx && msim_vet_folio(ctx, page, caller) ? ctx : NULL;
}

static void *mapping_of(const struct memcgsim_page *page)
{
	return msim_load_relaxed(&page->mapping);
}

static bool is_locked(const struct memcgsim_page *page)
{
	return msim_page_flags(page) & MSIM_PG_LOCKED;
}

/* ---- mappings and caches ---- */

void memcgsim_page_add_new_anon_rmap(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);

	if (!ctx || msim_vm_bug_on(ctx->machine, mapping_of(page), page) ||
	    msim_vm_bug_on(ctx->machine, msim_load_relaxed(&page->mapcount_or_type) != 0, page) ||
	    msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page))
		return;
	msim_store_relaxed(&page->mapping, (void *)((unsigned long)ctx->current->mm | ANON_BIT));
	(void)msim_add_return(&page->mapcount_or_type, 1);
}

int memcgsim_add_to_page_cache_locked(struct memcgsim_page *page, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);
	int err;

	if (!ctx || msim_vm_bug_on(ctx->machine, !is_locked(page), page) ||
	    msim_vm_bug_on(ctx->machine, mapping_of(page), page))
		return -EINVAL;
	err = memcgsim___mem_cgroup_charge(page, gfp);
	if (err)
		return err;
	memcgsim_get_page(page);
	msim_store_relaxed(&page->mapping, FILE_MAPPING);
	return 0;
}

/* Whether @page is in the page cache and locked; reports if not. */
static bool is_cached(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	return !msim_vm_bug_on(ctx->machine, !is_locked(page), page) &&
	       !msim_vm_bug_on(ctx->machine, mapping_of(page) != FILE_MAPPING, page);
}

void memcgsim_delete_from_page_cache(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);
	const struct msim_page_ops *ops;

	if (!ctx || !is_cached(ctx, page))
		return;
	msim_store_relaxed(&page->mapping, NULL);
	ops = ctx->machine->variant->pages;
	if (ops && ops->uncharge_cache_page)
		ops->uncharge_cache_page(ctx, page);
	memcgsim_put_page(page);
}

void memcgsim_replace_page_cache_page(struct memcgsim_page *old, struct memcgsim_page *new_page)
{
	struct msim_ctx *ctx = ctx_of(old, __func__);

	if (!ctx || !msim_vet_folio(ctx, new_page, __func__) || !is_cached(ctx, old) ||
	    msim_vm_bug_on(ctx->machine, mapping_of(new_page), new_page) ||
	    !msim_vet_replacement(ctx, old, new_page))
		return;
	memcgsim_get_page(new_page);
	msim_store_relaxed(&new_page->mapping, FILE_MAPPING);
	msim_store_relaxed(&old->mapping, NULL);
	ctx->machine->variant->replace(ctx, old, new_page);
	memcgsim_put_page(old);
}

/* ---- migration, as up to v3.16 ---- */

/* 0 if both may be migrated that way on this machine. */
static int vet_migration(struct memcgsim_page *old, struct memcgsim_page *new_page,
			 struct msim_ctx **ret_ctx, const char *caller)
{
	struct msim_ctx *ctx = ctx_of(old, caller);
	const struct msim_page_ops *ops;

	if (!ctx || !msim_vet_folio(ctx, new_page, caller))
		return -EINVAL;
	*ret_ctx = ctx;
	ops = ctx->machine->variant->pages;
	return ops && ops->prepare_migration ? 0 : -EOPNOTSUPP;
}

int memcgsim_mem_cgroup_prepare_migration(struct memcgsim_page *old, struct memcgsim_page *new_page,
					  struct memcgsim_mem_cgroup **ret_memcg)
{
	struct msim_ctx *ctx;
	int err = vet_migration(old, new_page, &ctx, __func__);

	if (!err)
		*ret_memcg = ctx->machine->variant->pages->prepare_migration(ctx, old, new_page);
	return err;
}

int memcgsim_mem_cgroup_end_migration(struct memcgsim_mem_cgroup *memcg, struct memcgsim_page *old,
				      struct memcgsim_page *new_page, bool migration_ok)
{
	struct msim_ctx *ctx;
	int err = vet_migration(old, new_page, &ctx, __func__);

	if (!err && memcg)
		ctx->machine->variant->pages->end_migration(ctx, memcg, old, new_page,
							    migration_ok);
	return err;
}

/* ---- moving, and looking ---- */

int memcgsim_mem_cgroup_move_charge(struct memcgsim_page *page, struct memcgsim_mem_cgroup *to)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);
	struct memcgsim_mem_cgroup *from;
	int err;

	if (!ctx)
		return -EINVAL;
	if (!ctx->machine->variant->pages)
		return -EOPNOTSUPP;
	msim_rcu_read_lock();
	do { /* it may be moved, and the memcg be gone, between two looks */
		from = msim_user_memcg_v1(ctx->machine, page);
	} while (from && !msim_css_tryget_ctx(ctx, from));
	msim_rcu_read_unlock();
	if (!from)
		return -EINVAL;
	err = from == to ? 0 : msim_move_charge_v1(ctx, page, from, to);
	msim_css_put_ctx(ctx, from);
	return err == -EINTR ? -ENOMEM : err;
}

int memcgsim_lookup_page_cgroup(struct memcgsim_page *page, struct memcgsim_page_cgroup *ret_record)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);
	const struct msim_page_cgroup *pc;
	unsigned long flags;

	if (!ctx)
		return -EINVAL;
	if (!ctx->machine->variant->pages)
		return -EOPNOTSUPP;
	pc = msim_page_cgroup(ctx->machine, page);
	flags = msim_load_relaxed(&pc->flags);
	*ret_record = (struct memcgsim_page_cgroup){
		.mem_cgroup = flags & MSIM_PCG_USED ? msim_load_acquire(&pc->mem_cgroup) : NULL,
		.kmem = flags & MSIM_PCG_KMEM,
		.mem = msim_pcg_holds_mem(flags),
		.memsw = msim_pcg_holds_memsw(flags),
		.migration = flags & MSIM_PCG_MIGRATION,
	};
	return 0;
}

unsigned long memcgsim_history_count(const struct memcgsim *machine,
				     enum memcgsim_history_count count)
{
	const struct msim_cpu *cpu;
	unsigned long sum = 0;

	if ((unsigned int)count >= MEMCGSIM_NR_HISTORY_COUNTS)
		return 0;
	msim_for_each_cpu (machine, cpu)
		sum += msim_load_relaxed(&cpu->history_counts[count]);
	return sum + msim_load_relaxed(&machine->parked.history_counts[count]);
}
