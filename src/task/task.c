/* SPDX-License-Identifier: MIT */
/*
 * Owns tasks (machine.tasks: css_set_lock) and thread groups. Fork, exit and attach take the cgroup
 * mutex, which stands in for the threadgroup rwsem as well. Keeps I-TASK-EXIT. Models copy_process(),
 * mem_cgroup_fork(), mem_cgroup_exit(), cgroup_can_fork() and cgroup_attach_task() (K-01 ... K-03,
 * G-03, G-08, G-09).
 */
#include "task/task.h"

#include <errno.h>

#include "cgroup/cgroup.h"
#include "cgroup/css_set.h"
#include "cgroup/domain.h"
#include "memcg/css.h"
#include "memcg/objcg.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/work.h"
#include "task/current.h"
#include "task/mm.h"

void msim_task_init(struct memcgsim *machine)
{
	msim_list_init(&machine->tasks);
	msim_list_init(&machine->csets);
	msim_list_init(&machine->mms);
	machine->next_pid = 1;
	machine->idle.machine = machine;
}

void msim_task_destroy(struct memcgsim *machine)
{
	msim_hash_destroy(&machine->tasks_by_address);
	msim_hash_destroy(&machine->tasks_by_pid);
}

bool msim_task_lives(struct memcgsim *machine, const struct memcgsim_task *task)
{
	unsigned long hash = msim_hash_long((unsigned long)task);
	const struct msim_hash_node *node;

	msim_assert_held(MSIM_RANK_CGROUP);
	node = msim_hash_find(&machine->tasks_by_address, hash);
	while (node && node != &task->by_address) /* compared only: it may have been freed */
		node = msim_hash_next(node);
	return node;
}

/* ---- fork ---- */

static int vet_clone(const struct memcgsim_task *parent, const struct memcgsim_clone_args *args)
{
	unsigned int known = MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD | MEMCGSIM_CLONE_INTO_CGROUP;

	if (args->flags & ~known)
		return -EINVAL;
	/* Threads share their memory, and with whom if there is no parent? */
	if ((args->flags & MEMCGSIM_CLONE_THREAD) && !(args->flags & MEMCGSIM_CLONE_VM))
		return -EINVAL;
	if ((args->flags & MEMCGSIM_CLONE_VM) && (!parent || args->kthread))
		return -EINVAL;
	if (args->no_setaffinity && !args->kthread)
		return -EINVAL;
	return 0;
}

/*
 * A copy of the parent, which nobody can see yet. Its word has the parent's bits and no reference
 * (K-01); its parent's scope it has not.
 */
static struct memcgsim_task *dup_task(struct memcgsim *machine, struct memcgsim_task *parent,
				      const struct memcgsim_clone_args *args)
{
	struct memcgsim_task *task = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*task));

	if (!task)
		return NULL;
	task->machine = machine;
	task->kthread = args->kthread;
	task->no_setaffinity = args->no_setaffinity;
	task->leader = args->flags & MEMCGSIM_CLONE_THREAD ? parent->leader : task;
	msim_list_init(&task->threads);
	if (parent)
		msim_store_relaxed(&task->objcg, msim_load_relaxed(&parent->objcg));
	return task;
}

/* Its mm: none, the parent's, or one like it. 0 or -ENOMEM. */
static int copy_mm(struct memcgsim_task *task, struct memcgsim_task *parent,
		   const struct memcgsim_clone_args *args)
{
	if (args->kthread || (parent && !parent->mm))
		return 0;
	if (args->flags & MEMCGSIM_CLONE_VM) {
		task->mm = parent->mm;
		msim_mm_get(task->mm);
		return 0;
	}
	task->mm = msim_mm_alloc(task->machine, task);
	return task->mm ? 0 : -ENOMEM;
}

/* Whether it may be born in @into (G-09): as for a move. A plain fork is not asked. */
static int may_fork_into(const struct memcgsim_cgroup *into, const struct memcgsim_task *parent,
			 const struct memcgsim_clone_args *args)
{
	int err = msim_cgroup_may_hold_tasks(into);

	if (!err && (args->flags & MEMCGSIM_CLONE_THREAD) &&
	    parent->cset->cgroup->domain != into->domain)
		err = -EOPNOTSUPP;
	return err;
}

