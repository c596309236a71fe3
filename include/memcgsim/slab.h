/* SPDX-License-Identifier: MIT */
/*
 * Small objects.
 */
#ifndef MEMCGSIM_SLAB_H
#define MEMCGSIM_SLAB_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

#define MEMCGSIM_KMALLOC_MAX_CACHE_SIZE 8192UL /* larger requests are whole pages */
#define MEMCGSIM_KMALLOC_MAX_SIZE	(MEMCGSIM_PAGE_SIZE << MEMCGSIM_MAX_PAGE_ORDER)
#define MEMCGSIM_ZERO_SIZE_PTR		((void *)16)

/**
 * memcgsim_kmalloc() - allocate an object
 * @size_bytes: how large; 0 gives %MEMCGSIM_ZERO_SIZE_PTR
 * @gfp: with %MEMCGSIM___GFP_ACCOUNT its bucket size plus 8 bytes are charged to the current task's
 * objcg; beyond %MEMCGSIM_KMALLOC_MAX_CACHE_SIZE, whole pages
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: usable memory, aligned as the kernel's buckets are, or NULL: out of memory, charge
 * refused, too large.
 * Models: kmalloc(), __memcg_slab_post_alloc_hook(), mm/slub.c (O-04, O-14, T-08)
 * Differs: slab pages hold what fits their bucket; the order of addresses is not SLUB's
 */
MEMCGSIM_MUST_CHECK void *memcgsim_kmalloc(size_t size_bytes, memcgsim_gfp_t gfp);

/**
 * memcgsim_kfree() - free an object
 * @object: from memcgsim_kmalloc(); NULL and %MEMCGSIM_ZERO_SIZE_PTR do nothing
 *
 * An address that is no live object's start is a simulated bug: recorded, nothing freed. (Two
 * threads that free one object at the same moment are the one double free that may pass unseen.)
 *
 * Context: a bound thread; any CPU and task may free what another allocated.
 * Models: kfree(), __memcg_slab_free_hook(), mm/slub.c (O-05, O-15)
 * Differs: a double free is detected, but for two at the same moment
 */
void memcgsim_kfree(void *object);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_SLAB_H */
