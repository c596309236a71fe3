/* SPDX-License-Identifier: MIT */
/*
 * Owns the caches: slabs of equal objects (the cache's lock, rank MSIM_RANK_SLAB) and a magazine of
 * free ones on each CPU (its section). Called by kmalloc and kfree. Models kmem_cache, new_slab(),
 * deactivate_slab() and the per-CPU freelists, mm/slub.c (O-19: a slab's pages themselves are
 * nobody's).
 */
#include "alloc/kmem_cache.h"

#include <string.h>

#include "alloc/page_alloc.h"
#include "memcg/memcg_data.h"
#include "seam/fault.h"
#include "seam/percpu.h"

#define MAX_SLAB_ORDER 3
#define WANTED_OBJECTS 8 /* in a slab, if the order allows */
#define KEEP_EMPTY     2 /* slabs a cache keeps for the next burst */

void msim_kmem_cache_init(struct msim_kmem_cache *cache, unsigned int index,
			  unsigned int size_bytes)
{
	msim_assert(size_bytes >= sizeof(void *) && size_bytes <= MEMCGSIM_KMALLOC_MAX_CACHE_SIZE);
	msim_spin_init(&cache->lock, MSIM_RANK_SLAB);
	msim_list_init(&cache->slabs);
	cache->index = index;
	cache->size_bytes = size_bytes;
	cache->full_bytes = size_bytes + (unsigned int)sizeof(void *);
	while (cache->order < MAX_SLAB_ORDER &&
	       (MEMCGSIM_PAGE_SIZE << cache->order) < (unsigned long)size_bytes * WANTED_OBJECTS)
		cache->order++;
	cache->nr_objects = (unsigned int)((MEMCGSIM_PAGE_SIZE << cache->order) / size_bytes);
	cache->reciprocal = (uint32_t)(((1UL << 32) + size_bytes - 1) / size_bytes);
}

/* A slab with all its objects free, on no list. */
static struct msim_slab *new_slab(struct msim_ctx *ctx, struct msim_kmem_cache *cache,
				  memcgsim_gfp_t gfp)
{
	struct memcgsim *machine = ctx->machine;
	unsigned int nr = cache->nr_objects;
	struct memcgsim_page *page;
	struct msim_slab *slab;

	slab = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT,
			   sizeof(*slab) + nr * sizeof(slab->next[0]));
	if (!slab)
		return NULL;
	page = msim_alloc_pages_unaccounted(
		ctx, (gfp & ~(MEMCGSIM___GFP_ZERO | MEMCGSIM___GFP_ACCOUNT)) | MEMCGSIM___GFP_COMP,
		cache->order);
	if (!page) {
		msim_free(machine, slab);
		return NULL;
	}
	slab->cache = cache;
	slab->page = page;
	slab->base = memcgsim_page_address(machine, page);
	slab->nr_free = (unsigned short)nr;
	for (unsigned int i = 0; i < nr; i++)
		slab->next[i] = i + 1 < nr ? (unsigned short)(i + 1) : MSIM_OBJECT_LAST;
	msim_page_set_type(page, MSIM_PGTY_SLAB);
	for (unsigned long i = 0; i < 1UL << cache->order; i++)
		page[i].slab = slab;
	return slab;
}

/* Its objects are all free and it is on no list. The vector goes with it (T-08). */
static void free_slab(struct msim_ctx *ctx, struct msim_slab *slab)
{
	struct memcgsim_page *page = slab->page;
	struct memcgsim_obj_cgroup **owners =
		msim_word_objcgs(msim_load_acquire(&page->memcg_data));

	msim_free(ctx->machine, owners);
	msim_store_relaxed(&page->memcg_data, 0);
	for (unsigned long i = 0; i < 1UL << slab->cache->order; i++)
		page[i].slab = NULL;
	msim_page_clear_type(page);
	msim_free(ctx->machine, slab);
	msim_free_pages_final(ctx, page);
}

/*
 * Cache lock held. Slabs with free objects stand first, so that the first one tells whether there
 * is any.
 */
static void put_in_order(struct msim_kmem_cache *cache, struct msim_slab *slab)
{
	msim_assert_held(MSIM_RANK_SLAB);
	msim_list_del(&slab->node);
	if (slab->nr_free)
		msim_list_add(&slab->node, &cache->slabs);
	else
		msim_list_add_tail(&slab->node, &cache->slabs);
}

