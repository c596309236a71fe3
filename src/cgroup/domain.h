/* SPDX-License-Identifier: MIT */
/*
 * Domains and threads: where tasks may live, and where controllers of either kind may be given.
 * Under the cgroup mutex.
 */
#ifndef MSIM_CGROUP_DOMAIN_H
#define MSIM_CGROUP_DOMAIN_H

#include "types.h"

/* Whose children compete with nobody's tasks: domain controllers (G-05). */
#define MSIM_DOMAIN_CONTROLLERS MSIM_CONTROLLER_MEMORY

/* Whether its tasks are threads of a domain further up. */
static inline bool msim_cgroup_is_threaded(const struct memcgsim_cgroup *cgroup)
{
	return cgroup->domain != cgroup;
}

/* Whether it has tasks of its own; zombies are none. */
static inline bool msim_cgroup_has_tasks(const struct memcgsim_cgroup *cgroup)
{
	return cgroup->cset && !msim_list_empty(&cgroup->cset->tasks);
}

/*
 * Whether it could become a root of threads, for which the rule against inner tasks does not hold.
 */
bool msim_can_be_thread_root(const struct memcgsim_cgroup *cgroup);

/* Whether it is one: by a threaded child, or by tasks beside a controller for threads. */
bool msim_is_thread_root(const struct memcgsim_cgroup *cgroup);

/* Not threaded, nor below threads: nothing domain-wide may happen there. */
bool msim_is_valid_domain(const struct memcgsim_cgroup *cgroup);

/*
 * Whether tasks may live there: 0; -EBUSY where domain controllers are given to children;
 * -EOPNOTSUPP below a root of threads (G-03).
 */
int msim_cgroup_may_hold_tasks(const struct memcgsim_cgroup *cgroup);

/* What cgroup.type reads. */
const char *msim_cgroup_type(const struct memcgsim_cgroup *cgroup);

/*
 * Makes it threaded, for good: it joins its parent's domain and loses its memcg. 0; -EOPNOTSUPP if
 * it is populated, gives domain controllers, or its parent's domain cannot have threads (G-05).
 */
int msim_cgroup_make_threaded(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup);

#endif /* MSIM_CGROUP_DOMAIN_H */
