/* SPDX-License-Identifier: MIT */
/*
 * Owns the files memory.*: which exist where, how each is read and written; those of the core are
 * in cgroupfs/core. Called by cgroupfs/paths with the cgroup mutex held. Models the cftypes of
 * mm/memcontrol.c (section 10.2, F-01 ... F-06, P-08, R-05).
 */
#include "cgroupfs/files.h"

#include <errno.h>
#include <string.h>

#include "cgroupfs/parse.h"
#include "memcg/drain.h"
#include "memcg/stat.h"

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

	fprintf(out, "kernel %ld\npercpu %ld\nvmalloc %ld\nslab %ld\n",
		stat.kernel_pages * (long)MEMCGSIM_PAGE_SIZE, stat.items[MSIM_STAT_PERCPU_BYTES],
		stat.items[MSIM_STAT_VMALLOC_PAGES] * (long)MEMCGSIM_PAGE_SIZE, stat.slab_bytes);
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

static const struct msim_file files[] = {
	{ "memory.current", true, false, show_current, NULL, NULL },
	{ "memory.events", true, false, show_events, NULL, NULL },
	{ "memory.events.local", true, false, show_events_local, NULL, NULL },
	{ "memory.max", true, false, show_max, write_max, NULL },
	{ "memory.peak", true, false, show_peak, write_peak, NULL },
	{ "memory.stat", true, true, show_memory_stat, NULL, NULL },
	{ NULL, false, false, NULL, NULL, NULL },
};

static const struct msim_file *find_in(const struct msim_file *table, const char *name,
				       size_t length)
{
	for (const struct msim_file *file = table; file->name; file++) {
		if (strlen(file->name) == length && !memcmp(file->name, name, length))
			return file;
	}
	return NULL;
}

const struct msim_file *msim_file_find(const struct memcgsim_cgroup *cgroup, const char *name,
				       size_t length)
{
	const struct msim_file *file = find_in(msim_core_files, name, length);

	if (!file)
		file = find_in(files, name, length);
	if (!file || (file->needs_memcg && !cgroup->memcg) || (!cgroup->parent && !file->on_root))
		return NULL;
	return file;
}
