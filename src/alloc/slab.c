/* SPDX-License-Identifier: MIT */
/*
 * Owns the kmalloc caches, and the vector of owners of a slab's accounted objects. Keeps I-VEC.
 * Models kmalloc() and kfree(), mm/slub.c, and __memcg_slab_post_alloc_hook(),
 * __memcg_slab_free_hook(), alloc_slab_obj_exts(), mm/memcontrol.c and slub.c (O-04, O-05, O-14,
 * O-15, T-07, T-08).
 *
 * Accounted and plain objects come from separate caches, as in the kernel, so that a plain object's
 * slab never carries a vector. The fast halves do all in one section, in plain instructions; what
 * they miss they leave, untouched, to the slow halves.
 */
#include "alloc/slab.h"

#include <errno.h>
#include <string.h>

#include "alloc/page_alloc.h"
#include "frames/page.h"
#include "memcg/kmem.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
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
		msim_kmem_cache_init(&machine->caches[i], i, bucket_bytes[bucket]);
	}
	msim_for_each_cpu (machine, cpu) {
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
		msim_kmem_cache_destroy(ctx, &machine->caches[i]);
}

/* ---- owners ---- */

/*
 * The slab's vector of owners, made if need be; NULL without memory. Of two that make one at once
 * one wins, and the other takes the winner's (T-08): the acquire load sees its zeroed slots.
 */
static struct memcgsim_obj_cgroup **owners_of(struct memcgsim *machine, struct msim_slab *slab)
{
	unsigned long word = msim_load_acquire(&slab->page->memcg_data);
	struct memcgsim_obj_cgroup **owners = msim_word_objcgs(word);
	unsigned long none = 0;

	if (likely(owners))
		return owners;
	owners = msim_zalloc(machine, MEMCGSIM_FAULT_VECTOR,
			     slab->cache->nr_objects * sizeof(*owners));
	if (!owners)
		return NULL;
	word = (unsigned long)owners | MSIM_MEMCG_DATA_OBJEXTS;
	if (msim_cmpxchg(&slab->page->memcg_data, &none, word))
		return owners;
	msim_free(machine, owners);
	return msim_word_objcgs(none);
}

/*
 * Charges an allocated object to the current task. An object whose owner cannot be noted for want
 * of memory stays unaccounted (O-14). False: refused.
 */
static bool charge_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
			  memcgsim_gfp_t gfp)
{
	unsigned int full_bytes = slab->cache->full_bytes;
	struct memcgsim_obj_cgroup *objcg = msim_current_objcg(ctx);
	struct memcgsim_obj_cgroup **owners;
	struct msim_section section;

	msim_assert(index < slab->cache->nr_objects);
	if (!objcg)
		return true;
	if (msim_objcg_charge_bytes(ctx, objcg, gfp, full_bytes, full_bytes))
		return false;
	owners = owners_of(ctx->machine, slab);
	if (!owners) {
		msim_objcg_uncharge_bytes(ctx, objcg, full_bytes, full_bytes);
		return true;
	}
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	owners[index] = objcg;
	return true;
}

/* ---- kmalloc and kfree ---- */

/* Large objects count as slab in whole pages, of whatever memcg the page is charged to. */
static void account_large(struct msim_ctx *ctx, struct memcgsim_page *page, long sign)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(ctx->machine, word);
	long bytes = sign * (long)(MEMCGSIM_PAGE_SIZE << msim_page_order(page));
	struct msim_section section;

	if (!objcg) {
		msim_stat_add_slab(msim_pinned_memcg(ctx->machine, word), bytes);
		return;
	}
	msim_rcu_read_lock();
	section = msim_section_enter(ctx);
	msim_objcg_account_slab(section.cpu, objcg, bytes);
	msim_section_leave(&section);
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
	page->flags |= MSIM_PG_LARGE_KMALLOC;
	account_large(ctx, page, 1);
	return memcgsim_page_address(ctx->machine, page);
}

