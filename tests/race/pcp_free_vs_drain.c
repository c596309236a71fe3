/* SPDX-License-Identifier: MIT */
/*
 * One CPU takes and frees single pages through its list, another runs out of memory again and again,
 * and so drains every CPU's list. No page is lost, and none is on two lists. Holds I-PCP, I-PCP-HIGH,
 * I-PCP-NOCHG, I-PAGES, I-BUDDY.
 */
#include "support/race.h"

#define HELD  RACE_SIZE(32, 4)
#define ORDER RACE_SIZE(MEMCGSIM_MAX_PAGE_ORDER, 4)

static race_verdict freer(struct race_world *world)
{
	struct memcgsim_page *page[HELD];

	for (unsigned int i = 0; i < world->loops; i++) {
		for (unsigned int k = 0; k < HELD; k++)
			page[k] = memcgsim_alloc_pages(MEMCGSIM_GFP_NOWAIT, k % 2);
		for (unsigned int k = 0; k < HELD; k++) {
			if (page[k] && memcgsim_page_count(page[k]) != 1)
				return "a page has another owner";
			if (page[k])
				memcgsim___free_pages(page[k], k % 2);
		}
	}
	return NULL;
}

/* Blocks of the largest order until there is none: before it fails, the lists are drained. */
static race_verdict drainer(struct race_world *world)
{
	struct memcgsim_page *page[8];

	for (unsigned int i = 0; i < world->loops / RACE_SIZE(4, 1); i++) {
		unsigned int nr = 0;

		while (nr < 8 &&
		       (page[nr] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, ORDER)) != NULL)
			nr++;
		if (nr == 8)
			return "there are more frames than there can be";
		while (nr > 0)
			memcgsim___free_pages(page[--nr], ORDER);
	}
	return NULL;
}

RACE(pcp_free_vs_drain) = {
	.name = "pcp_free_vs_drain",
	.claim = "a CPU's list may be drained at any moment, and no page is lost",
	.config = { .nr_pages = RACE_SIZE(4096, 64) },
	.threads = {
		{ "freer", freer, 0, -1 },
		{ "drainer", drainer, 1, -1 },
	},
};
