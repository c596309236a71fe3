/* SPDX-License-Identifier: MIT */
/*
 * Owns the event counts of memcgs: atomic, always current, ordering nothing. Called by
 * whoever meets a limit, and whoever charges and uncharges user pages. Models memcg_memory_event()
 * (C-16) and mem_cgroup_charge_statistics().
 */
#include "memcg/events.h"

#include <memcgsim/memcg.h>

#include "memcg/css.h"

void msim_memcg_event(struct memcgsim_mem_cgroup *memcg, enum msim_memcg_event event)
{
	msim_assert(event < MSIM_NR_EVENTS);
	msim_add_relaxed(&memcg->events_local[event], 1);
	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent)
		msim_add_relaxed(&memcg->events[event], 1);
}

void msim_vm_event(struct memcgsim_mem_cgroup *memcg, enum memcgsim_vm_event event,
		   unsigned long count)
{
	msim_add_relaxed(&memcg->vm_events[event], count);
}

unsigned long memcgsim_memcg_events_local(const struct memcgsim_mem_cgroup *memcg,
					  enum memcgsim_vm_event event)
{
	if (!memcg || (unsigned int)event >= MEMCGSIM_NR_VM_EVENTS)
		return 0;
	return msim_load_relaxed(&memcg->vm_events[event]);
}
