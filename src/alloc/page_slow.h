/* SPDX-License-Identifier: MIT */
/*
 * Frames for an allocation, by all means that its gfp allows.
 */
#ifndef MSIM_ALLOC_PAGE_SLOW_H
#define MSIM_ALLOC_PAGE_SLOW_H

#include "types.h"

/*
 * An allocated block of a valid order that nobody is charged for, or NULL. May call the hook for
 * reclaim: no lock, no section, outside RCU read sections.
 */
struct memcgsim_page *msim_get_frames(struct msim_ctx *ctx, memcgsim_gfp_t gfp, unsigned int order);

#endif /* MSIM_ALLOC_PAGE_SLOW_H */
