/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: pages of a machine, mapped and unmapped on behalf of the experiments that compare who
 * may be.
 */
#include "cli/mapping.h"

typedef void mark(struct memcgsim_page *page);

/* Types that owners give: those that every kernel has. */
static mark *const set[] = { memcgsim___SetPageTable, memcgsim___SetPageGuard,
			     memcgsim___SetPageOffline };
static mark *const clear[] = { memcgsim___ClearPageTable, memcgsim___ClearPageGuard,
			       memcgsim___ClearPageOffline };

static struct memcgsim_page *alloc_page(memcgsim_gfp_t gfp)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(gfp, 0);

	demand(page, "no page");
	return page;
}

void *mapping_area(bool charged)
{
	void *area = memcgsim___vmalloc_node_range(
		MAPPING_PAGES * MEMCGSIM_PAGE_SIZE,
		(charged ? MEMCGSIM_GFP_KERNEL_ACCOUNT : MEMCGSIM_GFP_KERNEL) |
			MEMCGSIM___GFP_ZERO | MEMCGSIM___GFP_NOWARN,
		MEMCGSIM_VM_USERMAP);

	demand(area, "no area");
	return area;
}

unsigned long mapping_of_area(const void *area)
{
	struct memcgsim_page *ptes[MAPPING_PAGES] = { 0 };
	unsigned long count = 0;

	if (memcgsim_remap_vmalloc_range(ptes, MAPPING_PAGES, area, 0))
		return 0;
	for (unsigned int i = 0; i < MAPPING_PAGES; i++)
		count += memcgsim_page_mapcount(ptes[i]) == 1;
	memcgsim_zap_page_range(ptes, MAPPING_PAGES);
	return count;
}

bool mapping_of_page(struct memcgsim_page *page)
{
	if (memcgsim_vm_insert_page(page))
		return false;
	memcgsim_folio_remove_rmap_pte(page);
	memcgsim_put_page(page);
	return true;
}

unsigned int mapping_of_typed_pages(void)
{
	struct memcgsim_page *page = alloc_page(MEMCGSIM_GFP_KERNEL);
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		set[i](page);
		count += mapping_of_page(page);
		clear[i](page);
	}
	memcgsim___free_pages(page, 0);
	return count;
}

unsigned int mapping_types(const struct stage *stage)
{
	struct memcgsim_page *block =
		memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, MEMCGSIM_MAX_PAGE_ORDER);
	struct memcgsim_page *page = alloc_page(MEMCGSIM_GFP_KERNEL_ACCOUNT);
	unsigned int bits = ~memcgsim_page_type(stage->machine, page); /* of being charged */

	demand(block, "no block");
	memcgsim___free_pages(block, MEMCGSIM_MAX_PAGE_ORDER);
	bits |= ~memcgsim_page_type(stage->machine, block); /* of being free */
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		set[i](page);
		bits |= ~memcgsim_page_type(stage->machine, page);
		clear[i](page);
	}
	memcgsim___free_pages(page, 0);
	return (unsigned int)__builtin_popcount(bits);
}
