/* SPDX-License-Identifier: MIT */
/*
 * References counted per CPU while their owner lives: an increment of plain memory. Killing the
 * owner folds them into one atomic word, and from then on the last put shows. Everything here runs
 * inside a section.
 */
#ifndef MSIM_MEMCG_REF_H
#define MSIM_MEMCG_REF_H

#include "types.h"
#include "seam/bug.h"
#include "seam/percpu.h"

int msim_ref_table_init(struct memcgsim *machine);
void msim_ref_table_destroy(struct memcgsim *machine);

/*
 * One reference, the owner's. Falls back to the atomic word when the per-CPU counters are all in
 * use.
 */
void msim_ref_init(struct memcgsim *machine, struct msim_ref *ref);

/*
 * The owner is going: visits every CPU. Its own @held references are still to be put; if not even
 * those are left, somebody has put more than it had, which is reported and set right. No section
 * held.
 */
void msim_ref_kill(struct memcgsim *machine, struct msim_ref *ref, long held);

/* What a reader at rest would count. Every CPU visited, or nobody inside. */
long msim_ref_read(const struct memcgsim *machine, const struct msim_ref *ref);

/*
 * For the fast paths: this CPU's counter, to be changed by one, or NULL if the owner is going and
 * each change has to look at the sum.
 */
static msim_always_inline long *msim_ref_counter(struct msim_cpu *cpu, const struct msim_ref *ref)
{
	return likely(ref->index) ? &cpu->refs[ref->index] : NULL;
}

/* The caller knows of another reference. */
static inline void msim_ref_get(struct msim_cpu *cpu, struct msim_ref *ref)
{
	msim_assert_section(cpu);
	if (likely(ref->index)) {
		cpu->refs[ref->index]++;
	} else {
		long count = msim_add_return(&ref->count, 1);

		(void)msim_vm_bug_on(cpu->machine, count <= 1, ref); /* I-REF-RESURRECT */
	}
}

/* Whether there was still one to stand on. */
static inline bool msim_ref_tryget(struct msim_cpu *cpu, struct msim_ref *ref)
{
	long count;

	msim_assert_section(cpu);
	if (likely(ref->index)) {
		cpu->refs[ref->index]++;
		return true;
	}
	count = msim_load_relaxed(&ref->count);
	while (count > 0) {
		if (msim_cmpxchg(&ref->count, &count, count + 1))
			return true;
	}
	return false;
}

/* The same, and false from the kill on. */
static inline bool msim_ref_tryget_live(struct msim_cpu *cpu, struct msim_ref *ref)
{
	msim_assert_section(cpu);
	return !ref->killed && msim_ref_tryget(cpu, ref);
}

/* Whether the caller's was the last one: it then queues the release. */
static inline bool msim_ref_put(struct msim_cpu *cpu, struct msim_ref *ref)
{
	long count;

	msim_assert_section(cpu);
	if (likely(ref->index)) {
		cpu->refs[ref->index]--;
		return false;
	}
	count = msim_sub_return(&ref->count, 1);
	(void)msim_vm_bug_on(cpu->machine, count < 0, ref); /* I-REF-POS */
	return count == 0;
}

#endif /* MSIM_MEMCG_REF_H */
