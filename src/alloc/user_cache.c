/* SPDX-License-Identifier: MIT */
/*
 * Owns the list of caches that users created (slab mutex). Caches are made and destroyed by any
 * thread, used by bound ones. Models kmem_cache_create() and its like, mm/slab_common.c, and
 * kmem_cache_alloc(), kmem_cache_free() and the bulk operations, mm/slub.c (O-14, O-15). The fast
 * halves are those of kmalloc() and kfree(), on the magazines that CPUs get when they first use a
 * cache.
 */
#include "alloc/user_cache.h"

#include <memcgsim/kmem_cache.h>

#include <stdio.h>
#include <string.h>

#include "alloc/kmem_cache.h"
#include "alloc/obj_exts.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/work.h"
#include "task/objcg.h"

#define CACHE_LINE_BYTES 64u
#define ALL_FLAGS                                                                                  \
	(MEMCGSIM_SLAB_HWCACHE_ALIGN | MEMCGSIM_SLAB_TYPESAFE_BY_RCU | MEMCGSIM_SLAB_ACCOUNT)

/* As found by the public function @caller. */
#define misuse(machine, cond, what, caller, object)                                                \
	msim_bug_if(machine, MEMCGSIM_MISUSE, cond, what, caller, object)

/* ---- making and unmaking ---- */

static unsigned long round_up(unsigned long bytes, unsigned long align_bytes)
{
	return (bytes + align_bytes - 1) & ~(align_bytes - 1);
}

/* From one object to the next, or 0 if that is more than there can be. */
static unsigned int stride(unsigned int size_bytes, unsigned int align_bytes,
			   memcgsim_slab_flags_t flags, bool ctor)
{
	unsigned long align = align_bytes, bytes = round_up(size_bytes, sizeof(void *));

	if (flags & MEMCGSIM_SLAB_HWCACHE_ALIGN) {
		unsigned long line = CACHE_LINE_BYTES;

		while (size_bytes <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	if (align < sizeof(void *))
		align = sizeof(void *);
	/* SLUB links what is free through the objects: behind them, where they must stay whole. */
	if (ctor || (flags & MEMCGSIM_SLAB_TYPESAFE_BY_RCU))
		bytes += sizeof(void *);
	bytes = round_up(bytes, align);
	return bytes <= MEMCGSIM_KMALLOC_MAX_SIZE ? (unsigned int)bytes : 0;
}

/* Slab mutex held. */
static bool name_is_taken(struct memcgsim *machine, const char *name)
{
	struct msim_list *pos;

	msim_assert_held(MSIM_RANK_SLAB_MUTEX);
	msim_list_for_each (pos, &machine->user_caches) {
		struct memcgsim_kmem_cache *cache =
			msim_list_entry(pos, struct memcgsim_kmem_cache, node);

		if (!cache->destroyed && !strcmp(cache->name, name))
			return true;
	}
	return false;
}

/* A cache that is on no list; NULL without memory. */
static struct memcgsim_kmem_cache *make(struct memcgsim *machine, const char *name,
					unsigned int stride_bytes, memcgsim_slab_flags_t flags)
{
	static const char epitaph[] = "kmem_cache_destroy %s: Slab cache still has objects";
	size_t length = strlen(name);
	struct memcgsim_kmem_cache *cache;

	cache = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*cache));
	if (!cache)
		return NULL;
	msim_kmem_cache_init(cache, machine, stride_bytes, flags);
	cache->name = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, length + 1);
	cache->epitaph = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(epitaph) + length);
	cache->magazines = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT,
				       machine->config.nr_cpus * sizeof(cache->magazines[0]));
	if (!cache->name || !cache->epitaph || !cache->magazines) {
		msim_free(machine, cache->magazines);
		msim_free(machine, cache->epitaph);
		msim_free(machine, cache->name);
		msim_free(machine, cache);
		return NULL;
	}
	memcpy(cache->name, name, length);
	sprintf(cache->epitaph, epitaph, name);
	return cache;
}

