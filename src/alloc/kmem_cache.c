/* SPDX-License-Identifier: MIT */
/*
 * Owns the caches: slabs of equal objects (the cache's lock, rank MSIM_RANK_SLAB) and a magazine of
 * free ones on each CPU (its section): kmalloc's caches have theirs from the start, others when a
 * CPU first uses them. Called by whoever hands out objects. Models kmem_cache, new_slab(),
 * deactivate_slab() and the per-CPU freelists, mm/slub.c (O-19: a slab's pages themselves are
 * nobody's).
 */
#include "alloc/kmem_cache.h"

#include <string.h>

#include "alloc/page_alloc.h"
#include "memcg/memcg_data.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/work.h"

#define MAX_SLAB_ORDER 3
#define WANTED_OBJECTS 8	    /* in a slab, if the order allows */
#define KEEP_EMPTY     2	    /* slabs a cache keeps for the next burst */
#define KEEP_BYTES     (512u << 10) /* that a CPU keeps of a cache at most, but for one object */

void msim_kmem_cache_init(struct memcgsim_kmem_cache *cache, struct memcgsim *machine,
			  unsigned int size_bytes, unsigned int flags)
{
	unsigned int keep = KEEP_BYTES / size_bytes;

	msim_assert(size_bytes >= sizeof(void *) && size_bytes <= MEMCGSIM_KMALLOC_MAX_SIZE);
	msim_spin_init(&cache->lock, MSIM_RANK_SLAB);
	msim_list_init(&cache->slabs);
	cache->machine = machine;
	cache->index = MSIM_NR_CACHES;
	cache->flags = flags;
	cache->size_bytes = size_bytes;
	cache->object_bytes = size_bytes;
	cache->full_bytes = size_bytes + (unsigned int)sizeof(void *);
	cache->magazine_objects = keep > MSIM_MAGAZINE ? MSIM_MAGAZINE : keep ? keep : 1;
	while (cache->order < MAX_SLAB_ORDER &&
	       (MEMCGSIM_PAGE_SIZE << cache->order) < (unsigned long)size_bytes * WANTED_OBJECTS)
		cache->order++;
	while ((MEMCGSIM_PAGE_SIZE << cache->order) < size_bytes)
		cache->order++;
	cache->nr_objects = (unsigned int)((MEMCGSIM_PAGE_SIZE << cache->order) / size_bytes);
	cache->reciprocal = (uint32_t)(((1UL << 32) + size_bytes - 1) / size_bytes);
}

/* ---- slabs ---- */

/*
 * The vector of a slab that nobody has seen yet: a plain store, and so is the mark of failure
 * (T-08).
 */
static void give_owners(struct memcgsim *machine, struct msim_slab *slab)
{
	void *owners = msim_zalloc(machine, MEMCGSIM_FAULT_VECTOR,
				   slab->cache->nr_objects * sizeof(struct memcgsim_obj_cgroup *));

	if (owners || machine->variant->vector_marker)
		msim_store_relaxed(&slab->page->memcg_data,
				   (unsigned long)owners | MSIM_MEMCG_DATA_OBJEXTS);
}

/* A slab with all its objects free and constructed, on no list. */
static struct msim_slab *new_slab(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
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
	if (MSIM_MEMCG && (cache->flags & MEMCGSIM_SLAB_ACCOUNT) &&
	    msim_load_relaxed(&machine->kmem_online))
		give_owners(machine, slab);
	for (unsigned int i = 0; cache->ctor && i < nr; i++)
		cache->ctor(slab->base + i * cache->size_bytes);
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
	/* Who had come by a reference of its own (folio_try_get()) frees it in the end. */
	if (msim_page_put_testzero(page))
		msim_free_pages_final(ctx, page);
}

static void free_slab_later(struct msim_ctx *ctx, struct msim_work *work)
{
	free_slab(ctx, msim_container_of(work, struct msim_slab, work));
}

/* Readers may still look at objects of a type-safe cache: its pages stay what they are for them. */
static void discard_slabs(struct msim_ctx *ctx, struct msim_list *slabs)
{
	while (!msim_list_empty(slabs)) {
		struct msim_slab *slab = msim_list_first(slabs, struct msim_slab, node);

		msim_list_del(&slab->node);
		if (slab->cache->flags & MEMCGSIM_SLAB_TYPESAFE_BY_RCU)
			msim_call_rcu(ctx->machine, &slab->work, free_slab_later);
		else
			free_slab(ctx, slab);
	}
}

/*
 * Cache lock held. Slabs with free objects stand first, so that the first one tells whether there
 * is any.
 */
static void put_in_order(struct memcgsim_kmem_cache *cache, struct msim_slab *slab)
{
	msim_assert_held(MSIM_RANK_SLAB);
	msim_list_del(&slab->node);
	if (slab->nr_free)
		msim_list_add(&slab->node, &cache->slabs);
	else
		msim_list_add_tail(&slab->node, &cache->slabs);
}

