/* SPDX-License-Identifier: MIT */
/*
 * The swap cache: pages that have a slot of the swap area, and slots that have a page.
 */
#ifndef MSIM_ALLOC_SWAP_STATE_H
#define MSIM_ALLOC_SWAP_STATE_H

#include "types.h"

#include <memcgsim/swap.h>

/* Frees every slot, whoever has it, for destruction. Returns how many somebody had. */
unsigned long msim_swap_sweep(struct msim_ctx *ctx);

#endif /* MSIM_ALLOC_SWAP_STATE_H */