struct memcgsim_kmem_cache *memcgsim_kmem_cache_create(struct memcgsim *machine, const char *name,
						       unsigned int size_bytes,
						       unsigned int align_bytes,
						       memcgsim_slab_flags_t flags,
						       void (*ctor)(void *object))
{
	struct memcgsim_kmem_cache *cache;
	struct msim_ctx guest, *ctx;
	unsigned int stride_bytes = 0;
	bool taken;

	if (misuse(machine, !name, "the cache has no name", __func__, NULL) ||
	    misuse(machine, size_bytes - 1 >= MEMCGSIM_KMALLOC_MAX_SIZE,
		   "the size is 0 or too large", __func__, name) ||
	    misuse(machine, (align_bytes & (align_bytes - 1)) || align_bytes > MEMCGSIM_PAGE_SIZE,
		   "the alignment is not a power of two up to a page", __func__, name) ||
	    misuse(machine, flags & ~ALL_FLAGS, "there are no such flags", __func__, name))
		return NULL;
	stride_bytes = stride(size_bytes, align_bytes, flags, ctor);
	if (misuse(machine, !stride_bytes, "the size is too large with what goes behind it",
		   __func__, name))
		return NULL;

	ctx = msim_guest_enter(machine, &guest);
	cache = make(machine, name, stride_bytes, flags);
	if (cache) {
		cache->object_bytes = size_bytes;
		cache->ctor = ctor;
		msim_mutex_lock(&machine->slab_mutex);
		taken = name_is_taken(machine, name);
		msim_list_add_tail(&cache->node, &machine->user_caches);
		msim_mutex_unlock(&machine->slab_mutex);
		if (taken)
			msim_warn(machine, "a kmem_cache of this name exists already", __func__,
				  cache);
	}
	msim_guest_leave(ctx, &guest);
	return cache;
}

static void release_later(struct msim_ctx *ctx, struct msim_work *work)
{
	(void)ctx;
	msim_kmem_cache_release(msim_container_of(work, struct memcgsim_kmem_cache, work));
}

/*
 * Slab mutex held: the cache's end, if no object is left. After the slabs that wait for a grace
 * period, for they were queued before. Whether there are objects.
 */
static bool shutdown(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache)
{
	msim_assert_held(MSIM_RANK_SLAB_MUTEX);
	if (msim_kmem_cache_shrink(ctx, cache))
		return true;
	msim_list_del(&cache->node);
	msim_call_rcu(ctx->machine, &cache->work, release_later);
	return false;
}

void memcgsim_kmem_cache_destroy(struct memcgsim_kmem_cache *cache)
{
	struct memcgsim *machine;
	struct msim_ctx guest, *ctx;
	bool again, rest = false;

	if (!cache)
		return;
	machine = cache->machine;
	ctx = msim_guest_enter(machine, &guest);
	msim_mutex_lock(&machine->slab_mutex);
	again = cache->destroyed;
	cache->destroyed = true;
	if (!again)
		rest = shutdown(ctx, cache);
	msim_mutex_unlock(&machine->slab_mutex);
	if (rest)
		msim_warn(machine, cache->epitaph, __func__, cache);
	(void)misuse(machine, again, "the cache was destroyed before", __func__, cache);
	msim_guest_leave(ctx, &guest);
}

unsigned long msim_user_cache_sweep(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	unsigned long count = 0;

	msim_mutex_lock(&machine->slab_mutex);
	while (!msim_list_empty(&machine->user_caches)) {
		struct memcgsim_kmem_cache *cache =
			msim_list_first(&machine->user_caches, struct memcgsim_kmem_cache, node);
		bool rest = shutdown(ctx, cache);

		msim_assert(!rest);
		count += !cache->destroyed;
	}
	msim_mutex_unlock(&machine->slab_mutex);
	return count;
}

int memcgsim_kmem_cache_shrink(struct memcgsim_kmem_cache *cache)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(cache->machine, &guest);
	bool rest;

	msim_mutex_lock(&cache->machine->slab_mutex);
	rest = msim_kmem_cache_shrink(ctx, cache);
	msim_mutex_unlock(&cache->machine->slab_mutex);
	msim_guest_leave(ctx, &guest);
	return rest;
}

unsigned int memcgsim_kmem_cache_size(const struct memcgsim_kmem_cache *cache)
{
	return cache->object_bytes;
}

const char *memcgsim_kmem_cache_name(const struct memcgsim_kmem_cache *cache)
{
	return cache->name;
}

/* ---- allocating ---- */

/* All of @count, or none; @count if so. */
static int alloc_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
			 memcgsim_gfp_t gfp, size_t count, void **objects, const char *caller)
{
	struct memcgsim *machine = ctx->machine;
	bool accounted;

	if (misuse(machine, !cache, "there is no cache", caller, NULL) ||
	    misuse(machine, cache->machine != machine, "the cache is not this machine's", caller,
		   cache))
		return 0;
	if (cache->ctor)
		(void)msim_warn_on_once(machine, gfp & MEMCGSIM___GFP_ZERO, cache);
	accounted = (gfp & MEMCGSIM___GFP_ACCOUNT) || (cache->flags & MEMCGSIM_SLAB_ACCOUNT);
	if (!msim_alloc_objects(ctx, cache, gfp, objects, count, accounted))
		return 0;
	for (size_t i = 0; (gfp & MEMCGSIM___GFP_ZERO) && i < count; i++)
		memset(objects[i], 0, cache->object_bytes);
	return (int)count;
}

