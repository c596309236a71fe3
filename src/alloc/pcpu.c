/* SPDX-License-Identifier: MIT */
/*
 * Owns the per-CPU area (its mutex): each CPU's unit is the same stretch of address space, and an
 * object lies at the same offset in all of them. Keeps I-STAT and I-OBJ-PAGES. Models pcpu_alloc()
 * and free_percpu() with their memcg hooks, mm/percpu.c (O-18).
 *
 * Offsets are handed out in powers of two, each aligned to itself as far as a page; what is freed
 * waits on its power's list.
 */
#include "alloc/pcpu.h"

#include <memcgsim/percpu.h>

#include <string.h>

#include "base/lazy.h"
#include "memcg/kmem.h"
#include "memcg/objcg.h"
#include "memcg/stat.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "task/objcg.h"

#define UNIT_BYTES    (64UL << 20)
#define MIN_ALLOC     MEMCGSIM_PCPU_MIN_ALLOC_SIZE
#define OBJECTS_BYTES (UNIT_BYTES / MIN_ALLOC * sizeof(struct msim_pcpu_object *))

void msim_pcpu_init(struct memcgsim *machine)
{
	struct msim_pcpu *pcpu = &machine->pcpu;

	msim_mutex_init(&pcpu->mutex, MSIM_RANK_PCPU);
	msim_list_init(&pcpu->live);
	for (unsigned int i = 0; i < MSIM_PCPU_CLASSES; i++)
		msim_list_init(&pcpu->free[i]);
	pcpu->boot_bytes = machine->config.percpu_boot_bytes;
}

void msim_pcpu_destroy(struct memcgsim *machine)
{
	struct msim_pcpu *pcpu = &machine->pcpu;

	for (unsigned int i = 0; i < MSIM_PCPU_CLASSES; i++) {
		while (!msim_list_empty(&pcpu->free[i])) {
			struct msim_pcpu_object *object =
				msim_list_first(&pcpu->free[i], struct msim_pcpu_object, node);

			msim_list_del(&object->node);
			msim_free(machine, object);
		}
	}
	msim_lazy_unmap(pcpu->objects, OBJECTS_BYTES);
	msim_lazy_unmap(pcpu->units, machine->config.nr_cpus * UNIT_BYTES);
	msim_mutex_destroy(&pcpu->mutex);
}

/* Mutex held: the address space, at its first use. */
static bool map_units(struct memcgsim *machine)
{
	struct msim_pcpu *pcpu = &machine->pcpu;

	msim_assert_held(MSIM_RANK_PCPU);
	if (!pcpu->objects)
		pcpu->objects = msim_lazy_map(OBJECTS_BYTES);
	if (!pcpu->units)
		pcpu->units = msim_lazy_map(machine->config.nr_cpus * UNIT_BYTES);
	return pcpu->objects && pcpu->units;
}

/* Mutex held: one that is on no list, of 1 << @class bytes, or NULL. */
static struct msim_pcpu_object *find_room(struct memcgsim *machine, unsigned int class)
{
	struct msim_pcpu *pcpu = &machine->pcpu;
	unsigned long align = 1UL << class;
	struct msim_pcpu_object *object;
	unsigned long offset;

	msim_assert_held(MSIM_RANK_PCPU);
	if (!msim_list_empty(&pcpu->free[class])) {
		object = msim_list_first(&pcpu->free[class], struct msim_pcpu_object, node);
		msim_list_del(&object->node);
		return object;
	}
	if (align > MEMCGSIM_PAGE_SIZE)
		align = MEMCGSIM_PAGE_SIZE;
	offset = (pcpu->frontier_bytes + align - 1) & ~(align - 1);
	if (offset + (1UL << class) > UNIT_BYTES || !map_units(machine))
		return NULL;
	object = msim_zalloc(machine, MEMCGSIM_FAULT_OBJECT, sizeof(*object));
	if (!object)
		return NULL;
	object->offset_bytes = offset;
	object->class = class;
	pcpu->frontier_bytes = offset + (1UL << class);
	return object;
}

/* Zeroed on every CPU; its bytes are the boot chunk's as long as that has room. NULL: no memory. */
static struct msim_pcpu_object *take(struct memcgsim *machine, size_t size_bytes,
				     unsigned int class)
{
	struct msim_pcpu *pcpu = &machine->pcpu;
	struct msim_pcpu_object *object = NULL;

	if (msim_should_fail(machine, MEMCGSIM_FAULT_PAGE))
		return NULL;
	msim_mutex_lock(&pcpu->mutex);
	object = find_room(machine, class);
	if (object) {
		object->size_bytes = (unsigned int)size_bytes;
		object->full_bytes = (unsigned int)(size_bytes * machine->config.nr_cpus +
						    size_bytes / MIN_ALLOC * sizeof(void *));
		object->boot = pcpu->boot_bytes >= size_bytes;
		if (object->boot)
			pcpu->boot_bytes -= size_bytes;
		for (unsigned int cpu = 0; cpu < machine->config.nr_cpus; cpu++)
			memset(pcpu->units + cpu * UNIT_BYTES + object->offset_bytes, 0,
			       size_bytes);
		pcpu->objects[object->offset_bytes / MIN_ALLOC] = object;
		msim_list_add_tail(&object->node, &pcpu->live);
	}
	msim_mutex_unlock(&pcpu->mutex);
	return object;
}

