/* SPDX-License-Identifier: MIT */
/*
 * Owns which per-CPU counters are in use (ref_index_lock) and the change from them to the atomic
 * word, which happens with every CPU's section held. Keeps I-REF-POS and I-REF-RESURRECT. Models
 * percpu_ref: the visit of all CPUs does what its RCU grace period does, so that a kill is
 * confirmed when it returns.
 */
#include "memcg/ref.h"

#include <errno.h>

#include "base/lazy.h"
#include "seam/percpu.h"

#define REFS_MAP_BYTES (MSIM_REF_INDICES * sizeof(long))

int msim_ref_table_init(struct memcgsim *machine)
{
	struct msim_cpu *cpu;
	unsigned int i = 0;

	msim_spin_init(&machine->ref_index_lock, MSIM_RANK_REF_INDEX);
	machine->next_ref = 1; /* index 0 means none */
	machine->refs_map = msim_lazy_map(machine->config.nr_cpus * REFS_MAP_BYTES);
	machine->ref_free = msim_lazy_map(MSIM_REF_INDICES * sizeof(*machine->ref_free));
	if (!machine->refs_map || !machine->ref_free)
		return -ENOMEM;
	msim_for_each_cpu (machine, cpu)
		cpu->refs = machine->refs_map + (size_t)i++ * MSIM_REF_INDICES;
	return 0;
}

void msim_ref_table_destroy(struct memcgsim *machine)
{
	msim_lazy_unmap(machine->refs_map, machine->config.nr_cpus * REFS_MAP_BYTES);
	msim_lazy_unmap(machine->ref_free, MSIM_REF_INDICES * sizeof(*machine->ref_free));
}

void msim_ref_init(struct memcgsim *machine, struct msim_ref *ref)
{
	ref->count = 1;
	ref->index = 0;
	ref->killed = false;
	msim_spin_lock(&machine->ref_index_lock);
	if (machine->nr_ref_free > 0)
		ref->index = machine->ref_free[--machine->nr_ref_free];
	else if (machine->next_ref < MSIM_REF_INDICES)
		ref->index = machine->next_ref++;
	msim_spin_unlock(&machine->ref_index_lock);
}

void msim_ref_kill(struct memcgsim *machine, struct msim_ref *ref, long held)
{
	unsigned int index = ref->index;
	struct msim_cpu *cpu;
	long sum = 0;

	if (ref->killed)
		return;
	msim_visit_all(machine);
	ref->killed = true;
	if (index) {
		msim_for_each_cpu (machine, cpu) {
			sum += cpu->refs[index];
			if (cpu->refs[index]) /* most never were touched: they stay unmapped */
				cpu->refs[index] = 0;
		}
		ref->index = 0;
	}
	sum = msim_add_return(&ref->count, sum);
	if (sum < held)
		msim_store_relaxed(&ref->count, held);
	msim_unvisit_all(machine);
	(void)msim_vm_bug_on(machine, sum < held, ref); /* I-REF-POS */
	if (!index)
		return;

	msim_spin_lock(&machine->ref_index_lock);
	machine->ref_free[machine->nr_ref_free++] = index;
	msim_spin_unlock(&machine->ref_index_lock);
}

long msim_ref_read(const struct memcgsim *machine, const struct msim_ref *ref)
{
	const struct msim_cpu *cpu;
	long sum = msim_load_relaxed(&ref->count);

	if (ref->index == 0)
		return sum;
	msim_for_each_cpu (machine, cpu)
		sum += cpu->refs[ref->index];
	return sum;
}
