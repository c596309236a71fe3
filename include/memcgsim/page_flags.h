/* SPDX-License-Identifier: MIT */
/*
 * What a page may be marked as, by its type or by a flag, and how often it is mapped. A type and
 * the number of mappings share a word: a page has one or the other (B-07, B-08).
 */
#ifndef MEMCGSIM_PAGE_FLAGS_H
#define MEMCGSIM_PAGE_FLAGS_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * enum memcgsim_pageflags - marks of a page that its owner gives and takes away
 * @MEMCGSIM_PG_LOCKED: locked
 * @MEMCGSIM_PG_LRU: on an LRU list; counts as movable
 * @MEMCGSIM_PG_ACTIVE: on the active one
 * @MEMCGSIM_PG_UNEVICTABLE: not to be reclaimed
 * @MEMCGSIM_PG_MLOCKED: mlock()ed; cleared by freeing
 * @MEMCGSIM_PG_WRITEBACK: being written
 * @MEMCGSIM_PG_PRIVATE: a file system's
 * @MEMCGSIM_PG_PRIVATE_2: a file system's
 * @MEMCGSIM_PG_RESERVED: not the allocator's
 * @MEMCGSIM_PG_HWPOISON: broken memory: a single frame is not freed but kept from everybody
 * @MEMCGSIM_NR_PAGEFLAGS: how many there are
 *
 * But for MLOCKED and HWPOISON, a page that is freed with one of them is a bad page (B-35).
 */
enum memcgsim_pageflags {
	MEMCGSIM_PG_LOCKED,
	MEMCGSIM_PG_LRU,
	MEMCGSIM_PG_ACTIVE,
	MEMCGSIM_PG_UNEVICTABLE,
	MEMCGSIM_PG_MLOCKED,
	MEMCGSIM_PG_WRITEBACK,
	MEMCGSIM_PG_PRIVATE,
	MEMCGSIM_PG_PRIVATE_2,
	MEMCGSIM_PG_RESERVED,
	MEMCGSIM_PG_HWPOISON,
	MEMCGSIM_NR_PAGEFLAGS,
};

/**
 * memcgsim_set_page_flag() - mark a page
 * @page: the page, free or not
 * @flag: the mark
 *
 * LRU, ACTIVE and UNEVICTABLE say where a page on an LRU list is. Of such a page they stay as they are,
 * and that is a simulated bug: memcgsim_folio_isolate_lru() comes first.
 *
 * Context: any thread; a bound one for those three.
 * Models: SetPageLRU() and its kin, include/linux/page-flags.h (B-35)
 * Differs: one function with the flag as a parameter; a flag that is none is ignored
 */
void memcgsim_set_page_flag(struct memcgsim_page *page, enum memcgsim_pageflags flag);

/**
 * memcgsim_clear_page_flag() - take a mark away
 * @page: the page
 * @flag: the mark; those that memcgsim_set_page_flag() leaves alone stay likewise
 *
 * Context: as memcgsim_set_page_flag().
 * Models: ClearPageLRU() and its kin, include/linux/page-flags.h
 * Differs: as memcgsim_set_page_flag()
 */
void memcgsim_clear_page_flag(struct memcgsim_page *page, enum memcgsim_pageflags flag);

/**
 * memcgsim_test_page_flag() - whether a page is marked
 * @page: the page
 * @flag: the mark
 *
 * Context: any thread; a single load.
 * Return: whether it is.
 * Models: PageLRU() and its kin, include/linux/page-flags.h
 * Differs: as memcgsim_set_page_flag()
 */
bool memcgsim_test_page_flag(const struct memcgsim_page *page, enum memcgsim_pageflags flag);