/* In the statistics of whoever is charged by now. */
static void account(struct memcgsim_obj_cgroup *objcg, long bytes)
{
	msim_rcu_read_lock();
	msim_stat_add(msim_rcu_dereference(&objcg->memcg), MSIM_STAT_PERCPU_BYTES, bytes);
	msim_rcu_read_unlock();
}

/* The charge of an object that lies where owners are noted is kept; of one that does not, not. */
static void post_alloc(struct msim_ctx *ctx, struct msim_pcpu_object *object,
		       struct memcgsim_obj_cgroup *objcg, unsigned long full_bytes)
{
	struct msim_section section;

	if (!object || object->boot) {
		msim_objcg_uncharge_bytes(ctx, objcg, full_bytes, 0);
		return;
	}
	msim_assert(object->full_bytes == full_bytes);
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	object->objcg = objcg;
	account(objcg, (long)full_bytes);
}

void *memcgsim___alloc_percpu_gfp(size_t size_bytes, size_t align_bytes, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();
	size_t size = (size_bytes + MIN_ALLOC - 1) & ~(MIN_ALLOC - 1);
	size_t room = size > align_bytes ? size : align_bytes;
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct msim_pcpu_object *object = NULL;
	unsigned long full_bytes;
	unsigned int class = 2;

	if (!ctx) {
		msim_unbound(__func__);
		return NULL;
	}
	if (size_bytes - 1 >= MEMCGSIM_PCPU_MIN_UNIT_SIZE || align_bytes > MEMCGSIM_PAGE_SIZE ||
	    (align_bytes & (align_bytes - 1))) {
		if (!(gfp & MEMCGSIM___GFP_NOWARN))
			msim_warn(ctx->machine, "illegal size or align for percpu allocation",
				  __func__, NULL);
		return NULL;
	}
	while (1UL << class < room)
		class ++;
	/* The charge comes first, unlike an object's of a slab. */
	full_bytes = size * ctx->machine->config.nr_cpus + size / MIN_ALLOC * sizeof(void *);
	if (gfp & MEMCGSIM___GFP_ACCOUNT)
		objcg = msim_get_current_objcg(ctx);
	if (!objcg || !msim_objcg_charge_bytes(ctx, objcg, gfp, full_bytes, 0)) {
		object = take(ctx->machine, size, class);
		if (objcg)
			post_alloc(ctx, object, objcg, full_bytes);
	}
	msim_put_current_objcg(ctx, objcg);
	return object ? ctx->machine->pcpu.units + object->offset_bytes : NULL;
}

void *memcgsim___alloc_percpu(size_t size_bytes, size_t align_bytes)
{
	return memcgsim___alloc_percpu_gfp(size_bytes, align_bytes, MEMCGSIM_GFP_KERNEL);
}

/*
 * Takes the object that begins at @address off, and says who is charged how much for it. Whether
 * there is one: of two that free it, one finds it.
 */
static bool give_back(struct memcgsim *machine, const void *address,
		      struct memcgsim_obj_cgroup **ret_objcg, unsigned long *ret_full_bytes)
{
	struct msim_pcpu *pcpu = &machine->pcpu;
	struct msim_pcpu_object *object = NULL;
	unsigned long offset;

	msim_mutex_lock(&pcpu->mutex);
	offset = (unsigned long)address - (unsigned long)pcpu->units;
	if (pcpu->units && offset < pcpu->frontier_bytes && offset % MIN_ALLOC == 0)
		object = pcpu->objects[offset / MIN_ALLOC];
	if (object) {
		pcpu->objects[offset / MIN_ALLOC] = NULL;
		*ret_objcg = object->objcg;
		*ret_full_bytes = object->full_bytes;
		object->objcg = NULL;
		if (object->boot)
			pcpu->boot_bytes += object->size_bytes;
		msim_list_del(&object->node);
		msim_list_add(&object->node, &pcpu->free[object->class]);
	}
	msim_mutex_unlock(&pcpu->mutex);
	return object;
}

/* @address: from memcgsim___alloc_percpu_gfp(), or so the caller says. */
static void free_percpu(struct msim_ctx *ctx, void *address)
{
	struct memcgsim_obj_cgroup *objcg = NULL;
	unsigned long full_bytes = 0;
	bool found = give_back(ctx->machine, address, &objcg, &full_bytes);

	if (msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, !found,
			"no per-CPU object is allocated at the address", "memcgsim_free_percpu",
			address) ||
	    !objcg)
		return;
	msim_objcg_uncharge_bytes(ctx, objcg, full_bytes, 0);
	account(objcg, -(long)full_bytes);
	msim_objcg_put_ctx(ctx, objcg);
}

void memcgsim_free_percpu(void *object)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound(__func__);
	else if (object)
		free_percpu(ctx, object);
}

void *memcgsim_per_cpu_ptr(void *object, unsigned int cpu)
{
	return (char *)object + cpu * UNIT_BYTES;
}

unsigned long msim_pcpu_sweep(struct msim_ctx *ctx)
{
	struct msim_pcpu *pcpu = &ctx->machine->pcpu;
	unsigned long count = 0;

	while (!msim_list_empty(&pcpu->live)) {
		struct msim_pcpu_object *object =
			msim_list_first(&pcpu->live, struct msim_pcpu_object, node);

		free_percpu(ctx, pcpu->units + object->offset_bytes);
		count++;
	}
	return count;
}
