/* SPDX-License-Identifier: MIT */
/*
 * Owns who is whose child and where the shared rounds are (memcg_tree_lock, rank
 * MSIM_RANK_MEMCG_TREE). Called when memcgs come and go, and by whoever goes through them. Models
 * mem_cgroup_iter(), mem_cgroup_iter_break() and invalidate_reclaim_iterators(), mm/memcontrol.c,
 * and css_next_descendant_pre() (L-05, L-10). Differs: a lock where the kernel has RCU and a
 * compare-and-exchange of the position.
 */
#include "memcg/iter.h"

#include <memcgsim/css.h>

#include "memcg/css.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"

void msim_memcg_link(struct memcgsim_mem_cgroup *memcg)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_spin_lock(&memcg->machine->memcg_tree_lock);
	msim_list_add_tail(&memcg->sibling, &memcg->parent->children);
	msim_spin_unlock(&memcg->machine->memcg_tree_lock);
}

void msim_memcg_unlink(struct memcgsim_mem_cgroup *memcg)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(msim_list_empty(&memcg->children));
	msim_spin_lock(&memcg->machine->memcg_tree_lock);
	msim_list_del(&memcg->sibling);
	for (struct memcgsim_mem_cgroup *above = memcg; above; above = above->parent) {
		if (above->reclaim.position == memcg)
			above->reclaim.position = NULL;
	}
	msim_spin_unlock(&memcg->machine->memcg_tree_lock);
}

struct memcgsim_mem_cgroup *msim_memcg_next_in_order(struct memcgsim_mem_cgroup *root,
						     struct memcgsim_mem_cgroup *pos)
{
	msim_assert_held(MSIM_RANK_MEMCG_TREE);
	if (!pos)
		return root;
	if (!msim_list_empty(&pos->children))
		return msim_list_first(&pos->children, struct memcgsim_mem_cgroup, sibling);
	for (; pos != root; pos = pos->parent) {
		if (pos->sibling.next != &pos->parent->children)
			return msim_list_entry(pos->sibling.next, struct memcgsim_mem_cgroup,
					       sibling);
	}
	return NULL;
}

/* The same, past those that are gone for good, and with a reference unless it is @root. */
static struct memcgsim_mem_cgroup *get_next(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *root,
					    struct memcgsim_mem_cgroup *pos)
{
	do {
		pos = msim_memcg_next_in_order(root, pos);
	} while (pos && pos != root && !msim_css_tryget(cpu, pos));
	return pos;
}

/* A step of the round that all reclaimers of @root share. @first: the caller's first in it. */
static struct memcgsim_mem_cgroup *shared_step(struct msim_cpu *cpu,
					       struct memcgsim_mem_cgroup *root, bool first,
					       struct memcgsim_reclaim_cookie *reclaim)
{
	struct msim_reclaim_iter *iter = &root->reclaim;

	if (first)
		reclaim->generation = iter->generation;
	else if (reclaim->generation != iter->generation)
		return NULL; /* somebody else has come to the end */
	iter->position = get_next(cpu, root, iter->position);
	if (iter->position)
		return iter->position;
	iter->generation++;
	if (!first)
		return NULL;
	/* Who joins just at the end sees a round of its own, from the beginning. */
	reclaim->generation = iter->generation;
	iter->position = root;
	return root;
}

static void put_prev(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *root,
		     struct memcgsim_mem_cgroup *prev, const char *caller)
{
	if (prev && prev != root && msim_css_unhold(prev, caller))
		msim_css_put(cpu, prev);
}

struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_iter(struct memcgsim_mem_cgroup *root,
						     struct memcgsim_mem_cgroup *prev,
						     struct memcgsim_reclaim_cookie *reclaim)
{
	struct msim_ctx guest, *ctx = msim_ctx();
	struct memcgsim_mem_cgroup *next;
	struct msim_section section;

	if (!root && !ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	if (!root)
		root = ctx->machine->root_memcg;
	if (msim_bug_if(root->machine, MEMCGSIM_MISUSE,
			prev && !msim_memcg_is_descendant(prev, root),
			"the round is through another subtree", __func__, prev))
		return NULL;
	ctx = msim_guest_enter(root->machine, &guest);
	section = msim_section_enter(ctx);
	msim_spin_lock(&root->machine->memcg_tree_lock);
	if (reclaim)
		next = shared_step(section.cpu, root, !prev, reclaim);
	else
		next = get_next(section.cpu, root, prev);
	msim_spin_unlock(&root->machine->memcg_tree_lock);
	put_prev(section.cpu, root, prev, __func__);
	msim_section_leave(&section);
	if (next && next != root)
		msim_css_hold(next);
	msim_guest_leave(ctx, &guest);
	return next;
}

void memcgsim_mem_cgroup_iter_break(struct memcgsim_mem_cgroup *root,
				    struct memcgsim_mem_cgroup *prev)
{
	struct msim_ctx guest, *ctx = msim_ctx();
	struct msim_section section;

	if (!root && !ctx) {
		msim_unbound(__func__);
		return;
	}
	if (!root)
		root = ctx->machine->root_memcg;
	ctx = msim_guest_enter(root->machine, &guest);
	section = msim_section_enter(ctx);
	put_prev(section.cpu, root, prev, __func__);
	msim_section_leave(&section);
	msim_guest_leave(ctx, &guest);
}
