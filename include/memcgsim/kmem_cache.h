/* SPDX-License-Identifier: MIT */
/*
 * Caches of objects of one's own: a size, an alignment, a constructor.
 */
#ifndef MEMCGSIM_KMEM_CACHE_H
#define MEMCGSIM_KMEM_CACHE_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

struct memcgsim_kmem_cache;

/**
 * typedef memcgsim_slab_flags_t - how a cache behaves
 *
 * Flags of the kernel's names, with their meaning; the values are this library's own.
 */
typedef unsigned int memcgsim_slab_flags_t;

#define MEMCGSIM_SLAB_HWCACHE_ALIGN   0x1u /* objects begin at cache lines, or at parts of one */
#define MEMCGSIM_SLAB_TYPESAFE_BY_RCU 0x2u /* freed memory stays this cache's for a grace period */
#define MEMCGSIM_SLAB_ACCOUNT	      0x4u /* each object is charged, as with __GFP_ACCOUNT */

/**
 * memcgsim_kmem_cache_create() - make a cache
 * @machine: the machine
 * @name: what it is called; copied. If another cache is called so, that is a WARN and no failure
 * @size_bytes: of an object; 1 ... %MEMCGSIM_KMALLOC_MAX_SIZE
 * @align_bytes: 0 or a power of two up to %MEMCGSIM_PAGE_SIZE; at least that of a pointer is given
 * @flags: of MEMCGSIM_SLAB_*
 * @ctor: called once for each object when the pages it lies in become the cache's, or NULL; with no
 * lock held, so it may call the library
 *
 * What an object costs, and what memcgsim_ksize() tells, is its size with the alignment, and with
 * room for a pointer behind it if there is a constructor or the memory is type-safe by RCU: what is
 * free must then not be written to. An accounted object costs 8 bytes more, for its slot.
 *
 * Context: any thread, outside RCU read sections.
 * Return: the cache, or NULL: out of memory, or (a simulated bug) arguments out of range.
 * Models: kmem_cache_create(), __kmem_cache_create_args(), calculate_sizes(), mm/slab_common.c and
 * slub.c (O-14)
 * Differs: never merges caches, as with slab_nomerge; objects of a slab lie in order; a failure is
 * recorded instead of a panic
 */
MEMCGSIM_MUST_CHECK struct memcgsim_kmem_cache *
memcgsim_kmem_cache_create(struct memcgsim *machine, const char *name, unsigned int size_bytes,
			   unsigned int align_bytes, memcgsim_slab_flags_t flags,
			   void (*ctor)(void *object));

/**
 * memcgsim_kmem_cache_destroy() - take a cache away
 * @cache: the cache, or NULL
 *
 * If objects are still allocated that is a WARN which names the cache, each time. Such a cache
 * stays for them: they may be used and freed, but nothing is to be allocated from it any more, and
 * its memory is given back with the machine's.
 *
 * Context: any thread, outside RCU read sections; nobody else uses the cache.
 * Models: kmem_cache_destroy(), mm/slab_common.c
 * Differs: the slabs of a type-safe cache are freed by the deferred work, not waited for
 */
void memcgsim_kmem_cache_destroy(struct memcgsim_kmem_cache *cache);

/**
 * memcgsim_kmem_cache_shrink() - give back what a cache does not use
 * @cache: the cache
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0 if no slab is left, else 1.
 * Models: kmem_cache_shrink(), __kmem_cache_do_shrink(), mm/slub.c
 * Differs: none known
 */
int memcgsim_kmem_cache_shrink(struct memcgsim_kmem_cache *cache);

/**
 * memcgsim_kmem_cache_size() - how large the objects of a cache are
 * @cache: the cache
 *
 * Context: any thread.
 * Return: the size it was created with.
 * Models: kmem_cache_size(), mm/slab_common.c
 * Differs: none known
 */
unsigned int memcgsim_kmem_cache_size(const struct memcgsim_kmem_cache *cache);

/**
 * memcgsim_kmem_cache_name() - what a cache is called
 * @cache: the cache
 *
 * Context: any thread.
 * Return: the name, as long as the cache is there.
 * Models: kmem_cache->name
 * Differs: none known
 */
