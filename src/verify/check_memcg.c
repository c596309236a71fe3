/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the invariants of memcgs, objcgs, their counters, references and stocks. Called by
 * check with the machine at rest and the cgroup mutex held.
 */
#include "verify/invariant.h"

#include "frames/page.h"
#include "memcg/css.h"
#include "memcg/id.h"
#include "memcg/memcg_data.h"
#include "memcg/ref.h"
#include "seam/percpu.h"

#define for_each_memcg(check, pos, memcg)                                                          \
	for (pos = (check)->machine->memcgs.next;                                                  \
	     pos != &(check)->machine->memcgs &&                                                   \
	     ((memcg = msim_list_entry(pos, struct memcgsim_mem_cgroup, node)), true);             \
	     pos = pos->next)

/* ---- tags ---- */

/* Whether @pointer is an objcg of, or is itself, a memcg that is not freed. */
static bool known(struct check *check, const void *pointer, bool objcg)
{
	const struct msim_tally *t = msim_census_of(&check->census, pointer);

	return objcg ? t->is_objcg : t->is_memcg;
}

void msim_check_tag(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &check->machine->pages[pfn];
		unsigned long word = msim_load_relaxed(&page->memcg_data);
		bool slab = msim_page_has_type(page, MSIM_PGTY_SLAB);
		bool fine;

		msim_expect(check, true,
			    !msim_page_is_type(page, MSIM_PGTY_KMEMCG) ||
				    msim_is_kmem(check->machine, page, word),
			    "it has the type of a kernel page, and nobody is charged", "pfn %lu",
			    pfn);
		if (!word)
			continue;
		if (msim_word_objcgs(word) || word == MSIM_MEMCG_DATA_OBJEXTS) /* or its failure */
			fine = slab;
		else if (msim_kmem_objcg(check->machine, word))
			fine = !slab && known(check, msim_kmem_objcg(check->machine, word), true);
		else
			fine = !slab &&
			       known(check, msim_pinned_memcg(check->machine, word), false);
		msim_expect(check, true, fine,
			    "the word names nobody that lives, or with the wrong bits", "pfn %lu",
			    pfn);
	}
}

void msim_check_tag_tail(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &check->machine->pages[pfn];

		if (msim_page_ref_count(page) <= 0)
			continue;
		for (unsigned long i = 1; i < 1UL << msim_page_order(page); i++)
			msim_expect(check, 0, (long)msim_load_relaxed(&page[i].memcg_data),
				    "a tail is charged: the head stands for all", "pfn %lu",
				    pfn + i);
	}
}

/* ---- ids ---- */

void msim_check_id_life(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;
	long ids = 0, lives = 0;

	for_each_memcg (check, pos, memcg) {
		unsigned int id = msim_load_relaxed(&memcg->id);
		bool wanted = memcg->online || msim_load_relaxed(&memcg->id_holds) > 0 ||
			      msim_census_of(&check->census, memcg)->swap_slots > 0;

		lives += wanted;
		msim_expect(check, wanted, id != 0,
			    "an id lives as long as its memcg is online or it is written down",
			    "%s", msim_name_of(memcg));
		if (id)
			msim_expect(check, true, msim_memcg_from_id(check->machine, id) == memcg,
				    "the id belongs to another", "%s", msim_name_of(memcg));
	}
	for (unsigned int id = 1; id <= check->machine->config.nr_memcg_ids; id++)
		ids += msim_load_relaxed(&check->machine->memcg_ids[id]) != NULL;
	msim_expect(check, lives, ids, "ids and memcgs that should have one differ in number",
		    "the id table");
}

void msim_check_ref_id(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg)
		msim_expect(check,
			    memcg->online + msim_load_relaxed(&memcg->id_holds) +
				    msim_census_of(&check->census, memcg)->swap_slots,
			    msim_load_relaxed(&memcg->id_refs),
			    "references on the id are not those of being online and of records",
			    "%s", msim_name_of(memcg));
}

/* ---- counters ---- */

