/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: finds who has references on the memcgs of one path, from the things themselves, and
 * whether that is all of them. Called by the library's user with the machine at rest; holds the cgroup
 * mutex. Reads as L-06, O-02 and Y-03 say who takes references.
 */
#include <memcgsim/holders.h>

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <memcgsim/memcg.h>

#include "cgroup/css_set.h"
#include "frames/page.h"
#include "history/page_cgroup.h"
#include "memcg/css.h"
#include "memcg/memcg_data.h"
#include "memcg/ref.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "verify/census.h"

static const char *const names[MEMCGSIM_NR_REFERENCE_KINDS] = {
	[MEMCGSIM_REFERENCE_MEMCG] = "memcg",
	[MEMCGSIM_REFERENCE_OBJCG] = "objcg",
	[MEMCGSIM_REFERENCE_BASE] = "base",
	[MEMCGSIM_REFERENCE_ID] = "id",
	[MEMCGSIM_REFERENCE_CSS_SET] = "css_set",
	[MEMCGSIM_REFERENCE_CHILD] = "child",
	[MEMCGSIM_REFERENCE_USER_PAGE] = "user page",
	[MEMCGSIM_REFERENCE_KERNEL_PAGE] = "kernel page",
	[MEMCGSIM_REFERENCE_KERNEL_MEMORY] = "kernel memory",
	[MEMCGSIM_REFERENCE_STOCK] = "stock",
	[MEMCGSIM_REFERENCE_TASK] = "task",
	[MEMCGSIM_REFERENCE_OBJECT] = "object",
	[MEMCGSIM_REFERENCE_PERCPU] = "percpu",
	[MEMCGSIM_REFERENCE_COST] = "cost",
	[MEMCGSIM_REFERENCE_USER] = "user",
	[MEMCGSIM_REFERENCE_UNEXPLAINED] = "unexplained",
};

const char *memcgsim_reference_name(enum memcgsim_reference_kind kind)
{
	return (unsigned int)kind < MEMCGSIM_NR_REFERENCE_KINDS ? names[kind] : NULL;
}

/* Whose references are told, to whom, and how many have been found. */
struct inquiry {
	struct memcgsim *machine;
	const struct memcgsim_mem_cgroup *memcg;
	const struct memcgsim_obj_cgroup *objcg; /* NULL: it is about the memcg */
	void (*fn)(const struct memcgsim_reference *reference, void *arg);
	void *arg;
	long found;
	char path[PATH_MAX];
	char text[PATH_MAX + 160];
};

__attribute__((format(printf, 3, 4))) static void
tell(struct inquiry *inquiry, struct memcgsim_reference reference, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(inquiry->text, sizeof(inquiry->text), format, args);
	va_end(args);
	reference.text = inquiry->text;
	inquiry->found += reference.count;
	if (inquiry->fn)
		inquiry->fn(&reference, inquiry->arg);
}

#define one(kind_) ((struct memcgsim_reference){ .kind = (kind_), .count = 1 })

/* A path that no buffer holds is cut to its end. */
static const char *path_of(struct inquiry *inquiry, const struct memcgsim_mem_cgroup *memcg)
{
	if (memcgsim_mem_cgroup_path(memcg, inquiry->path, sizeof(inquiry->path)) < 0)
		snprintf(inquiry->path, sizeof(inquiry->path), "[...]/%s", memcg->cgroup->name);
	return inquiry->path;
}

static const char *plural(long count)
{
	return count == 1 ? "" : "s";
}

/* ---- pages and objects ---- */

/* Whether @page names what is inquired about; *@ret_kernel: as a kernel page. */
static bool names_it(const struct inquiry *inquiry, const struct memcgsim_page *page,
		     bool *ret_kernel)
{
	struct memcgsim *machine = inquiry->machine;
	unsigned long word = msim_load_relaxed(&page->memcg_data);

	*ret_kernel = true;
	if (inquiry->objcg)
		return msim_kmem_objcg(machine, word) == inquiry->objcg;
	if (machine->variant->v1) {
		const struct msim_page_cgroup *pc = msim_page_cgroup(machine, page);
		unsigned long flags = msim_load_relaxed(&pc->flags);

		*ret_kernel = flags & MSIM_PCG_KMEM;
		return flags & MSIM_PCG_USED && pc->mem_cgroup == inquiry->memcg;
	}
	*ret_kernel = msim_is_kmem(machine, page, word);
	return msim_pinned_memcg(machine, word) == inquiry->memcg;
}

static void tell_page(struct inquiry *inquiry, const struct memcgsim_page *page)
{
	struct memcgsim_reference reference = {
		.kind = MEMCGSIM_REFERENCE_USER_PAGE,
		.pfn = msim_pfn(inquiry->machine, page),
		.order = msim_page_order(page),
		.count = 1,
	};
	bool kernel;

	if (!names_it(inquiry, page, &kernel))
		return;
	if (kernel) {
		reference.kind = MEMCGSIM_REFERENCE_KERNEL_PAGE;
		if (inquiry->machine->variant->v1)
			reference.count = inquiry->machine->variant->kmem_ref_each;
	}
	tell(inquiry, reference, "%s memory, pfn %lu, order %u", kernel ? "kernel" : "user",
	     reference.pfn, reference.order);
}

