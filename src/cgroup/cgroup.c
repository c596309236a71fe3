/* SPDX-License-Identifier: MIT */
/*
 * Owns the directory tree and the lives of directories, under the cgroup mutex; the memcgs behind
 * them it takes offline and frees with the deferred work. Called by the public functions and
 * subtree_control. Keeps the counts of cgroup.stat and I-FREE-EVENTUAL. Models cgroup_mkdir(),
 * cgroup_destroy_locked(), kill_css(), css_release_work_fn() and css_free_rwork_fn(),
 * kernel/cgroup/cgroup.c (G-01, G-02, G-06, L-03, L-07).
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <string.h>

#include "cgroup/css_set.h"
#include "memcg/iter.h"
#include "memcg/memcg.h"
#include "seam/fault.h"
#include "seam/work.h"

#define count_up(cgroup, field, change)                                                            \
	do {                                                                                       \
		for (struct memcgsim_cgroup *c_ = (cgroup); c_; c_ = c_->parent)                   \
			c_->stat.field += (unsigned long)(change);                                 \
	} while (0)

static unsigned long hash_name(const struct memcgsim_cgroup *parent, const char *name,
			       size_t length)
{
	return msim_hash_bytes(parent->serial, name, length);
}

struct memcgsim_cgroup *msim_cgroup_child(struct memcgsim_cgroup *parent, const char *name,
					  size_t length)
{
	struct msim_hash_node *node;

	msim_assert_held(MSIM_RANK_CGROUP);
	node = msim_hash_find(&parent->machine->cgroups_by_name, hash_name(parent, name, length));
	for (; node; node = msim_hash_next(node)) {
		struct memcgsim_cgroup *child =
			msim_container_of(node, struct memcgsim_cgroup, by_name);

		if (child->parent == parent && strlen(child->name) == length &&
		    !memcmp(child->name, name, length))
			return child;
	}
	return NULL;
}

/* Drops one reason to keep a directory's structure; its parent's, too, when it goes. */
static void put_cgroup(struct memcgsim *machine, struct memcgsim_cgroup *cgroup)
{
	while (cgroup) {
		struct memcgsim_cgroup *parent = cgroup->parent;

		msim_assert(cgroup->refs > 0);
		if (--cgroup->refs > 0)
			return;
		msim_assert(cgroup->dead && !cgroup->cset && !cgroup->memcg);
		count_up(parent, dying_descendants, -1);
		machine->nr_cgroups--;
		msim_free(machine, cgroup->name);
		msim_free(machine, cgroup);
		cgroup = parent;
	}
}

static void css_free(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_mem_cgroup *memcg =
		msim_container_of(work, struct memcgsim_mem_cgroup, work);
	struct memcgsim_cgroup *cgroup = memcg->cgroup;

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_memcg_free(ctx, memcg);
	put_cgroup(ctx->machine, cgroup);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
}

/* The last reference is gone; readers may still look (L-05). */
static void css_released(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_mem_cgroup *memcg =
		msim_container_of(work, struct memcgsim_mem_cgroup, work);

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_memcg_unlink(memcg);
	count_up(memcg->cgroup, dying_memory, -1);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
	msim_call_rcu(ctx->machine, work, css_free);
}

static void css_offline(struct msim_ctx *ctx, struct msim_work *work)
{
	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_memcg_offline(ctx, msim_container_of(work, struct memcgsim_mem_cgroup, work));
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
}

int msim_cgroup_enable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim_mem_cgroup *parent = cgroup->parent ? cgroup->parent->memcg : NULL;
	struct memcgsim_mem_cgroup *memcg;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(!cgroup->memcg && (parent || !cgroup->parent));
	err = msim_memcg_create(ctx, parent, css_released, &memcg);
	if (err)
		return err;
	memcg->cgroup = cgroup;
	cgroup->memcg = memcg;
	cgroup->refs++;
	count_up(cgroup, memory, 1);
	return 0;
}

