/* SPDX-License-Identifier: MIT */
/*
 * Deferred work: one queue a machine. Items run at named points, by whoever comes there, as a guest
 * on CPU 0 with no task; so a run is deterministic and no thread outlives the machine.
 */
#ifndef MSIM_SEAM_WORK_H
#define MSIM_SEAM_WORK_H

#include "types.h"

void msim_work_init(struct memcgsim *machine);

/*
 * Runs @work->fn later. Any context, also inside a section. Queueing twice before it runs is a bug
 * of ours.
 */
void msim_queue_work(struct memcgsim *machine, struct msim_work *work,
		     void (*fn)(struct msim_ctx *ctx, struct msim_work *work));

/* Runs it after a grace period: what readers may still see is freed there. */
void msim_call_rcu(struct memcgsim *machine, struct msim_work *work,
		   void (*fn)(struct msim_ctx *ctx, struct msim_work *work));

/*
 * Runs everything, and what that queues, until nothing is left. No lock held, outside read
 * sections.
 */
unsigned long msim_run_work(struct memcgsim *machine);

#endif /* MSIM_SEAM_WORK_H */