static void tell_objects(struct inquiry *inquiry, const struct memcgsim_page *page)
{
	const struct msim_slab *slab = page->slab;
	struct memcgsim_obj_cgroup **owners =
		msim_word_objcgs(msim_load_acquire(&page->memcg_data));

	for (unsigned int i = 0; inquiry->objcg && owners && i < slab->cache->nr_objects; i++) {
		struct memcgsim_reference reference = one(MEMCGSIM_REFERENCE_OBJECT);

		if (owners[i] != inquiry->objcg)
			continue;
		reference.pfn = msim_pfn(inquiry->machine, page);
		tell(inquiry, reference, "slab object %u of %u bytes in pfn %lu", i,
		     slab->cache->size_bytes, reference.pfn);
	}
}

static void tell_pages(struct inquiry *inquiry)
{
	struct memcgsim *machine = inquiry->machine;

	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &machine->pages[pfn];

		if (msim_page_is_tail(page))
			continue;
		if (msim_page_has_type(page, MSIM_PGTY_SLAB))
			tell_objects(inquiry, page);
		else if (msim_page_ref_count(page) > 0 || msim_page_flags(page) & MSIM_PG_LEAKED)
			tell_page(inquiry, page);
	}
}

/* The one reference of all kernel pages, its own and those of the subtree (Y-03). */
static void tell_kernel_memory(struct inquiry *inquiry)
{
	const struct msim_memcg_v1 *v1 = inquiry->memcg->v1;
	unsigned long bytes;

	if (!v1 || inquiry->machine->variant->kmem_ref_each ||
	    !(msim_load_relaxed(&v1->kmem_accounted) & MSIM_KMEM_ACTIVE))
		return;
	bytes = msim_load_relaxed(&v1->kmem.usage);
	if (!v1->gone)
		tell(inquiry, one(MEMCGSIM_REFERENCE_KERNEL_MEMORY),
		     "kernel memory may be charged; %lu bytes are, children's included", bytes);
	else if (bytes > 0)
		tell(inquiry, one(MEMCGSIM_REFERENCE_KERNEL_MEMORY),
		     "%lu bytes of kernel memory are charged, children's included", bytes);
}

/* ---- tasks, stocks, memcgs ---- */

static void tell_css_sets(struct inquiry *inquiry)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &inquiry->machine->csets) {
		const struct msim_css_set *cset = msim_list_entry(pos, struct msim_css_set, node);

		if (cset->memcg == inquiry->memcg)
			tell(inquiry, one(MEMCGSIM_REFERENCE_CSS_SET),
			     "tasks: %lu alive, %lu zombies", msim_list_count(&cset->tasks),
			     msim_list_count(&cset->dying));
	}
}

static void tell_tasks(struct inquiry *inquiry)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &inquiry->machine->tasks) {
		const struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);
		unsigned long word = msim_load_relaxed(&task->objcg) & ~MSIM_OBJCG_UPDATE_FLAG;

		if (word == (unsigned long)inquiry->objcg)
			tell(inquiry, one(MEMCGSIM_REFERENCE_TASK), "remembered by pid %d",
			     task->pid);
	}
}

static void tell_stocks(struct inquiry *inquiry)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (inquiry->machine, cpu) {
		struct memcgsim_reference reference = one(MEMCGSIM_REFERENCE_STOCK);
		struct msim_stock stock;

		msim_cpu_visit(cpu);
		stock = cpu->stock;
		msim_cpu_unvisit(cpu);
		reference.cpu = cpu->id;
		if (inquiry->objcg && stock.cached_objcg == inquiry->objcg)
			tell(inquiry, reference, "stock of CPU %u, with %lu bytes", cpu->id,
			     stock.nr_bytes);
		else if (!inquiry->objcg && stock.cached == inquiry->memcg)
			tell(inquiry, reference, "stock of CPU %u, with %lu pages", cpu->id,
			     stock.nr_pages);
	}
}

static void tell_percpu(struct inquiry *inquiry)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &inquiry->machine->pcpu.live) {
		const struct msim_pcpu_object *object =
			msim_list_entry(pos, struct msim_pcpu_object, node);

		if (object->objcg == inquiry->objcg)
			tell(inquiry, one(MEMCGSIM_REFERENCE_PERCPU),
			     "%u bytes on each CPU, at %lu", object->size_bytes,
			     object->offset_bytes);
	}
}

