/* SPDX-License-Identifier: MIT */
/*
 * Taking back what CPUs have charged ahead.
 */
#ifndef MSIM_MEMCG_DRAIN_H
#define MSIM_MEMCG_DRAIN_H

#include "types.h"

/*
 * Empties the stocks of every CPU that has something of @root's subtree cached; such a CPU's whole
 * stock. If another drain is running it does nothing, as in the kernel (C-11). No section held.
 */
void msim_drain_all_stock(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *root);

/* Inside a section and an RCU read section: both halves of one CPU's stock, bytes first (O-06). */
void msim_drain_cpu(struct msim_cpu *cpu);

/*
 * Empties every CPU's stock, also one that has nothing left and merely holds its memcg. No section
 * held.
 */
void msim_drain_cpus(struct memcgsim *machine);

#endif /* MSIM_MEMCG_DRAIN_H */
