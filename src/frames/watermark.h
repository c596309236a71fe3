/* SPDX-License-Identifier: MIT */
/*
 * How much of the zone must stay free, and for whom not quite as much.
 */
#ifndef MSIM_FRAMES_WATERMARK_H
#define MSIM_FRAMES_WATERMARK_H

#include "types.h"
#include "frames/alloc_flags.h"

/* Sets the marks from the machine's configuration, and what it leaves to the library (B-20, B-43). */
void msim_watermark_init(struct memcgsim *machine);

/* The mark that the flags choose. */
unsigned long msim_watermark_pages(const struct memcgsim *machine, unsigned int flags);

/*
 * Whether a block may be taken: so much is left above @mark_pages, less what the flags allow, and
 * there is a block. No lock of the zone held.
 */
bool msim_watermark_ok(struct memcgsim *machine, unsigned int order, unsigned long mark_pages,
		       unsigned int flags);

#endif /* MSIM_FRAMES_WATERMARK_H */
