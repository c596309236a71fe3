/* SPDX-License-Identifier: MIT */
/*
 * Owns the charge of user pages, and the end of all charges that end with a page's last put. Called
 * by the front doors while they own the page. Models charge_memcg(), commit_charge(),
 * uncharge_folio() and uncharge_batch(), mm/memcontrol.c (U-01 ... U-03, C-10).
 */
#include "memcg/folio.h"

#include "frames/page.h"
#include "memcg/charge.h"
#include "memcg/css.h"
#include "memcg/events.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
#include "memcg/page_counter.h"
#include "memcg/stock.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/trace.h"

int msim_charge_folio(struct msim_ctx *ctx, struct memcgsim_page *page,
		      struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp)
{
	int err = 0;

	msim_assert(msim_load_relaxed(&page->memcg_data) == 0 && !msim_page_is_tail(page));
	if (!msim_memcg_is_root(memcg)) /* C-01 */
		err = msim_try_charge(ctx, memcg, gfp, 1UL << msim_page_order(page));
	if (err)
		return err;
	msim_commit_charge(ctx, page, memcg);
	return 0;
}

void msim_commit_charge(struct msim_ctx *ctx, struct memcgsim_page *page,
			struct memcgsim_mem_cgroup *memcg)
{
	msim_css_get_ctx(ctx, memcg);
	msim_assert(((unsigned long)memcg & MSIM_MEMCG_DATA_FLAGS) == 0);
	msim_store_relaxed(&page->memcg_data, (unsigned long)memcg);
	msim_vm_event(memcg, MEMCGSIM_PGPGIN, 1);
}

struct memcgsim_mem_cgroup *msim_get_memcg_of_word(struct msim_ctx *ctx, unsigned long word)
{
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(ctx->machine, word);
	struct memcgsim_mem_cgroup *memcg = msim_pinned_memcg(ctx->machine, word);

	if (objcg)
		return msim_objcg_get_memcg_ctx(ctx, objcg);
	if (memcg)
		msim_css_get_ctx(ctx, memcg);
	return memcg;
}

void msim_uncharge_batch(struct msim_ctx *ctx, struct msim_uncharge_gather *gather)
{
	struct memcgsim_mem_cgroup *memcg = gather->memcg;
	struct msim_section section;

	if (!memcg)
		return;
	if (gather->pgpgout)
		msim_vm_event(memcg, MEMCGSIM_PGPGOUT, gather->pgpgout);
	if (gather->nr_memory_pages)
		msim_page_counter_uncharge(ctx->machine, &memcg->memory, gather->nr_memory_pages);
	section = msim_section_enter(ctx);
	if (gather->nr_memory_pages)
		msim_trace_in(section.cpu, MEMCGSIM_EV_UNCHARGE, memcg,
			      (long)gather->nr_memory_pages);
	if (gather->nr_kmem_pages)
		msim_stock_account_kmem(section.cpu, memcg, -(long)gather->nr_kmem_pages);
	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
	*gather = (struct msim_uncharge_gather){ 0 };
}

/* Inside a section: the reference that the page had on whatever its word names. */
static void put_word(struct msim_ctx *ctx, struct msim_cpu *cpu, unsigned long word)
{
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(ctx->machine, word);

	if (objcg)
		msim_objcg_put(cpu, objcg);
	else
		msim_css_put(cpu, msim_pinned_memcg(ctx->machine, word));
}

void msim_uncharge_folio(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			 struct memcgsim_page *page)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	unsigned long nr_pages = 1UL << msim_page_order(page);
	bool kmem = msim_is_kmem(ctx->machine, page, word); /* before the word is cleared */
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;

	if (msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page))
		return;
	memcg = msim_get_memcg_of_word(ctx, word);
	if (!memcg)
		return;
	if (gather->memcg != memcg) {
		msim_uncharge_batch(ctx, gather);
		gather->memcg = memcg; /* and the reference just taken */
	} else {
		msim_css_put_ctx(ctx, memcg);
	}
	if (kmem || !msim_memcg_is_root(memcg)) /* the root's own are not counted (C-01) */
		gather->nr_memory_pages += nr_pages;
	if (kmem)
		gather->nr_kmem_pages += nr_pages;
	else
		gather->pgpgout++;
	msim_clear_memcg_data(ctx->machine, page);
	section = msim_section_enter(ctx);
	put_word(ctx, section.cpu, word);
	msim_section_leave(&section);
}
