/* SPDX-License-Identifier: MIT */
/*
 * Objects of which every CPU has its own.
 */
#ifndef MEMCGSIM_PERCPU_H
#define MEMCGSIM_PERCPU_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

#define MEMCGSIM_PCPU_MIN_ALLOC_SIZE 4UL	  /* sizes are rounded up to it */
#define MEMCGSIM_PCPU_MIN_UNIT_SIZE  (32UL << 10) /* no object is larger */

/**
 * memcgsim___alloc_percpu_gfp() - allocate an object on every CPU
 * @size_bytes: how large; 1 ... %MEMCGSIM_PCPU_MIN_UNIT_SIZE
 * @align_bytes: 0 or a power of two up to %MEMCGSIM_PAGE_SIZE; at least 4 is given
 * @gfp: with %MEMCGSIM___GFP_ACCOUNT the current task's objcg is charged for the size, rounded up to
 * 4, on every CPU, offline ones included, and for 8 bytes for every 4 of it, once. memory.stat has
 * that as `percpu`
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: what memcgsim_per_cpu_ptr() takes, zeroed on every CPU, or NULL: out of memory, charge
 * refused, or (a WARN unless %MEMCGSIM___GFP_NOWARN) a size or alignment out of range.
 * Models: pcpu_alloc(), pcpu_memcg_pre_alloc_hook(), pcpu_memcg_post_alloc_hook(), mm/percpu.c
 * (O-18)
 * Differs: the memory is the host's, not the machine's frames, and 64 MiB a CPU at most; no chunks,
 * so nothing of them in the zone's counts
 */
MEMCGSIM_MUST_CHECK void *memcgsim___alloc_percpu_gfp(size_t size_bytes, size_t align_bytes,
						      memcgsim_gfp_t gfp);

/**
 * memcgsim___alloc_percpu() - the same for %MEMCGSIM_GFP_KERNEL
 * @size_bytes: how large
 * @align_bytes: 0 or a power of two
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim___alloc_percpu_gfp()
 * Models: __alloc_percpu() (O-18)
 * Differs: as memcgsim___alloc_percpu_gfp()
 */
MEMCGSIM_MUST_CHECK void *memcgsim___alloc_percpu(size_t size_bytes, size_t align_bytes);

/**
 * memcgsim_free_percpu() - free an object on every CPU
 * @object: from memcgsim___alloc_percpu_gfp(), or NULL
 *
 * An address that is no such object's start is a simulated bug: recorded, nothing freed. Two threads
 * that free one object at the same moment are found too.
 *
 * Context: a bound thread, outside RCU read sections; any CPU and task may free what another
 * allocated.
 * Models: free_percpu(), pcpu_memcg_free_hook(), mm/percpu.c (O-05, O-18)
 * Differs: none known
 */
void memcgsim_free_percpu(void *object);

/**
 * memcgsim_per_cpu_ptr() - one CPU's own of an object
 * @object: from memcgsim___alloc_percpu_gfp(), or an address within it
 * @cpu: which CPU of the machine's
 *
 * Context: any thread.
 * Return: its address.
 * Models: per_cpu_ptr()
 * Differs: none known
 */
void *memcgsim_per_cpu_ptr(void *object, unsigned int cpu);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_PERCPU_H */
