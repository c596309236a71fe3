/* SPDX-License-Identifier: MIT */
/*
 * Owns the counts of references that callers of the library hold on memcgs, so that a census can
 * tell them from the library's own. Called on any thread; no lock. Models css_get(), css_tryget(),
 * css_tryget_online() and css_put() (L-02, L-03).
 */
#include "memcg/css.h"

#include <memcgsim/css.h>

#include "memcg/taker.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"

void msim_css_hold(struct memcgsim_mem_cgroup *memcg)
{
	if (msim_memcg_is_root(memcg))
		return;
	msim_taker_took(memcg->machine, MSIM_TAKEN_MEMCG, memcg, 1);
	msim_add_relaxed(&memcg->holds, 1);
}

bool msim_css_unhold(struct memcgsim_mem_cgroup *memcg, const char *caller)
{
	long held = msim_load_relaxed(&memcg->holds);

	if (msim_memcg_is_root(memcg))
		return true;
	do {
		if (msim_bug_if(memcg->machine, MEMCGSIM_MISUSE, held <= 0,
				"more references on a memcg were put than taken", caller, memcg)) {
			msim_taker_put_extra(memcg->machine, MSIM_TAKEN_MEMCG, memcg, 1);
			return false;
		}
	} while (!msim_cmpxchg(&memcg->holds, &held, held - 1));
	msim_taker_put(memcg->machine, MSIM_TAKEN_MEMCG, memcg, 1);
	return true;
}

void memcgsim_css_get(struct memcgsim_mem_cgroup *memcg)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(memcg->machine, &guest);

	msim_css_get_ctx(ctx, memcg);
	msim_css_hold(memcg);
	msim_guest_leave(ctx, &guest);
}

bool memcgsim_css_tryget(struct memcgsim_mem_cgroup *memcg)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(memcg->machine, &guest);
	bool got = msim_css_tryget_ctx(ctx, memcg);

	if (got)
		msim_css_hold(memcg);
	msim_guest_leave(ctx, &guest);
	return got;
}

bool memcgsim_css_tryget_online(struct memcgsim_mem_cgroup *memcg)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(memcg->machine, &guest);
	struct msim_section section = msim_section_enter(ctx);
	bool got = msim_css_tryget_online(section.cpu, memcg);

	msim_section_leave(&section);
	if (got)
		msim_css_hold(memcg);
	msim_guest_leave(ctx, &guest);
	return got;
}

void memcgsim_css_put(struct memcgsim_mem_cgroup *memcg)
{
	struct msim_ctx guest, *ctx;

	if (!msim_css_unhold(memcg, __func__))
		return;
	ctx = msim_guest_enter(memcg->machine, &guest);
	msim_css_put_ctx(ctx, memcg);
	msim_guest_leave(ctx, &guest);
}
