/* SPDX-License-Identifier: MIT */
/*
 * Owns the vmalloc areas: a tree by address and a list by age (its mutex). Pages and their array come
 * through the public doors, so they are charged, or not, as anybody's; and so do mappings of them. Keeps
 * I-STAT. Models __vmalloc_area_node(), vfree(), remap_vmalloc_range() and mod_memcg_page_state(),
 * mm/vmalloc.c (V-01 ... V-03).
 */
#include "alloc/vmalloc.h"

#include <memcgsim/page.h>
#include <memcgsim/page_flags.h>
#include <memcgsim/slab.h>
#include <memcgsim/vmalloc.h>

#include <errno.h>
#include <search.h>
#include <string.h>

#include "base/lazy.h"
#include "memcg/memcg_data.h"
#include "memcg/stat.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/thread.h"

/* What of gfp reaches the array of pages: not ACCOUNT (V-01). */
#define ARRAY_GFP                                                                                  \
	(MEMCGSIM___GFP_RECLAIM | MEMCGSIM___GFP_HIGH | MEMCGSIM___GFP_IO | MEMCGSIM___GFP_FS |    \
	 MEMCGSIM___GFP_NOWARN | MEMCGSIM___GFP_RETRY_MAYFAIL | MEMCGSIM___GFP_NOFAIL |            \
	 MEMCGSIM___GFP_NORETRY)

void msim_vmalloc_init(struct memcgsim *machine)
{
	msim_mutex_init(&machine->vmalloc.mutex, MSIM_RANK_VMAP);
	msim_list_init(&machine->vmalloc.areas);
}

void msim_vmalloc_destroy(struct memcgsim *machine)
{
	msim_assert(!machine->vmalloc.by_address);
	msim_mutex_destroy(&machine->vmalloc.mutex);
}

/* Two areas are equal if they overlap; so an area of one page finds the one that it lies in. */
static int compare(const void *a, const void *b)
{
	const struct msim_vm_area *left = a, *right = b;

	if (left->address + left->nr_pages * MEMCGSIM_PAGE_SIZE <= right->address)
		return -1;
	return left->address >= right->address + right->nr_pages * MEMCGSIM_PAGE_SIZE;
}

/* Mutex held: the area that @address lies in, or NULL. */
static struct msim_vm_area *find(struct memcgsim *machine, const void *address)
{
	struct msim_vm_area one = { .nr_pages = 1 };
	void *found;

	msim_assert_held(MSIM_RANK_VMAP);
	one.address = (char *)((unsigned long)address & ~(MEMCGSIM_PAGE_SIZE - 1));
	found = tfind(&one, &machine->vmalloc.by_address, compare);
	return found ? *(struct msim_vm_area **)found : NULL;
}

/* Counts a page in the statistics of whoever is charged for it; nobody: not at all (V-02). */
static void account_page(struct memcgsim *machine, const struct memcgsim_page *page, long count)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(machine, word);

	msim_rcu_read_lock();
	msim_stat_add(objcg ? msim_rcu_dereference(&objcg->memcg)
			    : msim_pinned_memcg(machine, word),
		      MSIM_STAT_VMALLOC_PAGES, count);
	msim_rcu_read_unlock();
}

/* The first @count of the array. */
static void free_pages(struct msim_vm_area *area, unsigned long count)
{
	for (unsigned long i = 0; i < count; i++)
		memcgsim___free_pages(area->pages[i], 0);
}

/* As many at once as there are without a charge; those with one come one by one (B-32). */
static bool alloc_pages(struct msim_vm_area *area, memcgsim_gfp_t gfp)
{
	unsigned long count = memcgsim_alloc_pages_bulk_array(gfp & ~MEMCGSIM___GFP_NOFAIL,
							      area->nr_pages, area->pages);

	while (count < area->nr_pages) {
		area->pages[count] = memcgsim_alloc_pages(gfp, 0);
		if (!area->pages[count])
			break;
		count++;
	}
	if (count == area->nr_pages)
		return true;
	free_pages(area, count);
	return false;
}

