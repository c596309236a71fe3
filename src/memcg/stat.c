/* SPDX-License-Identifier: MIT */
/*
 * Owns the statistics of memcgs: atomic sums, plus deltas that lie in the stocks (under their
 * section) so that the fast path touches one line. Keeps I-KMEM and I-STAT. Models
 * mod_memcg_state() and the flush of rstat (R-01 ... R-04): where the kernel's reader may see old
 * values, this one never does.
 */
#include "memcg/stat.h"

#include "memcg/css.h"
#include "seam/percpu.h"

void msim_stat_add_kmem(struct memcgsim_mem_cgroup *memcg, long nr_pages)
{
	for (; memcg && nr_pages; memcg = memcg->parent)
		msim_add_relaxed(&memcg->kmem_pages, nr_pages);
}

void msim_stat_add_slab(struct memcgsim_mem_cgroup *memcg, long bytes)
{
	for (; memcg && bytes; memcg = memcg->parent)
		msim_add_relaxed(&memcg->slab_bytes, bytes);
}

void msim_stat_add(struct memcgsim_mem_cgroup *memcg, enum msim_stat_item item, long count)
{
	for (; memcg; memcg = memcg->parent)
		msim_add_relaxed(&memcg->stats[item], count);
}

struct msim_memcg_stat msim_stat_read(struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim *machine = memcg->machine;
	struct msim_memcg_stat stat;
	struct msim_cpu *cpu;

	msim_rcu_read_lock(); /* a stock's objcg is pinned by the stock, its memcg by nothing */
	msim_visit_all(machine);
	stat.kernel_pages = msim_load_relaxed(&memcg->kmem_pages);
	stat.slab_bytes = msim_load_relaxed(&memcg->slab_bytes);
	for (unsigned int i = 0; i < MSIM_NR_STATS; i++)
		stat.items[i] = msim_load_relaxed(&memcg->stats[i]);
	msim_for_each_cpu (machine, cpu) {
		struct msim_stock *stock = &cpu->stock;

		if (stock->cached && msim_memcg_is_descendant(stock->cached, memcg))
			stat.kernel_pages += stock->kmem_pages;
		if (stock->cached_objcg &&
		    msim_memcg_is_descendant(msim_rcu_dereference(&stock->cached_objcg->memcg),
					     memcg))
			stat.slab_bytes += stock->slab_bytes;
	}
	msim_unvisit_all(machine);
	msim_rcu_read_unlock();
	return stat;
}
