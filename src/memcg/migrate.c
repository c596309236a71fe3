/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: moves or doubles charges of pages whose locks the caller holds. Called by the front
 * doors. Keeps I-MIG and I-REPL. Models mem_cgroup_replace_folio() and mem_cgroup_migrate(),
 * mm/memcontrol.c (U-04 ... U-07).
 */
#include "memcg/migrate.h"

#include "frames/page.h"
#include "memcg/css.h"
#include "memcg/folio.h"
#include "memcg/memcg_data.h"
#include "memcg/page_counter.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/trace.h"

bool msim_vet_replacement(struct msim_ctx *ctx, const struct memcgsim_page *old,
			  const struct memcgsim_page *new_page)
{
	struct memcgsim *machine = ctx->machine;

	return !msim_vm_bug_on(machine, !(msim_page_flags(old) & MSIM_PG_LOCKED), old) &&
	       !msim_vm_bug_on(machine, !(msim_page_flags(new_page) & MSIM_PG_LOCKED), new_page) &&
	       !msim_vm_bug_on(machine, msim_page_is_anon(old) != msim_page_is_anon(new_page),
			       new_page) &&
	       !msim_vm_bug_on(machine, msim_page_order(old) != msim_page_order(new_page),
			       new_page);
}

void msim_charge_replacement(struct msim_ctx *ctx, struct memcgsim_page *old,
			     struct memcgsim_page *new_page)
{
	long nr_pages = 1L << msim_page_order(new_page);
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;

	/* It was somebody's before, as a page that fuse steals from a pipe: let it be. */
	if (msim_load_relaxed(&new_page->memcg_data))
		return;
	if (msim_vm_bug_on(ctx->machine, msim_page_flags(new_page) & MSIM_PG_LRU, new_page))
		return; /* it would stay on a list of the root's */
	memcg = msim_get_memcg_of_word(ctx, msim_load_relaxed(&old->memcg_data));
	if (msim_warn_on_once(ctx->machine, !memcg, old))
		return;
	if (!msim_memcg_is_root(memcg))
		msim_page_counter_charge(&memcg->memory, (unsigned long)nr_pages);
	msim_commit_charge(ctx, new_page, memcg);
	section = msim_section_enter(ctx);
	if (!msim_memcg_is_root(memcg))
		msim_trace_in(section.cpu, MEMCGSIM_EV_CHARGE, memcg, nr_pages);
	msim_css_put(section.cpu, memcg); /* that of the look */
	msim_section_leave(&section);
}

void msim_move_charge(struct msim_ctx *ctx, struct memcgsim_page *old,
		      struct memcgsim_page *new_page)
{
	unsigned long word = msim_load_relaxed(&old->memcg_data);

	if (msim_vm_bug_on(ctx->machine, msim_page_flags(old) & MSIM_PG_LRU, old) ||
	    msim_warn_on_once(ctx->machine, !word, old) ||
	    msim_vm_bug_on(ctx->machine, word & MSIM_MEMCG_DATA_FLAGS, old) ||
	    msim_vm_bug_on(ctx->machine, msim_load_relaxed(&new_page->memcg_data) != 0, new_page) ||
	    msim_vm_bug_on(ctx->machine, msim_page_flags(new_page) & MSIM_PG_LRU, new_page))
		return;
	msim_store_relaxed(&new_page->memcg_data, word);
	msim_store_relaxed(&old->memcg_data, 0);
}
