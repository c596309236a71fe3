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

/* Takes off at every level. */
void msim_page_counter_uncharge(struct memcgsim *machine, struct msim_page_counter *counter,
				unsigned long nr_pages);

/* How much this one counter could still take, 0 if over its limit (C-06). */
unsigned long msim_page_counter_margin(struct msim_page_counter *counter);

#endif /* MSIM_MEMCG_PAGE_COUNTER_H */
