/* SPDX-License-Identifier: MIT */
/*
 * Owns the making and unmaking of machines: every floor's parts, in their order. No lock: nobody
 * else has the machine yet, or any more.
 */
#include <memcgsim/machine.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/page_alloc.h"
#include "alloc/pcpu.h"
#include "alloc/slab.h"
#include "alloc/swap_state.h"
#include "alloc/user_cache.h"
#include "alloc/vmalloc.h"
#include "base/heap.h"
#include "base/lazy.h"
#include "cgroup/cgroup.h"
#include "frames/buddy.h"
#include "frames/pcp.h"
#include "frames/swapfile.h"
#include "frames/watermark.h"
#include "history/memcg_v1.h"
#include "machine/profile.h"
#include "memcg/drain.h"
#include "memcg/id.h"
#include "memcg/high.h"
#include "memcg/memcg.h"
#include "memcg/objcg.h"
#include "memcg/ref.h"
#include "memcg/stock.h"
#include "memcg/taker.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/trace.h"
#include "seam/work.h"
#include "task/mm.h"
#include "task/task.h"

#define DEFAULT_BYTES (512UL << 20)

void memcgsim_config_init(struct memcgsim_config *config)
{
	*config = (struct memcgsim_config){
		.nr_pages = DEFAULT_BYTES / MEMCGSIM_PAGE_SIZE,
		.nr_cpus = 1,
		.profile = "v6.12",
		.stock_batch_pages = MEMCGSIM_CHARGE_BATCH,
		.nr_memcg_ids = MEMCGSIM_MAX_MEMCGS,
		.pcp_batch_pages = 63,
		.pcp_high_pages = 4 * 63,
		.min_free_kbytes = MEMCGSIM_AUTO,
		.watermark_scale_factor = 10,
		.seed = 1,
	};
}

/* A number that may be left to the library. */
static bool fits(unsigned int value)
{
	return value <= INT32_MAX || value == MEMCGSIM_AUTO;
}

static int vet(const struct memcgsim_config *config)
{
	if (config->nr_pages == 0 || config->nr_pages > 1UL << 40)
		return -EINVAL;
	if (config->nr_cpus == 0 || config->nr_cpus > MEMCGSIM_MAX_CPUS)
		return -EINVAL;
	if (config->stock_batch_pages > MEMCGSIM_CHARGE_BATCH)
		return -EINVAL;
	if (config->nr_memcg_ids == 0 || config->nr_memcg_ids > MEMCGSIM_MAX_MEMCGS)
		return -EINVAL;
	if (config->pcp_high_pages && !config->pcp_batch_pages)
		return -EINVAL;
	if (!fits(config->pcp_batch_pages) || !fits(config->pcp_high_pages) ||
	    !fits(config->min_free_kbytes) || config->watermark_scale_factor > 3000 ||
	    config->debug_guardpage_minorder > MEMCGSIM_MAX_PAGE_ORDER)
		return -EINVAL;
	if (config->trace_events > INT32_MAX || config->child_cost_bytes > INT32_MAX)
		return -EINVAL;
	if (config->child_cost_slab_bytes > config->child_cost_bytes ||
	    config->child_cost_percpu_bytes >
		    config->child_cost_bytes - config->child_cost_slab_bytes)
		return -EINVAL;
	if (config->nr_swap_pages > 1UL << 30)
		return -EINVAL;
	return msim_profile_find(config->profile) ? 0 : -EOPNOTSUPP;
}

static unsigned long nr_blocks(const struct memcgsim *machine)
{
	return (machine->config.nr_pages >> MSIM_PAGEBLOCK_ORDER) + 1;
}

static int make_memory(struct memcgsim *machine)
{
	unsigned long nr_pages = machine->config.nr_pages;

	machine->pages = msim_lazy_map(nr_pages * sizeof(*machine->pages));
	machine->memory = msim_lazy_map(nr_pages * MEMCGSIM_PAGE_SIZE);
	machine->zone.block_types = msim_lazy_map(nr_blocks(machine));
	if (machine->variant->v1) {
		machine->page_cgroups = msim_lazy_map(nr_pages * sizeof(*machine->page_cgroups));
		if (!machine->page_cgroups)
			return -ENOMEM;
	}
	return machine->pages && machine->memory && machine->zone.block_types ? 0 : -ENOMEM;
}

