/* SPDX-License-Identifier: MIT */
/*
 * Owns the counters; lock-free, callable anywhere. Keeps I-NONNEG and I-FAIL-UNDO. Models
 * page_counter_try_charge() and its kin, mm/page_counter.c (P-01 ... P-06).
 */
#include "memcg/page_counter.h"

#include "seam/bug.h"

void msim_page_counter_init(struct msim_page_counter *counter, struct msim_page_counter *parent)
{
	counter->max = MSIM_PAGE_COUNTER_MAX;
	counter->parent = parent;
}

/* P-06: two racing maxima; the global one is looked at only when the local one rises. */
static void update_watermark(struct msim_page_counter *counter, long usage)
{
	if (usage <= msim_load_relaxed(&counter->local_watermark))
		return;
	msim_store_relaxed(&counter->local_watermark, usage);
	if (usage > msim_load_relaxed(&counter->watermark))
		msim_store_relaxed(&counter->watermark, usage);
}

/* P-05: never below zero; a level that would be is set right and reported, the others still pay. */
static void cancel(struct memcgsim *machine, struct msim_page_counter *counter,
		   unsigned long nr_pages)
{
	long usage = msim_sub_return(&counter->usage, (long)nr_pages);

	if (msim_warn_on_once(machine, usage < 0, counter))
		msim_store_relaxed(&counter->usage, 0);
}

bool msim_page_counter_try_charge(struct memcgsim *machine, struct msim_page_counter *counter,
				  unsigned long nr_pages, struct msim_page_counter **ret_fail)
{
	struct msim_page_counter *c;

	msim_assert(nr_pages > 0);
	for (c = counter; c; c = c->parent) {
		/*
		 * First add, then look at the limit. Who lowers the limit first swaps it, then
		 * looks at the usage: at least one of the two sees the other (P-07).
		 */
		long usage = msim_add_return(&c->usage, (long)nr_pages);

		if (usage > msim_load_seq_cst(&c->max)) {
			cancel(machine, c, nr_pages);
			msim_store_relaxed(&c->failcnt, msim_load_relaxed(&c->failcnt) + 1);
			*ret_fail = c;
			goto undo_below;
		}
		update_watermark(c, usage);
	}
	return true;

undo_below:
	for (struct msim_page_counter *below = counter; below != c; below = below->parent)
		cancel(machine, below, nr_pages);
	return false;
}

void msim_page_counter_charge(struct msim_page_counter *counter, unsigned long nr_pages)
{
	msim_assert(nr_pages > 0);
	for (struct msim_page_counter *c = counter; c; c = c->parent)
		update_watermark(c, msim_add_return(&c->usage, (long)nr_pages));
}

void msim_page_counter_uncharge(struct memcgsim *machine, struct msim_page_counter *counter,
				unsigned long nr_pages)
{
	msim_assert(nr_pages > 0);
	for (struct msim_page_counter *c = counter; c; c = c->parent)
		cancel(machine, c, nr_pages);
}

unsigned long msim_page_counter_margin(struct msim_page_counter *counter)
{
	long usage = msim_load_relaxed(&counter->usage);
	long max = msim_load_relaxed(&counter->max);

	return usage < max ? (unsigned long)(max - usage) : 0;
}
