/* SPDX-License-Identifier: MIT */
/*
 * Owns the catalogue of invariants: each is one function with its equation. Reads everything, changes nothing
 * but for the drain that the level Q0 asks for. Runs under the cgroup mutex, with nobody else inside.
 */
#include <memcgsim/check.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/slab.h"
#include "cgroup/css_set.h"
#include "frames/page.h"
#include "frames/pcp.h"
#include "memcg/css.h"
#include "memcg/drain.h"
#include "memcg/memcg_data.h"
#include "memcg/ref.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/work.h"
#include "verify/census.h"

/* One evaluation of the catalogue. */
struct check {
	struct memcgsim *machine;
	const struct memcgsim_invariant *invariant;
	struct msim_census census;
	long violations;
	void (*report)(const struct memcgsim_violation *violation, void *arg);
	void *arg;
};

#define for_each_memcg(check, pos, memcg)                                                          \
	for (pos = (check)->machine->memcgs.next;                                                  \
	     pos != &(check)->machine->memcgs &&                                                   \
	     ((memcg = msim_list_entry(pos, struct memcgsim_mem_cgroup, node)), true);             \
	     pos = pos->next)

#define for_each_free_block(check, order, pos)                                                     \
	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++)                     \
		msim_list_for_each(pos, &(check)->machine->zone.free_area[order].free_list)

__attribute__((format(printf, 5, 6))) static void
expect(struct check *check, long expected, long found, const char *detail, const char *object, ...)
{
	struct memcgsim_violation violation = {
		.id = check->invariant->id,
		.expected = expected,
		.found = found,
		.detail = detail,
	};
	va_list args;

	if (expected == found)
		return;
	check->violations++;
	if (!check->report)
		return;
	va_start(args, object);
	vsnprintf(violation.object, sizeof(violation.object), object, args);
	va_end(args);
	check->report(&violation, check->arg);
}

/* How a memcg is called in a report: by its directory. */
static const char *name_of(const struct memcgsim_mem_cgroup *memcg)
{
	return memcg->parent ? memcg->cgroup->name : "/";
}

/* ---- tags ------------------------------------------------------------------------------------------- */

struct search {
	const void *wanted;
	bool found;
};

static void match_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct search *search = arg;

	search->found |= objcg == search->wanted;
}

/* Whether @pointer is an objcg of, or is itself, a memcg that is not freed. */
static bool known(struct check *check, const void *pointer, bool objcg)
{
	struct search search = { .wanted = pointer };
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		if (objcg)
			msim_census_each_objcg(memcg, match_objcg, &search);
		else
			search.found |= memcg == pointer;
	}
	return search.found;
}

static void check_tag(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &check->machine->pages[pfn];
		unsigned long word = msim_load_relaxed(&page->memcg_data);
		bool slab = msim_page_has_type(page, MSIM_PGTY_SLAB);
		bool fine;

		if (!word)
			continue;
		if (msim_word_objcgs(word))
			fine = slab;
		else if (msim_word_objcg(word))
			fine = !slab && known(check, msim_word_objcg(word), true);
		else
			fine = !slab && known(check, msim_word_memcg(word), false);
		expect(check, true, fine, "the word names nobody that lives, or with the wrong bits", "pfn %lu",
		       pfn);
	}
}

static void check_tag_tail(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &check->machine->pages[pfn];

		if (msim_page_ref_count(page) <= 0)
			continue;
		for (unsigned long i = 1; i < 1UL << msim_page_order(page); i++)
			expect(check, 0, (long)msim_load_relaxed(&page[i].memcg_data),
			       "a tail is charged: the head stands for all", "pfn %lu", pfn + i);
	}
}

static void check_noboth(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &check->machine->pages[pfn];

		if (msim_page_ref_count(page) == 0)
			expect(check, 0, (long)msim_load_relaxed(&page->memcg_data),
			       "a page without references is charged", "pfn %lu", pfn);
	}
}

