/* SPDX-License-Identifier: MIT */
/*
 * Owns task.dying, the marks of those who are to die, and oom.group (its memcg's, relaxed). Called
 * by charging and by memory.max. Looks at tasks under css_set_lock, where none exits; kills under
 * the cgroup mutex as well. Models mem_cgroup_out_of_memory(), mm/memcontrol.c, and
 * oom_kill_process(), mm/oom_kill.c (C-14, C-17, C-18).
 */
#include "memcg/oom.h"

#include <memcgsim/oom.h>

#include <errno.h>

#include "memcg/css.h"
#include "memcg/events.h"
#include "memcg/iter.h"
#include "memcg/page_counter.h"
#include "seam/bug.h"
#include "seam/hooks.h"
#include "seam/thread.h"

#define OOM_SCORE_ADJ_MIN (-1000)
#define OOM_SCORE_ADJ_MAX 1000

static void mark(struct memcgsim_task *task, unsigned int bits)
{
	msim_or_release(&task->dying, bits);
}

/* The memcg whose task it is, which its css_set holds. Under css_set_lock. */
static struct memcgsim_mem_cgroup *memcg_of(const struct memcgsim_task *task)
{
	msim_assert_held(MSIM_RANK_CSS_SET);
	return msim_load_relaxed(&task->cset)->memcg;
}

/* Whether @task is one of @machine's, and in @memcg's subtree: its address is looked for first. */
static bool may_be_victim(struct memcgsim *machine, const struct memcgsim_mem_cgroup *memcg,
			  const struct memcgsim_task *task)
{
	struct msim_list *pos;

	msim_assert_held(MSIM_RANK_CSS_SET);
	msim_list_for_each (pos, &machine->tasks) {
		if (pos == &task->node)
			return msim_memcg_is_descendant(memcg_of(task), memcg);
	}
	return false;
}

/* The highest memcg from the victim's up to @domain that dies as a whole; NULL: none (C-18). */
static struct memcgsim_mem_cgroup *oom_group_of(const struct memcgsim_task *victim,
						const struct memcgsim_mem_cgroup *domain)
{
	struct memcgsim_mem_cgroup *memcg = memcg_of(victim), *group = NULL;

	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent) {
		if (msim_load_relaxed(&memcg->oom_group))
			group = memcg;
		if (memcg == domain)
			break;
	}
	return group;
}

/*
 * One process dies: all its threads, and whoever else runs in its address space, whose memory would
 * otherwise stay. One event, where its memory is charged.
 */
static void kill(struct memcgsim *machine, struct memcgsim_task *victim)
{
	struct msim_list *pos;

	msim_memcg_event(memcg_of(victim), MSIM_EVENT_OOM_KILL);
	msim_list_for_each (pos, &machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		if (task->leader == victim->leader)
			mark(task, MSIM_DYING_SIGKILL | MSIM_DYING_VICTIM);
		else if (task->mm == victim->mm)
			mark(task, MSIM_DYING_SIGKILL);
	}
}

/* Without memory of its own, or protected: nobody dies whose death would not help, or not be right. */
static bool unkillable(const struct memcgsim_task *task)
{
	return task->kthread || !task->mm ||
	       msim_load_relaxed(&task->oom_score_adj) == OOM_SCORE_ADJ_MIN;
}

/* All that may be killed; the victim too, a second time, for its memory is still there (C-17). */
static void kill_group(struct memcgsim *machine, struct memcgsim_mem_cgroup *group)
{
	struct msim_list *pos;

	msim_memcg_event(group, MSIM_EVENT_OOM_GROUP_KILL);
	msim_list_for_each (pos, &machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		if (task->leader == task && !unkillable(task) &&
		    msim_memcg_is_descendant(memcg_of(task), group))
			kill(machine, task);
	}
}

/*
 * Whether killing @victim, found in the subtree of @domain, helps. Nobody dies twice: one who is
 * dying anyway is only marked; one who is marked has by now had time to be reaped, which cannot be
 * waited for here; and after that there is nothing to be had.
 */
static bool kill_victim(struct memcgsim *machine, struct memcgsim_mem_cgroup *domain,
			struct memcgsim_task *victim)
{
	unsigned int dying = msim_load_relaxed(&victim->dying);
	struct memcgsim_mem_cgroup *group;

