/* SPDX-License-Identifier: MIT */
/*
 * Owns css_sets and the membership of tasks in them (css_set_lock, under the cgroup mutex), and so
 * the one place where a task's update bit is set. Called by fork, exit, attach and subtree_control.
 * Keeps I-TASK-OBJCG. Models find_css_set(), css_set_move_task() and mem_cgroup_attach() (G-08,
 * G-10, section 6).
 */
#include "cgroup/css_set.h"

#include <errno.h>

#include "cgroup/pin.h"
#include "memcg/css.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/trace.h"

struct memcgsim_mem_cgroup *msim_effective_memcg(const struct memcgsim_cgroup *cgroup)
{
	while (!cgroup->memcg)
		cgroup = cgroup->parent; /* ends at the root, which always has one */
	return cgroup->memcg;
}

struct memcgsim_cgroup *msim_cgroup_next(struct memcgsim_cgroup *cgroup,
					 struct memcgsim_cgroup *top)
{
	if (!msim_list_empty(&cgroup->children))
		return msim_list_first(&cgroup->children, struct memcgsim_cgroup, sibling);
	for (; cgroup != top; cgroup = cgroup->parent) {
		if (cgroup->sibling.next != &cgroup->parent->children)
			return msim_list_entry(cgroup->sibling.next, struct memcgsim_cgroup,
					       sibling);
	}
	return NULL;
}

static struct msim_css_set *alloc_css_set(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct msim_css_set *cset;
	struct msim_section section;

	msim_assert_held(MSIM_RANK_CGROUP);
	cset = msim_zalloc(ctx->machine, MEMCGSIM_FAULT_OBJECT, sizeof(*cset));
	if (!cset)
		return NULL;
	cset->cgroup = cgroup;
	cset->memcg = msim_effective_memcg(cgroup);
	msim_list_init(&cset->tasks);
	msim_list_init(&cset->dying);
	section = msim_section_enter(ctx);
	msim_css_get(section.cpu, cset->memcg);
	msim_section_leave(&section);
	msim_cgroup_get(cgroup);
	msim_list_add_tail(&cset->node, &ctx->machine->csets);
	return cset;
}

struct msim_css_set *msim_css_set_get(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	if (!cgroup->cset)
		cgroup->cset = alloc_css_set(ctx, cgroup);
	msim_assert(!cgroup->cset || cgroup->cset->memcg == msim_effective_memcg(cgroup));
	return cgroup->cset;
}

static void free_css_set(struct msim_ctx *ctx, struct msim_work *work)
{
	msim_free(ctx->machine, msim_container_of(work, struct msim_css_set, work));
}

/* Nobody is in it. Its memcg is let go now, itself when no reader can see it any more. */
static void put_css_set(struct msim_ctx *ctx, struct msim_css_set *cset)
{
	struct msim_section section;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(msim_list_empty(&cset->tasks) && msim_list_empty(&cset->dying));
	msim_list_del(&cset->node);
	section = msim_section_enter(ctx);
	msim_css_put(section.cpu, cset->memcg);
	msim_section_leave(&section);
	msim_cgroup_put(cset->cgroup);
	msim_call_rcu(ctx->machine, &cset->work, free_css_set);
}

/*
 * A task, or a zombie, has left @cset. Without tasks it is nobody's to come to; without zombies
 * either it is gone.
 */
static void left_css_set(struct msim_ctx *ctx, struct msim_css_set *cset)
{
	if (!msim_list_empty(&cset->tasks))
		return;
	if (cset->cgroup->cset == cset)
		cset->cgroup->cset = NULL;
	if (msim_list_empty(&cset->dying))
		put_css_set(ctx, cset);
}

/* Whoever watches cgroup.events is told when the first comes and the last goes (G-09). */
static void count_populated(struct memcgsim_cgroup *cgroup, long change)
{
	for (; cgroup; cgroup = cgroup->parent) {
		bool before = cgroup->populated;

		cgroup->populated += (unsigned long)change;
		if (before != (bool)cgroup->populated)
			cgroup->nr_notified++;
	}
}

