/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: draws the cgroup tree with what each memcg is charged for, from a census. Called by
 * people, through the command line.
 */
#include <memcgsim/memcg.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cgroup/css_set.h"
#include "seam/thread.h"
#include "verify/census.h"

#define LEFT_COLUMN 28

/* What one memcg's own charge is made of. */
struct account {
	const struct msim_census *census;
	long kernel_pages;
	long objects;
	long object_bytes;
	long object_pages;
	long creation_bytes;
};

static void add_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct account *account = arg;
	const struct msim_tally *t = msim_census_of(account->census, objcg);

	account->kernel_pages += t->kmem_pages;
	account->objects += t->objects;
	account->object_bytes += t->object_bytes;
	account->creation_bytes += t->cost_bytes;
	account->object_pages +=
		msim_census_objcg_bytes(account->census, objcg) / (long)MEMCGSIM_PAGE_SIZE;
}

/* As memory.current, or memory.usage_in_bytes, tells. */
static long current_bytes(const struct memcgsim_mem_cgroup *memcg)
{
	if (memcg->v1)
		return (long)msim_load_relaxed(&memcg->v1->res.usage);
	return msim_load_relaxed(&memcg->memory.usage) * (long)MEMCGSIM_PAGE_SIZE;
}

static void show_memcg(FILE *out, const struct msim_census *census,
		       struct memcgsim_mem_cgroup *memcg)
{
	const struct msim_tally *t = msim_census_of(census, memcg);
	struct account account = { .census = census, .kernel_pages = t->kmem_pages };

	msim_census_each_objcg(memcg, add_objcg, &account);
	fprintf(out, "%10ld", current_bytes(memcg));
	fprintf(out, "  user %ld, kernel %ld, objects %ld (%ld of %ld bytes", t->user_pages,
		account.kernel_pages, account.object_pages, account.objects, account.object_bytes);
	if (account.creation_bytes)
		fprintf(out, ", children %ld", account.creation_bytes);
	fprintf(out, ")");
	if (t->stock_pages)
		fprintf(out, ", stocks %ld", t->stock_pages);
	fprintf(out, "\n");
}

static unsigned int depth_of(const struct memcgsim_cgroup *cgroup)
{
	unsigned int depth = 0;

	for (; cgroup->parent; cgroup = cgroup->parent)
		depth++;
	return depth;
}

static void show_cgroup(FILE *out, const struct msim_census *census, struct memcgsim_cgroup *cgroup)
{
	int indent = 2 * (int)depth_of(cgroup);
	const char *name = cgroup->parent ? cgroup->name : "/";

	fprintf(out, "%*s%-*s", indent, "", indent < LEFT_COLUMN ? LEFT_COLUMN - indent : 0, name);
	if (cgroup->memcg)
		show_memcg(out, census, cgroup->memcg);
	else
		fprintf(out, "%10s  no memcg of its own\n", "-");
}

static void show_tree(FILE *out, struct memcgsim *machine, const struct msim_census *census)
{
	struct memcgsim_cgroup *cgroup;
	struct msim_list *pos;

	fprintf(out, "%-*s%10s  own charge in pages\n", LEFT_COLUMN, "cgroup", "current");
	for (cgroup = machine->root; cgroup; cgroup = msim_cgroup_next(cgroup, machine->root))
		show_cgroup(out, census, cgroup);
	msim_list_for_each (pos, &machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		if (memcg->online)
			continue;
		fprintf(out, "%s%-*s", "  dying: ", LEFT_COLUMN - 9, memcg->cgroup->name);
		show_memcg(out, census, memcg);
	}
}

int memcgsim_cgroup_dump(struct memcgsim *machine, char **ret_text)
{
	struct msim_ctx guest, *ctx;
	struct msim_census census;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool complete;

	if (!out)
		return -ENOMEM;
	ctx = msim_guest_enter(machine, &guest);
	msim_mutex_lock(&machine->cgroup_mutex);
	complete = msim_census_take(machine, &census);
	if (complete)
		show_tree(out, machine, &census);
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	msim_census_free(&census);
	if (fclose(out) || !complete) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}
