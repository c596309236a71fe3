/* SPDX-License-Identifier: MIT */
/*
 * Owns tasks (machine.tasks: css_set_lock) and which thread runs which (task.on). Fork, exit and
 * attach take the cgroup mutex, which stands in for the threadgroup rwsem as well. Keeps
 * I-TASK-EXIT. Models mem_cgroup_fork(), mem_cgroup_exit(), cgroup_attach_task() (K-01 ... K-03,
 * G-03, G-08).
 */
#include "task/task.h"

#include <errno.h>

#include "cgroup/cgroup.h"
#include "cgroup/css_set.h"
#include "cgroup/subtree_control.h"
#include "memcg/objcg.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/work.h"

void msim_task_init(struct memcgsim *machine)
{
	msim_list_init(&machine->tasks);
	machine->next_pid = 1;
	machine->idle.machine = machine;
}

void msim_task_destroy(struct memcgsim *machine)
{
	msim_hash_destroy(&machine->tasks_by_address);
	msim_hash_destroy(&machine->tasks_by_pid);
}

/* Whether the calling thread now runs @task, which nobody else may. */
static bool claim(struct memcgsim_task *task, struct msim_ctx *ctx)
{
	struct msim_ctx *nobody = NULL;

	msim_assert(ctx->machine == task->machine);
	return task == &task->machine->idle || msim_cmpxchg(&task->on, &nobody, ctx);
}

static void unclaim(struct memcgsim_task *task)
{
	msim_assert(task == &task->machine->idle || msim_load_relaxed(&task->on));
	if (task != &task->machine->idle)
		msim_store_release(&task->on, NULL);
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

int memcgsim_fork(struct memcgsim *machine, struct memcgsim_task *parent,
		  struct memcgsim_task **ret_task)
{
	struct msim_ctx guest, *ctx;
	struct memcgsim_task *task;
	struct msim_css_set *cset;
	int err = -ENOMEM;

	ctx = msim_guest_enter(machine, &guest);
	task = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*task));
	if (!task)
		goto leave;
	task->machine = machine;
	msim_mutex_lock(&machine->cgroup_mutex);
	if (parent && !msim_task_lives(machine, parent)) {
		err = -ESRCH;
		goto unlock;
	}
	cset = msim_css_set_get(ctx, parent ? parent->cset->cgroup : machine->root);
	if (!cset)
		goto unlock;
	task->pid = machine->next_pid++;
	msim_css_set_move_task(ctx, task, cset);
	/*
	 * After it is in its css_set: a mover may flag it already. No reference, no lookup yet
	 * (K-01).
	 */
	msim_or_release(&task->objcg, MSIM_OBJCG_UPDATE_FLAG);
	msim_spin_lock(&machine->css_set_lock);
	msim_list_add_tail(&task->node, &machine->tasks);
	msim_spin_unlock(&machine->css_set_lock);
	msim_hash_add(&machine->tasks_by_address, &task->by_address,
		      msim_hash_long((unsigned long)task));
	msim_hash_add(&machine->tasks_by_pid, &task->by_pid,
		      msim_hash_long((unsigned long)task->pid));
	*ret_task = task;
	task = NULL;
	err = 0;
unlock:
	msim_mutex_unlock(&machine->cgroup_mutex);
	if (task)
		msim_free(machine, task);
leave:
	msim_guest_leave(ctx, &guest);
	return err;
}

int memcgsim_do_exit(struct memcgsim_task *task)
{
	struct memcgsim *machine = task->machine;
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	struct msim_ctx *running = msim_load_acquire(&task->on);
	unsigned long word;
	int err = -EBUSY;

	if (running == ctx ? ctx->in_hook > 0 : !claim(task, ctx))
		goto leave;
	if (ctx->task == task)
		ctx->task = &machine->idle;
	msim_mutex_lock(&machine->cgroup_mutex);
	task->exiting = true; /* from here on movers leave it alone (K-02) */
	msim_css_set_move_task(ctx, task, NULL);
	msim_spin_lock(&machine->css_set_lock);
	msim_list_del(&task->node);
	msim_spin_unlock(&machine->css_set_lock);
	msim_hash_del(&machine->tasks_by_address, &task->by_address);
	msim_hash_del(&machine->tasks_by_pid, &task->by_pid);
	msim_mutex_unlock(&machine->cgroup_mutex);

	word = msim_xchg(&task->objcg, 0) & ~MSIM_OBJCG_UPDATE_FLAG;
	if (word)
		msim_objcg_put_ctx(ctx, (struct memcgsim_obj_cgroup *)word);
	msim_free(machine, task);
	err = 0;
leave:
	msim_guest_leave(ctx, &guest);
	return err;
}

int msim_attach_task(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
		     struct memcgsim_task *task)
{
	struct msim_css_set *cset;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	if (!msim_task_lives(ctx->machine, task))
		return -ESRCH;
	err = msim_cgroup_may_hold_tasks(cgroup);
	if (err)
		return err;
	if (task->cset->cgroup == cgroup) /* nothing changes, not even the flag */
		return 0;
	cset = msim_css_set_get(ctx, cgroup);
	if (!cset)
		return -ENOMEM;
	msim_css_set_move_task(ctx, task, cset);
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

unsigned long memcgsim_task_objcg_word(const struct memcgsim_task *task)
{
	return msim_load_relaxed(&task->objcg);
}

int memcgsim_thread_bind(struct memcgsim *machine, unsigned int cpu, struct memcgsim_task *task)
{
	struct msim_ctx *ctx;
	int err;

	if (msim_ctx())
		return -EBUSY;
	if (cpu >= machine->config.nr_cpus || (task && task->machine != machine))
		return -EINVAL;
	err = msim_thread_bind(machine, &machine->cpus[cpu], &machine->idle);
	if (err)
		return err;
	ctx = msim_ctx();
	if (task && !claim(task, ctx)) {
		if (msim_thread_unbind(ctx))
			msim_run_work(machine); /* the last to leave, as anywhere */
		return -EBUSY;
	}
	if (task)
		ctx->task = task;
	return 0;
}

int memcgsim_thread_unbind(void)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim *machine;

	if (!ctx || ctx->guest)
		return -ESRCH;
	if (ctx->in_hook || msim_rcu_read_lock_held()) /* what it interrupts goes on as who it was */
		return -EBUSY;
	machine = ctx->machine;
	unclaim(ctx->task);
	if (msim_thread_unbind(ctx))
		msim_run_work(machine);
	return 0;
}

int memcgsim_switch_to(struct memcgsim_task *task)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx || ctx->guest)
		return -ESRCH;
	if (!task)
		task = &ctx->machine->idle;
	if (task->machine != ctx->machine)
		return -EINVAL;
	if (task == ctx->task)
		return 0;
	if (ctx->in_hook || !claim(task, ctx))
		return -EBUSY;
	unclaim(ctx->task);
	ctx->task = task;
	return 0;
}

struct memcgsim_task *memcgsim_current(void)
{
	struct msim_ctx *ctx = msim_ctx();

	return ctx && ctx->task != &ctx->machine->idle ? ctx->task : NULL;
}

struct memcgsim *memcgsim_this_machine(void)
{
	struct msim_ctx *ctx = msim_ctx();

	return ctx ? ctx->machine : NULL;
}
