/* SPDX-License-Identifier: MIT */
/*
 * Owns the drain mutex, which is only ever tried. Called when a limit is near, at offlining and by
 * hand. Reads other CPUs' stocks without their lock, hence under RCU; what it then empties it
 * visits. Models drain_all_stock(), mm/memcontrol.c (C-11).
 */
#include "memcg/drain.h"

#include "memcg/css.h"
#include "memcg/objcg.h"
#include "memcg/stock.h"
#include "seam/percpu.h"
#include "seam/trace.h"

void msim_drain_cpu(struct msim_cpu *cpu)
{
	msim_assert_section(cpu);
	msim_assert_rcu_read_lock_held();
	msim_objcg_drain_bytes(cpu); /* first: its pages go into the page stock */
	msim_stock_drain(cpu);
	msim_trace_in(cpu, MEMCGSIM_EV_DRAIN, NULL, cpu->id);
}

void msim_drain_cpus(struct memcgsim *machine)
{
	struct msim_cpu *cpu;

	msim_rcu_read_lock();
	msim_for_each_cpu (machine, cpu) {
		msim_cpu_visit(cpu);
		msim_drain_cpu(cpu);
		msim_cpu_unvisit(cpu);
	}
	msim_rcu_read_unlock();
}

/*
 * Whether a CPU's stock may concern @root. Its pages count only while it has any, so that a stock
 * that is merely cached stays; how many, only the CPU's holder may read.
 */
static bool stock_concerns(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *root, bool visited)
{
	struct memcgsim_mem_cgroup *memcg = msim_load_acquire(&cpu->stock.cached);
	struct memcgsim_obj_cgroup *objcg = msim_load_acquire(&cpu->stock.cached_objcg);

	msim_assert_rcu_read_lock_held();
	if (memcg && msim_memcg_is_descendant(memcg, root) && (!visited || cpu->stock.nr_pages))
		return true;
	return objcg && msim_memcg_is_descendant(msim_rcu_dereference(&objcg->memcg), root);
}

void msim_drain_all_stock(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *root)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_cpu *cpu;

	if (!msim_mutex_trylock(&machine->drain_mutex))
		return;
	msim_for_each_cpu (machine, cpu) {
		/*
		 * The read section: between the look at a stock and the visit, its memcg may be
		 * drained, released and freed by somebody else.
		 */
		msim_rcu_read_lock();
		if (stock_concerns(cpu, root, false)) {
			msim_cpu_visit(cpu);
			if (stock_concerns(cpu, root, true))
				msim_drain_cpu(cpu);
			msim_cpu_unvisit(cpu);
		}
		msim_rcu_read_unlock();
	}
	msim_mutex_unlock(&machine->drain_mutex);
}
