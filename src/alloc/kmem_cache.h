/* SPDX-License-Identifier: MIT */
/*
 * Caches of equal objects: slabs, and the free objects that each CPU keeps at hand.
 */
#ifndef MSIM_ALLOC_KMEM_CACHE_H
#define MSIM_ALLOC_KMEM_CACHE_H

#include "types.h"
#include "frames/page.h"
#include "seam/percpu.h"

void msim_kmem_cache_init(struct msim_kmem_cache *cache, unsigned int index,
			  unsigned int size_bytes);

/* Frees every slab, all of whose objects are free. Nobody inside. */
void msim_kmem_cache_destroy(struct msim_ctx *ctx, struct msim_kmem_cache *cache);

/* The slab that an address of the machine's lies in, if it is one's. */
static inline struct msim_slab *msim_slab_of(struct memcgsim *machine, const void *object)
{
	unsigned long offset = (unsigned long)object - (unsigned long)machine->memory;

	return machine->pages[offset >> MEMCGSIM_PAGE_SHIFT].slab;
}

/* Which object of @slab @object is, if it is one's start; else nr_objects or more. */
static inline unsigned int msim_object_index(const struct msim_slab *slab, const void *object)
{
	const struct msim_kmem_cache *cache = slab->cache;
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
void *msim_take_object(struct msim_ctx *ctx, struct msim_kmem_cache *cache, memcgsim_gfp_t gfp);

/* Inside a section: whether the magazine had room. */
static msim_always_inline bool msim_keep_object(struct msim_cpu *cpu, struct msim_slab *slab,
						unsigned int index, void *object)
{
	struct msim_magazine *magazine = cpu->magazines[slab->cache->index];

	msim_assert_section(cpu);
	if (unlikely(magazine->nr == MSIM_MAGAZINE))
		return false;
	slab->next[index] = MSIM_OBJECT_CACHED;
	magazine->objects[magazine->nr++] = object;
	return true;
}

/* Takes back an object that is uncharged. No section held. */
void msim_give_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
		      void *object);

/* Inside a section: the CPU's free objects back to their slabs. */
void msim_slab_drain(struct msim_cpu *cpu);

#endif /* MSIM_ALLOC_KMEM_CACHE_H */
