/* SPDX-License-Identifier: MIT */
/*
 * Owns the vectors of slabs that have none from the start, and every slot of a vector. Called by
 * whoever hands out objects or takes them back. Keeps I-VEC. Models __memcg_slab_post_alloc_hook(),
 * __memcg_slab_free_hook(), mm/memcontrol.c, and alloc_slab_obj_exts(), mm/slub.c (O-14, O-15, T-07,
 * T-08).
 */
#include "alloc/obj_exts.h"

#include "memcg/kmem.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "task/objcg.h"

/*
 * The slab's vector of owners, made if need be; NULL without memory. Of two that make one at once
 * one wins, and the other takes the winner's (T-08): the acquire load sees its zeroed slots.
 */
static struct memcgsim_obj_cgroup **owners_of(struct memcgsim *machine, struct msim_slab *slab)
{
	unsigned long word = msim_load_acquire(&slab->page->memcg_data);
	struct memcgsim_obj_cgroup **owners = msim_word_objcgs(word);

	if (likely(owners))
		return owners;
	owners = msim_zalloc(machine, MEMCGSIM_FAULT_VECTOR,
			     slab->cache->nr_objects * sizeof(*owners));
	if (!owners)
		return NULL;
	/* In place of nothing, or of the mark that there was no memory before. */
	if (msim_cmpxchg(&slab->page->memcg_data, &word,
			 (unsigned long)owners | MSIM_MEMCG_DATA_OBJEXTS))
		return owners;
	msim_free(machine, owners);
	return msim_word_objcgs(word);
}

/* Their bytes are charged; what cannot be noted is nobody's. */
static void note_owners(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			struct memcgsim_kmem_cache *cache, void *const *objects, size_t count)
{
	unsigned long full_bytes = cache->full_bytes;

	for (size_t i = 0; i < count; i++) {
		struct msim_slab *slab = msim_slab_of(ctx->machine, objects[i]);
		unsigned int index = msim_object_index(slab, objects[i]);
		struct memcgsim_obj_cgroup **owners = owners_of(ctx->machine, slab);
		struct msim_section section;

		msim_assert(slab->cache == cache && index < cache->nr_objects);
		if (!owners) {
			msim_objcg_uncharge_bytes(ctx, objcg, full_bytes, 0);
			continue;
		}
		msim_assert(!owners[index]);
		msim_rcu_read_lock();
		section = msim_section_enter(ctx);
		msim_objcg_get(section.cpu, objcg);
		owners[index] = objcg;
		msim_objcg_account_slab(section.cpu, objcg, (long)full_bytes);
		msim_section_leave(&section);
		msim_rcu_read_unlock();
	}
}

bool msim_charge_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
			 memcgsim_gfp_t gfp, void *const *objects, size_t count)
{
	struct memcgsim_obj_cgroup *objcg = msim_get_current_objcg(ctx);
	int err;

	if (!objcg)
		return true;
	err = msim_objcg_charge_bytes(ctx, objcg, gfp, count * cache->full_bytes, 0);
	if (!err)
		note_owners(ctx, objcg, cache, objects, count);
	msim_put_current_objcg(ctx, objcg);
	return !err;
}

static void give_back(struct msim_ctx *ctx, void *const *objects, size_t count)
{
	while (count > 0) {
		struct msim_slab *slab = msim_slab_of(ctx->machine, objects[--count]);

		msim_give_object(ctx, slab, msim_object_index(slab, objects[count]),
				 objects[count]);
	}
}

/* All of @count, or none. */
static bool take_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
			 memcgsim_gfp_t gfp, void **objects, size_t count)
{
	for (size_t taken = 0; taken < count; taken++) {
		objects[taken] = msim_take_object(ctx, cache, gfp);
		if (!objects[taken]) {
			give_back(ctx, objects, taken);
			return false;
		}
	}
	return true;
}

bool msim_alloc_objects_of(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			   struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp, void **objects,
			   size_t count)
{
	unsigned long bytes = count * cache->full_bytes;

	if (!objcg)
		return take_objects(ctx, cache, gfp, objects, count);
	if (msim_objcg_charge_bytes(ctx, objcg, gfp, bytes, 0))
		return false;
	if (!take_objects(ctx, cache, gfp, objects, count)) {
		msim_objcg_uncharge_bytes(ctx, objcg, bytes, 0);
		return false;
	}
	note_owners(ctx, objcg, cache, objects, count);
	return true;
}

bool msim_alloc_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache, memcgsim_gfp_t gfp,
			void **objects, size_t count, bool accounted)
{
	if (accounted && ctx->machine->variant->charge_first) {
		struct memcgsim_obj_cgroup *objcg = msim_get_current_objcg(ctx);
		bool taken = msim_alloc_objects_of(ctx, objcg, cache, gfp, objects, count);

		msim_put_current_objcg(ctx, objcg);
		return taken;
	}
	if (!take_objects(ctx, cache, gfp, objects, count))
		return false;
	if (!accounted || msim_charge_objects(ctx, cache, gfp, objects, count))
		return true;
	give_back(ctx, objects, count);
	return false;
}

void msim_free_object(struct msim_ctx *ctx, struct msim_slab *slab, unsigned int index,
		      void *object)
{
	struct memcgsim_obj_cgroup **owners = msim_slab_owners(slab);

	if (owners && owners[index]) {
		struct memcgsim_obj_cgroup *objcg = owners[index];

		owners[index] = NULL;
		msim_objcg_uncharge_bytes(ctx, objcg, slab->cache->full_bytes,
					  slab->cache->full_bytes);
		msim_objcg_put_ctx(ctx, objcg);
	}
	msim_give_object(ctx, slab, index, object);
}
