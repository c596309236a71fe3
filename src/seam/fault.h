/* SPDX-License-Identifier: MIT */
/*
 * Memory from the host, and places that fail on demand.
 */
#ifndef MSIM_SEAM_FAULT_H
#define MSIM_SEAM_FAULT_H

#include "types.h"

void msim_fault_init(struct memcgsim *machine);

/*
 * Whether this call of @site is to fail. Slow paths only: while a site is armed there are no
 * others.
 */
msim_cold bool msim_fault_hits(struct memcgsim *machine, enum memcgsim_fault_site site);

static inline bool msim_should_fail(struct memcgsim *machine, enum memcgsim_fault_site site)
{
	return unlikely(machine->faults_armed & (1u << site)) && msim_fault_hits(machine, site);
}

/* Zeroed memory on lines of its own, or NULL: also when @site is to fail. */
void *msim_zalloc(struct memcgsim *machine, enum memcgsim_fault_site site, size_t size_bytes);
void msim_free(struct memcgsim *machine, void *memory);

#endif /* MSIM_SEAM_FAULT_H */