static msim_noinline void *kmem_cache_alloc_slow(struct memcgsim_kmem_cache *cache,
						 memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	void *object;

	if (!ctx) {
		msim_unbound("memcgsim_kmem_cache_alloc");
		return NULL;
	}
	return alloc_objects(ctx, cache, gfp, 1, &object, "memcgsim_kmem_cache_alloc") ? object
										       : NULL;
}

void *memcgsim_kmem_cache_alloc(struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct msim_lazy_magazine *lazy;
	struct msim_cpu *cpu;
	void *object;

	if (unlikely(!ctx || !cache || cache->machine != ctx->machine ||
		     (gfp & MEMCGSIM___GFP_ZERO)))
		return kmem_cache_alloc_slow(cache, gfp);
	cpu = ctx->cpu;
	if (MSIM_MEMCG &&
	    ((gfp & MEMCGSIM___GFP_ACCOUNT) || (cache->flags & MEMCGSIM_SLAB_ACCOUNT))) {
		objcg = msim_task_objcg(ctx->task);
		if (unlikely(!objcg))
			return kmem_cache_alloc_slow(cache, gfp);
	}
	if (unlikely(!msim_cpu_enter(cpu)))
		return kmem_cache_alloc_slow(cache, gfp);
	lazy = cache->magazines[cpu->id];
	object = likely(lazy && lazy->magazine.nr) ? msim_pop_object(cpu, &lazy->magazine, objcg)
						   : NULL;
	msim_cpu_leave(cpu);
	return likely(object) ? object : kmem_cache_alloc_slow(cache, gfp);
}

void *memcgsim_kmem_cache_zalloc(struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp)
{
	return memcgsim_kmem_cache_alloc(cache, gfp | MEMCGSIM___GFP_ZERO);
}

int memcgsim_kmem_cache_alloc_bulk(struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp,
				   size_t count, void **objects)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return 0;
	}
	if (count == 0 ||
	    misuse(ctx->machine, count > INT32_MAX, "more than can be counted", __func__, cache))
		return 0;
	return alloc_objects(ctx, cache, gfp, count, objects, __func__);
}

/* ---- freeing ---- */

static void free_one(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache, void *object,
		     const char *caller)
{
	unsigned int index;
	struct msim_slab *slab = msim_live_object(ctx->machine, object, &index);

	if (misuse(ctx->machine, !cache, "there is no cache", caller, object) ||
	    misuse(ctx->machine, !slab,
		   "no object is allocated at the address: freed before, or not an object's start",
		   caller, object))
		return;
	if (unlikely(slab->cache != cache))
		msim_warn(ctx->machine, "Wrong slab cache: the object is from another", caller,
			  object);
	msim_free_object(ctx, slab, index, object);
}

static msim_noinline void kmem_cache_free_slow(struct memcgsim_kmem_cache *cache, void *object)
{
	struct msim_ctx *ctx = msim_ctx();

	if (ctx)
		free_one(ctx, cache, object, "memcgsim_kmem_cache_free");
	else
		msim_unbound("memcgsim_kmem_cache_free");
}

void memcgsim_kmem_cache_free(struct memcgsim_kmem_cache *cache, void *object)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_lazy_magazine *lazy;
	struct msim_slab *slab;
	struct msim_cpu *cpu;
	unsigned int index;
	bool done;

	if (unlikely(!ctx))
		return kmem_cache_free_slow(cache, object);
	slab = msim_live_object(ctx->machine, object, &index);
	cpu = ctx->cpu;
	if (unlikely(!slab || slab->cache != cache) || unlikely(!msim_cpu_enter(cpu)))
		return kmem_cache_free_slow(cache, object);
	lazy = cache->magazines[cpu->id];
	done = likely(lazy && lazy->magazine.nr < cache->magazine_objects) &&
	       msim_push_object(cpu, &lazy->magazine, slab, index, object);
	msim_cpu_leave(cpu);
	if (unlikely(!done))
		kmem_cache_free_slow(cache, object);
}

void memcgsim_kmem_cache_free_bulk(struct memcgsim_kmem_cache *cache, size_t count, void **objects)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (cache)
			free_one(ctx, cache, objects[i], __func__);
		else
			memcgsim_kfree(objects[i]);
	}
}