/* The child is there, and can be moved. */
static void post_fork(struct msim_ctx *ctx, struct memcgsim_task *task, struct msim_css_set *cset)
{
	struct memcgsim *machine = ctx->machine;

	task->pid = machine->next_pid++;
	msim_list_add_tail(&task->thread_node, &task->leader->threads);
	msim_css_set_move_task(ctx, task, cset);
	/* After it is in its css_set. No reference, no lookup yet (K-01). */
	msim_store_release(&task->objcg, MSIM_OBJCG_UPDATE_FLAG);
	msim_spin_lock(&machine->css_set_lock);
	msim_list_add_tail(&task->node, &machine->tasks);
	msim_spin_unlock(&machine->css_set_lock);
	msim_hash_add(&machine->tasks_by_address, &task->by_address,
		      msim_hash_long((unsigned long)task));
	msim_hash_add(&machine->tasks_by_pid, &task->by_pid,
		      msim_hash_long((unsigned long)task->pid));
}

int msim_fork(struct msim_ctx *ctx, struct memcgsim_task *parent,
	      const struct memcgsim_clone_args *args, struct memcgsim_cgroup *into,
	      struct memcgsim_task **ret_task)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_task *task;
	struct msim_css_set *cset;
	int err = vet_clone(parent, args);

	msim_assert_held(MSIM_RANK_CGROUP);
	if (err)
		return err;
	if (parent && !msim_task_lives(machine, parent))
		return -ESRCH;
	task = dup_task(machine, parent, args);
	if (!task)
		return -ENOMEM;
	err = copy_mm(task, parent, args);
	if (err)
		goto free_task;
	if (into)
		err = may_fork_into(into, parent, args);
	else
		into = parent ? parent->cset->cgroup : machine->root;
	if (err)
		goto leave_mm;
	cset = msim_css_set_get(ctx, into);
	if (!cset) {
		err = -ENOMEM;
		goto leave_mm;
	}
	post_fork(ctx, task, cset);
	*ret_task = task;
	return 0;

leave_mm:
	msim_mm_leave(task);
free_task: /* its word is a copy, and is not put */
	msim_free(machine, task);
	return err;
}

int memcgsim_fork(struct memcgsim *machine, struct memcgsim_task *parent,
		  struct memcgsim_task **ret_task)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	struct memcgsim_clone_args args = { 0 };
	int err;

	msim_mutex_lock(&machine->cgroup_mutex);
	err = msim_fork(ctx, parent, &args, NULL, ret_task);
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	return err;
}

/* ---- exit ---- */

static void free_task(struct msim_ctx *ctx, struct msim_work *work)
{
	msim_free(ctx->machine, msim_container_of(work, struct memcgsim_task, work));
}

/* Nobody finds it any more, but who has found it as an mm's owner may still look. */
static void release_task(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	msim_assert(task->exiting && !task->mm);
	msim_hash_del(&ctx->machine->tasks_by_pid, &task->by_pid);
	msim_call_rcu(ctx->machine, &task->work, free_task);
}

/*
 * Takes @task out of its group and its cgroup. A leader that leaves threads behind stays as a
 * zombie, in the css_set that it dies in; the last of them takes it along.
 */
static void leave_group(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	struct memcgsim_task *leader = task->leader;
	bool last;

	msim_list_del(&task->thread_node);
	last = msim_list_empty(&leader->threads);
	if (task == leader && !last) {
		msim_css_set_bury(ctx, task);
		return;
	}
	msim_css_set_move_task(ctx, task, NULL);
	release_task(ctx, task);
	if (task != leader && last) {
		msim_css_set_reap(ctx, leader);
		release_task(ctx, leader);
	}
}

