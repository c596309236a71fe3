/* SPDX-License-Identifier: MIT */
/*
 * Owns the kmalloc caches. Called on bound threads. Keeps I-VEC, with obj_exts. Models kmalloc(),
 * kfree() and kmem_cache_charge(), mm/slub.c and mm/memcontrol.c (O-04, O-05, O-14, O-15, O-16,
 * T-07).
 *
 * Accounted and plain objects come from separate caches, as in the kernel, so that a plain object's
 * slab never carries a vector. The fast halves do all in one section, in plain instructions; what
 * they miss they leave, untouched, to the slow halves.
 */
#include "alloc/slab.h"

#include <memcgsim/kmem_cache.h>

#include <errno.h>
#include <string.h>

#include "alloc/obj_exts.h"
#include "alloc/page_alloc.h"
#include "frames/page.h"
#include "memcg/memcg_data.h"
#include "memcg/stat.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "task/objcg.h"

#define ACCOUNTED MSIM_KMALLOC_BUCKETS /* index of the first accounted cache */

static const unsigned short bucket_bytes[MSIM_KMALLOC_BUCKETS] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
};

/* Bucket of a size up to 192, by (size - 1) / 8. */
static const unsigned char small_bucket[24] = {
	0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6,
};

static msim_always_inline unsigned int bucket_of(size_t size_bytes)
{
	if (size_bytes <= 192)
		return small_bucket[(size_bytes - 1) / 8];
	/* 256 is bucket 7, and each power of two the next */
	return 6 + (64 - (unsigned int)__builtin_clzl((size_bytes - 1) >> 7));
}

int msim_slab_init(struct memcgsim *machine)
{
	struct msim_cpu *cpu;

	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++) {
		unsigned int bucket = i % MSIM_KMALLOC_BUCKETS;

		msim_assert(bucket_of(bucket_bytes[bucket]) == bucket);
		msim_kmem_cache_init(&machine->caches[i], machine, bucket_bytes[bucket],
				     i < ACCOUNTED ? 0 : MEMCGSIM_SLAB_ACCOUNT);
		machine->caches[i].index = i;
	}
	msim_mutex_init(&machine->slab_mutex, MSIM_RANK_SLAB_MUTEX);
	msim_list_init(&machine->user_caches);
	machine->no_magazine.nr = MSIM_MAGAZINE;
	msim_for_each_cpu (machine, cpu) {
		msim_list_init(&cpu->lazy_magazines);
		cpu->magazines[MSIM_NR_CACHES] = &machine->no_magazine;
		for (unsigned int i = 0; i < MSIM_NR_CACHES; i++) {
			cpu->magazines[i] = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT,
							sizeof(**cpu->magazines));
			if (!cpu->magazines[i])
				return -ENOMEM;
		}
	}
	return 0;
}

void msim_slab_destroy(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_cpu *cpu;

	msim_for_each_cpu (machine, cpu) {
		if (cpu->magazines[MSIM_NR_CACHES - 1]) {
			msim_cpu_visit(cpu);
			msim_slab_drain(cpu);
			msim_cpu_unvisit(cpu);
		}
		for (unsigned int i = 0; i < MSIM_NR_CACHES; i++)
			msim_free(machine, cpu->magazines[i]);
	}
	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++)
		msim_kmem_cache_empty(ctx, &machine->caches[i]);
	msim_mutex_destroy(&machine->slab_mutex);
}

/* ---- kmalloc and kfree ---- */

/*
 * Large objects count as slab in whole pages, of whatever memcg the page is charged to, and at once:
 * not by way of the byte stock.
 */
static void account_large(struct memcgsim *machine, struct memcgsim_page *page, long sign)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(machine, word);
	long bytes = sign * (long)(MEMCGSIM_PAGE_SIZE << msim_page_order(page));

	if (!objcg) {
		msim_stat_add_slab(msim_pinned_memcg(machine, word), bytes);
		return;
	}
	msim_rcu_read_lock();
	msim_stat_add_slab(msim_rcu_dereference(&objcg->memcg), bytes);
	msim_rcu_read_unlock();
}

