/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the charge of a page that stays in place, moved from memcg to memcg. Called by the
 * front doors and, under the cgroup mutex, by attach and offline. Keeps I-COUNTER, I-MEMSW, I-LRU and
 * I-REF-CSS. Models mem_cgroup_move_account()'s callers: mem_cgroup_move_charge_pte_range(),
 * mem_cgroup_move_parent() and mem_cgroup_reparent_charges(), mm/memcontrol.c, v3.16 and v3.17 (G-07).
 *
 *   charged to @to; off the lists; the record; back on a list, @to's; uncharged from @from
 *
 * How the record is kept from others meanwhile, each kernel says in move_account().
 */
#include "history/move.h"

#include <errno.h>

#include <memcgsim/page.h>

#include "frames/page.h"
#include "history/charge_v1.h"
#include "history/res_counter.h"
#include "memcg/css.h"
#include "memcg/lru.h"
#include "seam/bug.h"

/* The record, and the reference on the memcg that goes with it. @page is isolated. */
static int move_record(struct msim_ctx *ctx, struct memcgsim_page *page,
		       struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to)
{
	int err;

	msim_css_get_ctx(ctx, to);
	err = ctx->machine->variant->pages->move_account(ctx, page, from, to);
	msim_css_put_ctx(ctx, err ? to : from);
	return err;
}

int msim_move_charge_v1(struct msim_ctx *ctx, struct memcgsim_page *page,
			struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to)
{
	unsigned long nr_pages = 1UL << msim_page_order(page);
	int err;

	msim_assert(from != to);
	err = msim_try_charge_v1(ctx, to, MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_NORETRY, nr_pages);
	if (err)
		return err;
	/* Off the lists: it is being neither charged nor uncharged. */
	if (!msim_folio_isolate_lru(ctx->machine, page)) {
		msim_uncharge_v1(ctx, to, nr_pages, nr_pages);
		return -EBUSY;
	}
	err = move_record(ctx, page, from, to);
	msim_folio_add_lru(ctx->machine, page);
	msim_uncharge_v1(ctx, err ? to : from, nr_pages, nr_pages);
	return err;
}

/* ---- the end of a memcg ---- */

/* The page at the cold end of a list, isolated and with a reference; NULL if there is none to be had. */
static struct memcgsim_page *take_coldest(struct memcgsim_mem_cgroup *memcg, unsigned int list)
{
	struct msim_lruvec *lruvec = &memcg->lruvec;
	struct memcgsim_page *page = NULL;

	msim_spin_lock(&lruvec->lock);
	if (!msim_list_empty(&lruvec->lists[list])) {
		page = msim_list_entry(lruvec->lists[list].prev, struct memcgsim_page, lru);
		if (msim_page_ref_unless_zero(page)) {
			msim_lruvec_del_folio(lruvec, page);
		} else { /* it is at its end, and will leave by itself */
			msim_list_del(&page->lru);
			msim_list_add(&page->lru, &lruvec->lists[list]);
			page = NULL;
		}
	}
	msim_spin_unlock(&lruvec->lock);
	return page;
}

static unsigned long count_list(struct memcgsim_mem_cgroup *memcg, unsigned int list)
{
	unsigned long count;

	msim_spin_lock(&memcg->lruvec.lock);
	count = msim_list_count(&memcg->lruvec.lists[list]);
	msim_spin_unlock(&memcg->lruvec.lock);
	return count;
}

/*
 * In a hierarchy the parent has been charged all along, so that only the child's own level is taken
 * off. The root pays for nothing of its own.
 */
static void uncharge_below(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			   unsigned long nr_pages)
{
	const struct msim_memcg_v1 *parent = memcg->parent->v1;
	bool to_root = msim_memcg_is_root(memcg->parent);
	uint64_t bytes = nr_pages * MEMCGSIM_PAGE_SIZE;

	(void)msim_res_counter_uncharge_until(ctx->machine, &memcg->v1->res,
					      to_root ? NULL : &parent->res, bytes);
	(void)msim_res_counter_uncharge_until(ctx->machine, &memcg->v1->memsw,
					      to_root ? NULL : &parent->memsw, bytes);
}

static void reparent_page(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			  struct memcgsim_page *page)
{
	unsigned long nr_pages = 1UL << msim_page_order(page);
	int err = move_record(ctx, page, memcg, memcg->parent);

	msim_folio_add_lru(ctx->machine, page);
	if (!err)
		uncharge_below(ctx, memcg, nr_pages);
	memcgsim_folio_put(page);
}

void msim_reparent_charges_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	for (unsigned int list = 0; list < MEMCGSIM_NR_LRU_LISTS; list++) {
		/* Who was locked goes to the hot end: once round, and no further. */
		for (unsigned long left = count_list(memcg, list); left > 0; left--) {
			struct memcgsim_page *page = take_coldest(memcg, list);

			if (page)
				reparent_page(ctx, memcg, page);
		}
	}
}
