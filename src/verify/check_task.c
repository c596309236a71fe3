/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the invariants of tasks and address spaces. Called by check with the machine at
 * rest and the cgroup mutex held.
 */
#include "verify/invariant.h"

/* Who the word of @task may name, by its css_set: NULL for nobody. */
static const struct memcgsim_obj_cgroup *objcg_of(const struct memcgsim_task *task)
{
	const struct memcgsim_mem_cgroup *memcg = task->cset->memcg;
	const struct memcgsim_obj_cgroup *objcg = NULL;

	if (task->kthread || task->unpaid)
		return NULL;
	/* An objcg that its memcg's offlining handed up is as good as the ancestor's own (K-03). */
	for (; memcg && !objcg; memcg = memcg->parent)
		objcg = msim_load_relaxed(&memcg->objcg);
	return objcg;
}

void msim_check_task_objcg(struct check *check)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &check->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);
		unsigned long word = msim_load_relaxed(&task->objcg);
		const struct memcgsim_obj_cgroup *objcg = objcg_of(task);

		if (word & MSIM_OBJCG_UPDATE_FLAG)
			continue;
		if (word &&
		    ((struct memcgsim_obj_cgroup *)word)->memcg == (objcg ? objcg->memcg : NULL))
			continue;
		msim_expect(check, (long)objcg, (long)word,
			    "not its memcg's objcg, and not told to look", "pid %d", task->pid);
	}
}

void msim_check_task_exit(struct check *check)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &check->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		msim_expect(check, false, task->exiting, "has exited and is still there", "pid %d",
			    task->pid);
		if (task->leader->exiting)
			msim_expect(check, 0,
				    (long)msim_load_relaxed(&task->leader->objcg) |
					    (long)task->leader->mm,
				    "a zombie still holds an objcg or an mm", "pid %d",
				    task->leader->pid);
	}
	msim_expect(check, 0, (long)msim_load_relaxed(&check->machine->idle.objcg),
		    "no task's word is set", "no task");
}

/* How many tasks @mm has, and whether its owner is one of those that may be. */
static long users_of(struct check *check, const struct memcgsim_mm *mm, long *ret_owners,
		     bool *ret_owned)
{
	const struct memcgsim_task *owner = msim_load_relaxed(&mm->owner);
	struct msim_list *pos;
	long users = 0;

	*ret_owners = 0;
	*ret_owned = false;
	msim_list_for_each (pos, &check->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		if (task->mm != mm)
			continue;
		users++;
		*ret_owners += !task->kthread;
		*ret_owned |= task == owner && !task->kthread;
	}
	return users;
}

/* The usual mm has one user, its owner: no search. */
static bool is_plain(const struct memcgsim_mm *mm)
{
	const struct memcgsim_task *owner = msim_load_relaxed(&mm->owner);

	return mm->users == 1 && owner && owner->mm == mm && !owner->kthread && !owner->exiting;
}

void msim_check_mm(struct check *check)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &check->machine->mms) {
		const struct memcgsim_mm *mm = msim_list_entry(pos, struct memcgsim_mm, node);
		long users, owners;
		bool owned;

		if (is_plain(mm))
			continue;
		users = users_of(check, mm, &owners, &owned);
		if (users > (long)mm->users)
			msim_expect(check, users, (long)mm->users,
				    "fewer references than tasks that use it", "an mm");
		msim_expect(check, owners > 0, owned, "its owner does not use it", "an mm");
		if (!owners)
			msim_expect(check, 0, (long)msim_load_relaxed(&mm->owner),
				    "owned by somebody who has left", "an mm");
	}
}
