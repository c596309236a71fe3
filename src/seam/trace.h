/* SPDX-License-Identifier: MIT */
/*
 * The event ring of each CPU: what its slow paths did last.
 */
#ifndef MSIM_SEAM_TRACE_H
#define MSIM_SEAM_TRACE_H

#include "types.h"

/* 0, or -ENOMEM. Frees with msim_trace_destroy(). */
int msim_trace_init(struct msim_cpu *cpu, unsigned int nr_events);
void msim_trace_destroy(struct msim_cpu *cpu);

/* Inside a section of @cpu. */
void msim_trace_in(struct msim_cpu *cpu, enum memcgsim_event_kind kind, const void *object,
		   long value);

/* Outside: enters one if anything is remembered at all. */
void msim_trace(struct msim_ctx *ctx, enum memcgsim_event_kind kind, const void *object,
		long value);

#endif /* MSIM_SEAM_TRACE_H */
