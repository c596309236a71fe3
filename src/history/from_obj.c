/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: from an address to whoever pays for what lies there, by two loads of one word. Called
 * without locks on machines as before the fix, "mm: memcg/slab: fix racy access to page->mem_cgroup in
 * mem_cgroup_from_obj()". Models mem_cgroup_from_obj(), mm/memcontrol.c, as that patch found it (T-04).
 */
#include "history/from_obj.h"

#include "memcg/memcg_data.h"

/* Whose the object is that the vector @owners has at @p. */
static struct memcgsim_mem_cgroup *owner_of(struct msim_ctx *ctx, const struct msim_slab *slab,
					    struct memcgsim_obj_cgroup **owners, const void *p)
{
	unsigned long index =
		(unsigned long)((const char *)p - slab->base) / slab->cache->size_bytes;

	if (!owners || index >= slab->cache->nr_objects || !owners[index])
		return NULL;
	return msim_objcg_memcg(ctx->machine, owners[index]);
}

struct memcgsim_mem_cgroup *msim_from_obj_read_twice(struct msim_ctx *ctx,
						     struct memcgsim_page *head, const void *p)
{
	unsigned long word = msim_load_acquire(&head->memcg_data);

	if (word & MSIM_MEMCG_DATA_OBJEXTS)
		return owner_of(ctx, head->slab, msim_word_objcgs(word), p);
	return (struct memcgsim_mem_cgroup *)msim_load_relaxed(&head->memcg_data);
}
