/* SPDX-License-Identifier: MIT */
/*
 * The book's third volume: what memcgs and pages had on kernels of 2012 to 2014, owned by history/.
 * types.h includes it. Machines of later versions have none of it.
 */
#ifndef MSIM_TYPES_HISTORY_H
#define MSIM_TYPES_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include <memcgsim/memcgsim.h>

#include "seam/lock.h"

/*
 * Bytes with a limit. All under @lock, but for looks at @usage. Locks of two levels are never held
 * at once, so one rank serves the whole chain.
 *   usage = charges of the subtree; max_usage >= usage
 * Models struct res_counter (Y-01).
 */
struct msim_res_counter {
	struct msim_spinlock lock;
	uint64_t usage;
	uint64_t max_usage;
	uint64_t limit;
	uint64_t failcnt;
	struct msim_res_counter *parent;
};

#define MSIM_RES_COUNTER_MAX ((uint64_t)INT64_MAX) /* no limit */

/* Bits of memcg_v1.kmem_accounted (Y-03). */
#define MSIM_KMEM_ACTIVE 0x1u /* its kernel pages are charged; for good */
#define MSIM_KMEM_DEAD                                                                             \
	0x2u /* its directory is gone, and whoever clears this bit puts a reference */

/* Bits of memcg_v1.move_charge, as memory.move_charge_at_immigrate has them (G-07). */
#define MSIM_MOVE_ANON 0x1u
#define MSIM_MOVE_FILE 0x2u

/*
 * A memcg's charges in the three currencies of its time: @res is memory, @memsw memory and swap,
 * @kmem the part of @res that the kernel has. Each one's parent is the same of the memcg's parent.
 *   css_refs = 1 until offline + children whose css_refs is not 0 + charges in progress
 * With the last of these the directory is gone, and the base reference of the memcg too: two counts,
 * as the kernel has css->refcnt and memcg->refcnt. @gone, under the cgroup mutex: so far that whoever
 * ends it has that reference in his hand, and, unless DEAD has it, the one of kernel memory.
 */
struct msim_memcg_v1 {
	struct msim_res_counter res;
	struct msim_res_counter memsw;
	struct msim_res_counter kmem;
	unsigned int kmem_accounted;
	unsigned int move_charge; /* MSIM_MOVE_...: of who comes; under the cgroup mutex */
	long css_refs;
	bool gone;
};

/* Bits of page_cgroup.flags. */
#define MSIM_PCG_USED (1UL << 0) /* @mem_cgroup is charged */
#define MSIM_PCG_KMEM (1UL << 1) /* this library's own: with a kernel page */
#define MSIM_PCG_LOCK (1UL << 2) /* up to v3.16: somebody is at it */
/* Up to v3.16: unmapped only to be mapped elsewhere, so not to be uncharged. */
#define MSIM_PCG_MIGRATION (1UL << 3)
#define MSIM_PCG_LENT	   (1UL << 4) /* this library's own: by the page that it is to replace */
/* From v3.17 on: what is charged, to memory, and to memory and swap. Before, it was both if USED. */
#define MSIM_PCG_MEM   (1UL << 5)
#define MSIM_PCG_MEMSW (1UL << 6)

/*
 * Who pays for a frame. All-zero is nobody. One for each frame of the machine, in a lazy map; it
 * belongs to whom the page belongs to. Models struct page_cgroup (Y-05).
 */
struct msim_page_cgroup {
	unsigned long flags;
	struct memcgsim_mem_cgroup *mem_cgroup;
};

struct msim_ctx;
struct msim_uncharge_gather;

/*
 * What a kernel version of that time does to the charge of a user page, and on which occasion. NULL:
 * nothing happens then. The caller holds no section.
 */
struct msim_page_ops {
	/*
	 * The page is @memcg's, which has been charged for it; with a reference. It is off the LRU
	 * lists, unless @lrucare.
	 */
	void (*commit)(struct msim_ctx *ctx, struct memcgsim_page *page,
		       struct memcgsim_mem_cgroup *memcg, bool lrucare);
	/* It is @to's if it was @from's: 0, -EINVAL, -EBUSY. Isolated; the counters are the caller's. */
	int (*move_account)(struct msim_ctx *ctx, struct memcgsim_page *page,
			    struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to);
	/* At the end of the machine: whatever it is charged still, to be settled with others. */
	void (*sweep)(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
		      struct memcgsim_page *page);
	/* Its last mapping is gone; it is out of the page cache. */
	void (*uncharge_page)(struct msim_ctx *ctx, struct memcgsim_page *page);
	void (*uncharge_cache_page)(struct msim_ctx *ctx, struct memcgsim_page *page);
	/* It is out of the swap cache, where it had @entry, whose reference of the cache's is still there. */
	void (*uncharge_swapcache)(struct msim_ctx *ctx, struct memcgsim_page *page,
				   unsigned long entry);
	/* Somebody asks whose the page is, to charge it anew. */
	void (*look)(struct msim_ctx *ctx, struct memcgsim_page *page);
	/* Before a migration, and after it: who pays, with a reference, or NULL. Both are locked. */
	struct memcgsim_mem_cgroup *(*prepare_migration)(struct msim_ctx *ctx,
							 struct memcgsim_page *old,
							 struct memcgsim_page *new_page);
	void (*end_migration)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			      struct memcgsim_page *old, struct memcgsim_page *new_page, bool ok);
};

#endif /* MSIM_TYPES_HISTORY_H */
