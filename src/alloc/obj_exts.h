/* SPDX-License-Identifier: MIT */
/*
 * Who pays for objects: the vector of owners of a slab, and the charge of its objects.
 */
#ifndef MSIM_ALLOC_OBJ_EXTS_H
#define MSIM_ALLOC_OBJ_EXTS_H

#include "types.h"
#include "alloc/kmem_cache.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"

static msim_always_inline struct memcgsim_obj_cgroup **
msim_slab_owners(const struct msim_slab *slab)
{
	return msim_word_objcgs(msim_load_acquire(&slab->page->memcg_data));
}

/*
 * Charges @count allocated objects of @cache, which nobody is charged for, to the current task: all
 * at once, and then each is noted in its slab. One whose owner cannot be noted for want of memory
 * stays unaccounted (O-14). False: refused, and nothing is charged. No section held.
 */
bool msim_charge_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
			 memcgsim_gfp_t gfp, void *const *objects, size_t count);

/*
 * Takes @count objects of @cache, charged to the current task if they are @accounted: all or none.
 * Which of the two comes first is the kernel version's; since 6.9 the charge is last. No section held.
 */
bool msim_alloc_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
			memcgsim_gfp_t gfp, void **objects, size_t count, bool accounted);

/* The same, charged to @objcg, or to nobody if it is NULL, before they are taken. */
bool msim_alloc_objects_of(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			   struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp, void **objects,
			   size_t count);

/* Uncharges a live object, if anybody is charged for it (O-15), and frees it. No section held. */
void msim_free_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
		      void *object);

/*
 * The fast halves, inside a section. The first takes the top object of a magazine that has one; if
 * @objcg is to be charged, only if all that the charge needs is at hand. NULL: nothing was taken.
 */
static msim_always_inline void *msim_pop_object(struct msim_cpu *cpu,
						struct msim_magazine *magazine,
						struct memcgsim_obj_cgroup *objcg)
{
	void *object = magazine->objects[magazine->nr - 1];
	struct msim_slab *slab = msim_slab_of(cpu->machine, object);
	unsigned int index = msim_object_index(slab, object);

	msim_assert_section(cpu);
	if (objcg) {
		struct memcgsim_obj_cgroup **owners = msim_slab_owners(slab);
		unsigned int full_bytes = slab->cache->full_bytes;
		long *references = msim_ref_counter(cpu, &objcg->ref);

		if (unlikely(!owners || !references) ||
		    unlikely(!msim_objcg_consume_bytes(cpu, objcg, full_bytes, full_bytes)))
			return NULL;
		++*references;
		owners[index] = objcg;
	}
	magazine->nr--;
	slab->next[index] = MSIM_OBJECT_ALLOCATED;
	return object;
}

/*
 * The second puts a live object into a magazine that has room, uncharged; not if the byte stock
 * has no room, or the reference may be the last. False: nothing has changed.
 */
static msim_always_inline bool msim_push_object(struct msim_cpu *cpu,
						struct msim_magazine *magazine,
						struct msim_slab *slab, unsigned int index,
						void *object)
{
	struct memcgsim_obj_cgroup **owners = msim_slab_owners(slab);

	msim_assert_section(cpu);
	if (owners && owners[index]) {
		struct memcgsim_obj_cgroup *objcg = owners[index];
		unsigned int full_bytes = slab->cache->full_bytes;
		long *references = msim_ref_counter(cpu, &objcg->ref);

		if (unlikely(!references) ||
		    unlikely(!msim_objcg_return_bytes(cpu, objcg, full_bytes, full_bytes)))
			return false;
		--*references;
		owners[index] = NULL;
	}
	msim_keep_object(magazine, slab, index, object);
	return true;
}

#endif /* MSIM_ALLOC_OBJ_EXTS_H */