/* The array, larger than a page: made of single pages itself. */
static struct memcgsim_page **alloc_array(unsigned long bytes, memcgsim_gfp_t gfp)
{
	gfp = (gfp & ARRAY_GFP) | MEMCGSIM___GFP_ZERO;
	if (bytes > MEMCGSIM_PAGE_SIZE)
		return memcgsim___vmalloc(bytes, gfp);
	return memcgsim_kmalloc(bytes, gfp);
}

static void free_array(struct msim_vm_area *area)
{
	if (area->nr_pages * sizeof(area->pages[0]) > MEMCGSIM_PAGE_SIZE)
		memcgsim_vfree(area->pages);
	else
		memcgsim_kfree(area->pages);
}

/* Whether the area can be found from now on. */
static bool publish(struct memcgsim *machine, struct msim_vm_area *area)
{
	bool done;

	msim_mutex_lock(&machine->vmalloc.mutex);
	done = tsearch(area, &machine->vmalloc.by_address, compare);
	if (done)
		msim_list_add_tail(&area->node, &machine->vmalloc.areas);
	msim_mutex_unlock(&machine->vmalloc.mutex);
	return done;
}

void *memcgsim___vmalloc_node_range(unsigned long size_bytes, memcgsim_gfp_t gfp,
				    unsigned long vm_flags)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim *machine;
	struct msim_vm_area *area;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	machine = ctx->machine;
	if (msim_warn_on_once(machine, size_bytes == 0, NULL) ||
	    (size_bytes - 1) >> MEMCGSIM_PAGE_SHIFT >= machine->config.nr_pages)
		return NULL;
	area = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*area));
	if (!area)
		return NULL;
	area->nr_pages = (size_bytes + MEMCGSIM_PAGE_SIZE - 1) >> MEMCGSIM_PAGE_SHIFT;
	area->accounted = gfp & MEMCGSIM___GFP_ACCOUNT;
	area->usermap = vm_flags & MEMCGSIM_VM_USERMAP;
	area->address = msim_lazy_map(area->nr_pages * MEMCGSIM_PAGE_SIZE);
	if (!area->address)
		goto free_area;
	area->pages = alloc_array(area->nr_pages * sizeof(area->pages[0]), gfp);
	if (!area->pages)
		goto unmap;
	if (!alloc_pages(area, gfp | MEMCGSIM___GFP_NOWARN))
		goto free_array;
	if (!publish(machine, area))
		goto free_pages;
	for (unsigned long i = 0; area->accounted && i < area->nr_pages; i++)
		account_page(machine, area->pages[i], 1);
	return area->address;

free_pages:
	free_pages(area, area->nr_pages);
free_array:
	free_array(area);
unmap:
	msim_lazy_unmap(area->address, area->nr_pages * MEMCGSIM_PAGE_SIZE);
free_area:
	msim_free(machine, area);
	return NULL;
}

void *memcgsim___vmalloc(unsigned long size_bytes, memcgsim_gfp_t gfp)
{
	return memcgsim___vmalloc_node_range(size_bytes, gfp, 0);
}

void *memcgsim_vmalloc(unsigned long size_bytes)
{
	return memcgsim___vmalloc(size_bytes, MEMCGSIM_GFP_KERNEL);
}

void *memcgsim_vmalloc_user(unsigned long size_bytes)
{
	return memcgsim___vmalloc_node_range(size_bytes, MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_ZERO,
					     MEMCGSIM_VM_USERMAP);
}

/* The area that begins at @address, which nobody finds any more; NULL if none does. */
static struct msim_vm_area *unlink_area(struct memcgsim *machine, const void *address)
{
	struct msim_vm_area *area;