/**
 * enum memcgsim_pagetype - what a page is instead of being mapped
 * @MEMCGSIM_PGTY_BUDDY: free, the first of its block; the allocator's
 * @MEMCGSIM_PGTY_OFFLINE: not there for the moment, as a balloon's
 * @MEMCGSIM_PGTY_TABLE: a page table
 * @MEMCGSIM_PGTY_GUARD: kept from use beside a block that is watched
 * @MEMCGSIM_PGTY_HUGETLB: of the pool of huge pages
 * @MEMCGSIM_PGTY_SLAB: full of objects; the slab allocator's. Before 6.10 a flag of the kernel's, here a
 * type everywhere: it is refused to whoever would map it all the same
 * @MEMCGSIM_PGTY_KMEMCG: charged as kernel memory; in v5.10 alone
 *
 * The values are the kernel's: the top byte of the word (B-07), but for the last, which never was a
 * byte. Before 6.12 each type is a bit of the word, and a page may have several at once.
 */
enum memcgsim_pagetype {
	MEMCGSIM_PGTY_BUDDY = 0xf0,
	MEMCGSIM_PGTY_OFFLINE = 0xf1,
	MEMCGSIM_PGTY_TABLE = 0xf2,
	MEMCGSIM_PGTY_GUARD = 0xf3,
	MEMCGSIM_PGTY_HUGETLB = 0xf4,
	MEMCGSIM_PGTY_SLAB = 0xf5,
	MEMCGSIM_PGTY_KMEMCG = 0xf8,
};

/**
 * memcgsim_page_has_type() - whether a page has any type
 * @page: the page
 *
 * Context: any thread; a single load.
 * Return: whether it has: such a page cannot be mapped.
 * Models: page_has_type(), include/linux/page-flags.h (B-07, B-08)
 * Differs: none known
 */
bool memcgsim_page_has_type(const struct memcgsim_page *page);

/**
 * memcgsim_page_type() - the word that types and mappings share, as the machine's kernel writes it
 * @machine: the machine
 * @page: the page
 *
 * All ones is a page without a type that is not mapped, and each mapping adds one. From 6.12 on a type is
 * the top byte; before, each clears a bit: buddy 0x80 and offline 0x100; table 0x200 and guard 0x400
 * since 5.11, when kmemcg, which had been 0x200, made room for them. There a slab has a flag instead.
 *
 * Context: any thread; a single load.
 * Return: the word.
 * Models: page->page_type, page->_mapcount, include/linux/mm_types.h (B-07)
 * Differs: none known
 */
unsigned int memcgsim_page_type(const struct memcgsim *machine, const struct memcgsim_page *page);

/**
 * memcgsim_page_is_type() - whether a page has that very type
 * @page: the page
 * @type: the type
 *
 * Context: any thread; a single load.
 * Return: whether it has.
 * Models: PageBuddy(), PageTable(), PageKmemcg() and their kin, include/linux/page-flags.h (B-07)
 * Differs: one function with the type as a parameter
 */
bool memcgsim_page_is_type(const struct memcgsim_page *page, enum memcgsim_pagetype type);

/**
 * memcgsim___SetPageOffline() - give an allocated page the type
 * @page: the page; one that has it keeps it
 *
 * Context: a bound thread that owns the page.
 * Models: __SetPageOffline(), include/linux/page-flags.h (B-07)
 * Differs: a page that is mapped, or from 6.12 on has another type, is a simulated bug and stays as it is
 */
void memcgsim___SetPageOffline(struct memcgsim_page *page);

/**
 * memcgsim___ClearPageOffline() - take the type away
 * @page: the page; one without a type stays as it is: before 6.12 a simulated bug
 *
 * Context: a bound thread that owns the page.
 * Models: __ClearPageOffline(), include/linux/page-flags.h (B-07)
 * Differs: a page of another type is a simulated bug and stays as it is
 */
void memcgsim___ClearPageOffline(struct memcgsim_page *page);

/**
 * memcgsim___SetPageTable() - give an allocated page the type
 * @page: the page; one that has it keeps it
 *
 * Context: a bound thread that owns the page.
 * Models: __SetPageTable(), include/linux/page-flags.h (B-07)
 * Differs: a page that is mapped, or from 6.12 on has another type, is a simulated bug and stays as it is
 */
void memcgsim___SetPageTable(struct memcgsim_page *page);

