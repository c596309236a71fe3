/* SPDX-License-Identifier: MIT */
/*
 * Owns the mark of pages that are in the swap cache and their number of the slot, under the page lock;
 * joins slots with charging. Called on bound threads, and by anybody for slots alone. Keeps I-SWAP.
 * Models mm/swap_state.c, remove_mapping(), mm/vmscan.c, and mem_cgroup_swapin_charge_folio(),
 * mm/memcontrol.c (U-08 ... U-10, U-12, U-13).
 */
#include "alloc/swap_state.h"

#include <errno.h>

#include "alloc/page_alloc.h"
#include "frames/page.h"
#include "frames/swapfile.h"
#include "memcg/css.h"
#include "memcg/folio.h"
#include "memcg/lru.h"
#include "memcg/swap.h"
#include "seam/bug.h"
#include "seam/thread.h"
#include "task/objcg.h"

/* The context, if the calling thread has one and @page is a locked block of its machine's. */
static struct msim_ctx *ctx_of_locked(struct memcgsim_page *page, const char *caller)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound(caller);
	if (!ctx || !msim_vet_folio(ctx, page, caller) ||
	    msim_vm_bug_on(ctx->machine, !(msim_page_flags(page) & MSIM_PG_LOCKED), page))
		return NULL;
	return ctx;
}

static bool is_cached(const struct memcgsim_page *page)
{
	return msim_page_flags(page) & MSIM_PG_SWAPCACHE;
}

static unsigned long frames_of(const struct memcgsim_page *page)
{
	return msim_folio_nr_pages(page);
}

/* A reference on a slot goes; with the last one the charge, and then the slot. */
static void put_slot(struct msim_ctx *ctx, unsigned long entry, unsigned int reference,
		     const char *caller)
{
	struct memcgsim *machine = ctx->machine;
	int last = -EINVAL;

	if (msim_swap_valid(machine, entry))
		last = msim_swap_drop(machine, entry, reference);
	(void)msim_bug_if(machine, MEMCGSIM_MISUSE, last < 0, "the slot has no such reference",
			  caller, NULL);
	if (last <= 0)
		return;
	msim_swap_unassign(ctx, entry, 1);
	msim_swap_release(machine, entry);
}

static void put_slots_of_cache(struct msim_ctx *ctx, unsigned long entry, unsigned long nr,
			       const char *caller)
{
	for (unsigned long i = 0; i < nr; i++)
		put_slot(ctx, entry + i, MSIM_SWAP_HAS_CACHE, caller);
}

/* The claim of a slot is given up by who has it; where a page is cached, the claim is the page's. */
static bool vet_claim(struct memcgsim *machine, unsigned long entry, const char *caller)
{
	bool claimed = msim_swap_valid(machine, entry) && msim_swap_is_claimed(machine, entry);

	return !msim_bug_if(machine, MEMCGSIM_MISUSE, !claimed,
			    "the slot is not claimed, or has a page in the cache", caller, NULL);
}

/* put_slot() for whoever has but a machine. */
static void put_slot_anywhere(struct memcgsim *machine, memcgsim_swp_entry_t entry,
			      unsigned int reference, const char *caller)
{
	struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);

	put_slot(ctx, entry.val, reference, caller);
	msim_guest_leave(ctx, &guest);
}

/* ---- out ---- */

static unsigned long alloc_swap(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	const struct msim_variant *variant = ctx->machine->variant;
	unsigned long entry = msim_swap_alloc(ctx->machine, frames_of(page));

	/* Also without a slot: that is an event. */
	if (variant->charge_swap && variant->charge_swap(ctx, page, entry)) {
		put_slots_of_cache(ctx, entry, frames_of(page), __func__);
		return 0;
	}
	return entry;
}

memcgsim_swp_entry_t memcgsim_folio_alloc_swap(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);

	return (memcgsim_swp_entry_t){ ctx ? alloc_swap(ctx, page) : 0 };
}

void memcgsim_put_swap_folio(struct memcgsim_page *page, memcgsim_swp_entry_t entry)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx)
		msim_unbound(__func__);
	if (!ctx || !msim_vet_folio(ctx, page, __func__))
		return;
	for (unsigned long i = 0; i < frames_of(page); i++) {
		if (vet_claim(ctx->machine, entry.val + i, __func__))
			put_slot(ctx, entry.val + i, MSIM_SWAP_HAS_CACHE, __func__);
	}
}

