/* SPDX-License-Identifier: MIT */
/*
 * Owns what is remembered of a machine from one look to the next. Called by explore/step between two
 * steps. Holds I-TAG-MONO, I-NOBOTH, I-CHARGE-WHO, I-STOCK, I-STOCK-OWNER, I-PCP-NOCHG and
 * I-TASK-OBJCG; the equations of what is charged and held are verify/ledger's.
 */
#include "verify/steps.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames/page.h"
#include "memcg/memcg_data.h"
#include "seam/percpu.h"
#include "verify/ledger.h"

#define NOBODY	  0xff
#define MAX_TASKS 16
#define MAX_PAID  8

/* A task, and every objcg that a look at its membership may have answered in this schedule. */
struct history {
	const struct memcgsim_task *task;
	const struct memcgsim_obj_cgroup *objcgs[MAX_PAID];
	unsigned int nr; /* beyond MAX_PAID: nobody knows */
};

/* A CPU's stock as it was when an actor stopped, and who took the CPU's lock last. */
struct watched_cpu {
	struct msim_stock stock;
	unsigned char holder;
	bool inside; /* it was, when it stopped last */
	bool taken;  /* since the last look */
};

struct steps {
	struct memcgsim *machine;
	struct msim_ledger ledger;
	struct history histories[MAX_TASKS];
	unsigned int nr_histories;
	unsigned int page_locks[MSIM_ACTORS]; /* how many each has */
	struct watched_cpu cpus[];
};