/**
 * memcgsim___ClearPageTable() - take the type away
 * @page: the page; one without a type stays as it is: before 6.12 a simulated bug
 *
 * Context: a bound thread that owns the page.
 * Models: __ClearPageTable(), include/linux/page-flags.h (B-07)
 * Differs: a page of another type is a simulated bug and stays as it is
 */
void memcgsim___ClearPageTable(struct memcgsim_page *page);

/**
 * memcgsim___SetPageGuard() - give an allocated page the type
 * @page: the page; one that has it keeps it
 *
 * Context: a bound thread that owns the page.
 * Models: __SetPageGuard(), include/linux/page-flags.h (B-07)
 * Differs: a page that is mapped, or from 6.12 on has another type, is a simulated bug and stays as it is
 */
void memcgsim___SetPageGuard(struct memcgsim_page *page);

/**
 * memcgsim___ClearPageGuard() - take the type away
 * @page: the page; one without a type stays as it is: before 6.12 a simulated bug
 *
 * Context: a bound thread that owns the page.
 * Models: __ClearPageGuard(), include/linux/page-flags.h (B-07)
 * Differs: a page of another type is a simulated bug and stays as it is
 */
void memcgsim___ClearPageGuard(struct memcgsim_page *page);

/**
 * memcgsim___SetPageKmemcg() - give an allocated page the type of charged kernel memory
 * @page: the page; one that has it keeps it
 *
 * What charges a page does so itself; a page that has the type without a charge is a bad page when it is
 * freed (B-35).
 *
 * Context: a bound thread that owns the page.
 * Models: __SetPageKmemcg(), include/linux/page-flags.h before 5.11 (B-07, B-08)
 * Differs: a page that is mapped, and a machine whose kernel has no such type, are a simulated bug, and
 * the page stays as it is
 */
void memcgsim___SetPageKmemcg(struct memcgsim_page *page);

/**
 * memcgsim___ClearPageKmemcg() - take the type away
 * @page: the page
 *
 * Context: a bound thread that owns the page.
 * Models: __ClearPageKmemcg(), include/linux/page-flags.h before 5.11 (B-07)
 * Differs: a page without the type is a simulated bug and stays as it is
 */
void memcgsim___ClearPageKmemcg(struct memcgsim_page *page);

/**
 * memcgsim_PageKmemcg() - whether a page has the type
 * @page: the page
 *
 * Context: any thread; a single load.
 * Return: whether it has; false wherever the kernel has no such type.
 * Models: PageKmemcg(), include/linux/page-flags.h before 5.11 (B-07)
 * Differs: none known
 */
bool memcgsim_PageKmemcg(const struct memcgsim_page *page);

/**
 * memcgsim_page_mapcount() - how often a page is mapped
 * @page: the page
 *
 * Context: any thread; a single load.
 * Return: the number; 0 for a page that has a type.
 * Models: page->_mapcount, plus 1
 * Differs: none known
 */
int memcgsim_page_mapcount(const struct memcgsim_page *page);

/**
 * memcgsim_vm_insert_page() - map a page: one mapping and one reference more
 * @page: the page; one that is charged as kernel memory may be mapped too (V-03), but not in v5.10, where
 * such a page has a type
 *
 * Context: a bound thread that has a reference.
 * Return: 0; -EINVAL for a page that is free or has a type (V-04), which stays as it is.
 * Models: vm_insert_page(), mm/memory.c (B-08, V-03, V-04)
 * Differs: there is no address space: only the page's side is modelled
 */
MEMCGSIM_MUST_CHECK int memcgsim_vm_insert_page(struct memcgsim_page *page);

/**
 * memcgsim_folio_remove_rmap_pte() - one mapping less; the reference is the caller's to put
 * @page: the page
 *
 * Context: a bound thread.
 * Models: folio_remove_rmap_pte(), mm/rmap.c (B-08)
 * Differs: a page that is not mapped is a simulated bug and stays as it is
 */
void memcgsim_folio_remove_rmap_pte(struct memcgsim_page *page);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_PAGE_FLAGS_H */