static void check_compound(struct check *check)
{
	for (unsigned long pfn = 0; pfn < check->machine->zone.frontier_pfn; pfn++) {
		struct memcgsim_page *page = &check->machine->pages[pfn];
		bool head = page->flags & MSIM_PG_HEAD;

		if (msim_page_ref_count(page) <= 0)
			continue;
		for (unsigned long i = 1; i < 1UL << msim_page_order(page); i++)
			expect(check, (long)(head ? pfn : pfn + i),
			       (long)msim_pfn(check->machine, msim_compound_head(&page[i])),
			       "a tail names another head", "pfn %lu", pfn + i);
	}
}

/* ---- ids -------------------------------------------------------------------------------------------- */

static void check_id_life(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;
	long ids = 0, online = 0;

	for_each_memcg(check, pos, memcg) {
		online += memcg->online;
		expect(check, memcg->online, memcg->id != 0, "an id lives exactly as long as its memcg is online",
		       "%s", name_of(memcg));
		if (memcg->id)
			expect(check, true, check->machine->memcg_ids[memcg->id] == memcg,
			       "the id belongs to another", "%s", name_of(memcg));
	}
	for (unsigned int id = 1; id <= MEMCGSIM_MAX_MEMCGS; id++)
		ids += check->machine->memcg_ids[id] != NULL;
	expect(check, online, ids, "ids and online memcgs differ in number", "the id table");
}

/* ---- counters --------------------------------------------------------------------------------------- */

struct sum {
	struct check *check;
	long pages;
	long kernel_pages;
	long slab_bytes;
};

static void add_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct sum *sum = arg;
	const struct msim_census *census = &sum->check->census;
	const struct msim_tally *t = msim_census_of(census, objcg);

	sum->pages += msim_census_objcg_pages(census, objcg);
	sum->kernel_pages += msim_census_objcg_pages(census, objcg);
	sum->slab_bytes += t->object_bytes + t->cost_slab_bytes + t->large_bytes;
}

/* What the subtree of @top holds, itself, dying ones and stocks included. */
static struct sum subtree_sum(struct check *check, const struct memcgsim_mem_cgroup *top)
{
	struct sum sum = { .check = check };
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		const struct msim_tally *t = msim_census_of(&check->census, memcg);

		if (!msim_memcg_is_descendant(memcg, top))
			continue;
		sum.pages += t->user_pages + t->stock_pages;
		msim_census_each_objcg(memcg, add_objcg, &sum);
	}
	if (!top->parent) /* the root's own user pages are not charged (C-01) */
		sum.pages -= msim_census_of(&check->census, top)->user_pages;
	return sum;
}

/* Dying ones are left out: what was charged to them is uncharged from their parents (O-09). */
static void check_counter(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		if (memcg->online)
			expect(check, subtree_sum(check, memcg).pages, msim_load_relaxed(&memcg->memory.usage),
			       "the counter is not the sum of what its subtree holds", "%s", name_of(memcg));
	}
}

static void check_kmem(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		if (memcg->online)
			expect(check, subtree_sum(check, memcg).kernel_pages,
			       msim_load_relaxed(&memcg->kmem_pages),
			       "the kernel pages counted are not those charged", "%s", name_of(memcg));
	}
}

static void check_stat(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		if (memcg->online)
			expect(check, subtree_sum(check, memcg).slab_bytes, msim_load_relaxed(&memcg->slab_bytes),
			       "the slab bytes counted are not those of its objects", "%s", name_of(memcg));
	}
}

static void check_obj_pages_of(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct check *check = arg;

	expect(check, 0, msim_census_objcg_bytes(&check->census, objcg) % (long)MEMCGSIM_PAGE_SIZE,
	       "objects, stocks and remainder do not make whole pages", "objcg of %s", name_of(objcg->memcg));
}

static void check_obj_pages(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg)
		msim_census_each_objcg(memcg, check_obj_pages_of, check);
}

