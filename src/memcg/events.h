/* SPDX-License-Identifier: MIT */
/*
 * Counts of what happened at limits, memory.events and memory.events.local, and of pages that came and
 * went.
 */
#ifndef MSIM_MEMCG_EVENTS_H
#define MSIM_MEMCG_EVENTS_H

#include "types.h"

/*
 * Counts at @memcg, and in the hierarchical counts of all above it but the root (C-16). Lock-free.
 */
void msim_memcg_event(struct memcgsim_mem_cgroup *memcg, enum msim_memcg_event event);

/* Counts @count at @memcg alone. Lock-free. */
void msim_vm_event(struct memcgsim_mem_cgroup *memcg, enum memcgsim_vm_event event,
		   unsigned long count);

#endif /* MSIM_MEMCG_EVENTS_H */
