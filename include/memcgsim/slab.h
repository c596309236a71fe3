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

/**
 * memcgsim_kzalloc() - allocate a zeroed object
 * @size_bytes: as for memcgsim_kmalloc()
 * @gfp: as for memcgsim_kmalloc()
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim_kmalloc()
 * Models: kzalloc()
 * Differs: as memcgsim_kmalloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_kzalloc(size_t size_bytes, memcgsim_gfp_t gfp);

/**
 * memcgsim_kmalloc_array() - allocate an array
 * @count: how many elements
 * @size_bytes: how large each is
 * @gfp: as for memcgsim_kmalloc()
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim_kmalloc(); NULL also if the product is too large for a size.
 * Models: kmalloc_array()
 * Differs: as memcgsim_kmalloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_kmalloc_array(size_t count, size_t size_bytes,
						 memcgsim_gfp_t gfp);

/**
 * memcgsim_kcalloc() - allocate a zeroed array
 * @count: how many elements
 * @size_bytes: how large each is
 * @gfp: as for memcgsim_kmalloc()
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim_kmalloc_array()
 * Models: kcalloc()
 * Differs: as memcgsim_kmalloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_kcalloc(size_t count, size_t size_bytes, memcgsim_gfp_t gfp);

/**
 * memcgsim_krealloc() - make an object larger or smaller
 * @object: from memcgsim_kmalloc(), or NULL
 * @size_bytes: how large it shall be; 0 frees it
 * @gfp: for a new object; with %MEMCGSIM___GFP_ZERO what is new in an old one is zeroed too
 *
 * An object whose bucket suffices stays, with its charge. Else a new one takes over the contents;
 * whether that is charged, @gfp tells.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the object, %MEMCGSIM_ZERO_SIZE_PTR for a size of 0, or NULL: the old one is then as it
 * was.
 * Models: krealloc(), __do_krealloc(), mm/slab_common.c
 * Differs: as memcgsim_kmalloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_krealloc(void *object, size_t size_bytes, memcgsim_gfp_t gfp);

/**
 * memcgsim_ksize() - how much of an object may be used
 * @object: an object of any cache, a large one, NULL or %MEMCGSIM_ZERO_SIZE_PTR
 *
 * Context: a bound thread.
 * Return: the size of its bucket, 0 for what is none (reported unless NULL or of size 0).
 * Models: ksize(), slab_ksize(), mm/slab_common.c and slab.h
 * Differs: none known
 */
size_t memcgsim_ksize(const void *object);

/**
 * memcgsim_kfree_sensitive() - zero an object and free it
 * @object: as for memcgsim_kfree()
 *
 * Context: a bound thread.
 * Models: kfree_sensitive(), mm/slab_common.c
 * Differs: none known
 */
void memcgsim_kfree_sensitive(void *object);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_SLAB_H */