static msim_noinline void *kmalloc_slow(size_t size_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_kmem_cache *cache;
	void *object;

	if (!ctx) {
		msim_unbound("memcgsim_kmalloc");
		return NULL;
	}
	if (size_bytes == 0)
		return MEMCGSIM_ZERO_SIZE_PTR;
	if (size_bytes > MEMCGSIM_KMALLOC_MAX_CACHE_SIZE)
		return kmalloc_large(ctx, size_bytes, gfp);
	cache = &ctx->machine->caches[bucket_of(size_bytes) +
				      (gfp & MEMCGSIM___GFP_ACCOUNT ? ACCOUNTED : 0)];
	object = msim_take_object(ctx, cache, gfp);
	if (!object)
		return NULL;
	if (gfp & MEMCGSIM___GFP_ACCOUNT) {
		struct msim_slab *slab = msim_slab_of(ctx->machine, object);
		unsigned int index = msim_object_index(slab, object);

		if (!charge_object(ctx, slab, index, gfp)) {
			msim_give_object(ctx, slab, index, object);
			return NULL;
		}
	}
	if (gfp & MEMCGSIM___GFP_ZERO)
		memset(object, 0, cache->size_bytes);
	return object;
}

/*
 * Inside a section: the charge of object @index, and the reference that its slot holds, if all is
 * at hand.
 */
static msim_always_inline bool charge_from_stock(struct msim_cpu *cpu,
						 struct memcgsim_obj_cgroup *objcg,
						 struct msim_slab *slab, unsigned int index)
{
	struct memcgsim_obj_cgroup **owners =
		msim_word_objcgs(msim_load_acquire(&slab->page->memcg_data));
	unsigned int full_bytes = slab->cache->full_bytes;
	long *references = msim_ref_counter(cpu, &objcg->ref);

	if (unlikely(!owners || !references) ||
	    unlikely(!msim_objcg_consume_bytes(cpu, objcg, full_bytes, full_bytes)))
		return false;
	++*references;
	owners[index] = objcg;
	return true;
}

/* Inside a section: the opposite, if the stock has room and the reference cannot be the last. */
static msim_always_inline bool
uncharge_to_stock(struct msim_cpu *cpu, struct memcgsim_obj_cgroup **slot, unsigned int full_bytes)
{
	long *references = msim_ref_counter(cpu, &(*slot)->ref);

	msim_assert_section(cpu);
	msim_assert_full(*slot);
	if (unlikely(!references) ||
	    unlikely(!msim_objcg_return_bytes(cpu, *slot, full_bytes, full_bytes)))
		return false;
	--*references;
	*slot = NULL;
	return true;
}

void *memcgsim_kmalloc(size_t size_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct msim_magazine *magazine;
	struct msim_slab *slab;
	struct msim_cpu *cpu;
	unsigned int index;
	void *object;

	if (unlikely(!ctx || size_bytes - 1 >= MEMCGSIM_KMALLOC_MAX_CACHE_SIZE ||
		     (gfp & MEMCGSIM___GFP_ZERO)))
		return kmalloc_slow(size_bytes, gfp);
	cpu = ctx->cpu;
	if (MSIM_MEMCG && (gfp & MEMCGSIM___GFP_ACCOUNT)) {
		objcg = msim_task_objcg(ctx->task);
		if (unlikely(!objcg))
			return kmalloc_slow(size_bytes, gfp);
	}
	if (unlikely(!msim_cpu_enter(cpu)))
		return kmalloc_slow(size_bytes, gfp);

	/*
	 * One section: the object, its bytes and its reference. Nothing is taken unless all are
	 * there.
	 */
	magazine = cpu->magazines[bucket_of(size_bytes) + (objcg ? ACCOUNTED : 0)];
	if (unlikely(!magazine->nr))
		goto miss;
	object = magazine->objects[magazine->nr - 1];
	slab = msim_slab_of(cpu->machine, object);
	index = msim_object_index(slab, object);
	if (objcg && unlikely(!charge_from_stock(cpu, objcg, slab, index)))
		goto miss;
	magazine->nr--;
	slab->next[index] = MSIM_OBJECT_ALLOCATED;
	msim_cpu_leave(cpu);
	return object;
miss:
	msim_cpu_leave(cpu);
	return kmalloc_slow(size_bytes, gfp);
}