/* Section held, cache lock held: up to half a magazine of objects. Whether there was any. */
static bool refill_magazine(struct msim_kmem_cache *cache, struct msim_magazine *magazine)
{
	msim_assert_held(MSIM_RANK_SLAB);
	msim_assert(magazine->nr <= MSIM_MAGAZINE);
	while (magazine->nr < MSIM_MAGAZINE / 2 && !msim_list_empty(&cache->slabs)) {
		struct msim_slab *slab = msim_list_first(&cache->slabs, struct msim_slab, node);

		if (slab->nr_free == 0)
			break;
		if (slab->nr_free == cache->nr_objects)
			cache->nr_empty--;
		while (slab->nr_free && magazine->nr < MSIM_MAGAZINE / 2) {
			unsigned int index = slab->free;

			slab->free = slab->next[index];
			slab->next[index] = MSIM_OBJECT_CACHED;
			slab->nr_free--;
			magazine->objects[magazine->nr++] = slab->base + index * cache->size_bytes;
		}
		put_in_order(cache, slab);
	}
	return magazine->nr > 0;
}

/* Section held: gives back the coldest objects, those at the bottom, until @keep are left. */
static void flush_magazine(struct msim_cpu *cpu, struct msim_kmem_cache *cache, unsigned int keep,
			   struct msim_list *ret_empty)
{
	struct msim_magazine *magazine = cpu->magazines[cache->index];
	unsigned int count = magazine->nr > keep ? magazine->nr - keep : 0;

	msim_assert_section(cpu);
	msim_spin_lock(&cache->lock);
	for (unsigned int i = 0; i < count; i++) {
		struct msim_slab *slab = msim_slab_of(cpu->machine, magazine->objects[i]);
		unsigned int index = msim_object_index(slab, magazine->objects[i]);

		msim_assert(index < cache->nr_objects && slab->next[index] == MSIM_OBJECT_CACHED);
		slab->next[index] = slab->nr_free ? slab->free : MSIM_OBJECT_LAST;
		slab->free = (unsigned short)index;
		slab->nr_free++;
		put_in_order(cache, slab);
		if (slab->nr_free < cache->nr_objects)
			continue;
		if (ret_empty && cache->nr_empty >= KEEP_EMPTY) {
			msim_list_del(&slab->node);
			msim_list_add(&slab->node, ret_empty);
		} else {
			cache->nr_empty++;
		}
	}
	msim_spin_unlock(&cache->lock);
	magazine->nr -= count;
	memmove(magazine->objects, magazine->objects + count,
		magazine->nr * sizeof(magazine->objects[0]));
}

void msim_slab_drain(struct msim_cpu *cpu)
{
	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++)
		flush_magazine(cpu, &cpu->machine->caches[i], 0, NULL);
}

void msim_kmem_cache_destroy(struct msim_ctx *ctx, struct msim_kmem_cache *cache)
{
	while (!msim_list_empty(&cache->slabs)) {
		struct msim_slab *slab = msim_list_first(&cache->slabs, struct msim_slab, node);

		msim_assert(slab->nr_free == cache->nr_objects);
		msim_list_del(&slab->node);
		free_slab(ctx, slab);
	}
}

void *msim_take_object(struct msim_ctx *ctx, struct msim_kmem_cache *cache, memcgsim_gfp_t gfp)
{
	struct msim_slab *fresh = NULL;
	void *object = NULL;

	for (;;) {
		struct msim_section section = msim_section_enter(ctx);
		struct msim_magazine *magazine = section.cpu->magazines[cache->index];

		if (fresh || !magazine->nr) {
			msim_spin_lock(&cache->lock);
			if (fresh) {
				msim_list_add(&fresh->node, &cache->slabs);
				cache->nr_empty++;
			}
			refill_magazine(cache, magazine);
			msim_spin_unlock(&cache->lock);
		}
		if (magazine->nr)
			object = magazine->objects[--magazine->nr];
		msim_section_leave(&section);
		if (object)
			break;
		fresh = new_slab(ctx, cache,
				 gfp); /* outside: it may take pages from this CPU's lists */
		if (!fresh)
			return NULL;
	}
	{
		struct msim_slab *slab = msim_slab_of(ctx->machine, object);
		unsigned int index = msim_object_index(slab, object);

		msim_assert(slab->next[index] == MSIM_OBJECT_CACHED);
		slab->next[index] = MSIM_OBJECT_ALLOCATED;
	}
	return object;
}

void msim_give_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
		      void *object)
{
	struct msim_section section = msim_section_enter(ctx);
	struct msim_list empty;

	msim_list_init(&empty);
	if (!msim_keep_object(section.cpu, slab, index, object)) {
		flush_magazine(section.cpu, slab->cache, MSIM_MAGAZINE / 2, &empty);
		(void)msim_keep_object(section.cpu, slab, index, object);
	}
	msim_section_leave(&section);
	while (!msim_list_empty(&empty)) {
		struct msim_slab *gone = msim_list_first(&empty, struct msim_slab, node);

		msim_list_del(&gone->node);
		free_slab(ctx, gone);
	}
}
