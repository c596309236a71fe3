/* SPDX-License-Identifier: MIT */
/*
 * Owns the marks of a page that its owner gives: types, flags, mappings. Called by the library's
 * user alone. Nothing locks them: the words are shared, the marks the owner's. Models
 * include/linux/page-flags.h and vm_insert_page() (B-07, B-08, V-03, V-04).
 */
#include <errno.h>

#include <memcgsim/page_flags.h>

#include "frames/page.h"
#include "seam/bug.h"

_Static_assert(MSIM_PG_USER_SHIFT + MEMCGSIM_NR_PAGEFLAGS <= 64, "they fit");

/* The context, if @page is moreover an allocated one. */
static struct msim_ctx *ctx_of(const struct memcgsim_page *page, const char *caller)
{
	struct msim_ctx *ctx = msim_page_ctx(page, caller);

	if (ctx && msim_bug_if(ctx->machine, MEMCGSIM_MISUSE,
			       msim_page_ref_count(page) <= 0 && !msim_page_is_tail(page),
			       "the page is not allocated", caller, page))
		return NULL;
	return ctx;
}

/* ---- flags ---- */

/* The marks that say which list a page is on. */
static bool is_lru_mark(enum memcgsim_pageflags flag)
{
	return flag == MEMCGSIM_PG_LRU || flag == MEMCGSIM_PG_ACTIVE ||
	       flag == MEMCGSIM_PG_UNEVICTABLE;
}

/* Whether the mark may change: on a list, by the marks are found both the links and the size. */
static bool vet_mark(const struct memcgsim_page *page, enum memcgsim_pageflags flag,
		     const char *caller)
{
	struct msim_ctx *ctx;

	if ((unsigned int)flag >= MEMCGSIM_NR_PAGEFLAGS)
		return false;
	if (likely(!is_lru_mark(flag) || !(msim_page_flags(page) & MSIM_PG_LRU) ||
		   msim_page_ref_count(page) <= 0 || !page->lru.next))
		return true;
	ctx = msim_page_ctx(page, caller);
	if (ctx)
		(void)msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, true, "the page is on an LRU list",
				  caller, page);
	return false;
}

void memcgsim_set_page_flag(struct memcgsim_page *page, enum memcgsim_pageflags flag)
{
	unsigned long old = msim_page_flags(page);

	if (!vet_mark(page, flag, __func__))
		return;
	while (!msim_cmpxchg(&page->flags, &old, old | MSIM_PG_USER(flag)))
		;
}

void memcgsim_clear_page_flag(struct memcgsim_page *page, enum memcgsim_pageflags flag)
{
	unsigned long old = msim_page_flags(page);

	if (!vet_mark(page, flag, __func__))
		return;
	while (!msim_cmpxchg(&page->flags, &old, old & ~MSIM_PG_USER(flag)))
		;
}

bool memcgsim_test_page_flag(const struct memcgsim_page *page, enum memcgsim_pageflags flag)
{
	return (unsigned int)flag < MEMCGSIM_NR_PAGEFLAGS &&
	       msim_page_flags(page) & MSIM_PG_USER(flag);
}

/* ---- types ---- */

/* What the type clears in the word of this machine's kernel; 0 if that has no such type. */
static unsigned int bit_of(const struct memcgsim *machine, unsigned int type)
{
	return machine->variant->type_bits[type - MSIM_PGTY_BUDDY];
}

unsigned int memcgsim_page_type(const struct memcgsim *machine, const struct memcgsim_page *page)
{
	unsigned int word = msim_load_relaxed(&page->mapcount_or_type) - 1;
	unsigned int as_bits = UINT32_MAX;

	if (!machine->variant->type_bits || word < INT32_MAX)
		return word;
	for (unsigned int type = MSIM_PGTY_BUDDY; type < MSIM_PGTY_BITS; type++) {
		if (msim_type_word_has(word, type))
			as_bits &= ~bit_of(machine, type);
	}
	return as_bits;
}

bool memcgsim_page_has_type(const struct memcgsim_page *page)
{
	return msim_page_type(page) != MSIM_PGTY_NONE && memcgsim_page_mapcount(page) == 0;
}

bool memcgsim_page_is_type(const struct memcgsim_page *page, enum memcgsim_pagetype type)
{
	return msim_page_is_type(page, type);
}

