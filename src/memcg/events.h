/* SPDX-License-Identifier: MIT */
/*
 * Counts of what happened at limits: memory.events and memory.events.local.
 */
#ifndef MSIM_MEMCG_EVENTS_H
#define MSIM_MEMCG_EVENTS_H

#include "types.h"

/*
 * Counts at @memcg, and in the hierarchical counts of all above it but the root (C-16). Lock-free.
 */
void msim_memcg_event(struct memcgsim_mem_cgroup *memcg, enum msim_memcg_event event);

#endif /* MSIM_MEMCG_EVENTS_H */
