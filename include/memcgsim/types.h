/* SPDX-License-Identifier: MIT */
/*
 * Types, flags and quantities that every other public header uses.
 *
 * Quantities carry their unit: *_pages counts pages of MEMCGSIM_PAGE_SIZE bytes, *_bytes counts
 * bytes. Handles are pointers to opaque structures that belong to one machine and must not be mixed
 * between two.
 */
#ifndef MEMCGSIM_TYPES_H
#define MEMCGSIM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define MEMCGSIM_BEGIN_DECLS extern "C" {
#define MEMCGSIM_END_DECLS   }
#else
#define MEMCGSIM_BEGIN_DECLS
#define MEMCGSIM_END_DECLS
#endif

#if defined(__GNUC__)
#define MEMCGSIM_MUST_CHECK __attribute__((warn_unused_result))
#else
#define MEMCGSIM_MUST_CHECK
#endif

#define MEMCGSIM_PAGE_SHIFT	 12
#define MEMCGSIM_PAGE_SIZE	 4096UL
#define MEMCGSIM_MAX_PAGE_ORDER	 10
#define MEMCGSIM_NR_PAGE_ORDERS	 (MEMCGSIM_MAX_PAGE_ORDER + 1)
#define MEMCGSIM_PAGEBLOCK_ORDER 9     /* frames of one kind of memory lie together (B-03) */
#define MEMCGSIM_CHARGE_BATCH	 64    /* pages a CPU takes ahead of need (C-02) */
#define MEMCGSIM_AUTO		 (~0u) /* a number of the configuration: as the kernel would choose */
#define MEMCGSIM_MAX_CPUS	 256
#define MEMCGSIM_MAX_MEMCGS	 65535 /* the id space, the root included (L-01) */

/**
 * struct memcgsim_list_head - a list of pages, its head in the caller's hands
 * @next: the first page's link; the head itself if there is none
 * @prev: the last page's
 */
struct memcgsim_list_head {
	struct memcgsim_list_head *next;
	struct memcgsim_list_head *prev;
};

struct memcgsim;	    /* a machine */
struct memcgsim_cgroup;	    /* a directory of its cgroup tree */
struct memcgsim_mem_cgroup; /* who pays */
struct memcgsim_obj_cgroup; /* who pays for kernel objects: outlives its memcg */
struct memcgsim_page;	    /* one frame */
struct memcgsim_task;	    /* a process, a thread, or a kernel thread */
struct memcgsim_mm;	    /* an address space, whose owner pays for its pages */

/**
 * typedef memcgsim_gfp_t - how an allocation may behave
 *
 * Bits of the kernel's names, with their meaning; the values are this library's own.
 */
typedef unsigned int memcgsim_gfp_t;

#define MEMCGSIM___GFP_HIGH	      0x0001u /* may use reserves, and is never refused a charge */
#define MEMCGSIM___GFP_IO	      0x0002u
#define MEMCGSIM___GFP_FS	      0x0004u
#define MEMCGSIM___GFP_DIRECT_RECLAIM 0x0008u /* the caller may wait */
#define MEMCGSIM___GFP_KSWAPD_RECLAIM 0x0010u
#define MEMCGSIM___GFP_ZERO	      0x0020u
#define MEMCGSIM___GFP_COMP	      0x0040u /* one compound page instead of 2^order loose ones */
#define MEMCGSIM___GFP_NOWARN	      0x0080u
#define MEMCGSIM___GFP_NOFAIL	      0x0100u
#define MEMCGSIM___GFP_NORETRY	      0x0200u
#define MEMCGSIM___GFP_RETRY_MAYFAIL  0x0400u
#define MEMCGSIM___GFP_ACCOUNT	      0x0800u /* charge the caller's memcg */
#define MEMCGSIM___GFP_HARDWALL	      0x1000u
#define MEMCGSIM___GFP_MOVABLE	      0x2000u  /* what it is for can be moved; */
#define MEMCGSIM___GFP_RECLAIMABLE    0x4000u  /* ... can be given up; not both */
#define MEMCGSIM___GFP_MEMALLOC	      0x8000u  /* to the last frame: it will free more */
#define MEMCGSIM___GFP_NOMEMALLOC     0x10000u /* no reserve, whoever asks */

#define MEMCGSIM___GFP_RECLAIM	      (MEMCGSIM___GFP_DIRECT_RECLAIM | MEMCGSIM___GFP_KSWAPD_RECLAIM)
#define MEMCGSIM_GFP_KERNEL	      (MEMCGSIM___GFP_RECLAIM | MEMCGSIM___GFP_IO | MEMCGSIM___GFP_FS)
#define MEMCGSIM_GFP_KERNEL_ACCOUNT   (MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_ACCOUNT)
#define MEMCGSIM_GFP_ATOMIC	      (MEMCGSIM___GFP_HIGH | MEMCGSIM___GFP_KSWAPD_RECLAIM)
#define MEMCGSIM_GFP_NOWAIT	      (MEMCGSIM___GFP_KSWAPD_RECLAIM | MEMCGSIM___GFP_NOWARN)
#define MEMCGSIM_GFP_NOIO	      MEMCGSIM___GFP_RECLAIM
#define MEMCGSIM_GFP_NOFS	      (MEMCGSIM___GFP_RECLAIM | MEMCGSIM___GFP_IO)
#define MEMCGSIM_GFP_USER	      (MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_HARDWALL)
#define MEMCGSIM_GFP_HIGHUSER_MOVABLE (MEMCGSIM_GFP_USER | MEMCGSIM___GFP_MOVABLE)

#endif /* MEMCGSIM_TYPES_H */