	if ((dying & MSIM_DYING_OOM_SKIP) || unkillable(victim))
		return false;
	if (dying & MSIM_DYING_VICTIM) {
		mark(victim, MSIM_DYING_OOM_SKIP);
		return true;
	}
	if (dying & MSIM_DYING_SIGKILL) {
		mark(victim, MSIM_DYING_VICTIM);
		return true;
	}
	group = oom_group_of(victim, domain);
	kill(machine, victim);
	if (group)
		kill_group(machine, group);
	return true;
}

bool msim_out_of_memory(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
			unsigned int order)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_task *victim;
	bool found, helped = false;

	/* Whoever was here before may have made room; then nobody needs to die. */
	if (msim_page_counter_margin(&memcg->memory) >= 1UL << order ||
	    msim_task_is_dying(ctx->current))
		return true;
	victim = msim_hook_oom(ctx, memcg, gfp, order);
	if (!victim)
		return false;
	msim_mutex_lock(&machine->cgroup_mutex); /* threads and address spaces stay as they are */
	msim_spin_lock(&machine->css_set_lock);
	found = may_be_victim(machine, memcg, victim);
	if (found)
		helped = kill_victim(machine, memcg, victim);
	msim_spin_unlock(&machine->css_set_lock);
	msim_mutex_unlock(&machine->cgroup_mutex);
	(void)msim_bug_if(machine, MEMCGSIM_MISUSE, !found,
			  "the victim is no living task of the memcg's subtree", __func__, victim);
	return helped;
}

void memcgsim_send_sigkill(struct memcgsim_task *task)
{
	mark(task, MSIM_DYING_SIGKILL);
}

void memcgsim_oom_reap_task(struct memcgsim_task *task)
{
	mark(task, MSIM_DYING_OOM_SKIP);
}

bool memcgsim_fatal_signal_pending(const struct memcgsim_task *task)
{
	return msim_load_relaxed(&task->dying) & MSIM_DYING_SIGKILL;
}

bool memcgsim_tsk_is_oom_victim(const struct memcgsim_task *task)
{
	return msim_load_relaxed(&task->dying) & MSIM_DYING_VICTIM;
}

int memcgsim_set_oom_score_adj(struct memcgsim_task *task, int adj)
{
	if (adj < OOM_SCORE_ADJ_MIN || adj > OOM_SCORE_ADJ_MAX)
		return -EINVAL;
	msim_store_relaxed(&task->oom_score_adj, adj);
	return 0;
}

/* Its own tasks, cgroup by cgroup as they became populated, and there as the tasks came. */
static int scan_one(struct memcgsim_mem_cgroup *memcg,
		    int (*fn)(struct memcgsim_task *task, void *arg), void *arg)
{
	struct msim_list *cset_pos, *pos;

	msim_assert_held(MSIM_RANK_CSS_SET);
	msim_list_for_each (cset_pos, &memcg->machine->csets) {
		struct msim_css_set *cset = msim_list_entry(cset_pos, struct msim_css_set, node);
		int ret;

		if (cset->memcg != memcg)
			continue;
		msim_list_for_each (pos, &cset->tasks) {
			ret = fn(msim_list_entry(pos, struct memcgsim_task, cset_node), arg);
			if (ret)
				return ret;
		}
	}
	return 0;
}

int memcgsim_mem_cgroup_scan_tasks(struct memcgsim_mem_cgroup *memcg,
				   int (*fn)(struct memcgsim_task *task, void *arg), void *arg)
{
	struct memcgsim *machine = memcg->machine;
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	struct memcgsim_mem_cgroup *pos = NULL;
	int ret = 0;

	msim_spin_lock(&machine->css_set_lock);
	msim_spin_lock(&machine->memcg_tree_lock);
	while (!ret && (pos = msim_memcg_next_in_order(memcg, pos)))
		ret = scan_one(pos, fn, arg);
	msim_spin_unlock(&machine->memcg_tree_lock);
	msim_spin_unlock(&machine->css_set_lock);
	msim_guest_leave(ctx, &guest);
	return ret;
}