/* Cache lock held: moves up to @wanted free objects of one slab to @objects; returns how many. */
static unsigned int take_from_slab(struct memcgsim_kmem_cache *cache, void **objects,
				   unsigned int wanted)
{
	struct msim_slab *slab;
	unsigned int taken = 0;

	msim_assert_held(MSIM_RANK_SLAB);
	if (msim_list_empty(&cache->slabs))
		return 0;
	slab = msim_list_first(&cache->slabs, struct msim_slab, node);
	if (slab->nr_free == cache->nr_objects)
		cache->nr_empty--;
	while (slab->nr_free && taken < wanted) {
		unsigned int index = slab->free;

		slab->free = slab->next[index];
		slab->next[index] = MSIM_OBJECT_CACHED;
		slab->nr_free--;
		objects[taken++] = slab->base + index * cache->size_bytes;
	}
	put_in_order(cache, slab);
	return taken;
}

/*
 * Cache lock held: a free object back to its slab. Slabs that are empty beyond those worth keeping
 * go to @ret_empty, unless that is NULL. An object that is there already was freed twice, by two at
 * the same moment.
 */
static void put_to_slab(struct memcgsim_kmem_cache *cache, void *object,
			struct msim_list *ret_empty)
{
	struct msim_slab *slab = msim_slab_of(cache->machine, object);
	unsigned int index = msim_object_index(slab, object);

	msim_assert_held(MSIM_RANK_SLAB);
	msim_assert(index < cache->nr_objects);
	if (msim_freed_twice(cache->machine, slab, index, object))
		return;
	slab->next[index] = slab->nr_free ? slab->free : MSIM_OBJECT_LAST;
	slab->free = (unsigned short)index;
	slab->nr_free++;
	put_in_order(cache, slab);
	if (slab->nr_free < cache->nr_objects)
		return;
	if (ret_empty && cache->nr_empty >= KEEP_EMPTY) {
		msim_list_del(&slab->node);
		msim_list_add(&slab->node, ret_empty);
	} else {
		cache->nr_empty++;
	}
}

/* ---- magazines ---- */

/* Section held, cache lock held: up to half a magazine of objects. */
static void refill_magazine(struct memcgsim_kmem_cache *cache, struct msim_magazine *magazine)
{
	unsigned int wanted = (cache->magazine_objects + 1) / 2;
	unsigned int taken;

	msim_assert(magazine->nr <= MSIM_MAGAZINE);
	do {
		taken = magazine->nr < wanted
				? take_from_slab(cache, magazine->objects + magazine->nr,
						 wanted - magazine->nr)
				: 0;
		magazine->nr += taken;
	} while (taken);
}

/* Section held: gives back the coldest objects, those at the bottom, until @keep are left. */
static void flush_magazine(struct memcgsim_kmem_cache *cache, struct msim_magazine *magazine,
			   unsigned int keep, struct msim_list *ret_empty)
{
	unsigned int count = magazine->nr > keep ? magazine->nr - keep : 0;

	msim_spin_lock(&cache->lock);
	for (unsigned int i = 0; i < count; i++)
		put_to_slab(cache, magazine->objects[i], ret_empty);
	msim_spin_unlock(&cache->lock);
	magazine->nr -= count;
	memmove(magazine->objects, magazine->objects + count,
		magazine->nr * sizeof(magazine->objects[0]));
}

void msim_slab_drain(struct msim_cpu *cpu)
{
	struct msim_list *pos;

	msim_assert_section(cpu);
	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++)
		flush_magazine(&cpu->machine->caches[i], cpu->magazines[i], 0, NULL);
	msim_list_for_each (pos, &cpu->lazy_magazines) {
		struct msim_lazy_magazine *lazy =
			msim_list_entry(pos, struct msim_lazy_magazine, node);

		flush_magazine(lazy->cache, &lazy->magazine, 0, NULL);
	}
}

/*
 * Section held: the CPU's magazine of @cache; if it has none, @spare becomes it, if there is one.
 */
static struct msim_magazine *magazine_of(struct msim_cpu *cpu, struct memcgsim_kmem_cache *cache,
					 struct msim_lazy_magazine **spare)
{
	msim_assert_section(cpu);
	if (cache->index < MSIM_NR_CACHES)
		return cpu->magazines[cache->index];
	if (!cache->magazines[cpu->id] && *spare) {
		(*spare)->cache = cache;
		msim_list_add_tail(&(*spare)->node, &cpu->lazy_magazines);
		cache->magazines[cpu->id] = *spare;
		*spare = NULL;
	}
	return cache->magazines[cpu->id] ? &cache->magazines[cpu->id]->magazine : NULL;
}

/* Section held: an object by way of the magazine, or straight from a slab if there is none. */
static void *take_here(struct memcgsim_kmem_cache *cache, struct msim_magazine *magazine,
		       struct msim_slab *fresh)
{
	void *object = NULL;

