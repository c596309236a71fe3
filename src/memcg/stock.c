/* SPDX-License-Identifier: MIT */
/*
 * Owns the page stock of each CPU, under its section. Called by charging, uncharging and draining.
 * Keeps I-STOCK. Models consume_stock(), refill_stock() and drain_stock(), mm/memcontrol.c (C-03,
 * C-09, C-12).
 */
#include "memcg/stock.h"

#include "memcg/css.h"
#include "memcg/page_counter.h"
#include "memcg/stat.h"
#include "seam/trace.h"

void msim_stock_init(struct msim_cpu *cpu)
{
	const struct memcgsim_config *config = &cpu->machine->config;

	cpu->stock.batch = config->stock_batch_pages;
	cpu->stock.byte_cap = config->no_byte_stock ? 0 : MEMCGSIM_PAGE_SIZE;
}

static void uncharge(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg,
		     unsigned long nr_pages)
{
	msim_assert(nr_pages > 0);
	msim_page_counter_uncharge(cpu->machine, &memcg->memory, nr_pages);
	msim_trace_in(cpu, MEMCGSIM_EV_UNCHARGE, memcg, (long)nr_pages);
}

void msim_stock_drain(struct msim_cpu *cpu)
{
	struct msim_stock *stock = &cpu->stock;
	struct memcgsim_mem_cgroup *old = stock->cached;

	msim_stock_assert(cpu);
	if (!old) {
		msim_assert(stock->nr_pages == 0 && stock->kmem_pages == 0);
		return;
	}
	msim_assert(stock->nr_pages <= stock->batch);
	msim_stat_add_kmem(old, stock->kmem_pages);
	stock->kmem_pages = 0;
	if (stock->nr_pages) {
		uncharge(cpu, old, stock->nr_pages);
		stock->nr_pages = 0;
	}
	msim_store_release(&stock->cached, NULL);
	msim_css_put(cpu, old);
}

void msim_stock_refill(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg,
		       unsigned long nr_pages)
{
	struct msim_stock *stock = &cpu->stock;

	msim_stock_assert(cpu);
	msim_assert(nr_pages > 0);
	if (stock->batch == 0) { /* stocks are off */
		uncharge(cpu, memcg, nr_pages);
		return;
	}
	if (stock->cached != memcg) {
		msim_stock_drain(cpu);
		msim_css_get(cpu, memcg);
		msim_store_release(&stock->cached, memcg); /* drain reads it under RCU */
	}
	if (stock->nr_pages + nr_pages > stock->batch) {
		/*
		 * The kernel adds first and then drains: the stock goes to nothing, not to full
		 * (C-09).
		 */
		uncharge(cpu, memcg, nr_pages);
		msim_stock_drain(cpu);
		return;
	}
	stock->nr_pages += nr_pages;
}

void msim_stock_account_kmem(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg, long nr_pages)
{
	msim_stock_assert(cpu);
	if (cpu->stock.cached == memcg)
		cpu->stock.kmem_pages += nr_pages;
	else
		msim_stat_add_kmem(memcg, nr_pages);
}
