/* SPDX-License-Identifier: MIT */
/*
 * Owns the counters; lock-free, callable anywhere. Keeps I-NONNEG, I-FAIL-UNDO, I-LIMIT-SET and
 * I-PROT. Models page_counter_try_charge() and its kin, mm/page_counter.c (P-01 ... P-11).
 */
#include "memcg/page_counter.h"

#include <errno.h>

#include "seam/bug.h"

void msim_page_counter_init(struct msim_page_counter *counter, struct msim_page_counter *parent)
{
	counter->max = MSIM_PAGE_COUNTER_MAX;
	counter->high = MSIM_PAGE_COUNTER_MAX;
	counter->parent = parent;
}

/*
 * What of @usage is protected has changed to min(usage, setting): the exchange makes sure that each
 * change reaches the sum above exactly once, whoever else is at it. The sum goes one level up only;
 * a charge comes by at each level anyway (P-09).
 */
static void propagate_one(long usage, long setting, long *protected_usage, long *siblings_sum)
{
	long protected = usage < setting ? usage : setting;
	long old = msim_load_relaxed(protected_usage); /* contract: page_counter.min_usage */

	if (protected == old)
		return;
	old = msim_xchg(protected_usage, protected); /* contract: page_counter.low_usage */
	if (protected != old)
		msim_add_relaxed(siblings_sum,
				 protected - old); /* contract: counter.children_min_usage */
}

static void propagate_protected_usage(struct msim_page_counter *c, long usage)
{
	if (!c->parent) /* nobody protects the root, and nobody sums it up */
		return;
	propagate_one(usage, msim_load_relaxed(&c->min), &c->min_usage,
		      &c->parent->children_min_usage);
	propagate_one(usage, msim_load_relaxed(&c->low), &c->low_usage,
		      &c->parent->children_low_usage);
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
void msim_page_counter_cancel(struct memcgsim *machine, struct msim_page_counter *counter,
			      unsigned long nr_pages)
{
	long usage = msim_sub_return(&counter->usage, (long)nr_pages);

	if (msim_warn_on_once(machine, usage < 0, counter)) {
		usage = 0;
		msim_store_relaxed(&counter->usage, 0);
	}
	propagate_protected_usage(counter, usage);
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
			msim_page_counter_cancel(machine, c, nr_pages);
			msim_store_relaxed(&c->failcnt, msim_load_relaxed(&c->failcnt) + 1);
			*ret_fail = c;
			goto undo_below;
		}
		propagate_protected_usage(c, usage);
		update_watermark(c, usage);
	}
	return true;

undo_below:
	for (struct msim_page_counter *below = counter; below != c; below = below->parent)
		msim_page_counter_cancel(machine, below, nr_pages);
	return false;
}

void msim_page_counter_charge(struct msim_page_counter *counter, unsigned long nr_pages)
{
	msim_assert(nr_pages > 0);
	for (struct msim_page_counter *c = counter; c; c = c->parent) {
		long usage;

		msim_add_relaxed(&c->forced, (long)nr_pages);
		usage = msim_add_return(&c->usage, (long)nr_pages);
		propagate_protected_usage(c, usage);
		update_watermark(c, usage);
	}
}

void msim_page_counter_uncharge(struct memcgsim *machine, struct msim_page_counter *counter,
				unsigned long nr_pages)
{
	msim_assert(nr_pages > 0);
	for (struct msim_page_counter *c = counter; c; c = c->parent)
		msim_page_counter_cancel(machine, c, nr_pages);
}

unsigned long msim_page_counter_margin(struct msim_page_counter *counter)
{
	long usage = msim_load_relaxed(&counter->usage);
	long max = msim_load_relaxed(&counter->max);

	return usage < max ? (unsigned long)(max - usage) : 0;
}

