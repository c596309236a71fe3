/* SPDX-License-Identifier: MIT */
/*
 * Owns task->objcg on machines of the patch as posted. Called in place of what task/objcg and
 * cgroup/css_set do. Keeps what they keep, but where it says "apparent": these are the bugs that the
 * text seems to have, as text. Models current_objcg_update() and mem_cgroup_kmem_attach() of seed
 * 002 (D1, D2, D3, D4).
 */
#include "history/objcg_posted.h"

#include "memcg/css.h"
#include "memcg/objcg.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/trace.h"

/*
 * Apparent, D1: of the tasks that move it is the mover that is told, as often as there are tasks.
 * One that no task of the machine moves is nobody's to tell.
 */
void msim_posted_mark_moved(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	(void)task;
	if (ctx->current != &ctx->machine->idle)
		msim_or_release(&ctx->current->objcg, MSIM_OBJCG_UPDATE_FLAG);
}

/*
 * Apparent, D3: it asks neither whether the task is a kernel thread nor whether it has an mm.
 *
 * Apparent, D2: @objcg lives longer than a round. What a round that was lost has found is not put,
 * and if the task is in the root by the next round, where there is no memcg to ask, it is not even
 * forgotten.
 */
struct memcgsim_obj_cgroup *msim_posted_update_objcg(struct msim_ctx *ctx,
						     struct memcgsim_task *task)
{
	struct memcgsim_obj_cgroup *objcg = NULL;
	unsigned long expected;

	do {
		unsigned long old = msim_xchg(&task->objcg, 0) & ~MSIM_OBJCG_UPDATE_FLAG;
		const struct memcgsim_mem_cgroup *memcg;
		struct msim_section section;

		if (old)
			msim_objcg_put_ctx(ctx, (struct memcgsim_obj_cgroup *)old);
		msim_rcu_read_lock();
		section = msim_section_enter(ctx);
		memcg = msim_rcu_dereference(&task->cset)->memcg;
		for (; !msim_memcg_is_root(memcg); memcg = memcg->parent) {
			objcg = msim_rcu_dereference(&memcg->objcg);
			if (objcg && msim_ref_tryget(section.cpu, &objcg->ref))
				break;
			objcg = NULL;
		}
		msim_section_leave(&section);
		msim_rcu_read_unlock();
		expected = 0;
	} while (!msim_cmpxchg(&task->objcg, &expected, (unsigned long)objcg));
	msim_trace(ctx, MEMCGSIM_EV_OBJCG_UPDATE, task, (long)objcg);
	return objcg;
}
