/* SPDX-License-Identifier: MIT */
/*
 * Object cgroups: byte charges that outlive their cgroup.
 */
#ifndef MEMCGSIM_OBJCG_H
#define MEMCGSIM_OBJCG_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_get_obj_cgroup_from_current() - the objcg that the current task's allocations are
 * charged to
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the objcg with a reference for the caller, or NULL if nobody is charged (root, no task).
 * Models: get_obj_cgroup_from_current(), current_obj_cgroup(), mm/memcontrol.c (section 6, O-10,
 * O-12)
 * Differs: none known
 */
struct memcgsim_obj_cgroup *memcgsim_get_obj_cgroup_from_current(void);

/**
 * memcgsim_current_obj_cgroup() - the same without a reference
 *
 * It lasts while the task stays current and the scope stays set; not beyond.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the objcg, or NULL if nobody is charged.
 * Models: current_obj_cgroup(), mm/memcontrol.c (section 6, D4, D5)
 * Differs: in a scope on a machine of v5.11, which has no such function, only the scope's memcg being
 * online keeps it: get a reference there
 */
struct memcgsim_obj_cgroup *memcgsim_current_obj_cgroup(void);

/**
 * memcgsim_obj_cgroup_put() - drop a reference
 * @objcg: the objcg, or NULL
 *
 * Context: a bound thread.
 * Models: obj_cgroup_put() (O-07)
 * Differs: the release runs with the deferred work
 */
void memcgsim_obj_cgroup_put(struct memcgsim_obj_cgroup *objcg);

/**
 * memcgsim_obj_cgroup_charge() - charge bytes
 * @objcg: who pays
 * @gfp: how hard to try
 * @size_bytes: how much
 *
 * Context: a bound thread, outside RCU read sections; the caller holds a reference on @objcg.
 * Return: 0; -ENOMEM if the charge is refused, with every counter as it was; -EINVAL for an unbound
 * thread or a size of 0 or above %INT_MAX.
 * Models: obj_cgroup_charge(), mm/memcontrol.c (O-04)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim_obj_cgroup_charge(struct memcgsim_obj_cgroup *objcg,
						   memcgsim_gfp_t gfp, size_t size_bytes);

/**
 * memcgsim_obj_cgroup_uncharge() - give bytes back
 * @objcg: who paid
 * @size_bytes: how much
 *
 * Context: a bound thread; the caller holds a reference on @objcg.
 * Models: obj_cgroup_uncharge(), mm/memcontrol.c (O-05)
 * Differs: none known
 */
void memcgsim_obj_cgroup_uncharge(struct memcgsim_obj_cgroup *objcg, size_t size_bytes);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_OBJCG_H */