void msim_cgroup_disable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim_mem_cgroup *memcg = cgroup->memcg;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_memcg_kill(ctx, memcg);
	cgroup->memcg = NULL;
	count_up(cgroup, memory, -1);
	count_up(cgroup, dying_memory, 1);
	msim_queue_work(ctx->machine, &memcg->work, css_offline);
}

static struct memcgsim_cgroup *alloc_cgroup(struct msim_ctx *ctx, const char *name, size_t length)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_cgroup *cgroup;

	cgroup = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*cgroup));
	if (!cgroup)
		return NULL;
	cgroup->name = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, length + 1);
	if (!cgroup->name) {
		msim_free(machine, cgroup);
		return NULL;
	}
	memcpy(cgroup->name, name, length);
	cgroup->machine = machine;
	cgroup->serial = machine->next_serial++;
	cgroup->refs = 1;
	msim_list_init(&cgroup->children);
	return cgroup;
}

int msim_cgroup_create(struct msim_ctx *ctx, struct memcgsim_cgroup *parent, const char *name,
		       size_t length)
{
	struct memcgsim_cgroup *cgroup = alloc_cgroup(ctx, name, length);
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(!parent->dead && length > 0);
	if (!cgroup)
		return -ENOMEM;
	cgroup->parent = parent;
	if (parent->subtree_control & MSIM_CONTROLLER_MEMORY) {
		err = msim_cgroup_enable_memory(ctx, cgroup);
		if (err) {
			msim_free(ctx->machine, cgroup->name);
			msim_free(ctx->machine, cgroup);
			return err;
		}
	}
	if (parent->subtree_control & MSIM_CONTROLLER_PIDS)
		count_up(cgroup, pids, 1);
	msim_list_add_tail(&cgroup->sibling, &parent->children);
	msim_hash_add(&ctx->machine->cgroups_by_name, &cgroup->by_name,
		      hash_name(parent, name, length));
	parent->refs++;
	ctx->machine->nr_cgroups++;
	count_up(parent, descendants, 1);
	return 0;
}

static void cgroup_offline(struct msim_ctx *ctx, struct msim_work *work)
{
	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	put_cgroup(ctx->machine, msim_container_of(work, struct memcgsim_cgroup, work));
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
}

int msim_cgroup_remove(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(!cgroup->dead);
	if (!cgroup->parent || cgroup->populated || !msim_list_empty(&cgroup->children))
		return -EBUSY;
	msim_assert(!cgroup->cset);
	cgroup->dead = true;
	msim_list_del(&cgroup->sibling);
	msim_hash_del(&ctx->machine->cgroups_by_name, &cgroup->by_name);
	count_up(cgroup->parent, descendants, -1);
	count_up(cgroup->parent, dying_descendants, 1);
	if (cgroup->memcg)
		msim_cgroup_disable_memory(ctx, cgroup);
	if (cgroup->parent->subtree_control & MSIM_CONTROLLER_PIDS)
		count_up(cgroup, pids, -1);
	msim_queue_work(ctx->machine, &cgroup->work, cgroup_offline);
	return 0;
}

int msim_cgroup_init(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	int err;

	machine->root = alloc_cgroup(ctx, "", 0);
	if (!machine->root)
		return -ENOMEM;
	msim_mutex_lock(&machine->cgroup_mutex);
	err = msim_cgroup_enable_memory(ctx, machine->root);
	msim_mutex_unlock(&machine->cgroup_mutex);
	if (err) {
		msim_free(machine, machine->root->name);
		msim_free(machine, machine->root);
		machine->root = NULL;
		return err;
	}
	machine->root->stat.pids = 1; /* the root has every controller the kernel was built with */
	machine->root_memcg = machine->root->memcg;
	return 0;
}

void msim_cgroup_destroy(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;

	msim_assert(machine->nr_cgroups == 0 && machine->root->populated == 0);
	msim_hash_destroy(&machine->cgroups_by_name);
	msim_free(machine, machine->root_memcg);
	msim_free(machine, machine->root->name);
	msim_free(machine, machine->root);
}