/* What its subtree holds, dying ones and stocks included. */
static const struct msim_tally *subtree(struct check *check,
					const struct memcgsim_mem_cgroup *memcg)
{
	return msim_census_of(&check->census, memcg);
}

/* In pages, of the counter that this kernel has. */
static long usage_of(const struct memcgsim_mem_cgroup *memcg)
{
	if (memcg->v1)
		return (long)(msim_load_relaxed(&memcg->v1->res.usage) / MEMCGSIM_PAGE_SIZE);
	return msim_load_relaxed(&memcg->memory.usage);
}

/* Dying ones are left out: what was charged to them is uncharged from their parents (O-09). */
void msim_check_counter(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		if (memcg->online)
			msim_expect(check, subtree(check, memcg)->subtree_pages, usage_of(memcg),
				    "the counter is not the sum of what its subtree holds", "%s",
				    msim_name_of(memcg));
	}
}

static long kernel_usage_of(const struct memcgsim_mem_cgroup *memcg)
{
	if (memcg->v1)
		return (long)(msim_load_relaxed(&memcg->v1->kmem.usage) / MEMCGSIM_PAGE_SIZE);
	return msim_load_relaxed(&memcg->kmem_pages);
}

void msim_check_kmem(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		if (memcg->online)
			msim_expect(check, subtree(check, memcg)->subtree_kernel_pages,
				    kernel_usage_of(memcg),
				    "the kernel pages counted are not those charged", "%s",
				    msim_name_of(memcg));
	}
}

void msim_check_stat(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		if (memcg->online)
			msim_expect(check, subtree(check, memcg)->subtree_slab_bytes,
				    msim_load_relaxed(&memcg->slab_bytes),
				    "the slab bytes counted are not those of its objects", "%s",
				    msim_name_of(memcg));
		for (unsigned int i = 0; memcg->online && i < MSIM_NR_STATS; i++)
			msim_expect(
				check, subtree(check, memcg)->subtree_stats[i],
				msim_load_relaxed(&memcg->stats[i]),
				"per-CPU bytes, vmalloc pages, swap slots or listed pages counted "
				"are not those there are",
				"%s", msim_name_of(memcg));
	}
}

static void check_obj_pages_of(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct check *check = arg;

	msim_expect(check, 0,
		    msim_census_objcg_bytes(&check->census, objcg) % (long)MEMCGSIM_PAGE_SIZE,
		    "objects, stocks and remainder do not make whole pages", "objcg of %s",
		    msim_name_of(objcg->memcg));
}

void msim_check_obj_pages(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg)
		msim_census_each_objcg(memcg, check_obj_pages_of, check);
}

/* What is uncharged from the parent stays with a dead child, so its usage says nothing (O-09). */
static long usage_if_online(const struct memcgsim_mem_cgroup *memcg)
{
	return memcg->online ? usage_of(memcg) : 0;
}

void msim_check_hier(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos, *child;

	for_each_memcg (check, pos, memcg) {
		long sum = 0, usage = usage_of(memcg);

		msim_list_for_each (child, &memcg->children)
			sum += usage_if_online(
				msim_list_entry(child, struct memcgsim_mem_cgroup, sibling));
		if (memcg->online && usage < sum)
			msim_expect(check, sum, usage, "less than its children have together", "%s",
				    msim_name_of(memcg));
	}
}

void msim_check_nonneg(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		long usage = msim_load_relaxed(&memcg->memory.usage);

		if (usage < 0)
			msim_expect(check, 0, usage, "negative", "%s", msim_name_of(memcg));
	}
}

/*
 * Chargers who race may leave the watermark below the local one, as in the kernel (P-06): the later
 * store wins, whatever it stores. But both are set together, to values that the counter has had.
 */
void msim_check_watermark(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		long watermark = msim_load_relaxed(&memcg->memory.watermark);
		long local = msim_load_relaxed(&memcg->memory.local_watermark);

		if (watermark < 0 || (watermark == 0 && local > 0))
			msim_expect(check, local, watermark, "not a value the counter has had",
				    "%s", msim_name_of(memcg));
	}
}