	msim_mutex_lock(&machine->vmalloc.mutex);
	area = find(machine, address);
	if (area && area->address != address)
		area = NULL;
	if (area) {
		(void)tdelete(area, &machine->vmalloc.by_address, compare);
		msim_list_del(&area->node);
	}
	msim_mutex_unlock(&machine->vmalloc.mutex);
	return area;
}

void memcgsim_vfree(const void *address)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_vm_area *area;

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	if (!address)
		return;
	area = unlink_area(ctx->machine, address);
	if (!area) {
		msim_warn(ctx->machine, "Trying to vfree() nonexistent vm area", __func__, address);
		return;
	}
	for (unsigned long i = 0; i < area->nr_pages; i++)
		account_page(ctx->machine, area->pages[i], -1);
	free_pages(area, area->nr_pages);
	free_array(area);
	msim_lazy_unmap(area->address, area->nr_pages * MEMCGSIM_PAGE_SIZE);
	msim_free(ctx->machine, area);
}

struct memcgsim_page *memcgsim_vmalloc_to_page(struct memcgsim *machine, const void *address)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	struct memcgsim_page *page = NULL;
	struct msim_vm_area *area;

	msim_mutex_lock(&machine->vmalloc.mutex);
	area = find(machine, address);
	if (area)
		page = area->pages[((unsigned long)address - (unsigned long)area->address) >>
				   MEMCGSIM_PAGE_SHIFT];
	msim_mutex_unlock(&machine->vmalloc.mutex);
	msim_guest_leave(ctx, &guest);
	return page;
}

/* Mutex held, so that the area stays. All of the pages, or none. */
static int map_pages(struct memcgsim_page *const *pages, unsigned long nr_pages)
{
	int err = 0;

	for (unsigned long i = 0; i < nr_pages && !err; i++) {
		err = memcgsim_vm_insert_page(pages[i]);
		while (err && i-- > 0) {
			memcgsim_folio_remove_rmap_pte(pages[i]);
			memcgsim_put_page(pages[i]);
		}
	}
	return err;
}

int memcgsim_remap_vmalloc_range(struct memcgsim_page **ptes, unsigned long nr_ptes,
				 const void *address, unsigned long pgoff)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_vm_area *area;
	int err = -EINVAL;

	if (!ctx) {
		msim_unbound(__func__);
		return -EINVAL;
	}
	if (nr_ptes == 0 || (unsigned long)address & (MEMCGSIM_PAGE_SIZE - 1))
		return -EINVAL;
	msim_mutex_lock(&ctx->machine->vmalloc.mutex);
	area = find(ctx->machine, address);
	if (area && area->address == address && area->usermap && pgoff < area->nr_pages &&
	    nr_ptes <= area->nr_pages - pgoff)
		err = map_pages(area->pages + pgoff, nr_ptes);
	if (!err)
		memcpy(ptes, area->pages + pgoff, nr_ptes * sizeof(*ptes));
	msim_mutex_unlock(&ctx->machine->vmalloc.mutex);
	return err;
}

void memcgsim_zap_page_range(struct memcgsim_page **ptes, unsigned long nr_ptes)
{
	if (!msim_ctx()) {
		msim_unbound(__func__);
		return;
	}
	for (unsigned long i = 0; i < nr_ptes; i++) {
		struct memcgsim_page *page = ptes[i];

		if (!page)
			continue;
		ptes[i] = NULL;
		memcgsim_folio_remove_rmap_pte(page);
		memcgsim_put_page(page);
	}
}

unsigned long msim_vmalloc_sweep(struct msim_ctx *ctx)
{
	struct msim_list *areas = &ctx->machine->vmalloc.areas;
	unsigned long count = 0;

	/* The youngest first: an array's area is older than the one whose pages it names. */
	while (!msim_list_empty(areas)) {
		memcgsim_vfree(msim_list_entry(areas->prev, struct msim_vm_area, node)->address);
		count++;
	}
	return count;
}
