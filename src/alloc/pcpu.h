/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU objects; the public door is memcgsim/percpu.h.
 */
#ifndef MSIM_ALLOC_PCPU_H
#define MSIM_ALLOC_PCPU_H

#include "types.h"

void msim_pcpu_init(struct memcgsim *machine);

/* Frees every object that is still allocated; returns how many there were. Nobody inside. */
unsigned long msim_pcpu_sweep(struct msim_ctx *ctx);

/* Nobody inside, nothing allocated. */
void msim_pcpu_destroy(struct memcgsim *machine);

#endif /* MSIM_ALLOC_PCPU_H */
