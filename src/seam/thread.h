/* SPDX-License-Identifier: MIT */
/*
 * Who the calling thread is. A bound thread has a context of its own; a call from any other thread
 * brings one along for its duration, as a guest: so code below the public functions always has one.
 */
#ifndef MSIM_SEAM_THREAD_H
#define MSIM_SEAM_THREAD_H

#include "types.h"

/* The calling thread's context; NULL for an unbound thread outside the library. */
static msim_always_inline struct msim_ctx *msim_ctx(void)
{
	return (struct msim_ctx *)msim_self;
}

/* Makes the thread CPU @cpu of @machine, running no task. 0 or -ENOMEM. */
int msim_thread_bind(struct memcgsim *machine, struct msim_cpu *cpu);

/* The opposite. Returns whether that was the machine's last bound thread. */
bool msim_thread_unbind(struct msim_ctx *ctx);

/*
 * The context to work in for @machine: the thread's own if it is bound there, else @guest, which
 * becomes the thread's until msim_guest_leave(). @guest_always: even if it is bound, for deferred
 * work, which must run the same wherever it runs.
 */
struct msim_ctx *msim_guest_enter(struct memcgsim *machine, struct msim_ctx *guest);
struct msim_ctx *msim_guest_enter_always(struct memcgsim *machine, struct msim_ctx *guest);
void msim_guest_leave(struct msim_ctx *ctx, struct msim_ctx *guest);

/* Tells the person behind an unbound thread what it did; there is no machine to record it. */
msim_cold void msim_unbound(const char *function);

#endif /* MSIM_SEAM_THREAD_H */