/* Every memcg that holds this one as its parent, or this objcg for its own sake. */
static void tell_memcgs(struct inquiry *inquiry)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &inquiry->machine->memcgs) {
		const struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);
		const char *removed = memcg->online ? "" : ", removed";

		if (!inquiry->objcg) {
			if (memcg->parent == inquiry->memcg)
				tell(inquiry, one(MEMCGSIM_REFERENCE_CHILD), "child %s%s",
				     path_of(inquiry, memcg), removed);
			continue;
		}
		if (msim_load_relaxed(&memcg->objcg) == inquiry->objcg)
			tell(inquiry, one(MEMCGSIM_REFERENCE_BASE), "%s, whose own it is",
			     path_of(inquiry, memcg));
		if (memcg->orig_objcg == inquiry->objcg)
			tell(inquiry, one(MEMCGSIM_REFERENCE_COST),
			     "%s%s, which keeps it until it is freed", path_of(inquiry, memcg),
			     removed);
		if (memcg->cost_objcg == inquiry->objcg)
			tell(inquiry, one(MEMCGSIM_REFERENCE_COST),
			     "%s%s, whose making it paid for", path_of(inquiry, memcg), removed);
	}
}

static void tell_users(struct inquiry *inquiry, long holds)
{
	struct memcgsim_reference reference = one(MEMCGSIM_REFERENCE_USER);

	reference.count = holds;
	if (holds)
		tell(inquiry, reference, "%ld taken by the library's user", holds);
}

static void tell_rest(struct inquiry *inquiry, long references)
{
	struct memcgsim_reference reference = {
		.kind = MEMCGSIM_REFERENCE_UNEXPLAINED,
		.count = references - inquiry->found,
	};

	if (reference.count > 0)
		tell(inquiry, reference, "held by nobody that can be found: it will not be put");
	else if (reference.count < 0)
		tell(inquiry, reference, "too few: somebody has put another's");
}

/* ---- one memcg ---- */

static void tell_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	struct inquiry *inquiry = arg;
	struct memcgsim_reference head = {
		.kind = MEMCGSIM_REFERENCE_OBJCG,
		.count = msim_ref_read(inquiry->machine, &objcg->ref),
	};

	inquiry->objcg = objcg;
	tell(inquiry, head, "%s objcg: %ld reference%s",
	     msim_load_relaxed(&inquiry->memcg->objcg) == objcg ? "its" : "an inherited",
	     head.count, plural(head.count));
	inquiry->found = 0;
	tell_memcgs(inquiry);
	tell_tasks(inquiry);
	tell_pages(inquiry);
	tell_percpu(inquiry);
	tell_stocks(inquiry);
	tell_users(inquiry, msim_load_relaxed(&objcg->holds));
	tell_rest(inquiry, head.count);
	inquiry->objcg = NULL;
}

/* Of the memcg itself; the root's are not counted, so nothing is missing. */
static void tell_memcg_references(struct inquiry *inquiry, long references)
{
	const struct memcgsim_mem_cgroup *memcg = inquiry->memcg;
	long records = msim_load_relaxed(&memcg->id_refs) - memcg->online;
	unsigned int id = msim_load_relaxed(&memcg->id);

	inquiry->found = 0;
	if (memcg->v1 ? !memcg->v1->gone : memcg->online)
		tell(inquiry, one(MEMCGSIM_REFERENCE_BASE), "its directory");
	if (id)
		tell(inquiry, one(MEMCGSIM_REFERENCE_ID), "its id, %u, written down %ld time%s", id,
		     records, plural(records));
	tell_css_sets(inquiry);
	tell_memcgs(inquiry);
	tell_kernel_memory(inquiry);
	tell_pages(inquiry);
	tell_stocks(inquiry);
	tell_users(inquiry, msim_load_relaxed(&memcg->holds));
	tell_rest(inquiry, references);
}

static void tell_memcg(struct inquiry *inquiry, struct memcgsim_mem_cgroup *memcg)
{
	struct memcgsim_reference head = {
		.kind = MEMCGSIM_REFERENCE_MEMCG,
		.removed = !memcg->online,
	};

	inquiry->memcg = memcg;
	if (msim_memcg_is_root(memcg)) {
		tell(inquiry, head, "/, which never goes: its references are not counted");
	} else {
		head.count = msim_ref_read(inquiry->machine, &memcg->ref);
		tell(inquiry, head, "%s%s: %ld reference%s", path_of(inquiry, memcg),
		     head.removed ? ", removed" : "", head.count, plural(head.count));
		tell_memcg_references(inquiry, head.count);
	}
	msim_census_each_objcg(memcg, tell_objcg, inquiry);
}

unsigned long memcgsim_why_alive(struct memcgsim *machine, const char *path,
				 void (*fn)(const struct memcgsim_reference *reference, void *arg),
				 void *arg)
{
	struct inquiry inquiry = { .machine = machine, .fn = fn, .arg = arg };
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
	unsigned long count = 0;
	struct msim_list *pos;

	msim_mutex_lock(&machine->cgroup_mutex);
	msim_list_for_each (pos, &machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		if (strcmp(path_of(&inquiry, memcg), path))
			continue;
		tell_memcg(&inquiry, memcg);
		count++;
	}
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	return count;
}
