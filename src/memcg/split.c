/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the words of a block's tails, for whoever owns the block. Called by the front
 * doors. Keeps I-REF-OBJCG and I-REF-CSS. Models split_page_memcg(), mm/memcontrol.c (B-33).
 */
#include "memcg/split.h"

#include "frames/page.h"
#include "memcg/css.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
#include "seam/percpu.h"

void msim_split_page_memcg(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(ctx->machine, word);
	struct memcgsim_mem_cgroup *memcg = msim_pinned_memcg(ctx->machine, word);
	bool kmem = msim_is_kmem(ctx->machine, page, word);
	struct msim_section section;

	msim_assert(!(msim_page_flags(page) & MSIM_PG_HEAD) && !msim_page_is_tail(page));
	if (ctx->machine->variant->v1)
		ctx->machine->variant->split_kmem_page(ctx, page, order);
	if (!objcg && !memcg)
		return;
	section = msim_section_enter(ctx);
	for (unsigned long i = 1; i < 1UL << order; i++) {
		msim_assert(msim_load_relaxed(&page[i].memcg_data) == 0);
		if (objcg)
			msim_objcg_get(section.cpu, objcg);
		else
			msim_css_get(section.cpu, memcg);
		if (kmem)
			msim_mark_kmem(ctx->machine, &page[i], word);
		else
			msim_store_relaxed(&page[i].memcg_data, word);
	}
	msim_section_leave(&section);
}
