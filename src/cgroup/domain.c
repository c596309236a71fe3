/* SPDX-License-Identifier: MIT */
/*
 * Owns which cgroups are threaded, under the cgroup mutex. Called by attach, fork and the files.
 * Models cgroup_is_valid_domain(), cgroup_migrate_vet_dst(), cgroup_enable_threaded() and their
 * like, kernel/cgroup/cgroup.c (G-03, G-05).
 */
#include "cgroup/domain.h"

#include <errno.h>

#include "cgroup/cgroup.h"
#include "cgroup/css_set.h"

/* A child with processes makes its parent unfit to become the root of threads. */
static bool has_populated_domains(const struct memcgsim_cgroup *cgroup)
{
	const struct msim_list *pos;

	msim_list_for_each (pos, &cgroup->children) {
		const struct memcgsim_cgroup *child =
			msim_list_entry(pos, struct memcgsim_cgroup, sibling);

		if (child->populated && !msim_cgroup_is_threaded(child))
			return true;
	}
	return false;
}

bool msim_can_be_thread_root(const struct memcgsim_cgroup *cgroup)
{
	if (!cgroup->parent) /* the root mixes whatever it likes */
		return true;
	return !has_populated_domains(cgroup) &&
	       !(cgroup->subtree_control & MSIM_DOMAIN_CONTROLLERS);
}

bool msim_is_thread_root(const struct memcgsim_cgroup *cgroup)
{
	if (!cgroup->parent || msim_cgroup_is_threaded(cgroup))
		return false;
	return cgroup->nr_threaded > 0 || (msim_cgroup_has_tasks(cgroup) &&
					   (cgroup->subtree_control & ~MSIM_DOMAIN_CONTROLLERS));
}

bool msim_is_valid_domain(const struct memcgsim_cgroup *cgroup)
{
	if (msim_cgroup_is_threaded(cgroup))
		return false;
	for (cgroup = cgroup->parent; cgroup; cgroup = cgroup->parent) {
		if (msim_is_thread_root(cgroup) || msim_cgroup_is_threaded(cgroup))
			return false;
	}
	return true;
}

int msim_cgroup_may_hold_tasks(const struct memcgsim_cgroup *cgroup)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	if (!msim_is_valid_domain(cgroup->domain))
		return -EOPNOTSUPP;
	if (msim_can_be_thread_root(cgroup) || msim_cgroup_is_threaded(cgroup))
		return 0;
	return cgroup->subtree_control ? -EBUSY : 0;
}

const char *msim_cgroup_type(const struct memcgsim_cgroup *cgroup)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	if (msim_cgroup_is_threaded(cgroup))
		return "threaded";
	if (!msim_is_valid_domain(cgroup))
		return "domain invalid";
	return msim_is_thread_root(cgroup) ? "domain threaded" : "domain";
}

int msim_cgroup_make_threaded(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim_cgroup *domain, *below;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(cgroup->parent);
	if (msim_cgroup_is_threaded(cgroup))
		return 0;
	if (cgroup->populated || (cgroup->subtree_control & MSIM_DOMAIN_CONTROLLERS))
		return -EOPNOTSUPP;
	domain = cgroup->parent->domain;
	if (!msim_is_valid_domain(domain) || !msim_can_be_thread_root(domain))
		return -EOPNOTSUPP;
	for (below = cgroup; below; below = msim_cgroup_next(below, cgroup)) {
		if (below == cgroup || msim_cgroup_is_threaded(below))
			below->domain = domain;
	}
	cgroup->parent->nr_threaded++;
	if (cgroup->memcg) /* nobody is in it, so nobody moves */
		msim_cgroup_disable_memory(ctx, cgroup);
	return 0;
}
