/* SPDX-License-Identifier: MIT */
/*
 * How far one attempt of the page allocator may go. What the caller said is in its gfp; these are
 * what the allocator has made of it.
 */
#ifndef MSIM_FRAMES_ALLOC_FLAGS_H
#define MSIM_FRAMES_ALLOC_FLAGS_H

enum msim_alloc_flags {
	MSIM_ALLOC_WMARK_MIN = 0, /* in the two lowest bits: which watermark is the mark */
	MSIM_ALLOC_WMARK_LOW = 1,
	MSIM_ALLOC_WMARK_MASK = 3,
	MSIM_ALLOC_NO_WATERMARKS = 1 << 2, /* to the last frame */
	MSIM_ALLOC_MIN_RESERVE = 1 << 3,   /* __GFP_HIGH */
	MSIM_ALLOC_NON_BLOCK = 1 << 4,	   /* cannot wait */
	MSIM_ALLOC_OOM = 1 << 5,	   /* is being killed */
	MSIM_ALLOC_HIGHATOMIC = 1 << 6,	   /* the blocks set aside for such allocations */
	MSIM_ALLOC_CMA = 1 << 7,	   /* movable: blocks of CMA too */
	MSIM_ALLOC_NOFRAGMENT = 1 << 8,	   /* no part of a pageblock of another type */
};

#define MSIM_ALLOC_RESERVES (MSIM_ALLOC_MIN_RESERVE | MSIM_ALLOC_NON_BLOCK | MSIM_ALLOC_OOM)

#endif /* MSIM_FRAMES_ALLOC_FLAGS_H */
