/* SPDX-License-Identifier: MIT */
/*
 * Owns the reference counts of directories, under the cgroup mutex. Called by the cgroup core.
 * Models cgroup_get(), cgroup_put() and css_free_rwork_fn(), kernel/cgroup/cgroup.c (L-07).
 */
#include "cgroup/pin.h"

#include "seam/fault.h"

void msim_cgroup_get(struct memcgsim_cgroup *cgroup)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(cgroup->refs > 0);
	cgroup->refs++;
}

void msim_cgroup_put(struct memcgsim_cgroup *cgroup)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	while (cgroup) {
		struct memcgsim_cgroup *parent = cgroup->parent;
		struct memcgsim *machine = cgroup->machine;

		msim_assert(cgroup->refs > 0);
		if (--cgroup->refs > 0)
			return;
		msim_assert(cgroup->dead && !cgroup->cset && !cgroup->memcg);
		msim_count_up(parent, dying_descendants, -1);
		machine->nr_cgroups--;
		msim_free(machine, cgroup->name);
		msim_free(machine, cgroup);
		cgroup = parent;
	}
}
