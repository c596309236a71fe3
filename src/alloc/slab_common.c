/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: what is made of kmalloc() and kfree() by calling them. Called on bound threads.
 * Models krealloc(), ksize() and kfree_sensitive(), mm/slab_common.c.
 */
#include <memcgsim/slab.h>

#include <string.h>

#include "alloc/kmem_cache.h"
#include "alloc/slab.h"
#include "seam/bug.h"
#include "seam/thread.h"

void *memcgsim_kzalloc(size_t size_bytes, memcgsim_gfp_t gfp)
{
	return memcgsim_kmalloc(size_bytes, gfp | MEMCGSIM___GFP_ZERO);
}

void *memcgsim_kmalloc_array(size_t count, size_t size_bytes, memcgsim_gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size_bytes, &bytes))
		return NULL;
	return memcgsim_kmalloc(bytes, gfp);
}

void *memcgsim_kcalloc(size_t count, size_t size_bytes, memcgsim_gfp_t gfp)
{
	return memcgsim_kmalloc_array(count, size_bytes, gfp | MEMCGSIM___GFP_ZERO);
}

/* What may be used of @object; 0 for what is none, which is reported unless it is nothing. */
static size_t usable_bytes(struct msim_ctx *ctx, const void *object, const char *caller)
{
	const struct memcgsim_page *large;
	const struct msim_slab *slab;
	unsigned int index;

	if (!object || object == MEMCGSIM_ZERO_SIZE_PTR)
		return 0;
	slab = msim_live_object(ctx->machine, object, &index);
	if (slab) {
		/* what is free there holds SLUB's pointer behind the object, where readers look on */
		if (slab->cache->flags & MEMCGSIM_SLAB_TYPESAFE_BY_RCU)
			return (slab->cache->object_bytes + sizeof(void *) - 1) &
			       ~(sizeof(void *) - 1);
		return slab->cache->size_bytes;
	}
	large = msim_large_object(ctx, object, caller);
	return large ? MEMCGSIM_PAGE_SIZE << msim_page_order(large) : 0;
}

size_t memcgsim_ksize(const void *object)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return 0;
	}
	return usable_bytes(ctx, object, __func__);
}

void *memcgsim_krealloc(void *object, size_t size_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	size_t old_bytes;
	void *new;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	if (size_bytes == 0) {
		memcgsim_kfree(object);
		return MEMCGSIM_ZERO_SIZE_PTR;
	}
	old_bytes = usable_bytes(ctx, object, __func__);
	if (old_bytes == 0 && object && object != MEMCGSIM_ZERO_SIZE_PTR)
		return NULL; /* no object, which has been told */
	if (old_bytes >= size_bytes) {
		if (gfp & MEMCGSIM___GFP_ZERO)
			memset((char *)object + size_bytes, 0, old_bytes - size_bytes);
		return object;
	}
	new = memcgsim_kmalloc(size_bytes, gfp);
	if (!new || old_bytes == 0)
		return new;
	memcpy(new, object, old_bytes);
	memcgsim_kfree(object);
	return new;
}

void memcgsim_kfree_sensitive(void *object)
{
	struct msim_ctx *ctx = msim_ctx();
	size_t bytes;

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	bytes = usable_bytes(ctx, object, __func__);
	if (bytes == 0)
		return;
	explicit_bzero(object, bytes);
	memcgsim_kfree(object);
}
