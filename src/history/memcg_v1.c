/* SPDX-License-Identifier: MIT */
/*
 * Owns what v1 machines' memcgs have besides, from their creation to their end, and what keeps their
 * directories (memcg_v1.css_refs). Called by memcg/memcg under the cgroup mutex, and by charges. Keeps
 * I-FREE-EVENTUAL. Models mem_cgroup_css_alloc(), _online() and _free(), mm/memcontrol.c, v3.8, and
 * the css that a charge in progress holds, in a hierarchy: use_hierarchy is set everywhere (Y-01,
 * Y-03, L-03).
 */
#include "history/memcg_v1.h"

#include <errno.h>

#include "history/move.h"
#include "history/page_cgroup.h"
#include "history/res_counter.h"
#include "memcg/css.h"
#include "memcg/ref.h"
#include "seam/fault.h"
#include "seam/work.h"

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
	v1->css_refs = 1;
	memcg->v1 = v1;
	return 0;
}

/* A child of an accounted group is accounted from the start, with a reference for it. */
void msim_memcg_v1_online(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_memcg_v1 *parent = memcg->parent ? memcg->parent->v1 : NULL;
	unsigned int active;

	if (!parent)
		return;
	(void)msim_add_return(&parent->css_refs, 1);
	active = msim_load_relaxed(&parent->kmem_accounted) & MSIM_KMEM_ACTIVE;
	msim_store_relaxed(&memcg->v1->kmem_accounted, active);
	if (active && !ctx->machine->variant->kmem_ref_each)
		msim_kmem_get(ctx, memcg);
}

bool msim_css_v1_tryget(struct memcgsim_mem_cgroup *memcg)
{
	long refs;

	if (msim_memcg_is_root(memcg))
		return true;
	refs = msim_load_relaxed(&memcg->v1->css_refs);
	while (refs > 0) {
		if (msim_cmpxchg(&memcg->v1->css_refs, &refs, refs + 1))
			return true;
	}
	return false;
}

/* Nobody is at work in the directory any more: what is left of the memcg is what is charged to it. */
static void destroy(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_mem_cgroup *memcg =
		msim_container_of(work, struct memcgsim_mem_cgroup, work);
	struct memcgsim_mem_cgroup *parent = memcg->parent;

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	memcg->v1->gone = true;
	ctx->machine->variant->kmem_destroy(ctx, memcg);
	msim_css_put_ctx(ctx, memcg); /* the base */
	msim_css_v1_put(parent);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
}

void msim_css_v1_put(struct memcgsim_mem_cgroup *memcg)
{
	if (msim_memcg_is_root(memcg))
		return;
	/* Its work has been done as far as offlining, and not yet for its release. */
	if (msim_sub_return(&memcg->v1->css_refs, 1) == 0)
		msim_queue_work(memcg->machine, &memcg->work, destroy);
}

void msim_memcg_v1_offline(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_reparent_charges_v1(ctx, memcg);
	msim_css_v1_put(memcg);
}

void msim_memcg_v1_free(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_free(ctx->machine, memcg->v1);
	memcg->v1 = NULL;
}

void msim_kmem_get(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_count_history(ctx, MEMCGSIM_KMEM_REF_TAKEN);
	msim_css_get_ctx(ctx, memcg);
}

void msim_kmem_put(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	msim_count_history(ctx, MEMCGSIM_KMEM_REF_PUT);
	msim_css_put_ctx(ctx, memcg);
}

/* A leaf that is left though its directory is gone; NULL if there is none. */
static struct memcgsim_mem_cgroup *find_leaked(struct memcgsim *machine)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		if (!msim_memcg_is_root(memcg) && msim_list_empty(&memcg->children))
			return memcg;
	}
	return NULL;
}

unsigned long msim_memcg_v1_sweep(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_mem_cgroup *leaked;
	unsigned long count = 0;

	while ((leaked = find_leaked(machine))) {
		long refs = msim_ref_read(machine, &leaked->ref);

		msim_assert(!leaked->online && refs > 0);
		while (refs-- > 0)
			msim_css_put_ctx(ctx, leaked);
		(void)msim_run_work(machine);
		count++;
	}
	return count;
}