static void *kmalloc_large(struct msim_ctx *ctx, size_t size_bytes, memcgsim_gfp_t gfp)
{
	unsigned int order = 0;
	struct memcgsim_page *page;

	msim_assert(size_bytes > MEMCGSIM_KMALLOC_MAX_CACHE_SIZE);
	if (size_bytes > MEMCGSIM_KMALLOC_MAX_SIZE)
		order = MEMCGSIM_MAX_PAGE_ORDER +
			1; /* refused, with the allocator's own warning (B-02) */
	while (order <= MEMCGSIM_MAX_PAGE_ORDER && (MEMCGSIM_PAGE_SIZE << order) < size_bytes)
		order++;
	page = memcgsim_alloc_pages(gfp | MEMCGSIM___GFP_COMP, order);
	if (!page)
		return NULL;
	msim_store_relaxed(&page->flags, msim_page_flags(page) | MSIM_PG_LARGE_KMALLOC);
	account_large(ctx->machine, page, 1);
	return memcgsim_page_address(ctx->machine, page);
}

static msim_noinline void *kmalloc_slow(size_t size_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	bool accounted = gfp & MEMCGSIM___GFP_ACCOUNT;
	struct memcgsim_kmem_cache *cache;
	void *object;

	if (!ctx) {
		msim_unbound("memcgsim_kmalloc");
		return NULL;
	}
	if (size_bytes == 0)
		return MEMCGSIM_ZERO_SIZE_PTR;
	if (size_bytes > MEMCGSIM_KMALLOC_MAX_CACHE_SIZE)
		return kmalloc_large(ctx, size_bytes, gfp);
	cache = &ctx->machine->caches[bucket_of(size_bytes) + (accounted ? ACCOUNTED : 0)];
	if (!msim_alloc_objects(ctx, cache, gfp, &object, 1, accounted))
		return NULL;
	if (gfp & MEMCGSIM___GFP_ZERO)
		memset(object, 0, cache->size_bytes);
	return object;
}

/*
 * The task's word does not say who pays: nobody does, or it is to be asked for. Once that is known
 * all may be at hand as it is elsewhere.
 */
static msim_noinline void *kmalloc_asking(size_t size_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg =
		msim_nobody_pays(ctx) ? NULL : msim_get_current_objcg(ctx);
	unsigned int index = bucket_of(size_bytes) + ACCOUNTED;
	struct msim_cpu *cpu = ctx->cpu;
	void *object = NULL;
	bool done;

	if (likely(msim_cpu_enter(cpu))) {
		struct msim_magazine *magazine = cpu->magazines[index];

		if (likely(magazine->nr))
			object = msim_pop_object(cpu, magazine, objcg);
		msim_cpu_leave(cpu);
	}
	done = object || ctx->machine->variant->charge_first;
	if (!object && done &&
	    !msim_alloc_objects_of(ctx, objcg, &ctx->machine->caches[index], gfp, &object, 1))
		object = NULL;
	if (objcg)
		msim_put_current_objcg(ctx, objcg);
	return likely(done) ? object : kmalloc_slow(size_bytes, gfp);
}

void *memcgsim_kmalloc(size_t size_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct msim_magazine *magazine;
	struct msim_cpu *cpu;
	void *object;

	if (unlikely(!ctx || size_bytes - 1 >= MEMCGSIM_KMALLOC_MAX_CACHE_SIZE ||
		     (gfp & MEMCGSIM___GFP_ZERO)))
		return kmalloc_slow(size_bytes, gfp);
	cpu = ctx->cpu;
	if (MSIM_MEMCG && (gfp & MEMCGSIM___GFP_ACCOUNT)) {
		objcg = msim_task_objcg(ctx->task);
		if (unlikely(!objcg))
			return kmalloc_asking(size_bytes, gfp);
	}
	if (unlikely(!msim_cpu_enter(cpu)))
		return kmalloc_slow(size_bytes, gfp);

	/*
	 * One section: the object, its bytes and its reference. Nothing is taken unless all are
	 * there.
	 */
	magazine = cpu->magazines[bucket_of(size_bytes) + (objcg ? ACCOUNTED : 0)];
	object = likely(magazine->nr) ? msim_pop_object(cpu, magazine, objcg) : NULL;
	msim_cpu_leave(cpu);
	return likely(object) ? object : kmalloc_slow(size_bytes, gfp);
}

/* As found by the public function @caller. */
#define misuse(machine, cond, what, caller, object)                                                \
	msim_bug_if(machine, MEMCGSIM_MISUSE, cond, what, caller, object)