/* What was tried and refused is off again at rest, so nothing else may be above the limit. */
void msim_check_limit(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		long usage = msim_load_relaxed(&memcg->memory.usage);
		long bound = msim_load_relaxed(&memcg->memory.max);

		if (bound < MSIM_PAGE_COUNTER_MAX)
			bound += msim_load_relaxed(&memcg->memory.forced);
		if (usage > bound)
			msim_expect(check, bound, usage, "above the limit, and nobody forced it",
				    "%s", msim_name_of(memcg));
	}
}

/*
 * The sums are exact, however charges and settings overlapped; what each child adds to them may be
 * of the last usage but one, as in the kernel. An offline child adds nothing: its settings are 0.
 */
void msim_check_prot(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg, *child;
	struct msim_list *pos, *c;

	for_each_memcg (check, pos, memcg) {
		struct msim_page_counter *counter = &memcg->memory;
		long min = 0, low = 0;

		msim_list_for_each (c, &memcg->children) {
			child = msim_list_entry(c, struct memcgsim_mem_cgroup, sibling);
			min += msim_load_relaxed(&child->memory.min_usage);
			low += msim_load_relaxed(&child->memory.low_usage);
		}
		msim_expect(check, min, msim_load_relaxed(&counter->children_min_usage),
			    "not the sum of its children's min_usage", "%s", msim_name_of(memcg));
		msim_expect(check, low, msim_load_relaxed(&counter->children_low_usage),
			    "not the sum of its children's low_usage", "%s", msim_name_of(memcg));
		if (!memcg->online)
			msim_expect(check, 0,
				    msim_load_relaxed(&counter->min_usage) +
					    msim_load_relaxed(&counter->low_usage),
				    "offline and still protected", "%s", msim_name_of(memcg));
	}
}

/* ---- references ---- */

static void check_ref_objcg_of(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct check *check = arg;
	const struct msim_tally *t = msim_census_of(&check->census, objcg);
	long expected = t->tasks + t->objects + t->percpu_objects + t->kmem_blocks + t->stocks +
			t->holders + msim_load_relaxed(&objcg->holds);

	if (msim_load_relaxed(&objcg->memcg->objcg) == objcg)
		expected++; /* its memcg's own */
	msim_expect(check, expected, msim_ref_read(check->machine, &objcg->ref),
		    "references are not those of tasks, objects, pages, stocks and memcgs",
		    "objcg of %s", msim_name_of(objcg->memcg));
}

void msim_check_ref_objcg(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg)
		msim_census_each_objcg(memcg, check_ref_objcg_of, check);
}

/*
 * Those of kernel pages: one for each block, or, up to v3.8, one until both the directory and the last
 * of them are gone.
 */
static long kmem_refs(const struct memcgsim *machine, const struct memcgsim_mem_cgroup *memcg,
		      const struct msim_tally *t)
{
	const struct msim_memcg_v1 *v1 = memcg->v1;

	if (!v1 || machine->variant->kmem_ref_each)
		return t->kmem_blocks;
	return msim_load_relaxed(&v1->kmem_accounted) & MSIM_KMEM_ACTIVE &&
	       (!v1->gone || t->subtree_kernel_pages > 0);
}

void msim_check_ref_css(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		const struct msim_tally *t = msim_census_of(&check->census, memcg);

		if (msim_memcg_is_root(memcg))
			continue;
		msim_expect(check,
			    memcg->online + (msim_load_relaxed(&memcg->id) != 0) + t->user_blocks +
				    kmem_refs(check->machine, memcg, t) + t->stocks + t->css_sets +
				    t->children + msim_load_relaxed(&memcg->holds),
			    msim_ref_read(check->machine, &memcg->ref),
			    "references are not base, id, pages, stocks, tasks, children and the "
			    "user's",
			    "%s", msim_name_of(memcg));
	}
}

