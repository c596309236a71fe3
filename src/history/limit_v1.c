/* SPDX-License-Identifier: MIT */
/*
 * Owns the loop that makes a lower limit true on v1 machines, where a limit below the usage is refused
 * instead of exceeded. Called by the files without a lock; limits change under the cgroup mutex, so
 * that the two stay in order. Models mem_cgroup_resize_limit() and mem_cgroup_resize_memsw_limit(),
 * mm/memcontrol.c, v3.8 (Y-07).
 */
#include "history/limit_v1.h"

#include <errno.h>

#include "history/res_counter.h"
#include "memcg/css.h"
#include "memcg/oom.h"
#include "seam/hooks.h"

#define RECLAIM_RETRIES 5

/* The loop's budget of rounds in which the usage does not fall: so many for each of the subtree. */
static unsigned int count_subtree(const struct memcgsim_cgroup *cgroup)
{
	return 1 + (unsigned int)cgroup->stat.descendants;
}

/* Under the cgroup mutex: 0, or why the limit cannot be set now. */
static int set_limit(struct msim_memcg_v1 *v1, struct msim_res_counter *counter, uint64_t limit)
{
	bool fits = counter == &v1->res ? limit <= msim_res_counter_read(&v1->memsw).limit
					: limit >= msim_res_counter_read(&v1->res).limit;

	return fits ? msim_res_counter_set_limit(counter, limit) : -EINVAL;
}

static int resize(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
		  struct msim_res_counter *counter, uint64_t limit)
{
	struct memcgsim *machine = ctx->machine;
	uint64_t last = msim_res_counter_usage(counter);
	unsigned int vain = 0, most = RECLAIM_RETRIES;

	if (msim_memcg_is_root(memcg))
		return -EINVAL;
	for (;;) {
		uint64_t usage;
		int err;

		if (msim_task_is_dying(ctx->current))
			return -EINTR;
		msim_mutex_lock(&machine->cgroup_mutex);
		most = RECLAIM_RETRIES * count_subtree(memcg->cgroup);
		err = set_limit(memcg->v1, counter, limit);
		msim_mutex_unlock(&machine->cgroup_mutex);
		if (err != -EBUSY || vain == most)
			return err;
		(void)msim_hook_memcg_reclaim(ctx, memcg, 1, MEMCGSIM_GFP_KERNEL);
		usage = msim_res_counter_usage(counter);
		if (usage >= last)
			vain++;
		else
			last = usage;
	}
}

int msim_resize_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, uint64_t limit)
{
	return resize(ctx, memcg, &memcg->v1->res, limit);
}

int msim_resize_memsw_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, uint64_t limit)
{
	return resize(ctx, memcg, &memcg->v1->memsw, limit);
}
