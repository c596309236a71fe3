/* SPDX-License-Identifier: MIT */
/*
 * Limits, protection and events of memcgs, for those who have one in hand (mem_cgroup_from_path(),
 * memcg.h): what a hook needs to reclaim as the kernel does. As text they are files (cgroupfs.h).
 */
#ifndef MEMCGSIM_LIMIT_H
#define MEMCGSIM_LIMIT_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_page_counter_set_max() - set a limit that the usage is not above
 * @memcg: whose memory is limited; held by the caller
 * @nr_pages: the limit; beyond what a counter can hold it means none
 *
 * Unlike a write to memory.max it is refused while more is in use, and reclaims nothing. After
 * success every charge meets the new limit.
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -EBUSY if the usage is above @nr_pages: the limit is as it was.
 * Models: page_counter_set_max(), as the limit files of v1 use it (P-07)
 * Differs: of a memcg's memory counter; setters are serialised here
 */
MEMCGSIM_MUST_CHECK int memcgsim_page_counter_set_max(struct memcgsim_mem_cgroup *memcg,
						      unsigned long nr_pages);

/**
 * memcgsim_mem_cgroup_calculate_protection() - what memory.min and memory.low are worth now
 * @target: root of the subtree that is to shrink, or NULL for the root
 * @memcg: one of it; its parent has been calculated in this pass
 *
 * Context: any thread; one reclaim pass at a time gives a consistent picture.
 * Models: mem_cgroup_calculate_protection(), page_counter_calculate_protection() (P-11)
 * Differs: a memcg outside @target's subtree is a misuse
 */
void memcgsim_mem_cgroup_calculate_protection(struct memcgsim_mem_cgroup *target,
					      struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_below_min() - whether reclaim must pass a memcg over
 * @target: as for memcgsim_mem_cgroup_calculate_protection(), which has been called
 * @memcg: one of its subtree
 *
 * Context: any thread.
 * Return: true also if nothing is in use; false for the root and for @target itself.
 * Models: mem_cgroup_below_min() (P-12)
 * Differs: none known
 */
bool memcgsim_mem_cgroup_below_min(struct memcgsim_mem_cgroup *target,
				   struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_below_low() - whether reclaim passes a memcg over while there are others
 * @target: as for memcgsim_mem_cgroup_calculate_protection(), which has been called
 * @memcg: one of its subtree
 *
 * Context: any thread.
 * Return: true also if nothing is in use; false for the root and for @target itself.
 * Models: mem_cgroup_below_low() (P-12)
 * Differs: none known
 */
bool memcgsim_mem_cgroup_below_low(struct memcgsim_mem_cgroup *target,
				   struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_handle_over_high() - return to user space as far as memory.high goes
 * @gfp: how the reclaim may behave
 *
 * A charge that leaves its memcg, or one above, over memory.high has the current task owe as many
 * pages. Here it pays: HIGH events and reclaim, through the hook, at each level that is over, and
 * again while that makes progress or 16 times in vain; and then a wait, which a debt of more than 64
 * pages has begun already where it arose.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: for how many ms the task would have slept since the last call; 0 if it owes nothing, is
 * dying or has no need to wait.
 * Models: mem_cgroup_handle_over_high() (C-07, C-08, C-15)
 * Differs: nobody sleeps; HZ is 100; swap.high is not modelled
 */
unsigned long memcgsim_mem_cgroup_handle_over_high(memcgsim_gfp_t gfp);

/**
 * enum memcgsim_memcg_memory_event - the lines of memory.events
 * @MEMCGSIM_MEMCG_LOW: was reclaimed from although it was below memory.low: a hook's to count
 * @MEMCGSIM_MEMCG_HIGH: was over memory.high and asked to shrink
 * @MEMCGSIM_MEMCG_MAX: a charge met memory.max
 * @MEMCGSIM_MEMCG_OOM: nothing but the OOM killer was left
 * @MEMCGSIM_MEMCG_OOM_KILL: a task was killed
 * @MEMCGSIM_MEMCG_OOM_GROUP_KILL: a whole group was
 */
enum memcgsim_memcg_memory_event {
	MEMCGSIM_MEMCG_LOW,
	MEMCGSIM_MEMCG_HIGH,
	MEMCGSIM_MEMCG_MAX,
	MEMCGSIM_MEMCG_OOM,
	MEMCGSIM_MEMCG_OOM_KILL,
	MEMCGSIM_MEMCG_OOM_GROUP_KILL,
};

/**
 * memcgsim_memcg_memory_event() - count an event
 * @memcg: where it happened: counted there, and in memory.events of all above but the root
 * @event: which
 *
 * Context: any thread.
 * Return: 0; -EINVAL for no such event.
 * Models: memcg_memory_event() (C-16, C-17)
 * Differs: nobody is woken
 */
int memcgsim_memcg_memory_event(struct memcgsim_mem_cgroup *memcg,
				enum memcgsim_memcg_memory_event event);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_LIMIT_H */
