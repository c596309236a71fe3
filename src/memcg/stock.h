/* SPDX-License-Identifier: MIT */
/*
 * Pages charged ahead, one memcg to a CPU: what keeps the counters out of the fast path. Everything
 * here runs inside a section of the CPU.
 */
#ifndef MSIM_MEMCG_STOCK_H
#define MSIM_MEMCG_STOCK_H

#include "types.h"
#include "seam/percpu.h"

void msim_stock_init(struct msim_cpu *cpu);

/* I-STOCK, at every change. */
static msim_always_inline void msim_stock_assert(const struct msim_cpu *cpu)
{
	msim_assert_section(cpu);
	msim_assert_full(cpu->stock.nr_pages <= cpu->stock.batch);
	msim_assert_full(cpu->stock.cached || cpu->stock.nr_pages == 0);
	msim_assert_full(cpu->stock.cached || cpu->stock.kmem_pages == 0);
	msim_assert_full(cpu->stock.cached_objcg || cpu->stock.nr_bytes == 0);
	msim_assert_full(cpu->stock.cached_objcg || cpu->stock.slab_bytes == 0);
}

/* Takes @nr_pages out of the stock if it is this very memcg's and has as many (C-03). */
static msim_always_inline bool msim_stock_consume(struct msim_cpu *cpu,
						  const struct memcgsim_mem_cgroup *memcg,
						  unsigned long nr_pages)
{
	struct msim_stock *stock = &cpu->stock;

	msim_stock_assert(cpu);
	if (unlikely(stock->cached != memcg || stock->nr_pages < nr_pages))
		return false;
	stock->nr_pages -= nr_pages;
	return true;
}

/*
 * The two halves of the fast path: kernel pages charged to @objcg from the stock, and returned to
 * it. The comparison needs no RCU: what the stock caches it also pins, and the pointer is only
 * compared.
 */
static msim_always_inline bool msim_stock_consume_kmem(struct msim_cpu *cpu,
						       struct memcgsim_obj_cgroup *objcg,
						       unsigned long nr_pages)
{
	if (!msim_stock_consume(cpu, msim_load_relaxed(&objcg->memcg), nr_pages))
		return false;
	cpu->stock.kmem_pages += (long)nr_pages;
	return true;
}

static msim_always_inline bool msim_stock_return_kmem(struct msim_cpu *cpu,
						      struct memcgsim_obj_cgroup *objcg,
						      unsigned long nr_pages)
{
	struct msim_stock *stock = &cpu->stock;

	msim_stock_assert(cpu);
	if (unlikely(stock->cached != msim_load_relaxed(&objcg->memcg) ||
		     stock->nr_pages + nr_pages > stock->batch))
		return false;
	stock->nr_pages += nr_pages;
	stock->kmem_pages -= (long)nr_pages;
	return true;
}

/* Puts charged pages of @memcg, on which the caller has a reference, into the stock (C-09). */
void msim_stock_refill(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg,
		       unsigned long nr_pages);

/* Gives everything back and forgets the memcg. */
void msim_stock_drain(struct msim_cpu *cpu);

/* Counts kernel pages in @memcg's statistics, through the stock if it is that memcg's. */
void msim_stock_account_kmem(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg,
			     long nr_pages);

#endif /* MSIM_MEMCG_STOCK_H */
