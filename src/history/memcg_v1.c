/* SPDX-License-Identifier: MIT */
/*
 * Owns what v1 machines' memcgs have besides, from their creation to their end. Called by
 * memcg/memcg under the cgroup mutex. Models the res_counters of mem_cgroup_css_alloc(),
 * mm/memcontrol.c, v3.8, in a hierarchy: use_hierarchy is set everywhere (Y-01).
 */
#include "history/memcg_v1.h"

#include <errno.h>

#include "history/res_counter.h"
#include "memcg/css.h"
#include "seam/fault.h"

int msim_memcg_v1_create(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_memcg_v1 *parent = memcg->parent ? memcg->parent->v1 : NULL;
	struct msim_memcg_v1 *v1;

	v1 = msim_zalloc(ctx->machine, MEMCGSIM_FAULT_OBJECT, sizeof(*v1));
	if (!v1)
		return -ENOMEM;
	msim_res_counter_init(&v1->res, parent ? &parent->res : NULL);
	msim_res_counter_init(&v1->memsw, parent ? &parent->memsw : NULL);
	msim_res_counter_init(&v1->kmem, parent ? &parent->kmem : NULL);
	memcg->v1 = v1;
	return 0;
}

void msim_memcg_v1_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_css_put_ctx(ctx, memcg);
}

void msim_memcg_v1_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_free(ctx->machine, memcg->v1);
	memcg->v1 = NULL;
}
