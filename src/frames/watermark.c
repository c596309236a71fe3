/* SPDX-License-Identifier: MIT */
/*
 * Owns the zone's marks, constant after creation. Reads its lists under zone->lock. Called by the
 * front doors before they take frames. Models init_per_zone_wmark_min(), __setup_per_zone_wmarks(),
 * __zone_watermark_ok() and zone_batchsize(), mm/page_alloc.c (B-20 ... B-22, B-43).
 */
#include "frames/watermark.h"

#include <memcgsim/zone.h>

#include "frames/buddy.h"
#include "seam/thread.h"

#define KB_PER_PAGE (MEMCGSIM_PAGE_SIZE / 1024)

static unsigned long clamp(unsigned long value, unsigned long low, unsigned long high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

/* The largest whole number whose square is not above @value. */
static unsigned long int_sqrt(unsigned long value)
{
	unsigned long root = 0;

	for (unsigned long bit = 1UL << 31; bit; bit >>= 1) {
		if ((root | bit) * (root | bit) <= value)
			root |= bit;
	}
	return root;
}

static unsigned long min_free_kbytes(const struct memcgsim_config *config)
{
	if (config->min_free_kbytes != MEMCGSIM_AUTO)
		return config->min_free_kbytes;
	return clamp(int_sqrt(16 * config->nr_pages * KB_PER_PAGE), 128, 262144);
}

/* A quarter of a thousandth of the zone, but of a MiB at most, cut to one less than a power of 2. */
static unsigned int auto_batch(unsigned long nr_pages)
{
	unsigned long batch = clamp(nr_pages >> 10, 0, (1UL << 20) / MEMCGSIM_PAGE_SIZE) / 4;
	unsigned int power = 1;

	while (2UL * power <= batch + batch / 2)
		power *= 2;
	return power > 1 ? power - 1 : 1;
}

void msim_watermark_init(struct memcgsim *machine)
{
	struct memcgsim_config *config = &machine->config;
	struct msim_zone *zone = &machine->zone;
	unsigned long min = min_free_kbytes(config) / KB_PER_PAGE;
	unsigned long gap = config->nr_pages / 10000 * config->watermark_scale_factor +
			    config->nr_pages % 10000 * config->watermark_scale_factor / 10000;

	if (gap < min / 4)
		gap = min / 4;
	zone->wmark_pages[MSIM_WMARK_MIN] = min;
	zone->wmark_pages[MSIM_WMARK_LOW] = min + gap;
	zone->wmark_pages[MSIM_WMARK_HIGH] = min + 2 * gap;
	zone->wmark_pages[MSIM_WMARK_PROMO] = min + 3 * gap;
	if (config->pcp_batch_pages == MEMCGSIM_AUTO)
		config->pcp_batch_pages = auto_batch(config->nr_pages);
	if (config->pcp_high_pages == MEMCGSIM_AUTO)
		config->pcp_high_pages = (unsigned int)clamp(
			(min + gap) / config->nr_cpus, 4UL * config->pcp_batch_pages, INT32_MAX);
}

unsigned long msim_watermark_pages(const struct memcgsim *machine, unsigned int flags)
{
	return machine->zone.wmark_pages[flags & MSIM_ALLOC_WMARK_MASK];
}

/* Under the zone's lock: whether any block is large enough, of a type that the flags allow. */
static bool has_block(struct memcgsim *machine, unsigned int order, unsigned int flags)
{
	for (unsigned int o = order; o < MEMCGSIM_NR_PAGE_ORDERS; o++) {
		for (unsigned int type = 0; type < MEMCGSIM_MIGRATE_HIGHATOMIC; type++) {
			if (msim_buddy_first(machine, o, type))
				return true;
		}
		if ((flags & MSIM_ALLOC_CMA) && msim_buddy_first(machine, o, MEMCGSIM_MIGRATE_CMA))
			return true;
		if ((flags & (MSIM_ALLOC_HIGHATOMIC | MSIM_ALLOC_OOM)) &&
		    msim_buddy_first(machine, o, MEMCGSIM_MIGRATE_HIGHATOMIC))
			return true;
	}
	return false;
}

bool msim_watermark_ok(struct memcgsim *machine, unsigned int order, unsigned long mark_pages,
		       unsigned int flags)
{
	struct msim_zone *zone = &machine->zone;
	unsigned long unusable = (1UL << order) - 1, min = mark_pages;
	bool ok;

	if (flags & MSIM_ALLOC_MIN_RESERVE) {
		min -= min / 2;
		if (flags & MSIM_ALLOC_NON_BLOCK)
			min -= min / 4;
	}
	if (flags & MSIM_ALLOC_OOM)
		min -= min / 2;
	msim_spin_lock(&zone->lock);
	if (!(flags & MSIM_ALLOC_RESERVES))
		unusable += zone->free_highatomic_pages;
	if (!(flags & MSIM_ALLOC_CMA))
		unusable += zone->free_cma_pages;
	ok = msim_zone_free_pages(zone) > min + unusable &&
	     (order == 0 || has_block(machine, order, flags));
	msim_spin_unlock(&zone->lock);
	return ok;
}

void memcgsim_get_zone_info(struct memcgsim *machine, struct memcgsim_zone_info *info)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	const struct msim_zone *zone = &machine->zone;

	msim_spin_lock(&machine->zone.lock);
	*info = (struct memcgsim_zone_info){
		.managed_pages = zone->nr_pages,
		.free_pages = msim_zone_free_pages(zone),
		.free_cma_pages = zone->free_cma_pages,
		.free_highatomic_pages = zone->free_highatomic_pages,
		.min_pages = zone->wmark_pages[MSIM_WMARK_MIN],
		.low_pages = zone->wmark_pages[MSIM_WMARK_LOW],
		.high_pages = zone->wmark_pages[MSIM_WMARK_HIGH],
		.promo_pages = zone->wmark_pages[MSIM_WMARK_PROMO],
		.leaked_pages = msim_load_relaxed(&zone->leaked_pages),
		.kswapd_wakeups = msim_load_relaxed(&zone->kswapd_wakeups),
	};
	msim_spin_unlock(&machine->zone.lock);
	msim_guest_leave(ctx, &guest);
}
