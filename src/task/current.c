/* SPDX-License-Identifier: MIT */
/*
 * Owns which thread runs which task (task.on), interrupts (cpu.irq), and the scopes of active
 * memcgs. Called at the border of the library. Keeps the equation of struct msim_ctx: the fast
 * halves miss wherever another than current may pay, so that they need not ask. Models current,
 * context_switch(), irq_enter(), irq_exit() and set_active_memcg() (O-12, O-13).
 */
#include "task/current.h"

#include <errno.h>

#include "seam/bug.h"
#include "seam/thread.h"
#include "seam/work.h"

/* ---- current ---- */

bool msim_claim(struct memcgsim_task *task, struct msim_ctx *ctx)
{
	struct msim_ctx *nobody = NULL;

	msim_assert(ctx->machine == task->machine);
	return task == &task->machine->idle || msim_cmpxchg(&task->on, &nobody, ctx);
}

void msim_unclaim(struct memcgsim_task *task)
{
	msim_assert(task == &task->machine->idle || msim_load_relaxed(&task->on));
	if (task != &task->machine->idle)
		msim_store_release(&task->on, NULL);
}

/* Where the scope of the calling context is kept: per task, per CPU in an interrupt. */
static struct memcgsim_mem_cgroup **active_slot(struct msim_ctx *ctx)
{
	if (!msim_in_task(ctx))
		return &ctx->cpu->int_active_memcg;
	if (ctx->current == &ctx->machine->idle)
		return &ctx->active_memcg; /* idle is one for all threads, a scope is not */
	return &ctx->current->active_memcg;
}

struct memcgsim_mem_cgroup *msim_active_memcg(struct msim_ctx *ctx)
{
	return *active_slot(ctx);
}

/* Whatever has changed: whether the fast halves may look at current's word. */
static void steer_fast_halves(struct msim_ctx *ctx)
{
	bool plain = msim_in_task(ctx) && !msim_active_memcg(ctx);

	ctx->task = plain ? ctx->current : &ctx->machine->idle;
}

void msim_set_current(struct msim_ctx *ctx, struct memcgsim_task *task)
{
	msim_assert(msim_in_task(ctx));
	ctx->current = task;
	steer_fast_halves(ctx);
}

int memcgsim_thread_bind(struct memcgsim *machine, unsigned int cpu, struct memcgsim_task *task)
{
	struct msim_ctx *ctx;
	int err;

	if (msim_ctx())
		return -EBUSY;
	if (cpu >= machine->config.nr_cpus || (task && task->machine != machine))
		return -EINVAL;
	err = msim_thread_bind(machine, &machine->cpus[cpu]);
	if (err)
		return err;
	ctx = msim_ctx();
	if (task && !msim_claim(task, ctx)) {
		if (msim_thread_unbind(ctx))
			msim_run_work(machine); /* the last to leave, as anywhere */
		return -EBUSY;
	}
	if (task)
		msim_set_current(ctx, task);
	return 0;
}

int memcgsim_thread_unbind(void)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim *machine;

	if (!ctx || ctx->guest)
		return -ESRCH;
	/* What it interrupts goes on as who it was. */
	if (ctx->in_hook || !msim_in_task(ctx) || msim_rcu_read_lock_held())
		return -EBUSY;
	machine = ctx->machine;
	msim_unclaim(ctx->current);
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
	if (task == ctx->current)
		return 0;
	if (ctx->in_hook || !msim_in_task(ctx) || !msim_claim(task, ctx))
		return -EBUSY;
	msim_unclaim(ctx->current);
	msim_set_current(ctx, task);
	return 0;
}

struct memcgsim_task *memcgsim_current(void)
{
	struct msim_ctx *ctx = msim_ctx();

	return ctx && ctx->current != &ctx->machine->idle ? ctx->current : NULL;
}

struct memcgsim *memcgsim_this_machine(void)
{
	struct msim_ctx *ctx = msim_ctx();

	return ctx ? ctx->machine : NULL;
}

/* ---- interrupts ---- */

int memcgsim_irq_enter(void)
{
	struct msim_ctx *ctx = msim_ctx(), *nobody = NULL;

	if (!ctx || ctx->guest)
		return -ESRCH;
	if (msim_in_task(ctx) && !msim_cmpxchg(&ctx->cpu->irq, &nobody, ctx))
		return -EBUSY;
	msim_assert(ctx->self.held_ranks == 0); /* never inside a section */
	ctx->irq_nesting++;
	steer_fast_halves(ctx);
	return 0;
}

int memcgsim_irq_exit(void)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx || ctx->guest || msim_in_task(ctx))
		return -ESRCH;
	/* Only the outermost handler's end is the end of the CPU's scope. */
	if (ctx->irq_nesting == 1 && ctx->cpu->int_active_memcg)
		return -EBUSY;
	if (--ctx->irq_nesting == 0)
		msim_store_release(&ctx->cpu->irq, NULL);
	steer_fast_halves(ctx);
	return 0;
}

bool memcgsim_in_interrupt(void)
{
	struct msim_ctx *ctx = msim_ctx();

	return ctx && !msim_in_task(ctx);
}

bool memcgsim_in_task(void)
{
	return !memcgsim_in_interrupt();
}

/* ---- scopes ---- */

struct memcgsim_mem_cgroup *memcgsim_set_active_memcg(struct memcgsim_mem_cgroup *memcg)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_mem_cgroup **slot, *old;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	slot = active_slot(ctx);
	old = *slot;
	if (msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, memcg && memcg->machine != ctx->machine,
			"the memcg is not this machine's", __func__, memcg))
		return old;
	*slot = memcg;
	steer_fast_halves(ctx);
	return old;
}
