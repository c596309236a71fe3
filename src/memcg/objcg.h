/* SPDX-License-Identifier: MIT */
/*
 * Object cgroups: their references, and the bytes that each CPU has charged ahead for one of them.
 */
#ifndef MSIM_MEMCG_OBJCG_H
#define MSIM_MEMCG_OBJCG_H

#include "types.h"
#include "memcg/css.h"
#include "memcg/ref.h"

/* One reference, its memcg's; NULL without memory. Points to @memcg, which is not online yet. */
struct memcgsim_obj_cgroup *msim_objcg_alloc(struct memcgsim_mem_cgroup *memcg);

/* Undoes that for one that nobody has seen. */
void msim_objcg_abort(struct memcgsim_obj_cgroup *objcg);

/*
 * Frees those that @memcg inherited and somebody still refers to; returns how many. Nobody inside.
 */
unsigned long msim_objcg_sweep(struct memcgsim_mem_cgroup *memcg);

/* Inside a section. */
static inline void msim_objcg_get(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg)
{
	msim_ref_get(cpu, &objcg->ref);
}

/*
 * Counts a reference that was taken for the library's user, and one that the user puts: false, with
 * a report that names @caller, if there is none.
 */
void msim_objcg_hold(struct memcgsim_obj_cgroup *objcg);
bool msim_objcg_unhold(struct memcgsim_obj_cgroup *objcg, const char *caller);

void msim_objcg_release(struct msim_ctx *ctx, struct msim_work *work);

static inline void msim_objcg_put(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg)
{
	if (msim_ref_put(cpu, &objcg->ref))
		msim_queue_work(cpu->machine, &objcg->work, msim_objcg_release);
}

/* The same in a section of its own. */
void msim_objcg_put_ctx(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg);

/*
 * The memcg behind @objcg, with a reference. Inside a section and an RCU read section; retries
 * while the one found is dying, for the pointer has then moved to the parent (O-03).
 */
struct memcgsim_mem_cgroup *msim_objcg_get_memcg(struct msim_cpu *cpu,
						 struct memcgsim_obj_cgroup *objcg);

/* The same in sections of its own. */
struct memcgsim_mem_cgroup *msim_objcg_get_memcg_ctx(struct msim_ctx *ctx,
						     struct memcgsim_obj_cgroup *objcg);

/*
 * The fast halves: bytes taken from the stock of this very objcg (O-04), and returned to it as long
 * as they do not fill more than a page (O-05). @slab_bytes of them are an object's, and counted as
 * slab.
 */
static msim_always_inline bool msim_objcg_consume_bytes(struct msim_cpu *cpu,
							const struct memcgsim_obj_cgroup *objcg,
							unsigned long nr_bytes,
							unsigned long slab_bytes)
{
	struct msim_stock *stock = &cpu->stock;

	msim_assert_section(cpu);
	if (unlikely(stock->cached_objcg != objcg || stock->nr_bytes < nr_bytes))
		return false;
	stock->nr_bytes -= nr_bytes;
	stock->slab_bytes += (long)slab_bytes;
	return true;
}

static msim_always_inline bool msim_objcg_return_bytes(struct msim_cpu *cpu,
						       const struct memcgsim_obj_cgroup *objcg,
						       unsigned long nr_bytes,
						       unsigned long slab_bytes)
{
	struct msim_stock *stock = &cpu->stock;

	msim_assert_section(cpu);
	if (unlikely(stock->cached_objcg != objcg || stock->nr_bytes + nr_bytes > stock->byte_cap))
		return false;
	stock->nr_bytes += nr_bytes;
	stock->slab_bytes -= (long)slab_bytes;
	return true;
}

/* The rest inside a section and an RCU read section. */

/*
 * Puts charged bytes into the stock, which becomes this objcg's; @allow_uncharge: whole pages go
 * back.
 */
void msim_objcg_refill_bytes(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg,
			     unsigned long nr_bytes, bool allow_uncharge);

/*
 * Counts object bytes in the statistics of the objcg's memcg: by way of the stock, which becomes
 * this objcg's, and there they wait until they exceed a page (O-17). The fast halves above look at
 * no bound: they stay within what the stock has.
 */
void msim_objcg_account_slab(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg, long bytes);

/* Returns kernel pages to the page stock of the memcg behind @objcg (C-10). */
void msim_objcg_uncharge_pages(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg,
			       unsigned long nr_pages);

/* Empties the byte stock: whole pages into the page stock, the rest to the objcg (O-06). */
void msim_objcg_drain_bytes(struct msim_cpu *cpu);

#endif /* MSIM_MEMCG_OBJCG_H */
