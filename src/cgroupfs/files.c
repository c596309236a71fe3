/* SPDX-License-Identifier: MIT */
/*
 * Owns the files memory.*: which exist where, how each is read and written; those of the core are
 * in cgroupfs/core. Called by cgroupfs/paths with the cgroup mutex held. Models the cftypes of
 * mm/memcontrol.c (section 10.2, F-01 ... F-06, P-08, R-05).
 */
#include "cgroupfs/files.h"

#include <errno.h>
#include <string.h>

#include "cgroupfs/files_v1.h"
#include "cgroupfs/parse.h"
#include "memcg/limit.h"
#include "memcg/page_counter.h"
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

static void show_high(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->memory.high));
}

static void show_low(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->memory.low));
}

static void show_min(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->memory.min));
}

static void show_oom_group(FILE *out, struct memcgsim_cgroup *cgroup)
{
	fprintf(out, "%d\n", msim_load_relaxed(&cgroup->memcg->oom_group));
}

static void show_swap_current(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->swap.usage));
}

static void show_swap_peak(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->swap.watermark));
}

static void show_swap_max(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->swap.max));
}

static void show_swap_high(FILE *out, struct memcgsim_cgroup *cgroup)
{
	show_pages(out, msim_load_relaxed(&cgroup->memcg->swap.high));
}

static void show_swap_events(FILE *out, struct memcgsim_cgroup *cgroup)
{
	struct memcgsim_mem_cgroup *memcg = cgroup->memcg;

	fprintf(out, "high %lu\nmax %lu\nfail %lu\n",
		msim_load_relaxed(&memcg->events[MSIM_EVENT_SWAP_HIGH]),
		msim_load_relaxed(&memcg->events[MSIM_EVENT_SWAP_MAX]),
		msim_load_relaxed(&memcg->events[MSIM_EVENT_SWAP_FAIL]));
}

static void show_event_counts(FILE *out, unsigned long *counts)
{
	static const char *const names[MSIM_NR_MEMORY_EVENTS] = {
		"low", "high", "max", "oom", "oom_kill", "oom_group_kill",
	};

	for (unsigned int i = 0; i < MSIM_NR_MEMORY_EVENTS; i++)
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
	static const char *const lists[MEMCGSIM_NR_LRU_LISTS] = {
		"inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable",
	};
	struct msim_memcg_stat stat = msim_stat_read(cgroup->memcg);

	fprintf(out, "kernel %ld\npercpu %ld\nvmalloc %ld\n",
		stat.kernel_pages * (long)MEMCGSIM_PAGE_SIZE, stat.items[MSIM_STAT_PERCPU_BYTES],
		stat.items[MSIM_STAT_VMALLOC_PAGES] * (long)MEMCGSIM_PAGE_SIZE);
	for (unsigned int i = 0; i < MEMCGSIM_NR_LRU_LISTS; i++)
		fprintf(out, "%s %ld\n", lists[i],
			stat.items[MSIM_STAT_LRU_PAGES + i] * (long)MEMCGSIM_PAGE_SIZE);
	fprintf(out, "slab %ld\n", stat.slab_bytes);
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

/* The four limits. Values that are refused change nothing. */

static int write_min(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	long pages;
	int err = msim_parse_pages(text, &pages);

	(void)ctx;
	if (!err)
		msim_page_counter_set_min(&cgroup->memcg->memory, pages);
	return err;
}

static int write_low(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	long pages;
	int err = msim_parse_pages(text, &pages);

	(void)ctx;
	if (!err)
		msim_page_counter_set_low(&cgroup->memcg->memory, pages);
	return err;
}

static int write_high(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, const char *text)
{
	long pages;
	int err = msim_parse_pages(text, &pages);

	if (!err)
		msim_limit_set_high(ctx, memcg, pages);
	return err;
}

static int write_max(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, const char *text)
{
	long pages;
	int err = msim_parse_pages(text, &pages);

	if (!err)
		msim_limit_set_max(ctx, memcg, pages);
	return err;
}

/* What is over them already is left there (section 10.2). */

static int write_swap_high(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	long pages;
	int err = msim_parse_pages(text, &pages);

	(void)ctx;
	if (!err)
		msim_store_relaxed(&cgroup->memcg->swap.high, pages);
	return err;
}

static int write_swap_max(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	long pages;
	int err = msim_parse_pages(text, &pages);

	(void)ctx;
	if (!err)
		msim_page_counter_xchg_max(&cgroup->memcg->swap, pages);
	return err;
}

static int write_reclaim(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, const char *text)
{
	unsigned long nr_pages;
	int err = msim_parse_reclaim(text, &nr_pages);

	return err ? err : msim_limit_reclaim(ctx, memcg, nr_pages);
}

static int write_oom_group(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	int value;
	int err = msim_parse_int(text, &value);

	(void)ctx;
	if (err)
		return err;
	if (value != 0 && value != 1)
		return -EINVAL;
	msim_store_relaxed(&cgroup->memcg->oom_group, value);
	return 0;
}

static const struct msim_file files[] = {
	{ .name = "memory.current", .needs_memcg = true, .show = show_current },
	{ .name = "memory.events", .needs_memcg = true, .show = show_events },
	{ .name = "memory.events.local", .needs_memcg = true, .show = show_events_local },
	{ .name = "memory.high",
	  .needs_memcg = true,
	  .show = show_high,
	  .write_memcg = write_high },
	{ .name = "memory.low", .needs_memcg = true, .show = show_low, .write = write_low },
	{ .name = "memory.max", .needs_memcg = true, .show = show_max, .write_memcg = write_max },
	{ .name = "memory.min", .needs_memcg = true, .show = show_min, .write = write_min },
	{ .name = "memory.oom.group",
	  .needs_memcg = true,
	  .show = show_oom_group,
	  .write = write_oom_group },
	{ .name = "memory.peak", .needs_memcg = true, .show = show_peak, .write = write_peak },
	{ .name = "memory.reclaim",
	  .needs_memcg = true,
	  .on_root = true,
	  .write_memcg = write_reclaim },
	{ .name = "memory.stat", .needs_memcg = true, .on_root = true, .show = show_memory_stat },
	{ .name = "memory.swap.current", .needs_memcg = true, .show = show_swap_current },
	{ .name = "memory.swap.events", .needs_memcg = true, .show = show_swap_events },
	{ .name = "memory.swap.high",
	  .needs_memcg = true,
	  .show = show_swap_high,
	  .write = write_swap_high },
	{ .name = "memory.swap.max",
	  .needs_memcg = true,
	  .show = show_swap_max,
	  .write = write_swap_max },
	{ .name = "memory.swap.peak",
	  .needs_memcg = true,
	  .show = show_swap_peak,
	  .write = write_peak },
	{ .name = NULL },
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
		file = find_in(cgroup->machine->variant->v1 ? msim_files_v1 : files, name, length);
	if (!file || (file->needs_memcg && !cgroup->memcg) || (!cgroup->parent && !file->on_root))
		return NULL;
	return file;
}

bool msim_file_is_elsewhere(const struct memcgsim_cgroup *cgroup, const char *name, size_t length)
{
	if (find_in(cgroup->machine->variant->v1 ? files : msim_files_v1, name, length))
		return true;
	for (const char *const *left_out = msim_left_out_v1; *left_out; left_out++) {
		if (strlen(*left_out) == length && !memcmp(*left_out, name, length))
			return true;
	}
	return false;
}