/* The context, if moreover the machine's kernel has the type. */
static struct msim_ctx *ctx_of_type(const struct memcgsim_page *page, unsigned int type,
				    const char *caller)
{
	struct msim_ctx *ctx = ctx_of(page, caller);
	bool exists;

	if (!ctx)
		return NULL;
	exists = ctx->machine->variant->type_bits ? bit_of(ctx->machine, type) != 0
						  : type != MSIM_PGTY_KMEMCG;
	if (msim_bug_if(ctx->machine, MEMCGSIM_MISUSE, !exists, "this kernel has no such page type",
			caller, page))
		return NULL;
	return ctx;
}

static void set_type(struct memcgsim_page *page, unsigned int type, const char *caller)
{
	struct msim_ctx *ctx = ctx_of_type(page, type, caller);
	unsigned int bits;

	if (!ctx || msim_page_is_type(page, type))
		return;
	bits = msim_page_type_bits(page);
	if (msim_vm_bug_on(ctx->machine, !bits && msim_load_relaxed(&page->mapcount_or_type) != 0,
			   page))
		return;
	if (ctx->machine->variant->type_bits)
		msim_store_relaxed(&page->mapcount_or_type,
				   msim_type_bits_word(bits | msim_type_bit(type)));
	else
		msim_page_set_type(page, type);
}

static void clear_type(struct memcgsim_page *page, unsigned int type, const char *caller)
{
	struct msim_ctx *ctx = ctx_of_type(page, type, caller);

	if (!ctx ||
	    (!ctx->machine->variant->type_bits && msim_load_relaxed(&page->mapcount_or_type) == 0))
		return;
	if (msim_vm_bug_on(ctx->machine, !msim_page_is_type(page, type), page))
		return;
	if (ctx->machine->variant->type_bits)
		msim_store_relaxed(
			&page->mapcount_or_type,
			msim_type_bits_word(msim_page_type_bits(page) & ~msim_type_bit(type)));
	else
		msim_page_clear_type(page);
}

void memcgsim___SetPageOffline(struct memcgsim_page *page)
{
	set_type(page, MSIM_PGTY_OFFLINE, __func__);
}

void memcgsim___ClearPageOffline(struct memcgsim_page *page)
{
	clear_type(page, MSIM_PGTY_OFFLINE, __func__);
}

void memcgsim___SetPageTable(struct memcgsim_page *page)
{
	set_type(page, MSIM_PGTY_TABLE, __func__);
}

void memcgsim___ClearPageTable(struct memcgsim_page *page)
{
	clear_type(page, MSIM_PGTY_TABLE, __func__);
}

void memcgsim___SetPageGuard(struct memcgsim_page *page)
{
	set_type(page, MSIM_PGTY_GUARD, __func__);
}

void memcgsim___ClearPageGuard(struct memcgsim_page *page)
{
	clear_type(page, MSIM_PGTY_GUARD, __func__);
}

void memcgsim___SetPageKmemcg(struct memcgsim_page *page)
{
	set_type(page, MSIM_PGTY_KMEMCG, __func__);
}

void memcgsim___ClearPageKmemcg(struct memcgsim_page *page)
{
	clear_type(page, MSIM_PGTY_KMEMCG, __func__);
}

bool memcgsim_PageKmemcg(const struct memcgsim_page *page)
{
	return msim_page_is_type(page, MSIM_PGTY_KMEMCG);
}

/* ---- mappings ---- */

int memcgsim_page_mapcount(const struct memcgsim_page *page)
{
	unsigned int word = msim_load_relaxed(&page->mapcount_or_type);

	return word <= INT32_MAX ? (int)word : 0;
}

int memcgsim_vm_insert_page(struct memcgsim_page *page)
{
	struct memcgsim_page *head;
	struct msim_ctx *ctx = ctx_of(page, __func__);

	if (!ctx)
		return -EINVAL;
	head = msim_compound_head(page);
	if (memcgsim_page_has_type(page) || memcgsim_page_has_type(head))
		return -EINVAL;
	(void)msim_add_return(&head->_refcount, 1);
	(void)msim_add_return(&page->mapcount_or_type, 1);
	return 0;
}

void memcgsim_folio_remove_rmap_pte(struct memcgsim_page *page)
{
	struct msim_ctx *ctx = ctx_of(page, __func__);
	const struct msim_page_ops *ops;

	if (!ctx || msim_vm_bug_on(ctx->machine, memcgsim_page_mapcount(page) == 0, page) ||
	    msim_sub_return(&page->mapcount_or_type, 1) > 0)
		return;
	ops = ctx->machine->variant->pages;
	if (ops && ops->uncharge_page && msim_page_is_anon(page)) /* nobody has it any more */
		ops->uncharge_page(ctx, page);
}