struct memcgsim_page *msim_large_object(struct msim_ctx *ctx, const void *object,
					const char *caller)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_page *page = memcgsim_virt_to_head_page(machine, object);

	if (misuse(machine, !page, "the address is not this machine's", caller, object) ||
	    misuse(machine, msim_page_has_type(page, MSIM_PGTY_SLAB),
		   "no object is allocated at the address: freed before, or not an object's start",
		   caller, object) ||
	    misuse(machine, !(msim_page_flags(page) & MSIM_PG_LARGE_KMALLOC),
		   "no object is allocated at the address: freed before, or a page's", caller,
		   object) ||
	    misuse(machine, memcgsim_page_address(machine, page) != object,
		   "the address is inside an object, not its start", caller, object))
		return NULL;
	return page;
}

static void free_large(struct msim_ctx *ctx, void *object)
{
	struct memcgsim_page *page = msim_large_object(ctx, object, "memcgsim_kfree");

	if (!page)
		return;
	account_large(ctx->machine, page, -1);
	msim_store_relaxed(&page->flags, msim_page_flags(page) & ~MSIM_PG_LARGE_KMALLOC);
	if (ctx->machine->variant->large_by_folio)
		memcgsim_folio_put(page);
	else
		memcgsim___free_pages(page, msim_page_order(page));
}

/* Whatever cache it is from. */
static void free_any(struct msim_ctx *ctx, void *object)
{
	struct msim_slab *slab;
	unsigned int index;

	if (!object || object == MEMCGSIM_ZERO_SIZE_PTR)
		return;
	slab = msim_live_object(ctx->machine, object, &index);
	if (slab)
		msim_free_object(ctx, slab, index, object);
	else
		free_large(ctx, object);
}

static msim_noinline void kfree_slow(void *object)
{
	struct msim_ctx *ctx = msim_ctx();

	if (ctx)
		free_any(ctx, object);
	else
		msim_unbound("memcgsim_kfree");
}

void memcgsim_kfree(void *object)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_magazine *magazine;
	struct msim_slab *slab;
	struct msim_cpu *cpu;
	unsigned int index;
	bool done;

	if (unlikely(!ctx))
		return kfree_slow(object);
	slab = msim_live_object(ctx->machine, object, &index);
	cpu = ctx->cpu;
	if (unlikely(!slab) || unlikely(!msim_cpu_enter(cpu)))
		return kfree_slow(object);
	magazine = cpu->magazines[slab->cache->index];
	done = likely(magazine->nr != MSIM_MAGAZINE) &&
	       msim_push_object(cpu, magazine, slab, index, object);
	msim_cpu_leave(cpu);
	if (unlikely(!done))
		kfree_slow(object);
}

/* ---- charging later ---- */

static bool charge_large(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp)
{
	if (msim_load_relaxed(&page->memcg_data))
		return true;
	if (ctx->machine->variant->charge_kmem_page(ctx, page, gfp, msim_page_order(page)))
		return false;
	account_large(ctx->machine, page, 1);
	return true;
}

bool memcgsim_kmem_cache_charge(void *object, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup **owners;
	struct memcgsim_page *large;
	struct msim_slab *slab;
	unsigned int index;

	if (!ctx) {
		msim_unbound(__func__);
		return false;
	}
	slab = msim_live_object(ctx->machine, object, &index);
	if (!slab) {
		large = msim_large_object(ctx, object, __func__);
		return large && charge_large(ctx, large, gfp);
	}
	if (slab->cache->index < ACCOUNTED)
		return true; /* these never have a vector, for vectors may lie in them (O-16) */
	owners = msim_slab_owners(slab);
	if (owners && owners[index])
		return true;
	return msim_charge_objects(ctx, slab->cache, gfp, &object, 1);
}

unsigned long msim_slab_sweep(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	unsigned long leaked = 0;

	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++) {
		struct memcgsim_page *page = &machine->pages[pfn];
		struct msim_slab *slab = page->slab;

		if (!msim_page_has_type(page, MSIM_PGTY_SLAB))
			continue;
		for (unsigned int i = 0; i < slab->cache->nr_objects; i++) {
			if (slab->next[i] != MSIM_OBJECT_ALLOCATED)
				continue;
			leaked++;
			free_any(ctx, slab->base + i * slab->cache->size_bytes);
			if (!msim_page_has_type(page, MSIM_PGTY_SLAB))
				break; /* that was its last: the slab itself has gone */
		}
	}
	return leaked;
}
