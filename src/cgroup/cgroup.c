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
#include "cgroup/pin.h"
#include "memcg/iter.h"
#include "memcg/memcg.h"
#include "seam/fault.h"
#include "seam/work.h"

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

static void css_free(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_mem_cgroup *memcg =
		msim_container_of(work, struct memcgsim_mem_cgroup, work);
	struct memcgsim_cgroup *cgroup = memcg->cgroup;

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_memcg_free(ctx, memcg);
	msim_cgroup_put(cgroup);
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
}

/* The last reference is gone; readers may still look (L-05). */
static void css_released(struct msim_ctx *ctx, struct msim_work *work)
{
	struct memcgsim_mem_cgroup *memcg =
		msim_container_of(work, struct memcgsim_mem_cgroup, work);

	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_memcg_unlink(memcg);
	msim_count_up(memcg->cgroup, dying_memory, -1);
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
	msim_cgroup_get(cgroup);
	msim_count_up(cgroup, memory, 1);
	return 0;
}

void msim_cgroup_disable_memory(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim_mem_cgroup *memcg = cgroup->memcg;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_memcg_kill(ctx, memcg);
	cgroup->memcg = NULL;
	msim_count_up(cgroup, memory, -1);
	msim_count_up(cgroup, dying_memory, 1);
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
	cgroup->domain = cgroup;
	cgroup->max_depth = MSIM_CGROUP_NO_LIMIT;
	cgroup->max_descendants = MSIM_CGROUP_NO_LIMIT;
	msim_list_init(&cgroup->children);
	return cgroup;
}

/* Whether nobody on the way up forbids one more below @parent; the dying do not count (G-01). */
static bool has_room(const struct memcgsim_cgroup *parent)
{
	long level = 0; /* below @parent: of the one to come */

	for (; parent; parent = parent->parent) {
		if ((long)parent->stat.descendants >= parent->max_descendants)
			return false;
		if (++level > parent->max_depth)
			return false;
	}
	return true;
}

int msim_cgroup_create(struct msim_ctx *ctx, struct memcgsim_cgroup *parent, const char *name,
		       size_t length)
{
	struct memcgsim_cgroup *cgroup;
	int err;

	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(!parent->dead && length > 0);
	if (!has_room(parent))
		return -EAGAIN;
	cgroup = alloc_cgroup(ctx, name, length);
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
		msim_count_up(cgroup, pids, 1);
	msim_list_add_tail(&cgroup->sibling, &parent->children);
	msim_hash_add(&ctx->machine->cgroups_by_name, &cgroup->by_name,
		      hash_name(parent, name, length));
	msim_cgroup_get(parent);
	ctx->machine->nr_cgroups++;
	msim_count_up(parent, descendants, 1);
	return 0;
}

static void cgroup_offline(struct msim_ctx *ctx, struct msim_work *work)
{
	msim_mutex_lock(&ctx->machine->cgroup_mutex);
	msim_cgroup_put(msim_container_of(work, struct memcgsim_cgroup, work));
	msim_mutex_unlock(&ctx->machine->cgroup_mutex);
}

int msim_cgroup_remove(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup)
{
	msim_assert_held(MSIM_RANK_CGROUP);
	msim_assert(!cgroup->dead);
	if (!cgroup->parent || cgroup->populated || !msim_list_empty(&cgroup->children))
		return -EBUSY;
	msim_assert(!cgroup->cset); /* a zombie's css_set is not its own any more */
	cgroup->dead = true;
	msim_list_del(&cgroup->sibling);
	msim_hash_del(&ctx->machine->cgroups_by_name, &cgroup->by_name);
	if (cgroup->domain != cgroup)
		cgroup->parent->nr_threaded--;
	msim_count_up(cgroup->parent, descendants, -1);
	msim_count_up(cgroup->parent, dying_descendants, 1);
	if (cgroup->memcg)
		msim_cgroup_disable_memory(ctx, cgroup);
	if (cgroup->parent->subtree_control & MSIM_CONTROLLER_PIDS)
		msim_count_up(cgroup, pids, -1);
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
	if (machine->variant->v1)
		machine->variant->memcg_free(ctx, machine->root_memcg);
	msim_free(machine, machine->root_memcg);
	msim_free(machine, machine->root->name);
	msim_free(machine, machine->root);
}
