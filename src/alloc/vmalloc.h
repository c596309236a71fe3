/* SPDX-License-Identifier: MIT */
/*
 * Areas of single pages; the public door is memcgsim/vmalloc.h.
 */
#ifndef MSIM_ALLOC_VMALLOC_H
#define MSIM_ALLOC_VMALLOC_H

#include "types.h"

void msim_vmalloc_init(struct memcgsim *machine);
void msim_vmalloc_destroy(struct memcgsim *machine);

/*
 * Frees every area that is still there, its pages and their array; returns how many, without those
 * that hold arrays. Nobody inside.
 */
unsigned long msim_vmalloc_sweep(struct msim_ctx *ctx);

#endif /* MSIM_ALLOC_VMALLOC_H */
