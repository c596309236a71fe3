/* SPDX-License-Identifier: MIT */
/*
 * Owns a table of tallies for the time of one check. Reads everything, changes nothing. Called by
 * check and dump, which hold the cgroup mutex. Exact while nobody allocates or frees.
 */
#include "verify/census.h"

#include <stdlib.h>

#include "cgroup/css_set.h"
#include "frames/page.h"
#include "frames/swapfile.h"
#include "history/page_cgroup.h"
#include "memcg/id.h"
#include "memcg/lru.h"
#include "memcg/memcg_data.h"
#include "seam/percpu.h"

static const struct msim_tally nothing;

static struct msim_tally *slot_of(struct msim_tally *table, size_t size, const void *key)
{
	/* multiplicative hashing: structures lie on lines of their own, so low bits say little */
	size_t i = (size_t)(((unsigned long)key >> 6) * 0x9e3779b97f4a7c15u >> 20) & (size - 1);

	while (table[i].key && table[i].key != key)
		i = (i + 1) & (size - 1);
	return &table[i];
}

static bool grow(struct msim_census *census)
{
	size_t size = census->size ? census->size * 2 : 256;
	struct msim_tally *table = calloc(size, sizeof(*table));

	if (!table)
		return false;
	for (size_t i = 0; i < census->size; i++) {
		if (census->table[i].key)
			*slot_of(table, size, census->table[i].key) = census->table[i];
	}
	free(census->table);
	census->table = table;
	census->size = size;
	return true;
}

/* The tally to add to. Without memory it is a scratch one, and the census has failed. */
static struct msim_tally *tally(struct msim_census *census, const void *key)
{
	struct msim_tally *found;

	if ((census->used + 1) * 2 > census->size && !grow(census)) {
		census->failed = true;
		return &census->scratch;
	}
	found = slot_of(census->table, census->size, key);
	if (!found->key) {
		found->key = key;
		census->used++;
	}
	return found;
}

const struct msim_tally *msim_census_of(const struct msim_census *census, const void *key)
{
	const struct msim_tally *found;

	if (!census->size)
		return &nothing;
	found = slot_of(census->table, census->size, key);
	return found->key ? found : &nothing;
}

static void count_slab(struct msim_census *census, const struct memcgsim_page *page)
{
	const struct msim_slab *slab = page->slab;
	struct memcgsim_obj_cgroup **owners =
		msim_word_objcgs(msim_load_acquire(&page->memcg_data));

	for (unsigned int i = 0; owners && i < slab->cache->nr_objects; i++) {
		struct msim_tally *t;

		if (!owners[i])
			continue;
		t = tally(census, owners[i]);
		t->objects++;
		t->object_bytes += slab->cache->full_bytes;
	}
}

/* Of v1 machines: the record beside the page says whose it is. */
static void count_record(struct msim_census *census, const struct memcgsim_page *page)
{
	const struct msim_page_cgroup *pc = msim_page_cgroup(census->machine, page);
	unsigned long flags = msim_load_relaxed(&pc->flags);
	long nr_pages = 1L << msim_page_order(page);
	struct msim_tally *t;

	if (!(flags & MSIM_PCG_USED))
		return;
	t = tally(census, msim_load_relaxed(&pc->mem_cgroup));
	if (flags & MSIM_PCG_KMEM) {
		t->kmem_blocks++;
		t->kmem_pages += nr_pages;
	} else {
		t->user_blocks++;
		t->user_pages += msim_pcg_holds_mem(flags) ? nr_pages : 0;
	}
	t->memsw_pages += msim_pcg_holds_memsw(flags) ? nr_pages : 0;
}

static void count_page(struct msim_census *census, const struct memcgsim_page *page)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	long nr_pages = 1L << msim_page_order(page);
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(census->machine, word);
	struct memcgsim_mem_cgroup *memcg = msim_pinned_memcg(census->machine, word);

	if (msim_page_has_type(page, MSIM_PGTY_SLAB)) {
		count_slab(census, page);
	} else if (census->machine->variant->v1) {
		count_record(census, page);
	} else if (objcg || (memcg && msim_is_kmem(census->machine, page, word))) {
		struct msim_tally *t =
			tally(census, objcg ? (const void *)objcg : (const void *)memcg);

		t->kmem_pages += nr_pages;
		t->kmem_blocks++;
		if (msim_page_flags(page) & MSIM_PG_LARGE_KMALLOC)
			t->large_bytes += nr_pages * (long)MEMCGSIM_PAGE_SIZE;
	} else if (memcg) {
		struct msim_tally *t = tally(census, memcg);

		t->user_pages += nr_pages;
		t->user_blocks++;
	}
}

static void count_listed(struct msim_census *census, const struct memcgsim_page *page)
{
	struct memcgsim *machine = census->machine;
	struct memcgsim_mem_cgroup *memcg = machine->variant->user_memcg(machine, page);

	tally(census, memcg ? memcg : machine->root_memcg)->lru_pages[msim_folio_lru_list(page)] +=
		(long)msim_folio_nr_pages(page);
}