__attribute__((format(printf, 2, 3))) static void fail(struct msim_run *run, const char *format,
						       ...)
{
	char text[MEMCGSIM_FAILURE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	msim_run_fail(run, MEMCGSIM_INVARIANT, text);
}

/* ---- who may pay for a task ---- */

static struct history *history_of(struct steps *steps, const struct memcgsim_task *task)
{
	for (unsigned int i = 0; i < steps->nr_histories; i++) {
		if (steps->histories[i].task == task)
			return &steps->histories[i];
	}
	return NULL;
}

/* What a look at its membership answers now. */
static const struct memcgsim_obj_cgroup *objcg_of(const struct memcgsim_task *task)
{
	const struct memcgsim_mem_cgroup *memcg = task->cset->memcg;

	while (memcg && !memcg->objcg)
		memcg = memcg->parent;
	return memcg ? memcg->objcg : NULL;
}

static bool remembers(const struct history *history, const struct memcgsim_obj_cgroup *objcg)
{
	if (history->nr > MAX_PAID)
		return true;
	for (unsigned int i = 0; i < history->nr; i++) {
		if (history->objcgs[i] == objcg)
			return true;
	}
	return false;
}

static void remember(struct steps *steps, const struct memcgsim_task *task)
{
	const struct memcgsim_obj_cgroup *objcg = objcg_of(task);
	struct history *history = history_of(steps, task);

	if (!history) {
		if (steps->nr_histories == MAX_TASKS)
			return;
		history = &steps->histories[steps->nr_histories++];
		*history = (struct history){ .task = task };
	}
	if (remembers(history, objcg))
		return;
	if (history->nr < MAX_PAID)
		history->objcgs[history->nr] = objcg;
	history->nr++;
}

/*
 * The current actor has charged @objcg for a page: for its task's sake, unless it is in an interrupt
 * or in a scope. Only its task's membership since the schedule began is known, not since this charge
 * began: what is seen is who never can have been the answer.
 */
static void check_payer(struct msim_run *run, struct steps *steps,
			const struct memcgsim_obj_cgroup *objcg)
{
	const struct msim_ctx *ctx = run->self ? *run->self : NULL;
	const struct history *history;

	if (!ctx || ctx->guest || ctx->irq_nesting || ctx->in_hook || ctx->task != ctx->current ||
	    ctx->current == &steps->machine->idle || !ctx->current->cset)
		return;
	history = history_of(steps, ctx->current);
	if (history && !remembers(history, objcg) && objcg_of(ctx->current) != objcg)
		fail(run,
		     "I-CHARGE-WHO does not hold for pid %d: charged to %s, where it never was",
		     ctx->current->pid, objcg->memcg->parent ? objcg->memcg->cgroup->name : "/");
}

/* ---- words ---- */

/* Not by its address: what is told is the same wherever the process lies. */
static const char *named_by(unsigned long word)
{
	if (word & MSIM_MEMCG_DATA_OBJEXTS)
		return "a vector";
	return word & MSIM_MEMCG_DATA_KMEM ? "who pays for kernel memory" : "a memcg";
}

/* Whether a page's word may become @word where @old was. */
static bool may_become(const struct memcgsim_page *page, unsigned long old, unsigned long word)
{
	if (!old || !word)
		return true;
	if (old == MSIM_MEMCG_DATA_OBJEXTS) /* there was no memory for a vector before */
		return word & MSIM_MEMCG_DATA_OBJEXTS;
	return !((old | word) & MSIM_MEMCG_DATA_FLAGS) && (page->flags & MSIM_PG_LOCKED);
}

static void count_page_lock(struct msim_run *run, struct steps *steps, unsigned long old,
			    unsigned long flags)
{
	unsigned int *locks = &steps->page_locks[run->current->index];

	if (flags & ~old & MSIM_PG_LOCKED)
		++*locks;
	else if (old & ~flags & MSIM_PG_LOCKED && *locks)
		--*locks;
}

static void wrote(struct msim_run *run, const volatile void *word, uint64_t old)
{
	struct steps *steps = run->oracle_data;
	struct memcgsim *machine = steps->machine;
	uintptr_t offset = (uintptr_t)word - (uintptr_t)machine->pages;
	const struct memcgsim_page *page;
	const struct memcgsim_obj_cgroup *objcg;

	if (offset >= machine->config.nr_pages * sizeof(*page))
		return;
	page = &machine->pages[offset / sizeof(*page)];
	msim_recount_wrote(&steps->ledger.count, page, word, old);
	if (word == &page->flags)
		count_page_lock(run, steps, old, page->flags);
	if (word != &page->memcg_data)
		return;
	if (!may_become(page, old, page->memcg_data))
		fail(run, "I-TAG-MONO does not hold for pfn %lu: its word named %s and names %s",
		     msim_pfn(machine, page), named_by(old), named_by(page->memcg_data));
	if (page->memcg_data && msim_page_has_type(page, MSIM_PGTY_BUDDY))
		fail(run, "I-NOBOTH does not hold for pfn %lu: it is free and charged",
		     msim_pfn(machine, page));
	objcg = msim_kmem_objcg(machine, page->memcg_data);
	/* The tails of a block that is being split have no reference yet, and its own payer. */
	if (objcg && page->_refcount > 0)
		check_payer(run, steps, objcg);
}

/* ---- CPUs ---- */

static void locked(struct msim_run *run, const volatile void *lock)
{
	struct steps *steps = run->oracle_data;
	struct memcgsim *machine = steps->machine;
	uintptr_t offset = (uintptr_t)lock - (uintptr_t)machine->cpus;
	size_t i = offset / sizeof(*machine->cpus);

	if (i >= machine->config.nr_cpus || lock != &machine->cpus[i].lock.spin.locked)
		return;
	steps->cpus[i].holder = (unsigned char)run->current->index;
	steps->cpus[i].taken = true;
}

static bool same_stock(const struct msim_stock *a, const struct msim_stock *b)
{
	return a->cached == b->cached && a->nr_pages == b->nr_pages &&
	       a->kmem_pages == b->kmem_pages && a->cached_objcg == b->cached_objcg &&
	       a->nr_bytes == b->nr_bytes && a->slab_bytes == b->slab_bytes;
}

static void check_free_pages(struct msim_run *run, const struct msim_cpu *cpu)
{
	for (unsigned int i = 0; i < MSIM_PCP_LISTS && cpu->pcp.count_pages; i++) {
		const struct msim_list *pos;

		msim_list_for_each (pos, &cpu->pcp.lists[i]) {
			const struct memcgsim_page *page =
				msim_list_entry(pos, struct memcgsim_page, lru);

			if (page->memcg_data || page->_refcount)
				fail(run,
				     "I-PCP-NOCHG does not hold for pfn %lu: free on CPU %u, "
				     "and charged or referred to",
				     msim_pfn(cpu->machine, page), cpu->id);
		}
	}
}

/* Nobody holds its lock: it is as it must be. */
static void check_cpu_at_rest(struct msim_run *run, const struct msim_cpu *cpu)
{
	const struct msim_stock *stock = &cpu->stock;

	if (stock->nr_pages > stock->batch ||
	    (!stock->cached && (stock->nr_pages || stock->kmem_pages)) ||
	    (!stock->cached_objcg && (stock->nr_bytes || stock->slab_bytes)))
		fail(run, "I-STOCK does not hold for CPU %u: more than a batch, or nobody's",
		     cpu->id);
	check_free_pages(run, cpu);
}

/* Whether the current actor holds no CPU's lock. */
static bool check_cpus(struct msim_run *run, struct steps *steps)
{
	struct memcgsim *machine = steps->machine;
	bool settled = true;

	for (unsigned int i = 0; i < machine->config.nr_cpus; i++) {
		const struct msim_cpu *cpu = &machine->cpus[i];
		struct watched_cpu *watched = &steps->cpus[i];
		bool mine = watched->holder == run->current->index;

		if (!watched->taken && !(mine && watched->inside) &&
		    !same_stock(&watched->stock, &cpu->stock))
			fail(run,
			     "I-STOCK-OWNER does not hold for CPU %u: its stock was written "
			     "without its lock",
			     cpu->id);
		watched->stock = cpu->stock;
		watched->taken = false;
		if (mine)
			watched->inside = cpu->lock.spin.locked;
		if (mine && watched->inside)
			settled = false;
		if (!cpu->lock.spin.locked)
			check_cpu_at_rest(run, cpu);
	}
	return settled;
}

/* ---- tasks ---- */

/* While nobody moves anybody: what a task's word names without the flag is who has to pay for it. */
static void check_tasks(struct msim_run *run, struct steps *steps)
{
	struct memcgsim *machine = steps->machine;
	bool still = !machine->cgroup_mutex.locked && !machine->css_set_lock.locked &&
		     !machine->objcg_lock.locked;
	const struct msim_list *pos;

	msim_list_for_each (pos, &machine->tasks) {
		const struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);
		const struct memcgsim_obj_cgroup *named, *objcg;

		if (!task->cset)
			continue;
		remember(steps, task);
		if (!still || !task->objcg || task->objcg & MSIM_OBJCG_UPDATE_FLAG)
			continue;
		named = (const struct memcgsim_obj_cgroup *)task->objcg;
		objcg = objcg_of(task);
		if (named->memcg != (objcg ? objcg->memcg : NULL))
			fail(run,
			     "I-TASK-OBJCG does not hold for pid %d: not its memcg's objcg, "
			     "and not told to look",
			     task->pid);
	}
}

