/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the charge of a kernel page whose word is its memcg's address, and whose mark the tag
 * KMEM or, in v5.10, a page type. Called by the front doors' slow halves on machines of such a
 * profile. Keeps I-REF-CSS and I-COUNTER: the page stays its memcg's when that goes offline, and keeps
 * it. Models __memcg_kmem_charge_page() and __memcg_kmem_uncharge_page(), mm/memcontrol.c, v5.10 and
 * v5.11 (section 2, B-07, C-10, L-06).
 */
#include "alloc/kmem_memcg.h"

#include "memcg/charge.h"
#include "memcg/css.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
#include "memcg/stock.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "task/objcg.h"

/*
 * Who pays, with a reference, or NULL. Asked by way of the objcg, whose memcg is the nearest that
 * lives: the rules are the same for objects and pages.
 */
static struct memcgsim_mem_cgroup *get_payer(struct msim_ctx *ctx)
{
	struct memcgsim_obj_cgroup *objcg = msim_get_current_objcg(ctx);
	struct memcgsim_mem_cgroup *memcg = objcg ? msim_objcg_get_memcg_ctx(ctx, objcg) : NULL;

	msim_put_current_objcg(ctx, objcg);
	return memcg;
}

int msim_charge_page_memcg(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			   unsigned int order)
{
	struct memcgsim_mem_cgroup *memcg = get_payer(ctx);
	struct msim_section section;
	int err = 0;

	msim_assert(msim_load_relaxed(&page->memcg_data) == 0);
	if (!memcg)
		return 0;
	if (!msim_memcg_is_root(memcg))
		err = msim_try_charge(ctx, memcg, gfp, 1UL << order);
	section = msim_section_enter(ctx);
	if (err || msim_memcg_is_root(memcg)) {
		msim_css_put(section.cpu, memcg);
	} else { /* the reference is the page's now */
		msim_stock_account_kmem(section.cpu, memcg, 1L << order);
		msim_mark_kmem(
			ctx->machine, page,
			(unsigned long)memcg |
				(ctx->machine->variant->kmem_is_type ? 0 : MSIM_MEMCG_DATA_KMEM));
	}
	msim_section_leave(&section);
	return err;
}

void msim_uncharge_page_memcg(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	struct memcgsim_mem_cgroup *memcg = msim_pinned_memcg(ctx->machine, word);
	struct msim_section section;

	if (!memcg || !msim_is_kmem(ctx->machine, page, word) ||
	    msim_vm_bug_on(ctx->machine, msim_memcg_is_root(memcg), page))
		return;
	section = msim_section_enter(ctx);
	msim_stock_refill(section.cpu, memcg, 1UL << order);
	msim_stock_account_kmem(section.cpu, memcg, -(1L << order));
	msim_clear_memcg_data(ctx->machine, page);
	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
}