/* Whatever begins with that frame; how many frames it has. A bad page may still be charged. */
static unsigned long count_block(struct msim_census *census, const struct memcgsim_page *page)
{
	unsigned long nr_pages = 1UL << msim_page_order(page);

	if (msim_page_ref_count(page) > 0) {
		census->allocated_pages += nr_pages;
		count_page(census, page);
		if (msim_page_flags(page) & MSIM_PG_LRU)
			count_listed(census, page);
		return nr_pages;
	}
	if (msim_page_flags(page) & MSIM_PG_LEAKED) {
		count_page(census, page);
		return nr_pages;
	}
	if (msim_page_has_type(page, MSIM_PGTY_GUARD))
		census->guard_pages += 1UL << page->private;
	else if (!msim_page_has_type(page, MSIM_PGTY_BUDDY))
		return 1;
	return 1UL << page->private;
}

/* The only part that others may be writing: copied under each CPU's lock, counted afterwards. */
static void count_stocks(struct msim_census *census)
{
	struct memcgsim *machine = census->machine;
	struct msim_cpu *cpu;

	msim_for_each_cpu (machine, cpu) {
		struct msim_stock stock;

		msim_cpu_visit(cpu);
		stock = cpu->stock;
		census->pcp_pages += cpu->pcp.count_pages;
		msim_cpu_unvisit(cpu);
		if (stock.cached) {
			struct msim_tally *t = tally(census, stock.cached);

			t->stocks++;
			t->stock_pages += (long)stock.nr_pages;
		}
		if (stock.cached_objcg) {
			struct msim_tally *t = tally(census, stock.cached_objcg);

			t->stocks++;
			t->stock_bytes += (long)stock.nr_bytes;
		}
	}
}

static void count_percpu(struct msim_census *census)
{
	struct msim_list *pos;

	msim_mutex_lock(&census->machine->pcpu.mutex);
	msim_list_for_each (pos, &census->machine->pcpu.live) {
		const struct msim_pcpu_object *object =
			msim_list_entry(pos, struct msim_pcpu_object, node);
		struct msim_tally *t;

		if (!object->objcg)
			continue;
		t = tally(census, object->objcg);
		t->percpu_objects++;
		t->percpu_bytes += object->full_bytes;
	}
	msim_mutex_unlock(&census->machine->pcpu.mutex);
}

static void count_vmalloc(struct msim_census *census)
{
	struct memcgsim *machine = census->machine;
	struct msim_list *pos;

	msim_mutex_lock(&machine->vmalloc.mutex);
	msim_list_for_each (pos, &machine->vmalloc.areas) {
		const struct msim_vm_area *area = msim_list_entry(pos, struct msim_vm_area, node);

		for (unsigned long i = 0; area->accounted && i < area->nr_pages; i++) {
			unsigned long word = msim_load_relaxed(&area->pages[i]->memcg_data);
			const void *payer = msim_kmem_objcg(machine, word);

			if (!payer)
				payer = msim_pinned_memcg(machine, word);
			if (payer)
				tally(census, payer)->vmalloc_pages++;
		}
	}
	msim_mutex_unlock(&machine->vmalloc.mutex);
}

static void count_swap(struct msim_census *census)
{
	struct memcgsim *machine = census->machine;

	for (unsigned long entry = 1; entry < machine->swap.frontier; entry++) {
		unsigned int id = msim_swap_id(machine, entry);
		const struct memcgsim_mem_cgroup *memcg = msim_memcg_from_id(machine, id);

		if (memcg)
			tally(census, memcg)->swap_slots++;
		census->lost_records += id && !memcg;
	}
}

static void mark_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	tally(arg, objcg)->is_objcg = true;
}

static void count_memcgs(struct msim_census *census)
{
	const struct memcgsim_config *config = &census->machine->config;
	struct msim_list *pos;

	msim_list_for_each (pos, &census->machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		tally(census, memcg)->is_memcg = true;
		msim_census_each_objcg(memcg, mark_objcg, census);
		if (memcg->parent)
			tally(census, memcg->parent)->children++;
		if (memcg->orig_objcg)
			tally(census, memcg->orig_objcg)->holders++;
		if (memcg->cost_objcg) {
			struct msim_tally *t = tally(census, memcg->cost_objcg);

			t->holders++;
			t->cost_bytes += (long)memcg->cost_bytes;
			t->cost_slab_bytes += (long)config->child_cost_slab_bytes;
			t->cost_percpu_bytes += (long)config->child_cost_percpu_bytes;
		}
	}
}

static void count_tasks(struct msim_census *census)
{
	struct memcgsim *machine = census->machine;
	struct msim_list *pos;

	msim_list_for_each (pos, &machine->csets)
		tally(census, msim_list_entry(pos, struct msim_css_set, node)->memcg)->css_sets++;
	msim_list_for_each (pos, &machine->tasks) {
		unsigned long word =
			msim_load_relaxed(&msim_list_entry(pos, struct memcgsim_task, node)->objcg);

		if (word & ~MSIM_OBJCG_UPDATE_FLAG)
			tally(census, (void *)(word & ~MSIM_OBJCG_UPDATE_FLAG))->tasks++;
	}
}