/* The page is the caller's, the slots are the cache's. */
static void enter_cache(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry)
{
	(void)msim_add_return(&page->_refcount, (int)frames_of(page));
	page->private = entry;
	(void)msim_page_test_and_set(page, MSIM_PG_SWAPCACHE);
	msim_swap_set_folio(ctx->machine, entry, frames_of(page), page);
}

bool memcgsim_add_to_swap(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);
	unsigned long entry;

	if (!ctx || msim_vm_bug_on(ctx->machine, is_cached(page), page))
		return false;
	entry = alloc_swap(ctx, page);
	if (!entry)
		return false;
	enter_cache(ctx, page, entry);
	return true;
}

int memcgsim_add_to_swap_cache(struct memcgsim_page *page, memcgsim_swp_entry_t entry)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);

	if (!ctx || msim_vm_bug_on(ctx->machine, is_cached(page), page))
		return -EINVAL;
	for (unsigned long i = 0; i < frames_of(page); i++) {
		if (!msim_swap_valid(ctx->machine, entry.val + i) ||
		    !msim_swap_is_claimed(ctx->machine, entry.val + i))
			return -EINVAL;
	}
	enter_cache(ctx, page, entry.val);
	return 0;
}

/* Takes its slots from the page, which nobody finds by them any more. They are the caller's. */
static unsigned long leave_cache(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	unsigned long entry = page->private;

	msim_swap_set_folio(ctx->machine, entry, frames_of(page), NULL);
	(void)msim_page_test_and_clear(page, MSIM_PG_SWAPCACHE);
	page->private = 0;
	return entry;
}

/* Whether nobody but the caller and the swap cache had references: there are none from then on. */
static bool freeze(struct memcgsim_page *page)
{
	int count = 1 + (int)frames_of(page);

	return msim_cmpxchg(&page->_refcount, &count, 0);
}

long memcgsim_remove_mapping(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);
	unsigned long entry;

	if (!ctx || msim_vm_bug_on(ctx->machine, !is_cached(page), page) ||
	    msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page))
		return 0;
	if (!freeze(page))
		return 0;
	entry = leave_cache(ctx, page);
	if (ctx->machine->variant->swapout)
		ctx->machine->variant->swapout(ctx, page, entry);
	put_slots_of_cache(ctx, entry, frames_of(page), __func__);
	msim_store_release(&page->_refcount, 1);
	return (long)frames_of(page);
}

/* ---- in ---- */

int memcgsim_swapcache_prepare(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	return msim_swap_valid(machine, entry.val) ? msim_swap_claim(machine, entry.val) : -EINVAL;
}

void memcgsim_swapcache_clear(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	if (vet_claim(machine, entry.val, __func__))
		put_slot_anywhere(machine, entry, MSIM_SWAP_HAS_CACHE, __func__);
}

struct memcgsim_page *memcgsim_swap_cache_get_folio(struct memcgsim *machine,
						    memcgsim_swp_entry_t entry)
{
	return msim_swap_valid(machine, entry.val) ? msim_swap_get_folio(machine, entry.val) : NULL;
}

static bool may_be_charged(struct msim_ctx *ctx, struct memcgsim_page *page,
			   const struct memcgsim_mm *mm, const char *caller)
{
	return msim_vet_folio(ctx, page, caller) && msim_vet_mm(ctx, mm, caller) &&
	       !msim_vm_bug_on(ctx->machine, msim_load_relaxed(&page->memcg_data) != 0, page) &&
	       !msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page);
}

int memcgsim_mem_cgroup_swapin_charge_folio(struct memcgsim_page *page, struct memcgsim_mm *mm,
					    memcgsim_gfp_t gfp, memcgsim_swp_entry_t entry)
{
	struct msim_ctx *ctx = msim_ctx();
	const struct msim_page_ops *ops;
	struct memcgsim_mem_cgroup *memcg;
	int err;

	if (!ctx) {
		msim_unbound(__func__);
		return -EINVAL;
	}
	if (!msim_swap_valid(ctx->machine, entry.val) || !may_be_charged(ctx, page, mm, __func__))
		return -EINVAL;
	ops = ctx->machine->variant->pages;
	if (ops && ops->look)
		ops->look(ctx, page);
	memcg = msim_swap_get_memcg(ctx, entry.val);
	if (!memcg)
		memcg = msim_get_memcg_from_mm(ctx, mm);
	err = ctx->machine->variant->charge_folio(ctx, page, memcg, gfp);
	msim_css_put_ctx(ctx, memcg);
	return err;
}

