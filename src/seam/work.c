/* SPDX-License-Identifier: MIT */
/*
 * Owns the queue of deferred work (lock of rank MSIM_RANK_WORK_QUEUE; MSIM_RANK_WORK_RUN while
 * running). Models work queues, call_rcu() and percpu_ref's release callbacks; liburcu's call_rcu()
 * is not used, since it starts a thread that nobody joins.
 */
#include "seam/work.h"

#include "seam/thread.h"

void msim_work_init(struct memcgsim *machine)
{
	msim_spin_init(&machine->work.lock, MSIM_RANK_WORK_QUEUE);
	msim_mutex_init(&machine->work.run, MSIM_RANK_WORK_RUN);
	msim_list_init(&machine->work.items);
}

static void queue(struct memcgsim *machine, struct msim_work *work,
		  void (*fn)(struct msim_ctx *, struct msim_work *), bool after_grace_period)
{
	msim_spin_lock(&machine->work.lock);
	msim_assert(!work->queued);
	work->fn = fn;
	work->after_grace_period = after_grace_period;
	work->queued = true;
	msim_list_add_tail(&work->node, &machine->work.items);
	msim_store_release(&machine->work.busy, true);
	msim_spin_unlock(&machine->work.lock);
}

void msim_queue_work(struct memcgsim *machine, struct msim_work *work,
		     void (*fn)(struct msim_ctx *ctx, struct msim_work *work))
{
	queue(machine, work, fn, false);
}

void msim_call_rcu(struct memcgsim *machine, struct msim_work *work,
		   void (*fn)(struct msim_ctx *ctx, struct msim_work *work))
{
	queue(machine, work, fn, true);
}

/* Takes all that is queued; whether some of it waits for a grace period. */
static bool take_all(struct msim_work_queue *queue, struct msim_list *taken)
{
	struct msim_list *pos;
	bool after_grace_period = false;

	msim_list_init(taken);
	msim_spin_lock(&queue->lock);
	/*
	 * Not busy only once nothing is left and nothing runs: whoever comes while items are
	 * running has to wait for them, on the mutex, or it would go on before what it asked for
	 * has happened.
	 */
	if (msim_list_empty(&queue->items))
		msim_store_release(&queue->busy, false);
	msim_list_splice(&queue->items, taken);
	msim_spin_unlock(&queue->lock);
	msim_list_for_each (pos, taken)
		after_grace_period |=
			msim_list_entry(pos, struct msim_work, node)->after_grace_period;
	return after_grace_period;
}

unsigned long msim_run_work(struct memcgsim *machine)
{
	struct msim_list taken;
	struct msim_ctx guest, *ctx;
	unsigned long count = 0;

	msim_assert(!msim_self || (msim_self->rcu.nesting == 0 && msim_self->held_ranks == 0));
	if (!msim_load_acquire(&machine->work.busy))
		return 0;
	ctx = msim_guest_enter_always(machine, &guest);
	msim_mutex_lock(&machine->work.run);
	for (;;) {
		if (take_all(&machine->work, &taken))
			msim_rcu_synchronize(&machine->rcu);
		if (msim_list_empty(&taken))
			break;
		while (!msim_list_empty(&taken)) {
			struct msim_work *work = msim_list_first(&taken, struct msim_work, node);

			msim_list_del(&work->node);
			work->queued = false; /* before: fn may queue it again, or free it */
			work->fn(ctx, work);
			count++;
		}
	}
	msim_mutex_unlock(&machine->work.run);
	msim_guest_leave(ctx, &guest);
	return count;
}
