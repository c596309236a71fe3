/* SPDX-License-Identifier: MIT */
/*
 * Owns the contexts of threads: making them, registering them with liburcu if nobody has, and
 * undoing exactly that. Called at the border of the library only. With MSIM_NOISE also the delays
 * at schedule points.
 */
#include "seam/thread.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/heap.h"
#include "seam/percpu.h"

#if defined(MSIM_NOISE) && !defined(MSIM_EXPLORE)
void msim_noise(void)
{
	struct msim_ctx *ctx = msim_ctx();
	unsigned int spins = 0, delay;

	if (!ctx || msim_rng_below(&ctx->noise, 8) != 0)
		return;
	delay = msim_rng_below(&ctx->noise, 110);
	while (delay--)
		msim_spin_wait(&spins);
}
#endif

static void ctx_init(struct msim_ctx *ctx, struct memcgsim *machine, struct msim_cpu *cpu)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->machine = machine;
	ctx->cpu = cpu;
	ctx->task = &machine->idle;
	ctx->current = &machine->idle;
	ctx->noise.state = machine->config.seed + 1 + cpu->id;
}

int msim_thread_bind(struct memcgsim *machine, struct msim_cpu *cpu)
{
	struct msim_ctx *ctx;

	msim_assert(!msim_self);
	ctx = msim_heap_alloc(sizeof(*ctx));
	if (!ctx)
		return -ENOMEM;
	ctx_init(ctx, machine, cpu);
	msim_self = &ctx->self;
	ctx->told_liburcu = msim_rcu_register(&machine->rcu);
	if (!msim_cpu_bind(cpu)) {
		msim_rcu_unregister(&machine->rcu, ctx->told_liburcu);
		msim_self = NULL;
		msim_heap_free(ctx);
		return -ENXIO;
	}
	msim_add_return(&machine->nr_bound, 1);
	return 0;
}

bool msim_thread_unbind(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;

	msim_assert(msim_ctx() == ctx && !ctx->guest);
	msim_assert(ctx->self.held_ranks == 0);
	msim_cpu_unbind(ctx->cpu);
	msim_rcu_unregister(&machine->rcu, ctx->told_liburcu);
	msim_self = NULL;
	msim_heap_free(ctx);
	return msim_sub_return(&machine->nr_bound, 1) == 0;
}

struct msim_ctx *msim_guest_enter_always(struct memcgsim *machine, struct msim_ctx *guest)
{
	ctx_init(guest, machine, &machine->parked);
	guest->guest = true;
	guest->outer = msim_self;
	msim_self = &guest->self;
	guest->told_liburcu = msim_rcu_register(&machine->rcu);
	return guest;
}

struct msim_ctx *msim_guest_enter(struct memcgsim *machine, struct msim_ctx *guest)
{
	struct msim_ctx *ctx = msim_ctx();

	if (ctx && ctx->machine == machine)
		return ctx;
	return msim_guest_enter_always(machine, guest);
}

void msim_guest_leave(struct msim_ctx *ctx, struct msim_ctx *guest)
{
	if (ctx != guest)
		return;
	msim_assert(ctx->self.held_ranks == 0);
	msim_rcu_unregister(&ctx->machine->rcu, ctx->told_liburcu);
	msim_self = ctx->outer;
}

void msim_unbound(const char *function)
{
	fprintf(stderr,
		"memcgsim: %s() called by a thread that is not bound to a machine "
		"(memcgsim_thread_bind())\n",
		function);
}