static int make_cpus(struct memcgsim *machine)
{
	unsigned int nr = machine->config.nr_cpus;
	int err;

	machine->has_membarrier = msim_membarrier_init();
	machine->force_sticky = msim_always_sticky(machine);
	machine->cpus = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, nr * sizeof(*machine->cpus));
	if (!machine->cpus)
		return -ENOMEM;
	machine->parked.machine = machine;
	msim_cpu_lock_init(&machine->parked, true);
	for (unsigned int i = 0; i < nr; i++) {
		struct msim_cpu *cpu = &machine->cpus[i];

		cpu->machine = machine;
		cpu->id = i;
		msim_cpu_lock_init(cpu, machine->force_sticky);
		msim_stock_init(cpu);
		msim_pcp_init(cpu);
		err = msim_trace_init(cpu, machine->config.trace_events);
		if (err)
			return err;
	}
	return 0;
}

static void init_locks(struct memcgsim *machine)
{
	msim_mutex_init(&machine->cgroup_mutex, MSIM_RANK_CGROUP);
	msim_mutex_init(&machine->drain_mutex, MSIM_RANK_DRAIN);
	msim_spin_init(&machine->css_set_lock, MSIM_RANK_CSS_SET);
	msim_spin_init(&machine->objcg_lock, MSIM_RANK_OBJCG);
	msim_spin_init(&machine->memcg_tree_lock, MSIM_RANK_MEMCG_TREE);
	msim_spin_init(&machine->bug_lock, MSIM_RANK_BUG);
}

/* Gives back what stands when the cgroups are gone. Works on a machine that was half made. */
static void unmake(struct memcgsim *machine)
{
	unsigned long nr_pages = machine->config.nr_pages;

	msim_vmalloc_destroy(machine);
	msim_pcpu_destroy(machine);
	msim_task_destroy(machine);
	msim_takers_destroy(machine);
	msim_memcg_id_table_destroy(machine);
	msim_ref_table_destroy(machine);
	for (unsigned int i = 0; machine->cpus && i < machine->config.nr_cpus; i++)
		msim_trace_destroy(&machine->cpus[i]);
	msim_free(machine, machine->cpus);
	msim_swapfile_destroy(machine);
	msim_lazy_unmap(machine->zone.block_types, nr_blocks(machine));
	msim_lazy_unmap(machine->page_cgroups, nr_pages * sizeof(*machine->page_cgroups));
	msim_lazy_unmap(machine->memory, nr_pages * MEMCGSIM_PAGE_SIZE);
	msim_lazy_unmap(machine->pages, nr_pages * sizeof(*machine->pages));
	msim_rcu_destroy(&machine->rcu);
	msim_mutex_destroy(&machine->work.run);
	msim_mutex_destroy(&machine->drain_mutex);
	msim_mutex_destroy(&machine->cgroup_mutex);
	msim_heap_free(machine);
}

int memcgsim_create(const struct memcgsim_config *config, struct memcgsim **ret_machine)
{
	struct memcgsim_config defaults;
	struct msim_ctx guest, *ctx;
	struct memcgsim *machine;
	int err;

	if (!config) {
		memcgsim_config_init(&defaults);
		config = &defaults;
	}
	err = vet(config);
	if (err)
		return err;
	machine = msim_heap_alloc(sizeof(*machine));
	if (!machine)
		return -ENOMEM;
	machine->config = *config;
	machine->variant = msim_profile_find(config->profile);
	machine->config.profile = machine->variant->name; /* the caller's text need not last */
	if (machine->config.stock_batch_pages > machine->variant->batch_pages)
		machine->config.stock_batch_pages = machine->variant->batch_pages;
	init_locks(machine);
	msim_list_init(&machine->memcgs);
	msim_rcu_init(&machine->rcu);
	msim_work_init(machine);
	msim_pcpu_init(machine);
	msim_vmalloc_init(machine);
	msim_task_init(machine);
	msim_fault_init(machine);
	msim_takers_init(machine);
	msim_buddy_init(machine);
	msim_watermark_init(machine);

	err = make_memory(machine);
	if (!err)
		err = make_cpus(machine);
	if (!err)
		err = msim_swapfile_init(machine);
	if (!err)
		err = msim_ref_table_init(machine);
	if (!err)
		err = msim_memcg_id_table_init(machine);
	if (err) {
		unmake(machine);
		return err;
	}
	ctx = msim_guest_enter(machine, &guest);
	err = msim_slab_init(machine);
	if (!err)
		err = msim_cgroup_init(ctx);
	if (err)
		msim_slab_destroy(ctx);
	msim_guest_leave(ctx, &guest);
	if (err) {
		unmake(machine);
		return err;
	}
	*ret_machine = machine;
	return 0;
}

static bool anybody_bound(struct memcgsim *machine)
{
	for (unsigned int i = 0; i < machine->config.nr_cpus; i++) {
		struct msim_cpu *cpu = &machine->cpus[i];
		unsigned int nbound;

		msim_spin_lock(&cpu->lock.spin);
		nbound = cpu->lock.nbound;
		msim_spin_unlock(&cpu->lock.spin);
		if (nbound) {
			fprintf(stderr, "memcgsim: destroy: %u thread%s still bound to CPU %u\n",
				nbound, nbound == 1 ? " is" : "s are", i);
			return true;
		}
	}
	return false;
}

