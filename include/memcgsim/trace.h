/* SPDX-License-Identifier: MIT */
/*
 * What happened: each CPU remembers its last events off the fast path.
 */
#ifndef MEMCGSIM_TRACE_H
#define MEMCGSIM_TRACE_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * enum memcgsim_event_kind - what is remembered
 * @MEMCGSIM_EV_CHARGE: pages were added to a memcg's counters; value: pages
 * @MEMCGSIM_EV_UNCHARGE: pages were taken off; value: pages
 * @MEMCGSIM_EV_REFUSED: a charge failed at this memcg's limit; value: pages asked for
 * @MEMCGSIM_EV_DRAIN: a CPU's stock was emptied; value: the CPU
 * @MEMCGSIM_EV_OBJCG_UPDATE: task->objcg was looked up anew; value: the word
 * @MEMCGSIM_EV_ATTACH: a task moved; value: its pid
 * @MEMCGSIM_EV_ONLINE: a memcg went online; value: its id
 * @MEMCGSIM_EV_OFFLINE: a memcg went offline and its objcgs to the parent; value: how many
 * @MEMCGSIM_EV_FREE: a memcg was freed; value: 0
 * @MEMCGSIM_EV_OBJCG_RELEASE: an objcg's last reference went; value: pages it gave back
 */
enum memcgsim_event_kind {
	MEMCGSIM_EV_CHARGE,
	MEMCGSIM_EV_UNCHARGE,
	MEMCGSIM_EV_REFUSED,
	MEMCGSIM_EV_DRAIN,
	MEMCGSIM_EV_OBJCG_UPDATE,
	MEMCGSIM_EV_ATTACH,
	MEMCGSIM_EV_ONLINE,
	MEMCGSIM_EV_OFFLINE,
	MEMCGSIM_EV_FREE,
	MEMCGSIM_EV_OBJCG_RELEASE,
};

/**
 * struct memcgsim_event - one event
 * @sequence: its place among all events of its CPU, from 0
 * @kind: its kind
 * @cpu: on whose stock or in whose name
 * @object: identity of the memcg, objcg or task; never to be dereferenced
 * @value: as the kind says
 */
struct memcgsim_event {
	uint64_t sequence;
	enum memcgsim_event_kind kind;
	unsigned int cpu;
	const void *object;
	long value;
};

/**
 * memcgsim_trace_read() - copy what a CPU remembers
 * @machine: the machine
 * @cpu: which CPU
 * @events: where to, oldest first
 * @max_events: room there
 *
 * Context: any thread, outside RCU read sections.
 * Return: the number copied; 0 if the machine was made without rings or the CPU is out of range.
 * Models: nothing
 * Differs: nothing
 */
size_t memcgsim_trace_read(struct memcgsim *machine, unsigned int cpu,
			   struct memcgsim_event *events, size_t max_events);

/**
 * memcgsim_event_name() - a kind's name
 * @kind: the kind
 *
 * Context: any thread.
 * Return: constant text, such as "charge".
 * Models: nothing
 * Differs: nothing
 */
const char *memcgsim_event_name(enum memcgsim_event_kind kind);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_TRACE_H */
