/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the public way of charging bytes to an objcg. The fast halves touch the CPU's byte
 * stock alone, in one section. Called on bound threads. Keeps I-OBJ-PAGES. Models
 * obj_cgroup_charge(), obj_cgroup_uncharge() and obj_cgroup_put(), mm/memcontrol.c (O-04, O-05,
 * O-07).
 */
#include <memcgsim/objcg.h>

#include <errno.h>

#include "memcg/kmem.h"
#include "memcg/objcg.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"

/* Whether @objcg may be charged here; reports if not, as found by @caller. */
static bool vet(struct msim_ctx *ctx, const struct memcgsim_obj_cgroup *objcg, size_t size_bytes,
		const char *caller)
{
	const char *what = NULL;

	if (!objcg)
		what = "there is no objcg";
	else if (objcg->machine != ctx->machine)
		what = "the objcg is not this machine's";
	else if (size_bytes - 1 >= INT32_MAX)
		what = "the size is 0 or too large";
	return !msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, what, what, caller, objcg);
}

static msim_noinline int obj_cgroup_charge_slow(struct memcgsim_obj_cgroup *objcg,
						memcgsim_gfp_t gfp, size_t size_bytes)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound("memcgsim_obj_cgroup_charge");
	if (!ctx || !vet(ctx, objcg, size_bytes, "memcgsim_obj_cgroup_charge"))
		return -EINVAL;
	return msim_objcg_charge_bytes(ctx, objcg, gfp, size_bytes, 0);
}

int memcgsim_obj_cgroup_charge(struct memcgsim_obj_cgroup *objcg, memcgsim_gfp_t gfp,
			       size_t size_bytes)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_cpu *cpu;
	bool hit;

	if (unlikely(!ctx || !objcg || size_bytes - 1 >= INT32_MAX) ||
	    unlikely(!msim_cpu_enter(ctx->cpu)))
		return obj_cgroup_charge_slow(objcg, gfp, size_bytes);
	cpu = ctx->cpu;
	hit = msim_objcg_consume_bytes(cpu, objcg, size_bytes, 0);
	msim_cpu_leave(cpu);
	return likely(hit) ? 0 : obj_cgroup_charge_slow(objcg, gfp, size_bytes);
}

static msim_noinline void obj_cgroup_uncharge_slow(struct memcgsim_obj_cgroup *objcg,
						   size_t size_bytes)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound("memcgsim_obj_cgroup_uncharge");
	if (ctx && vet(ctx, objcg, size_bytes, "memcgsim_obj_cgroup_uncharge"))
		msim_objcg_uncharge_bytes(ctx, objcg, size_bytes, 0);
}

void memcgsim_obj_cgroup_uncharge(struct memcgsim_obj_cgroup *objcg, size_t size_bytes)
{
	struct msim_ctx *ctx = msim_ctx();
	struct msim_cpu *cpu;
	bool hit;

	if (unlikely(!ctx || !objcg || size_bytes - 1 >= INT32_MAX) ||
	    unlikely(!msim_cpu_enter(ctx->cpu)))
		return obj_cgroup_uncharge_slow(objcg, size_bytes);
	cpu = ctx->cpu;
	hit = msim_objcg_return_bytes(cpu, objcg, size_bytes, 0);
	msim_cpu_leave(cpu);
	if (unlikely(!hit))
		obj_cgroup_uncharge_slow(objcg, size_bytes);
}

void memcgsim_obj_cgroup_put(struct memcgsim_obj_cgroup *objcg)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	if (objcg && vet(ctx, objcg, 1, __func__) && msim_objcg_unhold(objcg, __func__))
		msim_objcg_put_ctx(ctx, objcg);
}