/* The calling thread has not returned from a call to @machine: it is in a hook. */
static bool is_inside(const struct memcgsim *machine)
{
	const struct msim_ctx *ctx = msim_ctx();

	while (ctx && ctx->machine != machine)
		ctx = (const struct msim_ctx *)ctx->outer;
	return ctx;
}

/*
 * Takes away what the caller left behind, so that each thing is counted once: tasks exit, pages and
 * objects are freed, directories removed, leaves first.
 */
static void sweep(struct msim_ctx *ctx, struct memcgsim_leaks *leaks)
{
	struct memcgsim *machine = ctx->machine;
	struct memcgsim_cgroup *cgroup;

	while (!msim_list_empty(&machine->tasks)) {
		leaks->tasks++;
		(void)memcgsim_do_exit(
			msim_list_first(&machine->tasks, struct memcgsim_task, node));
	}
	leaks->mms = msim_mm_sweep(machine);
	leaks->percpu = msim_pcpu_sweep(ctx);
	leaks->vmalloc = msim_vmalloc_sweep(ctx);
	leaks->objects = msim_slab_sweep(ctx);
	leaks->caches = msim_user_cache_sweep(ctx);
	leaks->swap_slots = msim_swap_sweep(ctx);
	leaks->pages = msim_page_sweep(ctx);
	leaks->mem_cgroups = msim_memcg_sweep(ctx);
	leaks->cgroups = machine->nr_cgroups;
	msim_mutex_lock(&machine->cgroup_mutex);
	while (!msim_list_empty(&machine->root->children)) {
		for (cgroup = machine->root; !msim_list_empty(&cgroup->children);)
			cgroup =
				msim_list_first(&cgroup->children, struct memcgsim_cgroup, sibling);
		(void)msim_cgroup_remove(ctx, cgroup);
	}
	msim_mutex_unlock(&machine->cgroup_mutex);
	do { /* what work frees goes into stocks, which hold the next level of the tree */
		msim_drain_cpus(machine);
	} while (msim_run_work(machine));
	leaks->objcgs = msim_objcg_sweep(machine->root_memcg);
	if (machine->variant->v1)
		leaks->mem_cgroups += msim_memcg_v1_sweep(ctx);
}

int memcgsim_destroy(struct memcgsim *machine, struct memcgsim_leaks *ret_leaks)
{
	struct memcgsim_leaks leaks = { 0 };
	struct msim_ctx guest, *ctx;

	if (anybody_bound(machine) || is_inside(machine) || msim_rcu_reading())
		return -EBUSY;
	ctx = msim_guest_enter(machine, &guest);
	msim_run_work(machine);
	sweep(ctx, &leaks);
	leaks.bugs = memcgsim_nr_bugs(machine);
	msim_slab_destroy(ctx);
	msim_cgroup_destroy(ctx);
	msim_guest_leave(ctx, &guest);
	unmake(machine);
	if (ret_leaks)
		*ret_leaks = leaks;
	return 0;
}

unsigned int memcgsim_nr_cpus(const struct memcgsim *machine)
{
	return machine->config.nr_cpus;
}

void memcgsim_rcu_read_lock(void)
{
	if (msim_ctx())
		msim_rcu_read_lock();
	else
		msim_unbound(__func__);
}

void memcgsim_rcu_read_unlock(void)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound(__func__);
	else if (!msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, !msim_rcu_read_lock_held(),
			      "no read section to leave", __func__, NULL))
		msim_rcu_read_unlock();
}

/* Whoever waits for a grace period inside a read section waits for itself. */
static bool would_wait_for_itself(struct memcgsim *machine, const char *caller)
{
	return msim_bug_if(machine, MEMCGSIM_MISUSE, msim_rcu_reading(),
			   "called inside an RCU read section", caller, NULL);
}

unsigned long memcgsim_run_work(struct memcgsim *machine)
{
	unsigned long count;

	if (would_wait_for_itself(machine, __func__))
		return 0;
	count = msim_run_work(machine) + msim_high_run_work(machine);
	msim_bugs_tell(machine);
	return count;
}

void memcgsim_synchronize_rcu(struct memcgsim *machine)
{
	struct msim_ctx guest, *ctx;

	if (would_wait_for_itself(machine, __func__))
		return;
	ctx = msim_guest_enter(machine, &guest);
	msim_rcu_synchronize(&machine->rcu);
	msim_guest_leave(ctx, &guest);
	memcgsim_run_work(machine);
}
