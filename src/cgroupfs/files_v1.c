/* SPDX-License-Identifier: MIT */
/*
 * Owns the files memory.* of v1 machines: how each is read and written. Called by cgroupfs/files and
 * cgroupfs/paths with the cgroup mutex held. Models the cftypes of mm/memcontrol.c, v3.8 (Y-01, Y-07).
 */
#include "cgroupfs/files_v1.h"

#include <errno.h>
#include <inttypes.h>

#include "cgroupfs/parse.h"
#include "history/kmem_life.h"
#include "history/limit_v1.h"
#include "history/res_counter.h"

/* What the kernel takes from statistics for the root, whose own tasks charge no counter. */
static int vet_usage(const struct memcgsim_cgroup *cgroup)
{
	return cgroup->parent ? 0 : -EOPNOTSUPP;
}

/* Any text resets; the root's are as good as any. */
#define RESETTERS(counter)                                                                         \
	static int reset_max_##counter(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,       \
				       const char *text)                                           \
	{                                                                                          \
		(void)ctx, (void)text;                                                             \
		msim_res_counter_reset_max(&cgroup->memcg->v1->counter);                           \
		return 0;                                                                          \
	}                                                                                          \
	static int reset_failcnt_##counter(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup,   \
					   const char *text)                                       \
	{                                                                                          \
		(void)ctx, (void)text;                                                             \
		msim_res_counter_reset_failcnt(&cgroup->memcg->v1->counter);                       \
		return 0;                                                                          \
	}

#define SHOWER(counter, member)                                                                    \
	static void show_##member##_##counter(FILE *out, struct memcgsim_cgroup *cgroup)           \
	{                                                                                          \
		fprintf(out, "%" PRIu64 "\n",                                                      \
			msim_res_counter_read(&cgroup->memcg->v1->counter).member);                \
	}

#define COUNTER(counter)                                                                           \
	SHOWER(counter, usage)                                                                     \
	SHOWER(counter, max_usage)                                                                 \
	SHOWER(counter, limit)                                                                     \
	SHOWER(counter, failcnt)                                                                   \
	RESETTERS(counter)

COUNTER(res)
COUNTER(memsw)
COUNTER(kmem)

static int write_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg, const char *text)
{
	uint64_t limit;
	int err = msim_parse_res(text, MSIM_RES_COUNTER_MAX, &limit);

	return err ? err : msim_resize_limit(ctx, memcg, limit);
}

static int write_memsw_limit(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			     const char *text)
{
	uint64_t limit;
	int err = msim_parse_res(text, MSIM_RES_COUNTER_MAX, &limit);

	return err ? err : msim_resize_memsw_limit(ctx, memcg, limit);
}

static int write_kmem_limit(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	uint64_t limit;
	int err = msim_parse_res(text, MSIM_RES_COUNTER_MAX, &limit);

	if (!err && !cgroup->parent)
		err = -EINVAL;
	return err ? err : msim_kmem_set_limit(ctx, cgroup->memcg, limit);
}

static void show_move_charge(FILE *out, struct memcgsim_cgroup *cgroup)
{
	fprintf(out, "%u\n", cgroup->memcg->v1->move_charge);
}

/* Pages of files could only be found through page tables. */
static int write_move_charge(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text)
{
	int value, err = msim_parse_int(text, &value);

	(void)ctx;
	if (err)
		return err;
	if (value < 0 || value & ~(int)(MSIM_MOVE_ANON | MSIM_MOVE_FILE))
		return -EINVAL;
	if (value & (int)MSIM_MOVE_FILE)
		return -EOPNOTSUPP;
	cgroup->memcg->v1->move_charge = (unsigned int)value;
	return 0;
}

/* What all of them have in common. */
#define FILE_OF_MEMCG(file) .name = (file), .needs_memcg = true, .on_root = true

const struct msim_file msim_files_v1[] = {
	{ FILE_OF_MEMCG("memory.failcnt"), .show = show_failcnt_res, .write = reset_failcnt_res },
	{ FILE_OF_MEMCG("memory.limit_in_bytes"), .show = show_limit_res,
	  .write_memcg = write_limit },
	{ FILE_OF_MEMCG("memory.max_usage_in_bytes"), .show = show_max_usage_res,
	  .write = reset_max_res },
	{ FILE_OF_MEMCG("memory.usage_in_bytes"), .show = show_usage_res, .vet_show = vet_usage },
	{ FILE_OF_MEMCG("memory.memsw.failcnt"), .show = show_failcnt_memsw,
	  .write = reset_failcnt_memsw },
	{ FILE_OF_MEMCG("memory.memsw.limit_in_bytes"), .show = show_limit_memsw,
	  .write_memcg = write_memsw_limit },
	{ FILE_OF_MEMCG("memory.memsw.max_usage_in_bytes"), .show = show_max_usage_memsw,
	  .write = reset_max_memsw },
	{ FILE_OF_MEMCG("memory.memsw.usage_in_bytes"), .show = show_usage_memsw,
	  .vet_show = vet_usage },
	{ FILE_OF_MEMCG("memory.kmem.failcnt"), .show = show_failcnt_kmem,
	  .write = reset_failcnt_kmem },
	{ FILE_OF_MEMCG("memory.kmem.limit_in_bytes"), .show = show_limit_kmem,
	  .write = write_kmem_limit },
	{ FILE_OF_MEMCG("memory.kmem.max_usage_in_bytes"), .show = show_max_usage_kmem,
	  .write = reset_max_kmem },
	{ FILE_OF_MEMCG("memory.kmem.usage_in_bytes"), .show = show_usage_kmem },
	{ FILE_OF_MEMCG("memory.move_charge_at_immigrate"), .show = show_move_charge,
	  .write = write_move_charge },
	{ .name = NULL },
};

const char *const msim_left_out_v1[] = {
	"cgroup.event_control",
	"memory.force_empty",
	"memory.kmem.slabinfo",
	"memory.kmem.tcp.failcnt",
	"memory.kmem.tcp.limit_in_bytes",
	"memory.kmem.tcp.max_usage_in_bytes",
	"memory.kmem.tcp.usage_in_bytes",
	"memory.numa_stat",
	"memory.oom_control",
	"memory.pressure_level",
	"memory.soft_limit_in_bytes",
	"memory.swappiness",
	"memory.use_hierarchy",
	NULL,
};
