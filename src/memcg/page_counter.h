/* SPDX-License-Identifier: MIT */
/*
 * A hierarchy of page counts with limits.
 */
#ifndef MSIM_MEMCG_PAGE_COUNTER_H
#define MSIM_MEMCG_PAGE_COUNTER_H

#include "types.h"

void msim_page_counter_init(struct msim_page_counter *counter, struct msim_page_counter *parent);

/*
 * Adds @nr_pages at every level, or at none: then *@ret_fail is the one whose limit refused. A
 * transient overshoot that others see, and may be refused by, is the kernel's design (P-02).
 */
bool msim_page_counter_try_charge(struct memcgsim *machine, struct msim_page_counter *counter,
				  unsigned long nr_pages, struct msim_page_counter **ret_fail);

/* Adds whatever the limits say (P-04). */
void msim_page_counter_charge(struct msim_page_counter *counter, unsigned long nr_pages);

/* Takes off this one level; below zero is a WARN and becomes zero (P-05). */
void msim_page_counter_cancel(struct memcgsim *machine, struct msim_page_counter *counter,
			      unsigned long nr_pages);

/* Takes off at every level. */
void msim_page_counter_uncharge(struct memcgsim *machine, struct msim_page_counter *counter,
				unsigned long nr_pages);

/* How much this one counter could still take, 0 if over its limit (C-06). */
unsigned long msim_page_counter_margin(struct msim_page_counter *counter);

/* Sets a limit, whatever the usage (P-08). Callers serialise. */
void msim_page_counter_xchg_max(struct msim_page_counter *counter, long nr_pages);

/*
 * Sets a limit that the usage is not above: 0, or -EBUSY with the old limit. Later charges all meet
 * the new one (P-07). Callers serialise.
 */
int msim_page_counter_set_max(struct msim_page_counter *counter, long nr_pages);

/* What reclaim is to spare, and what it spares while there is other memory (P-10). Serialised. */
void msim_page_counter_set_min(struct msim_page_counter *counter, long nr_pages);
void msim_page_counter_set_low(struct msim_page_counter *counter, long nr_pages);

/*
 * Sets @counter's emin and elow for a reclaim pass over @target's subtree, top-down: its parent's
 * are set already (P-11).
 */
void msim_page_counter_calculate_protection(struct msim_page_counter *target,
					    struct msim_page_counter *counter, bool recursive);

#endif /* MSIM_MEMCG_PAGE_COUNTER_H */