static void check_hier(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos, *child;

	for_each_memcg(check, pos, memcg) {
		long sum = 0, usage = msim_load_relaxed(&memcg->memory.usage);

		msim_list_for_each(child, &memcg->children)
			sum += msim_load_relaxed(
				&msim_list_entry(child, struct memcgsim_mem_cgroup, sibling)->memory.usage);
		if (memcg->online && usage < sum)
			expect(check, sum, usage, "less than its children have together", "%s", name_of(memcg));
	}
}

static void check_nonneg(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		long usage = msim_load_relaxed(&memcg->memory.usage);

		if (usage < 0)
			expect(check, 0, usage, "negative", "%s", name_of(memcg));
	}
}

static void check_watermark(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		long watermark = msim_load_relaxed(&memcg->memory.watermark);
		long local = msim_load_relaxed(&memcg->memory.local_watermark);

		if (watermark < local)
			expect(check, local, watermark, "below the local watermark", "%s", name_of(memcg));
	}
}

/* ---- references --------------------------------------------------------------------------------------- */

static void check_ref_objcg_of(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct check *check = arg;
	const struct msim_tally *t = msim_census_of(&check->census, objcg);
	long expected = t->tasks + t->objects + t->kmem_blocks + t->stocks + t->holders;

	if (msim_load_relaxed(&objcg->memcg->objcg) == objcg)
		expected++; /* its memcg's own */
	expect(check, expected, msim_ref_read(check->machine, &objcg->ref),
	       "references are not those of tasks, objects, pages, stocks and memcgs", "objcg of %s",
	       name_of(objcg->memcg));
}

static void check_ref_objcg(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg)
		msim_census_each_objcg(memcg, check_ref_objcg_of, check);
}

static void check_ref_css(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		const struct msim_tally *t = msim_census_of(&check->census, memcg);

		if (msim_memcg_is_root(memcg))
			continue;
		expect(check,
		       2 * memcg->online + t->user_blocks + t->stocks + t->css_sets + t->children,
		       msim_ref_read(check->machine, &memcg->ref),
		       "references are not base, id, pages, stocks, tasks and children", "%s", name_of(memcg));
	}
}

static void check_free_eventual(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		const struct msim_tally *t = msim_census_of(&check->census, memcg);

		if (!memcg->online && t->user_blocks + t->children + t->css_sets + t->stocks == 0)
			expect(check, 0, 1, "offline and held by nobody, but not freed", "%s", name_of(memcg));
	}
}

static void check_task_objcg(struct check *check)
{
	struct msim_list *pos;

	msim_list_for_each(pos, &check->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);
		unsigned long word = msim_load_relaxed(&task->objcg);
		const struct memcgsim_mem_cgroup *memcg = task->cset->memcg;
		const struct memcgsim_obj_cgroup *objcg = NULL;

		if (word & MSIM_OBJCG_UPDATE_FLAG)
			continue;
		/* An objcg that its memcg's offlining handed up is as good as the ancestor's own (K-03). */
		for (; memcg && !objcg; memcg = memcg->parent)
			objcg = msim_load_relaxed(&memcg->objcg);
		if (word && ((struct memcgsim_obj_cgroup *)word)->memcg == (objcg ? objcg->memcg : NULL))
			continue;
		expect(check, (long)objcg, (long)word, "not its memcg's objcg, and not told to look", "pid %d",
		       task->pid);
	}
}

static void check_task_exit(struct check *check)
{
	struct msim_list *pos;

	msim_list_for_each(pos, &check->machine->tasks) {
		struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);

		expect(check, false, task->exiting, "has exited and is still there", "pid %d", task->pid);
	}
	expect(check, 0, (long)msim_load_relaxed(&check->machine->idle.objcg), "no task's word is set",
	       "no task");
}

