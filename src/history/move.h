/* SPDX-License-Identifier: MIT */
/*
 * Charges that go from one memcg to another with their pages in place: at the move of a task, as
 * memory.move_charge_at_immigrate asks, and at the end of a memcg.
 */
#ifndef MSIM_HISTORY_MOVE_H
#define MSIM_HISTORY_MOVE_H

#include "types.h"

/*
 * Moves the charge of @page, on which the caller has a reference, from @from to @to. 0; -EBUSY if
 * somebody has the page off the lists or locked; -EINVAL if it is not @from's; -ENOMEM or -EINTR if @to
 * has no room. No section held.
 */
int msim_move_charge_v1(struct msim_ctx *ctx, struct memcgsim_page *page,
			struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to);

/* struct msim_variant's can_attach() and attach(), as memory.move_charge_at_immigrate of @to says. */
long msim_can_attach_v1(struct msim_ctx *ctx, const struct memcgsim_task *leader,
			struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to);
void msim_attach_v1(struct msim_ctx *ctx, const struct memcgsim_task *leader,
		    struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to,
		    long nr_charged);

/*
 * @memcg's directory is gone: its user pages become its parent's, whatever the limits say. Those that
 * somebody has off the lists, or locked, stay and keep it.
 */
void msim_reparent_charges_v1(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);

#endif /* MSIM_HISTORY_MOVE_H */