int memcgsim_do_exit(struct memcgsim_task *task)
{
	struct memcgsim *machine = task->machine;
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	struct msim_ctx *running = msim_load_acquire(&task->on);
	unsigned long word;
	int err = -EBUSY;

	if (running == ctx ? ctx->in_hook > 0 || !msim_in_task(ctx) : !msim_claim(task, ctx))
		goto leave;
	if (ctx->current == task)
		msim_set_current(ctx, &machine->idle);
	msim_mutex_lock(&machine->cgroup_mutex);
	if (task->exiting) { /* a zombie, which nobody has let go of */
		msim_mutex_unlock(&machine->cgroup_mutex);
		err = -ESRCH;
		goto leave;
	}
	task->exiting = true; /* from here on movers leave it alone (K-02) */
	msim_spin_lock(&machine->css_set_lock);
	msim_list_del(&task->node);
	msim_spin_unlock(&machine->css_set_lock);
	msim_hash_del(&machine->tasks_by_address, &task->by_address);
	msim_mm_leave(task);
	word = msim_xchg(&task->objcg, 0) & ~MSIM_OBJCG_UPDATE_FLAG;
	leave_group(ctx, task);
	msim_mutex_unlock(&machine->cgroup_mutex);

	if (word)
		msim_objcg_put_ctx(ctx, (struct memcgsim_obj_cgroup *)word);
	err = 0;
leave:
	msim_guest_leave(ctx, &guest);
	return err;
}

/* ---- attach ---- */

static bool has_to_move(const struct memcgsim_task *task, const struct memcgsim_cgroup *cgroup)
{
	return !task->exiting && task->cset->cgroup != cgroup;
}

int msim_attach_task(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
		     struct memcgsim_task *task, bool threadgroup)
{
	const struct msim_variant *variant = ctx->machine->variant;
	struct memcgsim_mem_cgroup *from, *to;
	struct msim_css_set *cset;
	struct msim_list *pos;
	bool any = false;
	long nr_charged = 0;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	if (threadgroup)
		task = task->leader;
	if (task->no_setaffinity)
		return -EINVAL;
	err = msim_cgroup_may_hold_tasks(cgroup);
	if (!err && !threadgroup && task->cset->cgroup->domain != cgroup->domain)
		err = -EOPNOTSUPP;
	if (err)
		return err;
	/* What is there already does not change, not even its flag. */
	if (!threadgroup)
		any = has_to_move(task, cgroup);
	else
		msim_list_for_each (pos, &task->threads)
			any |= has_to_move(msim_list_entry(pos, struct memcgsim_task, thread_node),
					   cgroup);
	if (!any)
		return 0;
	from = msim_load_relaxed(&task->cset)->memcg;
	to = msim_effective_memcg(cgroup);
	if (threadgroup && variant->can_attach)
		nr_charged = variant->can_attach(ctx, task, from, to);
	if (nr_charged < 0)
		return (int)nr_charged;
	cset = msim_css_set_get(ctx, cgroup); /* the last that may fail: nothing has moved (G-08) */
	if (!cset) {
		if (nr_charged)
			variant->attach(ctx, NULL, from, to, nr_charged);
		return -ENOMEM;
	}
	if (!threadgroup) {
		msim_css_set_move_task(ctx, task, cset);
		return 0;
	}
	if (nr_charged) /* it may be held by nobody but the tasks that leave */
		msim_css_get_ctx(ctx, from);
	msim_list_for_each (pos, &task->threads) {
		struct memcgsim_task *thread =
			msim_list_entry(pos, struct memcgsim_task, thread_node);

		if (has_to_move(thread, cgroup))
			msim_css_set_move_task(ctx, thread, cset);
	}
	if (nr_charged) {
		variant->attach(ctx, task, from, to, nr_charged);
		msim_css_put_ctx(ctx, from);
	}
	return 0;
}

struct memcgsim_task *msim_find_task(struct memcgsim *machine, long pid)
{
	unsigned long hash = msim_hash_long((unsigned long)pid);
	struct msim_hash_node *node;

	msim_assert_held(MSIM_RANK_CGROUP);
	for (node = msim_hash_find(&machine->tasks_by_pid, hash); node;
	     node = msim_hash_next(node)) {
		struct memcgsim_task *task = msim_container_of(node, struct memcgsim_task, by_pid);

		if (task->pid == pid)
			return task;
	}
	return NULL;
}

int memcgsim_task_pid(const struct memcgsim_task *task)
{
	return task->pid;
}

int memcgsim_task_tgid(const struct memcgsim_task *task)
{
	return task->leader->pid;
}

unsigned long memcgsim_task_objcg_word(const struct memcgsim_task *task)
{
	return msim_load_relaxed(&task->objcg);
}