static void check_reparent(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos, *o;

	for_each_memcg(check, pos, memcg) {
		if (!memcg->online)
			expect(check, 0, (long)msim_load_relaxed(&memcg->objcg), "offline with an objcg", "%s",
			       name_of(memcg));
		if (!memcg->online)
			expect(check, true, msim_list_empty(&memcg->objcg_list), "offline and still inheriting",
			       "%s", name_of(memcg));
		msim_list_for_each(o, &memcg->objcg_list)
			expect(check, (long)memcg,
			       (long)msim_load_relaxed(
				       &msim_list_entry(o, struct memcgsim_obj_cgroup, node)->memcg),
			       "inherited by one memcg, charged to another", "%s", name_of(memcg));
	}
}

static void check_tree(struct check *check)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list *pos;

	for_each_memcg(check, pos, memcg) {
		if (memcg->online && memcg->parent)
			expect(check, true, memcg->parent->online, "online below an offline parent", "%s",
			       name_of(memcg));
		if (memcg->parent)
			expect(check, (long)&memcg->parent->memory, (long)memcg->memory.parent,
			       "its counter is below another's", "%s", name_of(memcg));
	}
}

/* ---- stocks and per-CPU lists ----------------------------------------------------------------------- */

static void check_stock(struct check *check)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (check->machine, cpu) {
		const struct msim_stock *stock = &cpu->stock;

		if (stock->nr_pages > stock->batch)
			expect(check, (long)stock->batch, (long)stock->nr_pages, "more pages than a batch",
			       "CPU %u", cpu->id);
		if (!stock->cached)
			expect(check, 0, (long)stock->nr_pages + stock->kmem_pages, "pages of nobody", "CPU %u",
			       cpu->id);
		else
			expect(check, true, known(check, stock->cached, false), "caches a freed memcg",
			       "CPU %u", cpu->id);
		if (!stock->cached_objcg)
			expect(check, 0, (long)stock->nr_bytes + stock->slab_bytes, "bytes of nobody", "CPU %u",
			       cpu->id);
		else
			expect(check, true, known(check, stock->cached_objcg, true), "caches a freed objcg",
			       "CPU %u", cpu->id);
	}
}

static void check_pcp(struct check *check)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (check->machine, cpu) {
		long pages = 0;

		for (unsigned int order = 0; order < MSIM_PCP_ORDERS; order++)
			pages += (long)msim_list_count(&cpu->pcp.lists[order]) << order;
		expect(check, pages, (long)cpu->pcp.count_pages, "the count is not the lists' length", "CPU %u",
		       cpu->id);
	}
}

static void check_pcp_high(struct check *check)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (check->machine, cpu) {
		unsigned long limit = cpu->pcp.high_pages + cpu->pcp.batch_pages;

		if (cpu->pcp.count_pages > limit)
			expect(check, (long)limit, (long)cpu->pcp.count_pages, "more than high and a batch",
			       "CPU %u", cpu->id);
	}
}

static void check_pcp_nochg(struct check *check)
{
	struct msim_cpu *cpu;
	struct msim_list *pos;

	msim_for_each_cpu (check->machine, cpu) {
		for (unsigned int order = 0; order < MSIM_PCP_ORDERS; order++) {
			msim_list_for_each(pos, &cpu->pcp.lists[order]) {
				const struct memcgsim_page *page =
					msim_list_entry(pos, struct memcgsim_page, lru);

				expect(check, true, msim_page_is_clean(page),
				       "on a list of free pages, and charged, referenced or typed", "pfn %lu",
				       msim_pfn(check->machine, page));
			}
		}
	}
}

/* ---- buddy ------------------------------------------------------------------------------------------- */

static void check_pages(struct check *check)
{
	const struct msim_zone *zone = &check->machine->zone;
	unsigned long listed = 0;
	struct msim_list *pos;

	for_each_free_block(check, order, pos)
		listed += 1UL << order;
	expect(check, (long)zone->frontier_pfn,
	       (long)(listed + check->census.pcp_pages + check->census.allocated_pages),
	       "free, per-CPU and allocated frames are not all frames ever used", "the zone");
}

