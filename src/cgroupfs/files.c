/* SPDX-License-Identifier: MIT */
/*
 * Owns the table of files: which exist where, how each is read and written. Called by
 * cgroupfs/paths with the cgroup mutex held. Models the cftypes of kernel/cgroup/cgroup.c and
 * mm/memcontrol.c (section 10.2, F-01 ... F-06, G-03, G-06, P-08, R-05).
 */
#include "cgroupfs/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/subtree_control.h"
#include "cgroupfs/parse.h"
#include "memcg/drain.h"
#include "memcg/stat.h"
#include "task/task.h"

static void show_pages(FILE *out, long pages)
{
	if (pages == MSIM_PAGE_COUNTER_MAX) /* F-01 */
		fprintf(out, "max\n");
	else
		fprintf(out, "%ld\n", pages * (long)MEMCGSIM_PAGE_SIZE);
}

static void show_current(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->memory.usage));
}

static void show_peak(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->memory.watermark));
}

static void show_max(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->memory.max));
}

static void show_event_counts(FILE *out, unsigned long *counts)
{
	static const char *const names[MSIM_NR_EVENTS] = {
		"low", "high", "max", "oom", "oom_kill", "oom_group_kill",
	};

	for (unsigned int i = 0; i < MSIM_NR_EVENTS; i++)
		fprintf(out, "%s %lu\n", names[i],
			msim_load_relaxed(
				&counts[i])); /* contract: memcg.events, memcg.events_local */
}

static void show_events(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_event_counts(out, cgroup->memcg->events);
}

static void show_events_local(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_event_counts(out, cgroup->memcg->events_local);
}

static void show_memory_stat(FILE *out, struct memcgsim_cgroup *cgroup)
{
	struct msim_memcg_stat stat = msim_stat_read(cgroup->memcg);

	fprintf(out, "kernel %ld\nslab %ld\n", stat.kernel_pages * (long)MEMCGSIM_PAGE_SIZE,
		stat.slab_bytes);
}

static void show_cgroup_stat(FILE *out, struct memcgsim_cgroup *cgroup)
{
	const struct msim_cgroup_stat *stat = &cgroup->stat;

	fprintf(out,
		"nr_descendants %lu\nnr_subsys_memory %lu\nnr_subsys_pids %lu\n"
		"nr_dying_descendants %lu\nnr_dying_subsys_memory %lu\nnr_dying_subsys_pids %lu\n",
		stat->descendants, stat->memory, stat->pids, stat->dying_descendants,
		stat->dying_memory, stat->dying_pids);
}

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

static void show_procs(FILE *out, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim *machine = cgroup->machine;
	struct msim_list *pos;

	if (!cgroup->cset)
		return;
	msim_spin_lock(&machine->css_set_lock);
	msim_list_for_each (pos, &cgroup->cset->tasks)
		fprintf(out, "%d\n", msim_list_entry(pos, struct memcgsim_task, cset_node)->pid);
	msim_spin_unlock(&machine->css_set_lock);
}

/*
 * Any text resets the peak of the open file that it is written to, and of no other: here, of none
 * (10.2).
 */
static int write_peak(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	(void)ctx;
	(void)cgroup;
	(void)text;
	return 0;
}

static int write_max(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	struct msim_page_counter *counter = &cgroup->memcg->memory;
	long pages;
	int err = msim_parse_pages(text, &pages);

	if (err)
		return err;
	msim_xchg(&counter->max, pages);		/* whatever the usage is (P-08) */
	if (msim_load_seq_cst(&counter->usage) > pages) /* pairs with the charger: P-07 */
		msim_drain_all_stock(ctx, cgroup->memcg);
	return 0;
}

static int write_procs(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	struct memcgsim_task *task;
	char *end;
	long pid;

	errno = 0;
	pid = strtol(text, &end, 0);
	if (end == text || *end || errno || pid < 0 || pid > INT32_MAX)
		return -EINVAL;
	task = pid ? msim_find_task(ctx->machine, pid) : ctx->task;
	if (!task || task == &ctx->machine->idle)
		return -ESRCH;
	return msim_attach_task(ctx, cgroup, task);
}

static const struct msim_file files[] = {
	{ "cgroup.controllers", false, true, show_cgroup_controllers, NULL },
	{ "cgroup.procs", false, true, show_procs, write_procs },
	{ "cgroup.stat", false, true, show_cgroup_stat, NULL },
	{ "cgroup.subtree_control", false, true, show_subtree_control, msim_subtree_control_write },
	{ "memory.current", true, false, show_current, NULL },
	{ "memory.events", true, false, show_events, NULL },
	{ "memory.events.local", true, false, show_events_local, NULL },
	{ "memory.max", true, false, show_max, write_max },
	{ "memory.peak", true, false, show_peak, write_peak },
	{ "memory.stat", true, true, show_memory_stat, NULL },
};

const struct msim_file *msim_file_find(const struct memcgsim_cgroup *cgroup, const char *name,
				       size_t length)
{
	for (unsigned int i = 0; i < msim_array_size(files); i++) {
		const struct msim_file *file = &files[i];

		if (strlen(file->name) != length || memcmp(file->name, name, length))
			continue;
		if ((file->needs_memcg && !cgroup->memcg) || (!cgroup->parent && !file->on_root))
			return NULL;
		return file;
	}
	return NULL;
}
