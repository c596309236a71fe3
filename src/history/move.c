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

/* ---- from a memcg's lists ---- */

/* Whether @page is to be moved: all are, or those of one address space. */
static bool is_wanted(const struct memcgsim_page *page, unsigned long mapping)
{
	return !mapping || (unsigned long)msim_load_relaxed(&page->mapping) == mapping;
}

/* The coldest of them on a list, isolated and with a reference; NULL if there is none to be had. */
static struct memcgsim_page *take_coldest(struct memcgsim_mem_cgroup *memcg, unsigned int list,
					  unsigned long mapping)
{
	struct msim_lruvec *lruvec = &memcg->lruvec;
	struct msim_list *head = &lruvec->lists[list], *pos;
	struct memcgsim_page *found = NULL;

	msim_spin_lock(&lruvec->lock);
	for (pos = head->prev; pos != head && !found; pos = pos->prev) {
		struct memcgsim_page *page = msim_list_entry(pos, struct memcgsim_page, lru);

		/* One without references is at its end, and will leave by itself. */
		if (is_wanted(page, mapping) && msim_page_ref_unless_zero(page))
			found = page;
	}
	if (found)
		msim_lruvec_del_folio(lruvec, found);
	msim_spin_unlock(&lruvec->lock);
	return found;
}

/* How many there are on a list; @ret_frames: of how many frames, in addition to what it was. */
static unsigned long count_list(struct memcgsim_mem_cgroup *memcg, unsigned int list,
				unsigned long mapping, long *ret_frames)
{
	const struct msim_list *head = &memcg->lruvec.lists[list], *pos;
	unsigned long count = 0;

	msim_spin_lock(&memcg->lruvec.lock);
	msim_list_for_each (pos, head) {
		const struct memcgsim_page *page = msim_list_entry(pos, struct memcgsim_page, lru);

		if (!is_wanted(page, mapping))
			continue;
		count++;
		*ret_frames += 1L << msim_page_order(page);
	}
	msim_spin_unlock(&memcg->lruvec.lock);
	return count;
}

/* ---- a task that moves ---- */

/* What its anonymous pages have for a mapping (history/doors). */
static unsigned long mapping_of(const struct memcgsim_task *leader)
{
	return (unsigned long)leader->mm | 1;
}

long msim_can_attach_v1(struct msim_ctx *ctx, const struct memcgsim_task *leader,
			struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to)
{
	long frames = 0;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	if (from == to || !(to->v1->move_charge & MSIM_MOVE_ANON) || !leader->mm ||
	    msim_load_relaxed(&leader->mm->owner) != leader)
		return 0;
	for (unsigned int list = 0; list < MEMCGSIM_NR_LRU_LISTS; list++)
		(void)count_list(from, list, mapping_of(leader), &frames);
	if (!frames)
		return 0;
	ctx->hooks_off++; /* the cgroup mutex is held */
	err = msim_try_charge_v1(ctx, to, MEMCGSIM_GFP_KERNEL, (unsigned long)frames);
	ctx->hooks_off--;
	return err ? -ENOMEM : frames;
}

/*
 * The charge of one page, of no more than the @most frames for which @to is still charged: its frames,
 * or 0 if it stays.
 */
static long move_page(struct msim_ctx *ctx, struct memcgsim_page *page,
		      struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to, long most)
{
	long frames = 1L << msim_page_order(page);
	int err = frames > most ? -EBUSY : move_record(ctx, page, from, to);

	msim_folio_add_lru(ctx->machine, page);
	memcgsim_folio_put(page);
	return err ? 0 : frames;
}

void msim_attach_v1(struct msim_ctx *ctx, const struct memcgsim_task *leader,
		    struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to,
		    long nr_charged)
{
	long moved = 0;

	for (unsigned int list = 0; leader && list < MEMCGSIM_NR_LRU_LISTS; list++) {
		unsigned long mapping = mapping_of(leader), left;
		long frames = 0;

		left = count_list(from, list, mapping, &frames);

		for (; left > 0 && moved < nr_charged; left--) {
			struct memcgsim_page *page = take_coldest(from, list, mapping);

			if (page)
				moved += move_page(ctx, page, from, to, nr_charged - moved);
		}
	}
	/* What was not moved after all, and what was. */
	msim_uncharge_v1(ctx, to, (unsigned long)(nr_charged - moved),
			 (unsigned long)(nr_charged - moved));
	msim_uncharge_v1(ctx, from, (unsigned long)moved, (unsigned long)moved);
}

/* ---- the end of a memcg ---- */

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
		long frames = 0;
		unsigned long left = count_list(memcg, list, 0, &frames);

		/* Who was locked goes to the hot end: once round, and no further. */
		for (; left > 0; left--) {
			struct memcgsim_page *page = take_coldest(memcg, list, 0);

			if (page)
				reparent_page(ctx, memcg, page);
		}
	}
}