void msim_css_set_move_task(struct msim_ctx *ctx, struct memcgsim_task *task,
			    struct msim_css_set *to)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_css_set *from = msim_load_relaxed(&task->cset);
	bool memcg_changes = from && to && from->memcg != to->memcg;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(from != to);
	msim_spin_lock(&machine->css_set_lock);
	if (from)
		msim_list_del(&task->cset_node);
	if (to) {
		msim_list_add_tail(&task->cset_node, &to->tasks);
		msim_rcu_assign_pointer(&task->cset, to);
	} /* else it keeps its last: somebody may be looking at it as an mm's owner */
	msim_spin_unlock(&machine->css_set_lock);

	/*
	 * After the switch: who finds the bit must find the new css_set. Pairs with the exchange in
	 * update() of task/objcg.c; with the two swapped, alloc_vs_attach sees a charge on the old
	 * memcg.
	 */
	if (memcg_changes) {
		if (machine->variant->mark_moved)
			machine->variant->mark_moved(ctx, task);
		else
			msim_or_release(&task->objcg, MSIM_OBJCG_UPDATE_FLAG);
		msim_trace(ctx, MEMCGSIM_EV_ATTACH, task, task->pid);
	}
	if (to)
		count_populated(to->cgroup, 1);
	if (from) {
		count_populated(from->cgroup, -1);
		left_css_set(ctx, from);
	}
}

void msim_css_set_bury(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	struct msim_css_set *cset = task->cset;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(task->exiting);
	msim_spin_lock(&ctx->machine->css_set_lock);
	msim_list_del(&task->cset_node);
	msim_list_add_tail(&task->cset_node, &cset->dying);
	msim_spin_unlock(&ctx->machine->css_set_lock);
	ctx->machine->nr_zombies++;
	count_populated(cset->cgroup, -1);
	left_css_set(ctx, cset);
}

void msim_css_set_reap(struct msim_ctx *ctx, struct memcgsim_task *zombie)
{
	struct msim_css_set *cset = zombie->cset;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_spin_lock(&ctx->machine->css_set_lock);
	msim_list_del(&zombie->cset_node);
	msim_spin_unlock(&ctx->machine->css_set_lock);
	ctx->machine->nr_zombies--;
	left_css_set(ctx, cset);
}

int msim_css_sets_prepare(struct msim_ctx *ctx, struct memcgsim_cgroup *top)
{
	struct memcgsim_cgroup *cgroup;

	msim_assert_held(MSIM_RANK_CGROUP);
	for (cgroup = msim_cgroup_next(top, top); cgroup; cgroup = msim_cgroup_next(cgroup, top)) {
		if (!cgroup->cset || cgroup->cset->memcg == msim_effective_memcg(cgroup))
			continue;
		cgroup->next_cset = alloc_css_set(ctx, cgroup);
		if (!cgroup->next_cset)
			goto discard;
	}
	return 0;

discard:
	for (cgroup = msim_cgroup_next(top, top); cgroup; cgroup = msim_cgroup_next(cgroup, top)) {
		if (cgroup->next_cset) /* nobody has come */
			put_css_set(ctx, cgroup->next_cset);
		cgroup->next_cset = NULL;
	}
	return -ENOMEM;
}

void msim_css_sets_commit(struct msim_ctx *ctx, struct memcgsim_cgroup *top)
{
	struct memcgsim_cgroup *cgroup;

	msim_assert_held(MSIM_RANK_CGROUP);
	for (cgroup = msim_cgroup_next(top, top); cgroup; cgroup = msim_cgroup_next(cgroup, top)) {
		struct msim_css_set *from = cgroup->cset;
		struct msim_css_set *to = cgroup->next_cset;
		bool more = to;

		cgroup->next_cset = NULL;
		if (to)
			cgroup->cset = to;
		while (more) { /* the last to leave takes @from along */
			struct memcgsim_task *task =
				msim_list_first(&from->tasks, struct memcgsim_task, cset_node);

			more = from->tasks.next != from->tasks.prev;
			msim_css_set_move_task(ctx, task, to);
		}
	}
}
