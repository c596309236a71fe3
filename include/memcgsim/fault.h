/* SPDX-License-Identifier: MIT */
/*
 * Making allocations and charges fail.
 */
#ifndef MEMCGSIM_FAULT_H
#define MEMCGSIM_FAULT_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * enum memcgsim_fault_site - what can fail
 * @MEMCGSIM_FAULT_PAGE: finding frames
 * @MEMCGSIM_FAULT_CHARGE: charging a memcg beyond what the stock holds
 * @MEMCGSIM_FAULT_VECTOR: the vector of owners of a slab
 * @MEMCGSIM_FAULT_OBJECT: the structures of cgroups, memcgs, objcgs, tasks and slabs
 * @MEMCGSIM_NR_FAULT_SITES: how many there are
 */
enum memcgsim_fault_site {
	MEMCGSIM_FAULT_PAGE,
	MEMCGSIM_FAULT_CHARGE,
	MEMCGSIM_FAULT_VECTOR,
	MEMCGSIM_FAULT_OBJECT,
	MEMCGSIM_NR_FAULT_SITES,
};

/**
 * memcgsim_fault_nth() - let the n-th call from now fail, once
 * @machine: the machine
 * @site: what fails
 * @nth: 1 for the next call; 0 turns the site off
 *
 * While any site is on, the allocators' fast paths are off, so that every call counts. The site
 * stays on, and counts, after the call that failed; setting it again, to 0 too, starts the count
 * anew.
 *
 * Context: no other thread may be inside a function of the machine.
 * Return: 0; -EINVAL for a site out of range.
 * Models: fail_page_alloc, failslab
 * Differs: none known
 */
int memcgsim_fault_nth(struct memcgsim *machine, enum memcgsim_fault_site site, unsigned long nth);

/**
 * memcgsim_fault_probability() - let calls fail at random, by the machine's seed
 * @machine: the machine
 * @site: what fails
 * @per_million: how many of a million calls; 0 turns the site off
 *
 * Context: no other thread may be inside a function of the machine.
 * Return: 0; -EINVAL for a site or a probability out of range.
 * Models: fail_page_alloc, failslab
 * Differs: while schedules are explored every call is made to fail, and not to, whatever the number
 */
int memcgsim_fault_probability(struct memcgsim *machine, enum memcgsim_fault_site site,
			       unsigned int per_million);

/**
 * memcgsim_fault_calls() - how often a site was passed since it was turned on
 * @machine: the machine
 * @site: the site
 * @ret_failed: how many of these calls failed, or NULL
 *
 * Context: any thread.
 * Return: the number of calls.
 * Models: nothing
 * Differs: nothing
 */
unsigned long memcgsim_fault_calls(struct memcgsim *machine, enum memcgsim_fault_site site,
				   unsigned long *ret_failed);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_FAULT_H */
