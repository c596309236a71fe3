/* SPDX-License-Identifier: MIT */
/*
 * Owns the event counts of memcgs: atomic, always current, ordering nothing. Called by
 * whoever meets a limit. Models memcg_memory_event() (C-16).
 */
#include "memcg/events.h"

#include "memcg/css.h"

void msim_memcg_event(struct memcgsim_mem_cgroup *memcg, enum msim_memcg_event event)
{
	msim_assert(event < MSIM_NR_EVENTS);
	msim_add_relaxed(&memcg->events_local[event], 1);
	for (; memcg && !msim_memcg_is_root(memcg); memcg = memcg->parent)
		msim_add_relaxed(&memcg->events[event], 1);
}
