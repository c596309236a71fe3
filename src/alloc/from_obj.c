/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: from an address to whoever pays for what lies there. Called on bound threads,
 * without locks. Models mem_cgroup_from_obj() and mem_cgroup_from_obj_folio(), mm/memcontrol.c
 * (T-04, T-06).
 */
#include <memcgsim/memcg_data.h>

#include <memcgsim/page.h>
#include <memcgsim/vmalloc.h>

#include "alloc/obj_exts.h"
#include "frames/page.h"
#include "memcg/memcg_data.h"
#include "seam/bug.h"
#include "seam/thread.h"

struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_from_slab_obj(const void *p)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup **owners;
	const struct msim_slab *slab;
	struct memcgsim_page *page;
	unsigned long index;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	page = memcgsim_virt_to_head_page(ctx->machine, p);
	if (msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, !page, "the address is not this machine's",
			__func__, p))
		return NULL;
	if (unlikely(ctx->machine->variant->from_obj))
		return ctx->machine->variant->from_obj(ctx, page, p);
	if (!msim_page_has_type(page, MSIM_PGTY_SLAB))
		return memcgsim_page_memcg_check(page);
	/*
	 * From here on nothing is taken from the word but what this one load saw: nobody, or a whole
	 * vector. memcg_from_obj_vs_vector_install watches.
	 */
	slab = page->slab;
	owners = msim_slab_owners(slab);
	index = (unsigned long)((const char *)p - slab->base) / slab->cache->size_bytes;
	if (!owners || index >= slab->cache->nr_objects || !owners[index])
		return NULL;
	return msim_objcg_memcg(ctx->machine, owners[index]);
}

struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_from_obj(const void *p)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_page *page = NULL;

	/* The areas' mutex is held for a look only, never for a grace period: a reader may wait for it. */
	if (ctx && !memcgsim_virt_to_head_page(ctx->machine, p))
		page = memcgsim_vmalloc_to_page(ctx->machine, p);
	return page ? memcgsim_page_memcg_check(msim_compound_head(page))
		    : memcgsim_mem_cgroup_from_slab_obj(p);
}
