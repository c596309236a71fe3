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

bool msim_charge_objects(struct msim_ctx *ctx, struct memcgsim_kmem_cache *cache,
			 memcgsim_gfp_t gfp, void *const *objects, size_t count)
{
	struct memcgsim_obj_cgroup *objcg = msim_get_current_objcg(ctx);
	unsigned long full_bytes = cache->full_bytes;

	if (!objcg)
		return true;
	if (msim_objcg_charge_bytes(ctx, objcg, gfp, count * full_bytes, 0)) {
		msim_put_current_objcg(ctx, objcg);
		return false;
	}
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
	msim_put_current_objcg(ctx, objcg);
	return true;
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
