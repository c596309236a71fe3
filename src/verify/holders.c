/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: names what is held and by whom, from the things themselves and the records of
 * takers. Called by the library's user with the machine at rest; holds the cgroup mutex.
 */
#include <memcgsim/holders.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <memcgsim/memcg.h>

#include "alloc/kmem_cache.h"
#include "cgroup/css_set.h"
#include "frames/page.h"
#include "frames/swapfile.h"
#include "history/page_cgroup.h"
#include "memcg/id.h"
#include "memcg/memcg_data.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "task/mm.h"

/* One round: whom to tell, and the texts of the holder that is told of. */
struct tour {
	struct memcgsim *machine;
	void (*fn)(const struct memcgsim_holder *holder, void *arg);
	void *arg;
	unsigned long count;
	char path[PATH_MAX];
	char text[PATH_MAX + 160];
};

/* The memcg's directory, or NULL for no memcg. A path that no buffer holds is cut to its end. */
static const char *path_of(struct tour *tour, const struct memcgsim_mem_cgroup *memcg)
{
	if (!memcg)
		return NULL;
	if (memcgsim_mem_cgroup_path(memcg, tour->path, sizeof(tour->path)) < 0)
		snprintf(tour->path, sizeof(tour->path), "[...]/%s", memcg->cgroup->name);
	return tour->path;
}

static const char *path_of_objcg(struct tour *tour, const struct memcgsim_obj_cgroup *objcg)
{
	return path_of(tour, objcg ? msim_load_relaxed(&objcg->memcg) : NULL);
}

__attribute__((format(printf, 3, 4))) static void
tell(struct tour *tour, struct memcgsim_holder *holder, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(tour->text, sizeof(tour->text), format, args);
	va_end(args);
	holder->text = tour->text;
	tour->count++;
	if (tour->fn)
		tour->fn(holder, tour->arg);
}

static const char *or_nobody(const char *path)
{
	return path ? path : "nobody";
}

/* ---- pages and objects ---- */

static void tell_page(struct tour *tour, const struct memcgsim_page *page)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	const struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(tour->machine, word);
	const struct memcgsim_mem_cgroup *memcg = msim_pinned_memcg(tour->machine, word);
	bool user = memcg && !msim_is_kmem(tour->machine, page, word);
	bool held = word != 0;
	struct memcgsim_holder holder = {
		.kind = MEMCGSIM_HOLDER_PAGE,
		.object = page,
		.pfn = msim_pfn(tour->machine, page),
		.order = msim_page_order(page),
	};

	if (tour->machine->variant->v1) { /* a kernel page need not hold it (Y-03) */
		const struct msim_page_cgroup *pc = msim_page_cgroup(tour->machine, page);
		unsigned long flags = msim_load_relaxed(&pc->flags);

		memcg = flags & MSIM_PCG_USED ? msim_load_acquire(&pc->mem_cgroup) : NULL;
		user = memcg && !(flags & MSIM_PCG_KMEM);
		held = user || (memcg && tour->machine->variant->kmem_ref_each);
	}
	holder.count = held;
	holder.bytes = MEMCGSIM_PAGE_SIZE << holder.order;
	holder.path = objcg ? path_of_objcg(tour, objcg) : path_of(tour, memcg);
	tell(tour, &holder, "pfn %lu, order %u: %s of %s", holder.pfn, holder.order,
	     user ? "user memory" : "kernel memory", or_nobody(holder.path));
}

static void tell_objects(struct tour *tour, const struct memcgsim_page *page)
{
	const struct msim_slab *slab = page->slab;
	struct memcgsim_obj_cgroup **owners =
		msim_word_objcgs(msim_load_acquire(&page->memcg_data));

	for (unsigned int i = 0; i < slab->cache->nr_objects; i++) {
		struct memcgsim_holder holder = {
			.kind = MEMCGSIM_HOLDER_OBJECT,
			.object = slab->base + (size_t)i * slab->cache->size_bytes,
			.pfn = msim_pfn(tour->machine, page),
			.bytes = slab->cache->size_bytes,
			.count = owners && owners[i],
		};

		if (slab->next[i] != MSIM_OBJECT_ALLOCATED)
			continue;
		holder.path = path_of_objcg(tour, owners ? owners[i] : NULL);
		tell(tour, &holder, "object %u of %lu bytes in pfn %lu: of %s", i, holder.bytes,
		     holder.pfn, or_nobody(holder.path));
	}
}

