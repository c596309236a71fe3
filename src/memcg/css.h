/* SPDX-License-Identifier: MIT */
/*
 * A memcg's life: references on it, and where it stands in the tree. The root is never counted and
 * never dies (L-02).
 */
#ifndef MSIM_MEMCG_CSS_H
#define MSIM_MEMCG_CSS_H

#include "types.h"
#include "memcg/ref.h"
#include "seam/percpu.h"
#include "seam/work.h"

static inline bool msim_memcg_is_root(const struct memcgsim_mem_cgroup *memcg)
{
	return !memcg->parent;
}

/* Whether @memcg is @ancestor or below it. Links of a referenced memcg never change. */
static inline bool msim_memcg_is_descendant(const struct memcgsim_mem_cgroup *memcg,
					    const struct memcgsim_mem_cgroup *ancestor)
{
	for (; memcg; memcg = memcg->parent) {
		if (memcg == ancestor)
			return true;
	}
	return false;
}

/* Inside a section, all that take or drop references. */
static inline void msim_css_get(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg)
{
	if (!msim_memcg_is_root(memcg))
		msim_ref_get(cpu, &memcg->ref);
}

/* Succeeds on an offline memcg too, until nothing holds it. The caller reads under RCU. */
static inline bool msim_css_tryget(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg)
{
	return msim_memcg_is_root(memcg) || msim_ref_tryget(cpu, &memcg->ref);
}

/* The same, and false from msim_memcg_kill() on. */
static inline bool msim_css_tryget_online(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg)
{
	return msim_memcg_is_root(memcg) || msim_ref_tryget_live(cpu, &memcg->ref);
}

static inline void msim_css_put(struct msim_cpu *cpu, struct memcgsim_mem_cgroup *memcg)
{
	if (!msim_memcg_is_root(memcg) && msim_ref_put(cpu, &memcg->ref))
		msim_queue_work(cpu->machine, &memcg->work, memcg->released);
}

/* The same in a section of their own. */
static inline void msim_css_get_ctx(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_section section = msim_section_enter(ctx);

	msim_css_get(section.cpu, memcg);
	msim_section_leave(&section);
}

static inline bool msim_css_tryget_ctx(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_section section = msim_section_enter(ctx);
	bool got = msim_css_tryget(section.cpu, memcg);

	msim_section_leave(&section);
	return got;
}

static inline void msim_css_put_ctx(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg)
{
	struct msim_section section = msim_section_enter(ctx);

	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
}

/*
 * A reference that is there becomes a caller's of the library; and the opposite, unless no caller
 * has one: a misuse, found by @caller.
 */
void msim_css_hold(struct memcgsim_mem_cgroup *memcg);
bool msim_css_unhold(struct memcgsim_mem_cgroup *memcg, const char *caller);

#endif /* MSIM_MEMCG_CSS_H */
