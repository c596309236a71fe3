/* SPDX-License-Identifier: MIT */
/*
 * Object caches; the public door is memcgsim/slab.h.
 */
#ifndef MSIM_ALLOC_SLAB_H
#define MSIM_ALLOC_SLAB_H

#include "types.h"

/* 0 or -ENOMEM. */
int msim_slab_init(struct memcgsim *machine);

/* Frees every object that is still allocated; returns how many there were. Nobody inside. */
unsigned long msim_slab_sweep(struct msim_ctx *ctx);

/* Frees every slab, all of whose objects are free. Nobody inside. */
void msim_slab_destroy(struct msim_ctx *ctx);

/* Inside a section: the CPU's free objects back to their slabs. */
void msim_slab_drain(struct msim_cpu *cpu);

/* Which object of @slab @object is, if it is one's start; else nr_objects or more. */
static inline unsigned int msim_object_index(const struct msim_slab *slab, const void *object)
{
	const struct msim_kmem_cache *cache = slab->cache;
	unsigned long offset = (unsigned long)((const char *)object - slab->base);
	unsigned int index = (unsigned int)((offset * cache->reciprocal) >> 32);

	return index * cache->size_bytes == offset ? index : ~0u;
}

#endif /* MSIM_ALLOC_SLAB_H */