void memcgsim_mem_cgroup_swapin_uncharge_swap(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	struct msim_ctx guest, *ctx;

	if (!machine->variant->swapin_uncharges || !msim_swap_valid(machine, entry.val))
		return;
	ctx = msim_guest_enter(machine, &guest);
	msim_swap_unassign(ctx, entry.val, 1);
	msim_guest_leave(ctx, &guest);
}

/* ---- slots ---- */

int memcgsim_swap_duplicate(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	if (!msim_swap_valid(machine, entry.val))
		return -EINVAL;
	return msim_swap_duplicate(machine, entry.val) ? 0 : -ENOENT;
}

void memcgsim_swap_free(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	put_slot_anywhere(machine, entry, 1, __func__);
}

static void delete_from_swap_cache(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	const struct msim_page_ops *ops = ctx->machine->variant->pages;
	unsigned long entry = leave_cache(ctx, page);
	int left;

	if (ops && ops->uncharge_swapcache)
		ops->uncharge_swapcache(ctx, page, entry);
	put_slots_of_cache(ctx, entry, frames_of(page), __func__);
	left = msim_sub_return(&page->_refcount, (int)frames_of(page));
	(void)msim_vm_bug_on(ctx->machine, left <= 0, page);
}

void memcgsim_delete_from_swap_cache(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);

	if (ctx && !msim_vm_bug_on(ctx->machine, !is_cached(page), page))
		delete_from_swap_cache(ctx, page);
}

bool memcgsim_folio_free_swap(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);

	if (!ctx || !is_cached(page))
		return false;
	for (unsigned long i = 0; i < frames_of(page); i++) {
		if (msim_swap_count(ctx->machine, page->private + i))
			return false;
	}
	delete_from_swap_cache(ctx, page);
	return true;
}

/* Of a page that was left behind there: nobody has to hold its lock. */
static void evict(struct msim_ctx *ctx, struct memcgsim_page *page)
{
	struct msim_uncharge_gather gather = { 0 };
	unsigned long entry = leave_cache(ctx, page);

	put_slots_of_cache(ctx, entry, frames_of(page), __func__);
	if (msim_sub_return(&page->_refcount, (int)frames_of(page)) > 0)
		return;
	msim_folio_leave_lru(ctx->machine, page);
	(void)msim_page_test_and_clear(page, MSIM_PG_LOCKED);
	msim_sweep_charge(ctx, &gather, page);
	ctx->machine->variant->uncharge_batch(ctx, &gather);
	msim_free_pages_final(ctx, page);
}

unsigned long msim_swap_sweep(struct msim_ctx *ctx)
{
	struct msim_swap *swap = &ctx->machine->swap;
	unsigned long found =
		ctx->machine->config.nr_swap_pages - msim_load_relaxed(&swap->nr_free);

	for (unsigned long entry = 1; entry < swap->frontier; entry++) {
		struct msim_swap_slot *slot = &swap->slots[entry];

		if (slot->folio && is_cached(slot->folio))
			evict(ctx, slot->folio);
		slot->folio = NULL; /* of a page that was freed as a bad one */
		if (slot->map & MSIM_SWAP_HAS_CACHE)
			put_slot(ctx, entry, MSIM_SWAP_HAS_CACHE, __func__);
		for (unsigned int left = msim_swap_count(ctx->machine, entry); left; left--)
			put_slot(ctx, entry, 1, __func__);
	}
	return found;
}

/* ---- looks ---- */

bool memcgsim_folio_test_swapcache(const struct memcgsim_page *page)
{
	return is_cached(page);
}

memcgsim_swp_entry_t memcgsim_page_swap_entry(const struct memcgsim_page *page)
{
	return (memcgsim_swp_entry_t){ is_cached(page) ? page->private : 0 };
}

unsigned int memcgsim_lookup_swap_cgroup_id(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	return msim_swap_valid(machine, entry.val) ? msim_swap_id(machine, entry.val) : 0;
}

unsigned int memcgsim___swap_count(struct memcgsim *machine, memcgsim_swp_entry_t entry)
{
	return msim_swap_valid(machine, entry.val) ? msim_swap_count(machine, entry.val) : 0;
}

long memcgsim_get_nr_swap_pages(const struct memcgsim *machine)
{
	return (long)msim_load_relaxed(&machine->swap.nr_free);
}

long memcgsim_mem_cgroup_get_nr_swap_pages(struct memcgsim_mem_cgroup *memcg)
{
	return msim_swap_pages_left(memcg);
}

bool memcgsim_mem_cgroup_swap_full(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of_locked(page, __func__);

	return ctx && msim_swap_is_full(ctx->machine,
					ctx->machine->variant->user_memcg(ctx->machine, page));
}