const char *memcgsim_kmem_cache_name(const struct memcgsim_kmem_cache *cache);

/**
 * memcgsim_kmem_cache_alloc() - allocate an object of a cache
 * @cache: the cache
 * @gfp: with %MEMCGSIM___GFP_ACCOUNT it is charged, whatever the cache's flags are. With
 * %MEMCGSIM___GFP_ZERO it is zeroed, which is a WARN if the cache has a constructor
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the object, or NULL: out of memory, charge refused.
 * Models: kmem_cache_alloc(), __memcg_slab_post_alloc_hook(), mm/slub.c (O-04, O-14, T-08)
 * Differs: the order of addresses is not SLUB's
 */
MEMCGSIM_MUST_CHECK void *memcgsim_kmem_cache_alloc(struct memcgsim_kmem_cache *cache,
						    memcgsim_gfp_t gfp);

/**
 * memcgsim_kmem_cache_zalloc() - allocate a zeroed object of a cache
 * @cache: the cache
 * @gfp: as for memcgsim_kmem_cache_alloc()
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the object, or NULL: out of memory, charge refused.
 * Models: kmem_cache_zalloc()
 * Differs: as memcgsim_kmem_cache_alloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_kmem_cache_zalloc(struct memcgsim_kmem_cache *cache,
						     memcgsim_gfp_t gfp);

/**
 * memcgsim_kmem_cache_free() - free an object of a cache
 * @cache: the cache
 * @object: from memcgsim_kmem_cache_alloc() and its like
 *
 * An object of another cache is a WARN each time, and goes back to where it is from. An address
 * that is no live object's start is a simulated bug: recorded, nothing freed. memcgsim_kfree()
 * frees objects of caches too.
 *
 * Context: a bound thread; any CPU and task may free what another allocated.
 * Models: kmem_cache_free(), cache_from_obj(), __memcg_slab_free_hook(), mm/slub.c (O-05, O-15)
 * Differs: the caches are always compared, as with CONFIG_SLAB_FREELIST_HARDENED
 */
void memcgsim_kmem_cache_free(struct memcgsim_kmem_cache *cache, void *object);

/**
 * memcgsim_kmem_cache_alloc_bulk() - allocate many objects of a cache, or none
 * @cache: the cache
 * @gfp: as for memcgsim_kmem_cache_alloc(); charged is the sum, at once
 * @count: how many
 * @objects: where they are noted
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: @count, or 0: out of memory, charge refused, a count of 0 or above %INT_MAX. What
 * @objects holds is then of no use.
 * Models: kmem_cache_alloc_bulk(), __memcg_slab_post_alloc_hook(), mm/slub.c (O-14)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim_kmem_cache_alloc_bulk(struct memcgsim_kmem_cache *cache,
						       memcgsim_gfp_t gfp, size_t count,
						       void **objects);

/**
 * memcgsim_kmem_cache_free_bulk() - free many objects
 * @cache: the cache of them all; NULL: each of whatever cache it is from, as memcgsim_kfree()
 * @count: how many
 * @objects: the objects
 *
 * Context: a bound thread; any CPU and task may free what another allocated.
 * Models: kmem_cache_free_bulk(), kfree_bulk(), mm/slub.c (O-05, O-15)
 * Differs: as memcgsim_kmem_cache_free()
 */
void memcgsim_kmem_cache_free_bulk(struct memcgsim_kmem_cache *cache, size_t count, void **objects);

/**
 * memcgsim_kmem_cache_charge() - charge the current task for an object that nobody is charged for
 * @object: from memcgsim_kmem_cache_alloc(), or a large one of memcgsim_kmalloc()
 * @gfp: how hard to try
 *
 * An object that is charged already stays as it is, and so does one of the caches that serve
 * memcgsim_kmalloc() without %MEMCGSIM___GFP_ACCOUNT: those have no slots.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: false if the charge is refused; true if the object is charged, or need not be. An address
 * that is no live object's start is a simulated bug, and false.
 * Models: kmem_cache_charge(), memcg_slab_post_charge(), mm/slub.c (O-16)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK bool memcgsim_kmem_cache_charge(void *object, memcgsim_gfp_t gfp);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_KMEM_CACHE_H */
