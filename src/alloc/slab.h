/* SPDX-License-Identifier: MIT */
/*
 * The kmalloc caches; the public door is memcgsim/slab.h.
 */
#ifndef MSIM_ALLOC_SLAB_H
#define MSIM_ALLOC_SLAB_H

#include "types.h"
#include "alloc/kmem_cache.h"

/* 0 or -ENOMEM. */
int msim_slab_init(struct memcgsim *machine);

/*
 * The page of a large object, or NULL if @object is none's start, which is reported as found by
 * @caller.
 */
struct memcgsim_page *msim_large_object(struct msim_ctx *ctx, const void *object,
					const char *caller);

/* Frees every object that is still allocated; returns how many there were. Nobody inside. */
unsigned long msim_slab_sweep(struct msim_ctx *ctx);

/* Frees every slab, all of whose objects are free. Nobody inside. */
void msim_slab_destroy(struct msim_ctx *ctx);

#endif /* MSIM_ALLOC_SLAB_H */
