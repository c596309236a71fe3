/* SPDX-License-Identifier: MIT */
/*
 * Owns the fault sites (under bug_lock) and the border to the host's allocator. Models
 * fail_page_alloc and failslab. Arming makes the CPU locks sticky (seam/percpu.h), so that no call
 * escapes the count.
 */
#include "seam/fault.h"

#include <errno.h>
#include <string.h>

#include "base/heap.h"
#include "seam/percpu.h"
#include "seam/thread.h"

void msim_fault_init(struct memcgsim *machine)
{
	machine->fault_rng.state = machine->config.seed;
}

/* Where schedules are explored chance is one more thing to be explored. */
static bool chance(struct memcgsim *machine, unsigned int per_million)
{
#ifdef MSIM_EXPLORE
	(void)machine;
	(void)per_million;
	return memcgsim_explore_choose(2);
#else
	return msim_rng_below(&machine->fault_rng, 1000000) < per_million;
#endif
}

bool msim_fault_hits(struct memcgsim *machine, enum memcgsim_fault_site site)
{
	struct msim_fault *fault = &machine->faults[site];
	bool hit = false;

	msim_spin_lock(&machine->bug_lock);
	fault->calls++;
	if (fault->nth)
		hit = fault->calls == fault->nth;
	else if (fault->per_million)
		hit = chance(machine, fault->per_million);
	fault->failed += hit;
	msim_spin_unlock(&machine->bug_lock);
	return hit;
}

static int arm(struct memcgsim *machine, enum memcgsim_fault_site site, unsigned long nth,
	       unsigned int per_million)
{
	struct msim_fault *fault;
	struct msim_ctx guest, *ctx;

	if ((unsigned int)site >= MEMCGSIM_NR_FAULT_SITES || per_million > 1000000)
		return -EINVAL;
	ctx = msim_guest_enter(machine, &guest);
	fault = &machine->faults[site];
	memset(fault, 0, sizeof(*fault));
	fault->nth = nth;
	fault->per_million = per_million;
	if (nth || per_million)
		machine->faults_armed |= 1u << site;
	else
		machine->faults_armed &= ~(1u << site);
	msim_force_sticky(machine, machine->faults_armed || msim_always_sticky(machine));
	msim_guest_leave(ctx, &guest);
	return 0;
}

int memcgsim_fault_nth(struct memcgsim *machine, enum memcgsim_fault_site site, unsigned long nth)
{
	return arm(machine, site, nth, 0);
}

int memcgsim_fault_probability(struct memcgsim *machine, enum memcgsim_fault_site site,
			       unsigned int per_million)
{
	return arm(machine, site, 0, per_million);
}

unsigned long memcgsim_fault_calls(struct memcgsim *machine, enum memcgsim_fault_site site,
				   unsigned long *ret_failed)
{
	unsigned long calls;

	if ((unsigned int)site >= MEMCGSIM_NR_FAULT_SITES)
		return 0;
	msim_spin_lock(&machine->bug_lock);
	calls = machine->faults[site].calls;
	if (ret_failed)
		*ret_failed = machine->faults[site].failed;
	msim_spin_unlock(&machine->bug_lock);
	return calls;
}

void *msim_zalloc(struct memcgsim *machine, enum memcgsim_fault_site site, size_t size_bytes)
{
	msim_assert(size_bytes > 0);
	if (msim_should_fail(machine, site))
		return NULL;
	return msim_heap_alloc(size_bytes);
}

void msim_free(struct memcgsim *machine, void *memory)
{
	(void)machine;
	msim_heap_free(memory);
}