static void check_buddy(struct check *check)
{
	struct memcgsim *machine = check->machine;
	struct msim_list *pos;
	long flagged = 0, listed = 0;

	for_each_free_block(check, order, pos) {
		const struct memcgsim_page *page = msim_list_entry(pos, struct memcgsim_page, lru);
		unsigned long pfn = msim_pfn(machine, page);

		listed++;
		expect(check, true, msim_page_has_type(page, MSIM_PGTY_BUDDY), "listed without the type",
		       "pfn %lu", pfn);
		expect(check, (long)order, (long)page->private, "on the list of another order", "pfn %lu", pfn);
		expect(check, 0, (long)(pfn & ((1UL << order) - 1)), "not aligned to its order", "pfn %lu", pfn);
		for (unsigned long i = 1; i < 1UL << order; i++)
			expect(check, false, msim_page_has_type(&page[i], MSIM_PGTY_BUDDY),
			       "free by itself inside a free block", "pfn %lu", pfn + i);
	}
	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++)
		flagged += msim_page_has_type(&machine->pages[pfn], MSIM_PGTY_BUDDY);
	expect(check, listed, flagged, "blocks flagged and blocks listed differ", "the zone");
}

static void check_buddy_max(struct check *check)
{
	struct memcgsim *machine = check->machine;
	struct msim_list *pos;

	for_each_free_block(check, order, pos) {
		unsigned long pfn = msim_pfn(machine, msim_list_entry(pos, struct memcgsim_page, lru));
		unsigned long buddy = pfn ^ (1UL << order);

		if (order == MEMCGSIM_MAX_PAGE_ORDER || buddy >= machine->zone.frontier_pfn)
			continue;
		expect(check, false,
		       msim_page_has_type(&machine->pages[buddy], MSIM_PGTY_BUDDY) &&
			       machine->pages[buddy].private == order,
		       "two halves of a block are free and not merged", "pfn %lu", pfn);
	}
}

static void check_buddy_count(struct check *check)
{
	const struct msim_zone *zone = &check->machine->zone;
	long free_pages = 0;

	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++) {
		const struct msim_free_area *area = &zone->free_area[order];

		expect(check, (long)msim_list_count(&area->free_list), (long)area->nr_free,
		       "nr_free is not the list's length", "order %u", order);
		free_pages += (long)area->nr_free << order;
	}
	expect(check, free_pages, (long)zone->free_pages, "free pages are not the sum over the lists", "the zone");
}

/* ---- slab -------------------------------------------------------------------------------------------- */

static void check_vec(struct check *check)
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
			expect(check, MSIM_OBJECT_ALLOCATED, slab->next[i], "a free object has an owner",
			       "pfn %lu object %u", pfn, i);
			expect(check, true, known(check, owners[i], true), "owned by a freed objcg",
			       "pfn %lu object %u", pfn, i);
		}
	}
}

/* ---- the catalogue ----------------------------------------------------------------------------------- */

#define Q  MEMCGSIM_CHECK_Q
#define Q0 MEMCGSIM_CHECK_Q0

#define NEEDS_POINTS "holds at schedule points: needs the explorer"
#define NEEDS_LEDGER "needs the ledger of operations in flight"

