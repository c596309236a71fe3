/* SPDX-License-Identifier: MIT */
/*
 * Owns the charge of user pages. Called by the front doors while they own the page. Models
 * charge_memcg() and uncharge_folio(), mm/memcontrol.c (U-01 ... U-03, C-10). Differs: each block
 * is uncharged by itself instead of gathering neighbours; the sums are the same.
 */
#include "memcg/folio.h"

#include "frames/page.h"
#include "memcg/charge.h"
#include "memcg/css.h"
#include "memcg/memcg_data.h"
#include "memcg/page_counter.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/trace.h"

int msim_charge_folio(struct msim_ctx *ctx, struct memcgsim_page *page,
		      struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp)
{
	struct msim_section section;
	int err = 0;

	msim_assert(msim_load_relaxed(&page->memcg_data) == 0 && !msim_page_is_tail(page));
	if (!msim_memcg_is_root(memcg)) /* C-01 */
		err = msim_try_charge(ctx, memcg, gfp, 1UL << msim_page_order(page));
	if (err)
		return err;
	section = msim_section_enter(ctx);
	msim_css_get(section.cpu, memcg);
	msim_section_leave(&section);
	msim_assert(((unsigned long)memcg & MSIM_MEMCG_DATA_FLAGS) == 0);
	msim_store_relaxed(&page->memcg_data, (unsigned long)memcg);
	return 0;
}

void msim_uncharge_folio(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	struct memcgsim_mem_cgroup *memcg = msim_word_memcg(msim_load_relaxed(&page->memcg_data));
	unsigned long nr_pages = 1UL << msim_page_order(page);
	struct msim_section section;

	if (msim_vm_bug_on(ctx->machine, !memcg, page))
		return;
	if (!msim_memcg_is_root(memcg))
		msim_page_counter_uncharge(ctx->machine, &memcg->memory, nr_pages);
	msim_store_relaxed(&page->memcg_data, 0); /* the whole word at once (T-09) */
	section = msim_section_enter(ctx);
	msim_trace_in(section.cpu, MEMCGSIM_EV_UNCHARGE, memcg, (long)nr_pages);
	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
}