/* What one memcg holds by itself. */
struct sum {
	const struct msim_census *census;
	long pages;
	long kernel_pages;
	long slab_bytes;
	long stats[MSIM_NR_STATS];
};

static void add_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct sum *sum = arg;
	const struct msim_tally *t = msim_census_of(sum->census, objcg);
	long pages = msim_census_objcg_pages(sum->census, objcg);

	sum->pages += pages;
	sum->kernel_pages += pages;
	sum->slab_bytes += t->object_bytes + t->cost_slab_bytes + t->large_bytes;
	sum->stats[MSIM_STAT_PERCPU_BYTES] += t->percpu_bytes + t->cost_percpu_bytes;
	sum->stats[MSIM_STAT_VMALLOC_PAGES] += t->vmalloc_pages;
}

/*
 * Each memcg's holdings are added to its own subtree's, and then that to the parent's: parents
 * stand before their children in the machine's list, so from its end.
 */
static void sum_subtrees(struct msim_census *census)
{
	struct msim_list *pos, *head = &census->machine->memcgs;

	for (pos = head->prev; pos != head; pos = pos->prev) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);
		struct msim_tally *t = slot_of(census->table, census->size, memcg);
		struct sum sum = { .census = census };

		msim_census_each_objcg(memcg, add_objcg, &sum);
		t->subtree_pages += sum.pages + t->stock_pages + t->kmem_pages +
				    msim_load_relaxed(&memcg->lost_pages);
		t->subtree_kernel_pages += sum.kernel_pages + t->kmem_pages +
					   msim_load_relaxed(&memcg->lost_kmem_pages);
		t->subtree_slab_bytes += sum.slab_bytes + t->large_bytes;
		for (unsigned int i = 0; i < MSIM_NR_STATS; i++)
			t->subtree_stats[i] += sum.stats[i];
		t->subtree_stats[MSIM_STAT_VMALLOC_PAGES] += t->vmalloc_pages;
		t->subtree_stats[MSIM_STAT_SWAP_PAGES] += t->swap_slots;
		for (unsigned int i = 0; i < MEMCGSIM_NR_LRU_LISTS; i++)
			t->subtree_stats[MSIM_STAT_LRU_PAGES + i] += t->lru_pages[i];
		if (memcg->parent) { /* the root's own user pages are not charged (C-01) */
			struct msim_tally *above =
				slot_of(census->table, census->size, memcg->parent);

			t->subtree_pages += t->user_pages;
			t->subtree_memsw_pages += t->memsw_pages + t->swap_slots;
			t->subtree_swap_slots += t->swap_slots;
			above->subtree_swap_slots += t->subtree_swap_slots;
			above->subtree_pages += t->subtree_pages;
			above->subtree_memsw_pages += t->subtree_memsw_pages;
			above->subtree_kernel_pages += t->subtree_kernel_pages;
			above->subtree_slab_bytes += t->subtree_slab_bytes;
			for (unsigned int i = 0; i < MSIM_NR_STATS; i++)
				above->subtree_stats[i] += t->subtree_stats[i];
		}
	}
}

bool msim_census_take(struct memcgsim *machine, struct msim_census *census)
{
	unsigned long pfn = 0;

	msim_assert_held(MSIM_RANK_CGROUP);
	*census = (struct msim_census){ .machine = machine };
	while (pfn < machine->zone.frontier_pfn) {
		const struct memcgsim_page *page = &machine->pages[pfn];

		pfn += count_block(census, page);
	}
	count_stocks(census);
	count_percpu(census);
	count_vmalloc(census);
	count_swap(census);
	count_memcgs(census);
	count_tasks(census);
	if (!census->failed)
		sum_subtrees(census);
	return !census->failed;
}

void msim_census_free(struct msim_census *census)
{
	free(census->table);
	census->table = NULL;
}

long msim_census_objcg_bytes(const struct msim_census *census,
			     const struct memcgsim_obj_cgroup *objcg)
{
	const struct msim_tally *t = msim_census_of(census, objcg);

	return t->object_bytes + t->percpu_bytes + t->cost_bytes + t->stock_bytes +
	       msim_load_relaxed(&objcg->nr_charged_bytes);
}

long msim_census_objcg_pages(const struct msim_census *census,
			     const struct memcgsim_obj_cgroup *objcg)
{
	return msim_census_of(census, objcg)->kmem_pages +
	       msim_census_objcg_bytes(census, objcg) / (long)MEMCGSIM_PAGE_SIZE;
}

void msim_census_each_objcg(const struct memcgsim_mem_cgroup *memcg,
			    void (*fn)(struct memcgsim_obj_cgroup *objcg, void *arg), void *arg)
{
	struct memcgsim_obj_cgroup *own = msim_load_relaxed(&memcg->objcg);
	const struct msim_list *pos;

	if (own)
		fn(own, arg);
	msim_list_for_each (pos, &memcg->objcg_list)
		fn(msim_list_entry(pos, struct memcgsim_obj_cgroup, node), arg);
}
