/* SPDX-License-Identifier: MIT */
/*
 * Charging kernel memory to an objcg: pages and bytes. The caller has a reference on the objcg,
 * holds no section and is outside RCU read sections.
 */
#ifndef MSIM_MEMCG_KMEM_H
#define MSIM_MEMCG_KMEM_H

#include "types.h"

/* 0, or -ENOMEM with every counter as it was. */
int msim_objcg_charge_pages(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			    memcgsim_gfp_t gfp, unsigned long nr_pages);

/* 0, or -ENOMEM with every counter as it was. @slab_bytes of @nr_bytes are counted as slab. */
int msim_objcg_charge_bytes(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			    memcgsim_gfp_t gfp, unsigned long nr_bytes, unsigned long slab_bytes);
void msim_objcg_uncharge_bytes(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			       unsigned long nr_bytes, unsigned long slab_bytes);

#endif /* MSIM_MEMCG_KMEM_H */
