/* SPDX-License-Identifier: MIT */
/*
 * One charge becomes many: when a block of loose frames is to be freed frame by frame.
 */
#ifndef MSIM_MEMCG_SPLIT_H
#define MSIM_MEMCG_SPLIT_H

#include "types.h"

/*
 * Gives every tail of a block of 2^order loose frames the word of its head, with a reference of its
 * own. The counters stay as they are: the frames were charged all along. No section held.
 */
void msim_split_page_memcg(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);

#endif /* MSIM_MEMCG_SPLIT_H */