void msim_page_counter_xchg_max(struct msim_page_counter *counter, long nr_pages)
{
	long excess;

	(void)msim_xchg(&counter->max, nr_pages);
	/* Who has not met the new limit has added by now (P-07). */
	excess = msim_load_seq_cst(&counter->usage) - nr_pages;
	if (excess > 0)
		msim_add_relaxed(&counter->forced, excess);
}

int msim_page_counter_set_max(struct msim_page_counter *counter, long nr_pages)
{
	unsigned int spins = 0;

	for (;;) {
		long usage = msim_load_seq_cst(&counter->usage);
		long old;

		if (usage > nr_pages)
			return -EBUSY;
		/*
		 * First swap the limit, then look at the usage again: who charged in between has
		 * either met the new limit or is seen here (P-07).
		 */
		old = msim_xchg(&counter->max, nr_pages);
		if (msim_load_seq_cst(&counter->usage) <= usage || nr_pages >= old)
			return 0;
		(void)msim_xchg(&counter->max, old);
		msim_spin_wait(&spins);
	}
}

/* Everybody above is looked at too, with the usage it has by now (P-10). */
static void propagate_upwards(struct msim_page_counter *counter)
{
	for (struct msim_page_counter *c = counter; c; c = c->parent)
		propagate_protected_usage(c, msim_load_seq_cst(&c->usage));
}

void msim_page_counter_set_min(struct msim_page_counter *counter, long nr_pages)
{
	msim_store_relaxed(&counter->min, nr_pages);
	propagate_upwards(counter);
}

void msim_page_counter_set_low(struct msim_page_counter *counter, long nr_pages)
{
	msim_store_relaxed(&counter->low, nr_pages);
	propagate_upwards(counter);
}

/*
 * One child's part of what its parent may protect. Children that claim more together than the parent
 * has get shares of it; what they leave unclaimed goes, with @recursive, to those whose usage is
 * beyond their claim, in proportion. Unsigned, truncating and wrapping in the kernel's order (P-11).
 */
static unsigned long effective_protection(unsigned long usage, unsigned long parent_usage,
					  unsigned long setting, unsigned long parent_effective,
					  unsigned long siblings_protected, bool recursive)
{
	unsigned long protected = usage < setting ? usage : setting;
	unsigned long effective;

	if (siblings_protected > parent_effective)
		return protected * parent_effective / siblings_protected;
	effective = protected;
	if (recursive && parent_effective > siblings_protected &&
	    parent_usage > siblings_protected && usage > protected)
		effective += (parent_effective - siblings_protected) * (usage - protected) /
			     (parent_usage - siblings_protected);
	return effective;
}

void msim_page_counter_calculate_protection(struct msim_page_counter *target,
					    struct msim_page_counter *counter, bool recursive)
{
	struct msim_page_counter *parent = counter->parent;
	long usage = msim_load_relaxed(&counter->usage);
	long parent_usage;

	/* Of the target and of an empty one the old values stay (P-11). */
	if (counter == target || usage == 0)
		return;
	msim_assert(parent); /* the root is below no target */
	if (parent == target) {
		msim_store_relaxed(&counter->emin, (unsigned long)msim_load_relaxed(&counter->min));
		msim_store_relaxed(&counter->elow, (unsigned long)msim_load_relaxed(&counter->low));
		return;
	}
	parent_usage = msim_load_relaxed(&parent->usage);
	msim_store_relaxed(
		&counter->emin,
		effective_protection((unsigned long)usage, (unsigned long)parent_usage,
				     (unsigned long)msim_load_relaxed(&counter->min),
				     msim_load_relaxed(&parent->emin),
				     (unsigned long)msim_load_relaxed(&parent->children_min_usage),
				     recursive));
	msim_store_relaxed(
		&counter->elow,
		effective_protection((unsigned long)usage, (unsigned long)parent_usage,
				     (unsigned long)msim_load_relaxed(&counter->low),
				     msim_load_relaxed(&parent->elow),
				     (unsigned long)msim_load_relaxed(&parent->children_low_usage),
				     recursive));
}