/* As found by the public function. */
#define misuse(machine, cond, what, object)                                                        \
	msim_bug_if(machine, MEMCGSIM_MISUSE, cond, what, "memcgsim_kfree", object)

/* Frees what is no live object of a slab: a large one, or nothing at all, which is reported. */
static void free_large(struct msim_ctx *ctx, void *object)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_page *page = memcgsim_virt_to_head_page(machine, object);

	if (misuse(machine, !page, "the address is not this machine's", object) ||
	    misuse(machine, msim_page_has_type(page, MSIM_PGTY_SLAB),
		   "no object is allocated at the address: freed before, or not an object's start",
		   object) ||
	    misuse(machine, !(page->flags & MSIM_PG_LARGE_KMALLOC),
		   "no object is allocated at the address: freed before, or a page's", object) ||
	    misuse(machine, memcgsim_page_address(machine, page) != object,
		   "the address is inside an object, not its start", object))
		return;
	account_large(ctx, page, -1);
	page->flags &= ~MSIM_PG_LARGE_KMALLOC;
	memcgsim___free_pages(page, msim_page_order(page));
}

static void free_object(struct msim_ctx *ctx, void *object)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_obj_cgroup **owners;
	struct msim_slab *slab;
	unsigned int index;

	if (!object || object == MEMCGSIM_ZERO_SIZE_PTR)
		return;
	slab = msim_live_object(machine, object, &index);
	if (!slab) {
		free_large(ctx, object);
		return;
	}
	owners = msim_word_objcgs(msim_load_acquire(&slab->page->memcg_data));
	if (owners && owners[index]) {
		struct memcgsim_obj_cgroup *objcg = owners[index];

		owners[index] = NULL;
		msim_objcg_uncharge_bytes(ctx, objcg, slab->cache->full_bytes,
					  slab->cache->full_bytes);
		msim_objcg_put_ctx(ctx, objcg);
	}
	msim_give_object(ctx, slab, index, object);
}

static msim_noinline void kfree_slow(void *object)
{
	struct msim_ctx *ctx = msim_ctx();

	if (ctx)
		free_object(ctx, object);
	else
		msim_unbound("memcgsim_kfree");
}

void memcgsim_kfree(void *object)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup **owners;
	struct msim_slab *slab;
	struct msim_cpu *cpu;
	unsigned int index;

	if (unlikely(!ctx))
		return kfree_slow(object);
	slab = msim_live_object(ctx->machine, object, &index);
	cpu = ctx->cpu;
	if (unlikely(!slab) || unlikely(!msim_cpu_enter(cpu)))
		return kfree_slow(object);
	if (unlikely(cpu->magazines[slab->cache->index]->nr == MSIM_MAGAZINE))
		goto miss;
	owners = msim_word_objcgs(msim_load_acquire(&slab->page->memcg_data));
	if (owners && owners[index] &&
	    unlikely(!uncharge_to_stock(cpu, &owners[index], slab->cache->full_bytes)))
		goto miss;
	(void)msim_keep_object(cpu, slab, index, object);
	msim_cpu_leave(cpu);
	return;
miss:
	msim_cpu_leave(cpu);
	kfree_slow(object);
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
			free_object(ctx, slab->base + i * slab->cache->size_bytes);
			if (!msim_page_has_type(page, MSIM_PGTY_SLAB))
				break; /* that was its last: the slab itself has gone */
		}
	}
	return leaked;
}
