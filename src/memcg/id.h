/* SPDX-License-Identifier: MIT */
/*
 * The ids by which memcgs are written down, in the kernel by swap's records. An id has a life of
 * its own: it begins before its memcg can be found under it, lasts until the last such reference
 * has gone, and pins the memcg meanwhile; another memcg may have it while the old one still lives
 * for its pages' sake (L-08).
 */
#ifndef MSIM_MEMCG_ID_H
#define MSIM_MEMCG_ID_H

#include "types.h"

int msim_memcg_id_table_init(struct memcgsim *machine);
void msim_memcg_id_table_destroy(struct memcgsim *machine);

/*
 * The lowest free id, reserved: nobody is found under it. 0, or -EBUSY if there is none. Undone by
 * msim_memcg_id_cancel().
 */
int msim_memcg_id_reserve(struct memcgsim *machine, unsigned int *ret_id);
void msim_memcg_id_cancel(struct memcgsim *machine, unsigned int id);

/*
 * From here on lookups find @memcg, which is otherwise complete; one reference, dropped at offline.
 * The caller has taken the reference on the memcg that the id holds.
 */
void msim_memcg_id_publish(struct memcgsim_mem_cgroup *memcg, unsigned int id);

/* The caller knows of another reference on the id. */
void msim_memcg_id_get_many(struct memcgsim_mem_cgroup *memcg, unsigned long nr);

/* No section held. The last one frees the id, and drops its reference on the memcg. */
void msim_memcg_id_put_many(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			    unsigned long nr);

/*
 * The nearest memcg, from @memcg on up, whose id is not yet released, with a reference on the id:
 * for who records a charge of one that may be offline (L-09). @memcg is pinned or seen under RCU.
 */
struct memcgsim_mem_cgroup *msim_memcg_id_get_online(struct memcgsim_mem_cgroup *memcg);

/* Whose id it is, or NULL. Under RCU, or pinned by a reference on the id. */
struct memcgsim_mem_cgroup *msim_memcg_from_id(struct memcgsim *machine, unsigned int id);

#endif /* MSIM_MEMCG_ID_H */