	if (fresh || !magazine || !magazine->nr) {
		msim_spin_lock(&cache->lock);
		if (fresh) {
			msim_list_add(&fresh->node, &cache->slabs);
			cache->nr_empty++;
		}
		if (magazine)
			refill_magazine(cache, magazine);
		else
			(void)take_from_slab(cache, &object, 1);
		msim_spin_unlock(&cache->lock);
	}
	if (magazine && magazine->nr)
		object = magazine->objects[--magazine->nr];
	return object;
}

void *msim_take_object(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp)
{
	struct msim_lazy_magazine *spare = NULL;
	struct msim_slab *fresh = NULL;
	bool tried = false;
	void *object;

	for (;;) {
		struct msim_section section = msim_section_enter(ctx);
		struct msim_magazine *magazine = magazine_of(section.cpu, cache, &spare);

		/* Without memory for a magazine, objects go straight to their slabs and back. */
		if (!magazine && !tried) {
			msim_section_leave(&section);
			spare = msim_zalloc(ctx->machine, MEMCGSIM_FAULT_OBJECT, sizeof(*spare));
			tried = true;
			continue;
		}
		object = take_here(cache, magazine, fresh);
		fresh = NULL;
		msim_section_leave(&section);
		if (object) {
			struct msim_slab *slab = msim_slab_of(ctx->machine, object);
			unsigned int index = msim_object_index(slab, object);

			if (msim_freed_twice(ctx->machine, slab, index, object))
				continue;
			slab->next[index] = MSIM_OBJECT_ALLOCATED;
			break;
		}
		fresh = new_slab(ctx, cache,
				 gfp); /* outside: it may take pages from this CPU's lists */
		if (!fresh)
			break;
	}
	msim_free(ctx->machine, spare);
	return object;
}

void msim_give_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
		      void *object)
{
	struct msim_section section = msim_section_enter(ctx);
	struct memcgsim_kmem_cache *cache = slab->cache;
	struct msim_lazy_magazine *none = NULL;
	struct msim_magazine *magazine = magazine_of(section.cpu, cache, &none);
	struct msim_list empty;

	msim_list_init(&empty);
	slab->next[index] = MSIM_OBJECT_CACHED;
	if (!magazine) {
		msim_spin_lock(&cache->lock);
		put_to_slab(cache, object, &empty);
		msim_spin_unlock(&cache->lock);
	} else {
		if (magazine->nr >= cache->magazine_objects)
			flush_magazine(cache, magazine, cache->magazine_objects / 2, &empty);
		magazine->objects[magazine->nr++] = object;
	}
	msim_section_leave(&section);
	discard_slabs(ctx, &empty);
}

/* ---- the whole cache ---- */

/* Every CPU's objects of @cache back to their slabs. */
static void flush_all(struct memcgsim_kmem_cache *cache)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (cache->machine, cpu) {
		msim_cpu_visit(cpu);
		if (cache->magazines[cpu->id])
			flush_magazine(cache, &cache->magazines[cpu->id]->magazine, 0, NULL);
		msim_cpu_unvisit(cpu);
	}
}

bool msim_kmem_cache_shrink(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache)
{
	struct msim_list empty, *pos, *next;
	bool rest;

	msim_list_init(&empty);
	flush_all(cache);
	msim_spin_lock(&cache->lock);
	for (pos = cache->slabs.next; pos != &cache->slabs; pos = next) {
		struct msim_slab *slab = msim_list_entry(pos, struct msim_slab, node);

		next = pos->next;
		if (slab->nr_free < cache->nr_objects)
			continue;
		msim_list_del(pos);
		msim_list_add_tail(pos, &empty);
		cache->nr_empty--;
	}
	rest = !msim_list_empty(&cache->slabs);
	msim_spin_unlock(&cache->lock);
	discard_slabs(ctx, &empty);
	return rest;
}

void msim_kmem_cache_release(struct memcgsim_kmem_cache *cache)
{
	struct memcgsim *machine = cache->machine;
	struct msim_cpu *cpu;

	msim_assert(msim_list_empty(&cache->slabs));
	msim_for_each_cpu (machine, cpu) {
		struct msim_lazy_magazine *lazy;

		msim_cpu_visit(cpu);
		lazy = cache->magazines[cpu->id];
		if (lazy)
			msim_list_del(&lazy->node);
		msim_cpu_unvisit(cpu);
		msim_assert(!lazy || lazy->magazine.nr == 0);
		msim_free(machine, lazy);
	}
	msim_free(machine, cache->magazines);
	msim_free(machine, cache->epitaph);
	msim_free(machine, cache->name);
	msim_free(machine, cache);
}

void msim_kmem_cache_empty(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache)
{
	while (!msim_list_empty(&cache->slabs)) {
		struct msim_slab *slab = msim_list_first(&cache->slabs, struct msim_slab, node);

		msim_assert(slab->nr_free == cache->nr_objects);
		msim_list_del(&slab->node);
		free_slab(ctx, slab);
	}
}