static void tell_pages(struct tour *tour)
{
	const struct memcgsim *machine = tour->machine;

	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &machine->pages[pfn];

		if (msim_page_has_type(page, MSIM_PGTY_SLAB) && !msim_page_is_tail(page))
			tell_objects(tour, page);
		else if (msim_page_ref_count(page) > 0 && !msim_page_has_type(page, MSIM_PGTY_SLAB))
			tell_page(tour, page);
	}
}

static void tell_percpu(struct tour *tour)
{
	const struct msim_pcpu *pcpu = &tour->machine->pcpu;
	struct msim_list *pos;

	msim_list_for_each (pos, &pcpu->live) {
		const struct msim_pcpu_object *object =
			msim_list_entry(pos, struct msim_pcpu_object, node);
		struct memcgsim_holder holder = {
			.kind = MEMCGSIM_HOLDER_PERCPU,
			.object = pcpu->units + object->offset_bytes,
			.bytes = object->size_bytes,
			.count = object->objcg != NULL,
		};

		holder.path = path_of_objcg(tour, object->objcg);
		tell(tour, &holder, "%lu bytes on each CPU, at %lu: of %s", holder.bytes,
		     object->offset_bytes, or_nobody(holder.path));
	}
}

static void tell_swap(struct tour *tour)
{
	struct memcgsim *machine = tour->machine;

	for (unsigned long entry = 1; entry < machine->swap.frontier; entry++) {
		unsigned int id = msim_swap_id(machine, entry);
		struct memcgsim_holder holder = {
			.kind = MEMCGSIM_HOLDER_SWAP,
			.pfn = entry,
			.bytes = MEMCGSIM_PAGE_SIZE,
			.count = id != 0,
		};

		if (!machine->swap.slots[entry].map)
			continue;
		holder.path = path_of(tour, msim_memcg_from_id(machine, id));
		tell(tour, &holder, "swap slot %lu: of %s", entry, or_nobody(holder.path));
	}
}

/* ---- tasks and stocks ---- */

static void tell_task(struct tour *tour, const struct memcgsim_task *task, const char *what)
{
	struct memcgsim_holder holder = {
		.kind = MEMCGSIM_HOLDER_TASK,
		.object = task,
		.pid = task->pid,
		.count = 1,
	};

	holder.path = path_of(tour, msim_load_relaxed(&task->cset)->memcg);
	tell(tour, &holder, "pid %d: %s %s", task->pid, what, holder.path);
}

static void tell_tasks(struct tour *tour)
{
	struct msim_list *pos, *zombie;

	msim_list_for_each (pos, &tour->machine->tasks)
		tell_task(tour, msim_list_entry(pos, struct memcgsim_task, node), "charged to");
	msim_list_for_each (pos, &tour->machine->csets) {
		msim_list_for_each (zombie, &msim_list_entry(pos, struct msim_css_set, node)->dying)
			tell_task(tour, msim_list_entry(zombie, struct memcgsim_task, cset_node),
				  "a zombie that keeps");
	}
}

static void tell_mms(struct tour *tour)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &tour->machine->mms) {
		const struct memcgsim_mm *mm = msim_list_entry(pos, struct memcgsim_mm, node);
		const struct memcgsim_task *owner = msim_load_relaxed(&mm->owner);
		struct memcgsim_holder holder = {
			.kind = MEMCGSIM_HOLDER_MM_USER,
			.object = mm,
			.pid = owner ? owner->pid : 0,
			.count = (long)mm->holds,
		};

		if (holder.count <= 0)
			continue;
		tell(tour, &holder, "%ld references on the mm of pid %d", holder.count, holder.pid);
	}
}