static const struct memcgsim_invariant invariants[] = {
	{ "I-TAG", Q, "w(p) = 0, a living memcg, an objcg|KMEM, or a slab's vector|OBJEXTS", NULL },
	{ "I-TAG-TAIL", Q, "w(tail) = 0: the head stands for all frames", NULL },
	{ "I-NOBOTH", Q, "a page without references has w = 0", NULL },
	{ "I-COMPOUND", Q, "each tail of a compound page names its head", NULL },
	{ "I-ID-LIFE", Q, "id allocated <=> memcg online", NULL },
	{ "I-COUNTER", Q, "u(m) = sum over subtree(m) of user pages + kernel pages + objects' pages + stocks", NULL },
	{ "I-COUNTER0", Q0, "the same with empty stocks", NULL },
	{ "I-OBJ-PAGES", Q, "(objects + stocks + nr_charged_bytes) of an objcg mod PAGE = 0", NULL },
	{ "I-HIER", Q, "u(parent) >= sum of u(online children)", NULL },
	{ "I-NONNEG", Q, "u(m) >= 0", NULL },
	{ "I-WATERMARK", Q, "watermark >= local watermark", NULL },
	{ "I-KMEM", Q0, "kernel pages counted = kernel pages charged in the subtree", NULL },
	{ "I-STAT", Q0, "slab bytes counted = bytes of accounted objects of the subtree", NULL },
	{ "I-REF-OBJCG", Q, "ref(g) = own memcg + tasks + slots + KMEM blocks + stocks + memcgs that hold it", NULL },
	{ "I-REF-CSS", Q, "ref(m) = base + id + user blocks + stocks + css_sets + children", NULL },
	{ "I-FREE-EVENTUAL", Q0, "an offline memcg that nobody holds is freed", NULL },
	{ "I-TASK-OBJCG", Q, "word without flag = the nearest objcg of the task's memcg, or none", NULL },
	{ "I-TASK-EXIT", Q, "no exited task is left, and none holds a reference", NULL },
	{ "I-REPARENT", Q, "objcgs of an offline memcg are its nearest online ancestor's", NULL },
	{ "I-TREE", Q, "child online => parent online; counters follow the tree", NULL },
	{ "I-STOCK", Q, "0 <= pages <= batch; nothing cached => nothing left; what is cached lives", NULL },
	{ "I-PCP", Q, "count = sum of list lengths << order", NULL },
	{ "I-PCP-HIGH", Q, "count <= high + batch", NULL },
	{ "I-PCP-NOCHG", Q, "listed pages have w = 0, no reference, no type", NULL },
	{ "I-PAGES", Q, "listed + per-CPU + allocated = frames ever used", NULL },
	{ "I-BUDDY", Q, "typed <=> listed under its order; aligned; nothing typed inside", NULL },
	{ "I-BUDDY-MAX", Q, "no two free halves of one block stay unmerged", NULL },
	{ "I-BUDDY-COUNT", Q, "nr_free = list length; free pages = sum of nr_free << order", NULL },
	{ "I-VEC", Q, "slot != NULL => object live, its objcg alive", NULL },

	{ "I-TAG-MONO", Q, "w changes only 0 -> x, x -> 0, memcg -> memcg", NEEDS_POINTS },
	{ "I-INIT", Q, "whatever a table or list leads to is live or dying", NEEDS_POINTS },
	{ "I-ID", Q, "ids are unique at every moment", NEEDS_POINTS },
	{ "I-LIMIT", Q, "u <= max + speculative + forced", NEEDS_LEDGER },
	{ "I-LIMIT-SET", Q, "after set_max(x): u <= x at its linearisation point", "set_max() is not built" },
	{ "I-FAIL-UNDO", Q, "a failed charge leaves every counter as it was", NEEDS_LEDGER },
	{ "I-CHARGE-WHO", Q, "charged: who a read of the membership could have returned", NEEDS_POINTS },
	{ "I-OBJCG-BYTES", Q, "at release: nr_charged_bytes mod PAGE = 0", "a simulated WARN at the release itself" },
	{ "I-REF-POS", Q, "no count below zero", "a simulated VM_BUG at the put itself" },
	{ "I-REF-RESURRECT", Q, "no increment from zero", "a simulated VM_BUG at the get itself" },
	{ "I-FREE-ONCE", Q, "freed at most once per allocation", NEEDS_POINTS },
	{ "I-FREE-ZERO", Q, "freed only with nothing charged", "asserted at the free itself" },
	{ "I-FREE-STATE", Q, "a freed page is clean", "asserted at the free itself" },
	{ "I-RCU", Q, "what a reader can reach is not reused", NEEDS_POINTS },
	{ "I-STOCK-OWNER", Q, "a stock is written by its lock's holder", NEEDS_POINTS },
	{ "I-REFP", Q, "page references = their holders", NEEDS_LEDGER },
	{ "I-VEC-ORDER", Q, "who sees the vector sees its zeroed slots", NEEDS_POINTS },
	{ "I-PROT", Q, "children_min_usage = sum of min(u, min)", "protection is not built" },
	{ "I-MEMSW", Q0, "u_memsw = u_memory + swap records", "swap is not built" },
	{ "I-SWAP", Q, "u_swap = entries that name the subtree", "swap is not built" },
	{ "I-REF-ID", Q, "ref(id) = online + swap records", "swap is not built: an id is held by being online" },
	{ "I-BUDDY-TYPE", Q, "list's migratetype = pageblock's", "migratetypes are not built" },
	{ "I-LRU", Q, "LRU flag <=> on its memcg's list", "LRU lists are not built" },
	{ "I-LRU-DEAD", Q, "lists of a freed memcg are empty", "LRU lists are not built" },
	{ "I-MIG", Q, "migration keeps the sum of charges", "migration is not built" },
	{ "I-REPL", Q, "replacement charges both until the old is freed", "replacement is not built" },
	{ "I-QUEUE", Q, "queued under its memcg's key", "memcg-keyed queues are not built" },
	{ "I-PROGRESS", Q, "each operation ends when run alone", NEEDS_POINTS },
	{ "I-DEADLOCK", Q, "somebody can go on unless all are done", NEEDS_POINTS },
	{ "I-LOCKORDER", Q, "the lock graph is acyclic", "ranks are asserted at each lock" },
	{ "I-MODE", Q, "what makes a check exact is recorded with a failure", "recorded by the test that fails" },
};