/* ---- the oracle ---- */

static void look(struct msim_run *run, bool idle)
{
	struct steps *steps = run->oracle_data;
	/* Who is inside of a lock that is explored as written is that lock's secret. */
	bool settled = !steps->machine->cpu_lock_as_written && check_cpus(run, steps);
	const char *wrong;

	if (steps->page_locks[run->current->index])
		settled = false;
	check_tasks(run, steps);
	wrong = msim_ledger_look(&steps->ledger, run->current->index, settled, idle);
	if (wrong)
		msim_run_fail(run, MEMCGSIM_INVARIANT, wrong);
}

static void begin(struct msim_run *run)
{
	struct steps *steps = run->oracle_data;
	struct msim_list *pos;

	msim_ledger_begin(&steps->ledger);
	for (unsigned int i = 0; i < steps->machine->config.nr_cpus; i++)
		steps->cpus[i] = (struct watched_cpu){
			.stock = steps->machine->cpus[i].stock,
			.holder = NOBODY,
		};
	steps->nr_histories = 0;
	memset(steps->page_locks, 0, sizeof(steps->page_locks));
	msim_list_for_each (pos, &steps->machine->tasks)
		remember(steps, msim_list_entry(pos, struct memcgsim_task, node));
}

static void close_steps(struct msim_run *run)
{
	struct steps *steps = run->oracle_data;

	msim_ledger_close(&steps->ledger);
	free(steps);
	run->oracle = NULL;
}

static const struct msim_oracle steps_oracle = {
	.begin = begin,
	.locked = locked,
	.wrote = wrote,
	.look = look,
	.close = close_steps,
};

int msim_steps_watch(struct msim_run *run, struct memcgsim *machine)
{
	size_t nr_cpus = machine->config.nr_cpus;
	struct steps *steps = calloc(1, sizeof(*steps) + nr_cpus * sizeof(steps->cpus[0]));

	if (!steps)
		return -ENOMEM;
	steps->machine = machine;
	if (!msim_ledger_open(&steps->ledger, machine)) {
		msim_ledger_close(&steps->ledger);
		free(steps);
		return -ENOMEM;
	}
	run->oracle_data = steps;
	run->oracle = &steps_oracle;
	return 0;
}