static void tell_stock(struct tour *tour, unsigned int cpu, const struct msim_stock *stock)
{
	struct memcgsim_holder holder = {
		.kind = MEMCGSIM_HOLDER_STOCK,
		.cpu = (int)cpu,
		.bytes = stock->nr_pages * MEMCGSIM_PAGE_SIZE,
		.count = 1,
	};

	if (stock->cached) {
		holder.path = path_of(tour, stock->cached);
		tell(tour, &holder, "stock of CPU %u: %lu pages of %s", cpu, stock->nr_pages,
		     holder.path);
	}
	if (stock->cached_objcg) {
		holder.kind = MEMCGSIM_HOLDER_BYTE_STOCK;
		holder.bytes = stock->nr_bytes;
		holder.path = path_of_objcg(tour, stock->cached_objcg);
		tell(tour, &holder, "stock of CPU %u: %lu bytes of %s", cpu, stock->nr_bytes,
		     holder.path);
	}
}

static void tell_stocks(struct tour *tour)
{
	struct memcgsim *machine = tour->machine;
	struct msim_cpu *cpu;

	msim_for_each_cpu (machine, cpu) {
		struct msim_stock stock;

		msim_cpu_visit(cpu);
		stock = cpu->stock;
		msim_cpu_unvisit(cpu);
		tell_stock(tour, cpu->id, &stock);
	}
}

/* ---- the user's references ---- */

static const char *const taken_names[] = {
	[MSIM_TAKEN_OBJCG] = "objcg",
	[MSIM_TAKEN_MEMCG] = "memcg",
	[MSIM_TAKEN_ID] = "id",
};

/* "taken by pid 3 on CPU 0", and what else a thread may be. */
static void name_taker(const struct msim_taker *taker, char *text, size_t size)
{
	if (taker->cpu < 0)
		snprintf(text, size, "an unbound thread");
	else if (taker->pid == 0)
		snprintf(text, size, "CPU %d without a task", taker->cpu);
	else
		snprintf(text, size, "pid %d on CPU %d", taker->pid, taker->cpu);
}

static void tell_taker(struct tour *tour, const struct msim_taker *taker)
{
	struct memcgsim_holder holder = {
		.object = NULL,
		.pid = taker->pid,
		.cpu = taker->cpu,
		.count = taker->count,
	};
	char name[64];

	switch (taker->what) {
	case MSIM_TAKEN_OBJCG:
		holder.kind = MEMCGSIM_HOLDER_OBJCG_USER;
		holder.path = path_of_objcg(tour, taker->object);
		break;
	case MSIM_TAKEN_MEMCG:
		holder.kind = MEMCGSIM_HOLDER_MEMCG_USER;
		holder.path = path_of(tour, taker->object);
		break;
	case MSIM_TAKEN_ID:
		holder.kind = MEMCGSIM_HOLDER_ID_USER;
		holder.path = path_of(tour, taker->object);
		break;
	}
	name_taker(taker, name, sizeof(name));
	tell(tour, &holder, "reference on the %s of %s: %ld %s by %s", taken_names[taker->what],
	     holder.path ? holder.path : "a cgroup that is gone", labs(taker->count),
	     taker->count < 0 ? "put too often" : "taken and not put", name);
}

static void tell_takers(struct tour *tour)
{
	struct msim_takers *takers = &tour->machine->takers;
	struct msim_list *pos;

	msim_list_for_each (pos, &takers->all)
		tell_taker(tour, msim_list_entry(pos, struct msim_taker, node));
}

unsigned long memcgsim_holders(struct memcgsim *machine,
			       void (*fn)(const struct memcgsim_holder *holder, void *arg),
			       void *arg)
{
	struct tour tour = { .machine = machine, .fn = fn, .arg = arg };
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);

	msim_mutex_lock(&machine->cgroup_mutex);
	tell_pages(&tour);
	tell_percpu(&tour);
	tell_swap(&tour);
	tell_tasks(&tour);
	tell_mms(&tour);
	tell_stocks(&tour);
	tell_takers(&tour);
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	return tour.count;
}

static void print(const struct memcgsim_holder *holder, void *arg)
{
	fprintf(arg, "%s\n", holder->text);
}

int memcgsim_holders_text(struct memcgsim *machine, char **ret_text)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	(void)memcgsim_holders(machine, print, out);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}
