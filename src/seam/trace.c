/* SPDX-License-Identifier: MIT */
/*
 * Owns the event rings, each under its CPU's section. Written by the slow paths of every floor;
 * never by a fast path, which has no instruction to spare.
 */
#include "seam/trace.h"

#include <errno.h>
#include <stdlib.h>

#include "base/heap.h"
#include "seam/percpu.h"
#include "seam/thread.h"

int msim_trace_init(struct msim_cpu *cpu, unsigned int nr_events)
{
	uint64_t size = 1;

	if (nr_events == 0)
		return 0;
	while (size < nr_events)
		size <<= 1;
	cpu->trace.events = msim_heap_alloc(size * sizeof(*cpu->trace.events));
	if (!cpu->trace.events)
		return -ENOMEM;
	cpu->trace.mask = size - 1;
	return 0;
}

void msim_trace_destroy(struct msim_cpu *cpu)
{
	msim_heap_free(cpu->trace.events);
	cpu->trace.events = NULL;
}

void msim_trace_in(struct msim_cpu *cpu, enum memcgsim_event_kind kind, const void *object,
		   long value)
{
	struct msim_trace *trace = &cpu->trace;

	msim_assert_section(cpu);
	if (!trace->events)
		return;
	trace->events[trace->next & trace->mask] = (struct memcgsim_event){
		.sequence = trace->next,
		.kind = kind,
		.cpu = cpu->id,
		.object = object,
		.value = value,
	};
	trace->next++;
}

void msim_trace(struct msim_ctx *ctx, enum memcgsim_event_kind kind, const void *object, long value)
{
	struct msim_section section;

	if (!ctx->machine->config.trace_events)
		return;
	section = msim_section_enter(ctx);
	msim_trace_in(section.cpu, kind, object, value);
	msim_section_leave(&section);
}

size_t memcgsim_trace_read(struct memcgsim *machine, unsigned int cpu,
			   struct memcgsim_event *events, size_t max_events)
{
	struct msim_trace *trace;
	struct msim_ctx guest, *ctx;
	size_t count = 0;

	if (cpu >= machine->config.nr_cpus || !machine->cpus[cpu].trace.events)
		return 0;
	trace = &machine->cpus[cpu].trace;
	ctx = msim_guest_enter(machine, &guest);
	msim_cpu_visit(&machine->cpus[cpu]);
	{
		uint64_t first = trace->next > trace->mask + 1 ? trace->next - trace->mask - 1 : 0;

		if (trace->next - first > max_events)
			first = trace->next - max_events;
		for (uint64_t n = first; n < trace->next; n++)
			events[count++] = trace->events[n & trace->mask];
	}
	msim_cpu_unvisit(&machine->cpus[cpu]);
	msim_guest_leave(ctx, &guest);
	return count;
}

const char *memcgsim_event_name(enum memcgsim_event_kind kind)
{
	static const char *const names[] = {
		[MEMCGSIM_EV_CHARGE] = "charge",
		[MEMCGSIM_EV_UNCHARGE] = "uncharge",
		[MEMCGSIM_EV_REFUSED] = "refused",
		[MEMCGSIM_EV_DRAIN] = "drain",
		[MEMCGSIM_EV_OBJCG_UPDATE] = "objcg-update",
		[MEMCGSIM_EV_ATTACH] = "attach",
		[MEMCGSIM_EV_ONLINE] = "online",
		[MEMCGSIM_EV_OFFLINE] = "offline",
		[MEMCGSIM_EV_FREE] = "free",
		[MEMCGSIM_EV_OBJCG_RELEASE] = "objcg-release",
	};

	return (unsigned int)kind < msim_array_size(names) ? names[kind] : "unknown";
}