/* In the order of the catalogue: those that are evaluated stand first. */
static void (*const functions[])(struct check *check) = {
	check_tag,	   check_tag_tail,   check_noboth,    check_compound, check_id_life,
	check_counter,	   check_counter,    check_obj_pages, check_hier,     check_nonneg,
	check_watermark,   check_kmem,	     check_stat,      check_ref_objcg, check_ref_css,
	check_free_eventual, check_task_objcg, check_task_exit, check_reparent, check_tree,
	check_stock,	   check_pcp,	     check_pcp_high,  check_pcp_nochg, check_pages,
	check_buddy,	   check_buddy_max,  check_buddy_count, check_vec,
};

const struct memcgsim_invariant *memcgsim_invariants(size_t *ret_count)
{
	*ret_count = msim_array_size(invariants);
	return invariants;
}

/* Empties stocks, magazines and page lists of every CPU. */
static void drain_everything(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_cpu *cpu;

	msim_rcu_read_lock();
	msim_for_each_cpu (machine, cpu) {
		msim_cpu_visit(cpu);
		msim_drain_cpu(cpu);
		msim_slab_drain(cpu);
		msim_pcp_drain(cpu);
		msim_cpu_unvisit(cpu);
	}
	msim_rcu_read_unlock();
}

static void evaluate(struct check *check, enum memcgsim_check_level level)
{
	for (size_t i = 0; i < msim_array_size(functions); i++) {
		check->invariant = &invariants[i];
		msim_assert(!check->invariant->why_not);
		if (check->invariant->level <= level)
			functions[i](check);
	}
}

long memcgsim_check(struct memcgsim *machine, enum memcgsim_check_level level,
		    void (*report)(const struct memcgsim_violation *violation, void *arg), void *arg)
{
	struct check check = { .machine = machine, .report = report, .arg = arg };
	struct msim_ctx guest, *ctx;
	bool complete;

	memcgsim_run_work(machine);
	ctx = msim_guest_enter(machine, &guest);
	if (level == MEMCGSIM_CHECK_Q0) {
		drain_everything(ctx);
		msim_run_work(machine);
		drain_everything(ctx); /* what the work put into stocks */
		msim_run_work(machine);
	}
	msim_mutex_lock(&machine->cgroup_mutex);
	complete = msim_census_take(machine, &check.census);
	if (complete)
		evaluate(&check, level);
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	msim_census_free(&check.census);
	return complete ? check.violations : -ENOMEM;
}
