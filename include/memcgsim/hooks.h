/* SPDX-License-Identifier: MIT */
/*
 * Calls upward: what the library does not model, and asks its user to do.
 *
 * Reclaim and the choice of whom to kill are the user's. A hook runs on the thread whose call met
 * the limit, with no lock held, in no section of a CPU and outside RCU read sections; it may call
 * the library like anybody else, but must neither bind nor unbind the thread, nor end or replace
 * its current task. If that task is moved meanwhile, what it allocates until the hook is over is
 * still charged where it was. While it reclaims, the current task has PF_MEMALLOC, as in the
 * kernel: what it charges meanwhile is forced, and never reclaims in its turn. What the oom hook
 * itself charges beyond a limit is refused. In an RCU read section nobody may wait: no hook is asked
 * there, which is a misuse.
 */
#ifndef MEMCGSIM_HOOKS_H
#define MEMCGSIM_HOOKS_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * struct memcgsim_hooks - who is asked for what is not modelled
 * @page_reclaim: frames are short: free some, for an allocation of 2^@order pages. The answer is
 * how many were freed.
 * @memcg_reclaim: @memcg or something below it must shrink: free pages charged there, @nr_pages of
 * them, 32 at least. The answer is how many were freed.
 * @oom: @memcg is out of memory: which task of its subtree is to die? The answer is a living task,
 * which is marked as killed, or NULL if there is nobody. It may give back the victim's memory
 * itself; a charge is tried again afterwards.
 * @arg: passed on to each of them
 *
 * A member that is NULL finds nothing and nobody. The memcg is held while the hook runs.
 */
struct memcgsim_hooks {
	unsigned long (*page_reclaim)(struct memcgsim *machine, memcgsim_gfp_t gfp,
				      unsigned int order, void *arg);
	unsigned long (*memcg_reclaim)(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				       unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg);
	struct memcgsim_task *(*oom)(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				     memcgsim_gfp_t gfp, unsigned int order, void *arg);
	void *arg;
};

/**
 * memcgsim_set_hooks() - choose who is asked
 * @machine: the machine
 * @hooks: copied; NULL for nobody, as in a new machine
 *
 * Context: no other thread may be inside a function of the machine.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_set_hooks(struct memcgsim *machine, const struct memcgsim_hooks *hooks);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_HOOKS_H */