void msim_check_free_eventual(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		const struct msim_tally *t = msim_census_of(&check->census, memcg);

		if (!memcg->online &&
		    t->user_blocks + kmem_refs(check->machine, memcg, t) + t->children +
				    t->css_sets + t->stocks + t->swap_slots ==
			    0 &&
		    !msim_load_relaxed(&memcg->id_holds) && !msim_load_relaxed(&memcg->holds))
			msim_expect(check, 0, 1, "offline and held by nobody, but not freed", "%s",
				    msim_name_of(memcg));
	}
}

void msim_check_reparent(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos, *o;

	for_each_memcg (check, pos, memcg) {
		if (!memcg->online)
			msim_expect(check, 0, (long)msim_load_relaxed(&memcg->objcg),
				    "offline with an objcg", "%s", msim_name_of(memcg));
		if (!memcg->online)
			msim_expect(check, true, msim_list_empty(&memcg->objcg_list),
				    "offline and still inheriting", "%s", msim_name_of(memcg));
		msim_list_for_each (o, &memcg->objcg_list)
			msim_expect(check, (long)memcg,
				    (long)msim_load_relaxed(
					    &msim_list_entry(o, struct memcgsim_obj_cgroup, node)
						     ->memcg),
				    "inherited by one memcg, charged to another", "%s",
				    msim_name_of(memcg));
	}
}

void msim_check_tree(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg (check, pos, memcg) {
		if (memcg->online && memcg->parent)
			msim_expect(check, true, memcg->parent->online,
				    "online below an offline parent", "%s", msim_name_of(memcg));
		if (memcg->parent)
			msim_expect(check, (long)&memcg->parent->memory, (long)memcg->memory.parent,
				    "its counter is below another's", "%s", msim_name_of(memcg));
	}
}

/* ---- stocks and per-CPU lists ---- */

/* Whatever a CPU has at hand: pages, objects, and what its stocks cache. */
static long belongings(const struct msim_cpu *cpu)
{
	long count = !!cpu->stock.cached + !!cpu->stock.cached_objcg + (long)cpu->pcp.count_pages;

	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++)
		count += cpu->magazines[i]->nr;
	return count;
}

void msim_check_stock(struct check *check)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (check->machine, cpu) {
		const struct msim_stock *stock = &cpu->stock;

		if (stock->nr_pages > stock->batch)
			msim_expect(check, (long)stock->batch, (long)stock->nr_pages,
				    "more pages than a batch", "CPU %u", cpu->id);
		if (!stock->cached)
			msim_expect(check, 0, (long)stock->nr_pages + stock->kmem_pages,
				    "pages of nobody", "CPU %u", cpu->id);
		else
			msim_expect(check, true, known(check, stock->cached, false),
				    "caches a freed memcg", "CPU %u", cpu->id);
		if (!stock->cached_objcg)
			msim_expect(check, 0, (long)stock->nr_bytes + stock->slab_bytes,
				    "bytes of nobody", "CPU %u", cpu->id);
		else
			msim_expect(check, true, known(check, stock->cached_objcg, true),
				    "caches a freed objcg", "CPU %u", cpu->id);
		if (!cpu->lock.online)
			msim_expect(check, 0, belongings(cpu), "offline, and has something still",
				    "CPU %u", cpu->id);
	}
}

/* ---- slab ---- */

void msim_check_vec(struct check *check)
{
	struct memcgsim *machine = check->machine;

	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &machine->pages[pfn];
		struct memcgsim_obj_cgroup **owners;
		const struct msim_slab *slab = page->slab;

		if (!msim_page_has_type(page, MSIM_PGTY_SLAB))
			continue;
		owners = msim_word_objcgs(msim_load_acquire(&page->memcg_data));
		for (unsigned int i = 0; owners && i < slab->cache->nr_objects; i++) {
			if (!owners[i])
				continue;
			msim_expect(check, MSIM_OBJECT_ALLOCATED, slab->next[i],
				    "a free object has an owner", "pfn %lu object %u", pfn, i);
			msim_expect(check, true, known(check, owners[i], true),
				    "owned by a freed objcg", "pfn %lu object %u", pfn, i);
		}
	}
}
