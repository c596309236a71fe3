/* SPDX-License-Identifier: MIT */
/*
 * What memory.stat tells, kept as sums over the subtree.
 */
#ifndef MSIM_MEMCG_STAT_H
#define MSIM_MEMCG_STAT_H

#include "types.h"

struct msim_memcg_stat {
	long kernel_pages;
	long slab_bytes;
	long items[MSIM_NR_STATS];
};

/* Adds at @memcg and all above. What was added below stays when a child goes. Lock-free. */
void msim_stat_add_kmem(struct memcgsim_mem_cgroup *memcg, long nr_pages);
void msim_stat_add_slab(struct memcgsim_mem_cgroup *memcg, long bytes);
void msim_stat_add(struct memcgsim_mem_cgroup *memcg, enum msim_stat_item item, long count);

/* Exact: with what lies in the CPUs' stocks, each of which is visited. No section held. */
struct msim_memcg_stat msim_stat_read(struct memcgsim_mem_cgroup *memcg);

#endif /* MSIM_MEMCG_STAT_H */
