/* SPDX-License-Identifier: MIT */
/*
 * Caches of equal objects: slabs, and the free objects that each CPU keeps at hand.
 */
#ifndef MSIM_ALLOC_KMEM_CACHE_H
#define MSIM_ALLOC_KMEM_CACHE_H

#include "types.h"
#include "frames/page.h"
#include "seam/bug.h"
#include "seam/percpu.h"

/* Of zeroed memory a cache without magazines: its maker's next step. @flags: MEMCGSIM_SLAB_*. */
void msim_kmem_cache_init(struct memcgsim_kmem_cache *cache, struct memcgsim *machine,
			  unsigned int size_bytes, unsigned int flags);

/* Frees every slab, all of whose objects are free, at once. Nobody inside. */
void msim_kmem_cache_empty(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache);

/*
 * For caches with magazines of their own. Empties those of all CPUs and lets every slab go that is
 * then empty; whether any is left.
 */
bool msim_kmem_cache_shrink(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache);

/* Frees one that has no slab left, and that nobody uses. */
void msim_kmem_cache_release(struct memcgsim_kmem_cache *cache);

/* The slab that an address of the machine's lies in, if it is one's. */
static inline struct msim_slab *msim_slab_of(struct memcgsim *machine, const void *object)
{
	unsigned long offset = (unsigned long)object - (unsigned long)machine->memory;

	return machine->pages[offset >> MEMCGSIM_PAGE_SHIFT].slab;
}

/* Which object of @slab @object is, if it is one's start; else nr_objects or more. */
static inline unsigned int msim_object_index(const struct msim_slab *slab, const void *object)
{
	const struct memcgsim_kmem_cache *cache = slab->cache;
	unsigned long offset = (unsigned long)((const char *)object - slab->base);
	unsigned int index = (unsigned int)((offset * cache->reciprocal) >> 32);

	return index * cache->size_bytes == offset ? index : ~0u;
}

/* The slab that @object is a live object of, or NULL. */
static msim_always_inline struct msim_slab *
msim_live_object(struct memcgsim *machine, const void *object, unsigned int *ret_index)
{
	unsigned long offset = (unsigned long)object - (unsigned long)machine->memory;
	struct msim_slab *slab;

	if (unlikely(offset >> MEMCGSIM_PAGE_SHIFT >= machine->config.nr_pages))
		return NULL;
	if (unlikely(!msim_page_has_type(
		    msim_compound_head(&machine->pages[offset >> MEMCGSIM_PAGE_SHIFT]),
		    MSIM_PGTY_SLAB)))
		return NULL;
	slab = msim_slab_of(machine, object);
	*ret_index = msim_object_index(slab, object);
	if (unlikely(*ret_index >= slab->cache->nr_objects ||
		     slab->next[*ret_index] != MSIM_OBJECT_ALLOCATED))
		return NULL;
	return slab;
}

/* An object, allocated but not charged, or NULL. No section held. */
void *msim_take_object(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp);

/*
 * Whether an object that comes out of a magazine is not marked as being in one: two threads freed it
 * at the same moment, and it is somewhere else already. It is left there.
 */
static inline bool msim_freed_twice(struct memcgsim *machine, const struct msim_slab *slab,
				    unsigned int index, const void *object)
{
	return msim_bug_if(machine, MEMCGSIM_MISUSE, slab->next[index] != MSIM_OBJECT_CACHED,
			   "the object was freed by two at the same moment", __func__, object);
}

/* Inside a section, into a magazine that has room. */
static msim_always_inline void msim_keep_object(struct msim_magazine *magazine,
						struct msim_slab *slab, unsigned int index,
						void *object)
{
	msim_assert_full(magazine->nr < MSIM_MAGAZINE);
	slab->next[index] = MSIM_OBJECT_CACHED;
	magazine->objects[magazine->nr++] = object;
}

/* Takes back an object that is uncharged. No section held. */
void msim_give_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
		      void *object);

/* Inside a section: the CPU's free objects back to their slabs. */
void msim_slab_drain(struct msim_cpu *cpu);

#endif /* MSIM_ALLOC_KMEM_CACHE_H */
