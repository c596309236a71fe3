/* SPDX-License-Identifier: MIT */
/*
 * What /proc/zoneinfo would say of the machine's one zone.
 */
#ifndef MEMCGSIM_ZONE_H
#define MEMCGSIM_ZONE_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * struct memcgsim_zone_info - the zone's counts and marks
 * @managed_pages: all frames
 * @free_pages: free in the buddy allocator; neither isolated ones nor those on CPUs' lists
 * @free_cma_pages: of these, those for movable allocations only
 * @free_highatomic_pages: of these, those set aside for blocks that somebody cannot wait for
 * @min_pages: below this mark only reserves are left (B-20)
 * @low_pages: below this one allocations take the slow path
 * @high_pages: where background reclaim would stop
 * @promo_pages: and where it would without memory of another tier
 * @leaked_pages: left out for good, for they were bad or are broken (B-17, B-35)
 * @kswapd_wakeups: how often background reclaim would have been woken (B-23)
 */
struct memcgsim_zone_info {
	unsigned long managed_pages;
	unsigned long free_pages;
	unsigned long free_cma_pages;
	unsigned long free_highatomic_pages;
	unsigned long min_pages;
	unsigned long low_pages;
	unsigned long high_pages;
	unsigned long promo_pages;
	unsigned long leaked_pages;
	unsigned long kswapd_wakeups;
};

/**
 * memcgsim_get_zone_info() - the counts and marks of this moment
 * @machine: the machine
 * @info: filled in
 *
 * Context: any thread.
 * Models: zoneinfo_show_print(), mm/vmstat.c (B-14, B-20)
 * Differs: none known
 */
void memcgsim_get_zone_info(struct memcgsim *machine, struct memcgsim_zone_info *info);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_ZONE_H */
