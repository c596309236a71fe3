/* SPDX-License-Identifier: MIT */
/*
 * Owns the files of the cgroup core: membership, limits of the tree, controllers, state. Called by
 * cgroupfs/files with the cgroup mutex held. Models cgroup_base_files[], kernel/cgroup/cgroup.c
 * (G-01, G-03, G-05, G-06, G-09).
 */
#include "cgroupfs/core.h"

#include <errno.h>
#include <string.h>

#include "cgroup/domain.h"
#include "cgroup/subtree_control.h"
#include "cgroupfs/parse.h"
#include "task/task.h"

/* ---- what is inside ---- */

static void show_stat(FILE *out, struct memcgsim_cgroup *cgroup)
{
	const struct msim_cgroup_stat *stat = &cgroup->stat;

	fprintf(out,
		"nr_descendants %lu\nnr_subsys_memory %lu\nnr_subsys_pids %lu\n"
		"nr_dying_descendants %lu\nnr_dying_subsys_memory %lu\nnr_dying_subsys_pids %lu\n",
		stat->descendants, stat->memory, stat->pids, stat->dying_descendants,
		stat->dying_memory, stat->dying_pids);
}

/* Nothing is ever frozen here. */
static void show_events(FILE *out, struct memcgsim_cgroup *cgroup)
{
	fprintf(out, "populated %d\nfrozen 0\n", cgroup->populated > 0);
}

static void show_type(FILE *out, struct memcgsim_cgroup *cgroup)
{
	fprintf(out, "%s\n", msim_cgroup_type(cgroup));
}

static int write_type(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	/* There is no way back: a threaded cgroup never becomes a domain again. */
	return strcmp(text, "threaded") ? -EINVAL : msim_cgroup_make_threaded(ctx, cgroup);
}

/* ---- limits of the tree ---- */

static void show_limit(FILE *out, long limit)
{
	if (limit == MSIM_CGROUP_NO_LIMIT)
		fprintf(out, "max\n");
	else
		fprintf(out, "%ld\n", limit);
}

static int parse_limit(const char *text, long *ret_limit)
{
	int value, err;

	if (!strcmp(text, "max")) {
		*ret_limit = MSIM_CGROUP_NO_LIMIT;
		return 0;
	}
	err = msim_parse_int(text, &value);
	if (err)
		return err;
	if (value < 0)
		return -ERANGE;
	*ret_limit = value;
	return 0;
}

static void show_max_depth(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_limit(out, cgroup->max_depth);
}

static int write_max_depth(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	(void)ctx;
	return parse_limit(text, &cgroup->max_depth);
}

static void show_max_descendants(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_limit(out, cgroup->max_descendants);
}

static int write_max_descendants(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,
				 const char *text)
{
	(void)ctx;
	return parse_limit(text, &cgroup->max_descendants);
}

/* ---- controllers ---- */

static void show_controllers(FILE *out, unsigned int controllers)
{
	const char *name, *gap = "";

	for (unsigned int bit = 1; (name = msim_controller_name(bit)); bit <<= 1) {
		if (!(controllers & bit))
			continue;
		fprintf(out, "%s%s", gap, name);
		gap = " ";
	}
	if (controllers)
		fputc('\n', out);
}

static void show_cgroup_controllers(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_controllers(out, msim_cgroup_controllers(cgroup));
}

static void show_subtree_control(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_controllers(out, cgroup->subtree_control);
}

/* ---- tasks ---- */

static int vet_show_procs(const struct memcgsim_cgroup *cgroup)
{
	/* Processes are whole in their domain only. */
	return msim_cgroup_is_threaded(cgroup) ? -EOPNOTSUPP : 0;
}

static void show_tasks(FILE *out, const struct msim_list *tasks, bool leaders)
{
	struct msim_list *pos;

	msim_list_for_each (pos, tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, cset_node);

		if (!leaders || task->leader == task)
			fprintf(out, "%d\n", task->pid);
	}
}

/*
 * A process is where its leader is, also where that died while its threads live; a move takes the
 * threads along, and leaves such a leader behind.
 */
static void show_procs(FILE *out, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim *machine = cgroup->machine;
	struct msim_list *pos;

	msim_spin_lock(&machine->css_set_lock);
	if (cgroup->cset)
		show_tasks(out, &cgroup->cset->tasks, true);
	if (machine->nr_zombies > 0) {
		msim_list_for_each (pos, &machine->csets) {
			struct msim_css_set *cset = msim_list_entry(pos, struct msim_css_set, node);

			if (cset->cgroup == cgroup)
				show_tasks(out, &cset->dying, true);
		}
	}
	msim_spin_unlock(&machine->css_set_lock);
}

static void show_threads(FILE *out, struct memcgsim_cgroup *cgroup)
{
	msim_spin_lock(&cgroup->machine->css_set_lock);
	if (cgroup->cset)
		show_tasks(out, &cgroup->cset->tasks, false);
	msim_spin_unlock(&cgroup->machine->css_set_lock);
}

static int write_tasks(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text,
		       bool threadgroup)
{
	struct memcgsim_task *task;
	int pid;

	if (msim_parse_int(text, &pid) || pid < 0)
		return -EINVAL;
	task = pid ? msim_find_task(ctx->machine, pid) : ctx->current;
	if (!task || task == &ctx->machine->idle)
		return -ESRCH;
	return msim_attach_task(ctx, cgroup, task, threadgroup);
}

static int write_procs(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	return write_tasks(ctx, cgroup, text, true);
}

static int write_threads(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	return write_tasks(ctx, cgroup, text, false);
}

static bool is_below(const struct memcgsim_cgroup *cgroup, const struct memcgsim_cgroup *top)
{
	while (cgroup && cgroup != top)
		cgroup = cgroup->parent;
	return cgroup;
}

/* Processes only, and so no part of one; kernel threads do not die of signals. */
static int write_kill(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	struct msim_list *pos;
	int value, err;

	err = msim_parse_int(text, &value);
	if (err)
		return err;
	if (value != 1)
		return -ERANGE;
	if (msim_cgroup_is_threaded(cgroup))
		return -EOPNOTSUPP;
	msim_spin_lock(&ctx->machine->css_set_lock);
	msim_list_for_each (pos, &ctx->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		if (!task->kthread && is_below(task->cset->cgroup, cgroup))
			memcgsim_send_sigkill(task);
	}
	msim_spin_unlock(&ctx->machine->css_set_lock);
	return 0;
}

const struct msim_file msim_core_files[] = {
	{ .name = "cgroup.controllers", .on_root = true, .show = show_cgroup_controllers },
	{ .name = "cgroup.events", .show = show_events },
	{ .name = "cgroup.kill", .write = write_kill },
	{ .name = "cgroup.max.depth",
	  .on_root = true,
	  .show = show_max_depth,
	  .write = write_max_depth },
	{ .name = "cgroup.max.descendants",
	  .on_root = true,
	  .show = show_max_descendants,
	  .write = write_max_descendants },
	{ .name = "cgroup.procs",
	  .on_root = true,
	  .show = show_procs,
	  .write = write_procs,
	  .vet_show = vet_show_procs },
	{ .name = "cgroup.stat", .on_root = true, .show = show_stat },
	{ .name = "cgroup.subtree_control",
	  .on_root = true,
	  .show = show_subtree_control,
	  .write = msim_subtree_control_write },
	{ .name = "cgroup.threads", .on_root = true, .show = show_threads, .write = write_threads },
	{ .name = "cgroup.type", .show = show_type, .write = write_type },
	{ .name = NULL },
};
