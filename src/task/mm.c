/* SPDX-License-Identifier: MIT */
/*
 * Owns address spaces (machine.mms) and which task owns one, under the cgroup mutex; readers follow
 * mm.owner under RCU. Called by task and current. Keeps I-MM. Models mm_update_next_owner(),
 * kernel/exit.c, mmput() and get_mem_cgroup_from_mm(), mm/memcontrol.c (O-13). Differs: the next
 * owner is the oldest task that uses the mm, where the kernel looks at children and siblings first.
 */
#include "task/mm.h"

#include <errno.h>

#include "memcg/css.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/thread.h"

struct memcgsim_mm *msim_mm_alloc(struct memcgsim *machine, struct memcgsim_task *owner)
{
	struct memcgsim_mm *mm;

	msim_assert_held(MSIM_RANK_CGROUP);
	mm = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*mm));
	if (!mm)
		return NULL;
	mm->machine = machine;
	mm->owner = owner;
	mm->users = 1;
	msim_list_add_tail(&mm->node, &machine->mms);
	return mm;
}

void msim_mm_get(struct memcgsim_mm *mm)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(mm->users > 0);
	mm->users++;
}

void msim_mm_put(struct memcgsim_mm *mm)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(mm->users > 0);
	if (--mm->users > 0)
		return;
	msim_list_del(&mm->node);
	msim_free(mm->machine, mm);
}

static struct memcgsim_task *next_owner(struct memcgsim_mm *mm, struct memcgsim_task *leaving)
{
	struct memcgsim_task *found = NULL;
	struct msim_list *pos;

	if (mm->users == 1) /* nobody else: the common case is not to be a search */
		return NULL;
	msim_spin_lock(&mm->machine->css_set_lock);
	msim_list_for_each (pos, &mm->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		/* A kernel thread only borrows it, and pays for nothing. */
		if (!found && task != leaving && task->mm == mm && !task->kthread)
			found = task;
	}
	msim_spin_unlock(&mm->machine->css_set_lock);
	return found;
}

void msim_mm_leave(struct memcgsim_task *task)
{
	struct memcgsim_mm *mm = task->mm;

	msim_assert_held(MSIM_RANK_CGROUP);
	if (!mm)
		return;
	task->mm = NULL;
	/* Who looks at this moment finds the one or the other; neither is freed meanwhile. */
	if (msim_load_relaxed(&mm->owner) == task)
		msim_rcu_assign_pointer(&mm->owner, next_owner(mm, task));
	msim_mm_put(mm);
}

unsigned long msim_mm_sweep(struct memcgsim *machine)
{
	unsigned long count = 0;

	while (!msim_list_empty(&machine->mms)) {
		struct memcgsim_mm *mm = msim_list_first(&machine->mms, struct memcgsim_mm, node);

		msim_list_del(&mm->node);
		msim_free(machine, mm);
		count++;
	}
	return count;
}

struct memcgsim_mem_cgroup *msim_mm_get_memcg(struct msim_ctx *ctx, struct memcgsim_mm *mm)
{
	struct memcgsim_mem_cgroup *memcg;
	bool got;

	do { /* one that is dying has been left: look again */
		struct memcgsim_task *owner;

		msim_rcu_read_lock();
		owner = msim_rcu_dereference(&mm->owner);
		memcg = owner ? msim_rcu_dereference(&owner->cset)->memcg
			      : ctx->machine->root_memcg;
		got = msim_css_tryget_ctx(ctx, memcg);
		msim_rcu_read_unlock();
	} while (!got);
	return memcg;
}

/* ---- the public functions ---- */

struct memcgsim_mm *memcgsim_get_task_mm(struct memcgsim_task *task)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(task->machine, &guest);
	struct memcgsim_mm *mm;

	msim_mutex_lock(&task->machine->cgroup_mutex);
	mm = task->kthread ? NULL : task->mm;
	if (mm) {
		msim_mm_get(mm);
		mm->holds++;
	}
	msim_mutex_unlock(&task->machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	return mm;
}

void memcgsim_mmput(struct memcgsim_mm *mm)
{
	struct memcgsim *machine;
	struct msim_ctx guest, *ctx;
	bool held;

	if (!mm)
		return;
	machine = mm->machine;
	ctx = msim_guest_enter(machine, &guest);
	msim_mutex_lock(&machine->cgroup_mutex);
	held = mm->holds > 0;
	if (held) {
		mm->holds--;
		msim_mm_put(mm);
	}
	msim_mutex_unlock(&machine->cgroup_mutex);
	(void)msim_bug_if(machine, MEMCGSIM_MISUSE, !held,
			  "more references on an mm were put than taken", __func__, mm);
	msim_guest_leave(ctx, &guest);
}

int memcgsim_kthread_use_mm(struct memcgsim_mm *mm)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		return -ESRCH;
	if (!ctx->current->kthread || ctx->current->mm || mm->machine != ctx->machine)
		return -EINVAL;
	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_mm_get(mm);
	ctx->current->mm = mm;
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	return 0;
}

int memcgsim_kthread_unuse_mm(struct memcgsim_mm *mm)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		return -ESRCH;
	if (!ctx->current->kthread || ctx->current->mm != mm || !mm)
		return -EINVAL;
	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_mm_leave(ctx->current);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	return 0;
}

int memcgsim_begin_new_exec(void)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_task *task;
	struct memcgsim_mm *mm;
	int err = -EBUSY;

	if (!ctx || ctx->current == &ctx->machine->idle)
		return -ESRCH;
	task = ctx->current;
	if (task->kthread)
		return -EINVAL;
	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	if (task->leader != task || msim_list_count(&task->threads) > 1)
		goto unlock;
	err = -ENOMEM;
	mm = msim_mm_alloc(ctx->machine, task);
	if (!mm)
		goto unlock;
	msim_mm_leave(task);
	task->mm = mm;
	err = 0;
unlock:
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	return err;
}
