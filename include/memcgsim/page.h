/* SPDX-License-Identifier: MIT */
/*
 * Frames: allocation, references, release, and the memory behind them. Whose they are, memcg_data.h
 * tells.
 */
#ifndef MEMCGSIM_PAGE_H
#define MEMCGSIM_PAGE_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_alloc_pages() - allocate 2^order frames
 * @gfp: with %MEMCGSIM___GFP_ACCOUNT they are charged to the current task's memcg
 * @order: 0 ... %MEMCGSIM_MAX_PAGE_ORDER
 *
 * The frames of a block follow each other: memcgsim_pfn_to_page() finds those behind the first.
 *
 * The charge comes after the page was found; if it is refused the page goes back and nothing has
 * changed.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the first frame's page, or NULL: out of memory, charge refused, or (a WARN unless
 * %MEMCGSIM___GFP_NOWARN) an order out of range. An unbound thread gets NULL and a line on stderr.
 * Models: alloc_pages(), __alloc_pages(), mm/page_alloc.c (B-02, B-10, B-12, B-15, B-16, B-23, B-24,
 * B-30)
 * Differs: one zone; a page that lies on the CPU's list is given without a look at the watermark;
 * reclaim is the hook's (hooks.h), there is neither compaction nor an OOM kill, and the CPUs' lists
 * are drained even if nothing was reclaimed; %MEMCGSIM___GFP_NOFAIL too gives up, with a WARN, when
 * the hook frees nothing or has been asked 17 times in vain
 */
MEMCGSIM_MUST_CHECK struct memcgsim_page *memcgsim_alloc_pages(memcgsim_gfp_t gfp,
							       unsigned int order);

/**
 * memcgsim___free_pages() - drop a reference on 2^order frames; the last one frees them
 * @page: the first frame's page
 * @order: the order it was allocated with
 *
 * A page of another machine, a page that is free, or another order is a simulated bug: recorded,
 * nothing freed. A page that is still mapped, marked or charged is one too, and is left out for good.
 *
 * If somebody else has a reference on the first frame of a loose block, the others are freed at
 * once, and that one when it is put. If the block was charged, all but one page of its charge is
 * lost, as in the kernel (B-34; &struct memcgsim_config.free_pages_splits_charge).
 *
 * Context: a bound thread; any CPU may free what another allocated.
 * Models: __free_pages(), free_unref_page(), mm/page_alloc.c (B-31, B-34, B-35, B-40, B-41, B-42)
 * Differs: a wrong order is detected instead of believed
 */
void memcgsim___free_pages(struct memcgsim_page *page, unsigned int order);

/**
 * memcgsim_folio_put() - drop a reference on a user page; the last one uncharges and frees it
 * @page: head of a page charged with memcgsim___mem_cgroup_charge(), or of an uncharged one
 *
 * Context: a bound thread.
 * Models: folio_put(), __folio_put(), mm/swap.c (U-01)
 * Differs: there are no LRU lists to take it off
 */
void memcgsim_folio_put(struct memcgsim_page *page);

/**
 * memcgsim_get_page() - one more reference on a page that the caller has one on
 * @page: the page; of a compound one any, the head gets it
 *
 * Context: a bound thread.
 * Models: get_page(), include/linux/mm.h
 * Differs: a page without references is a simulated bug and stays without
 */
void memcgsim_get_page(struct memcgsim_page *page);

/**
 * memcgsim_try_get_page() - the same where the count might be bad
 * @page: the page; of a compound one any, the head gets it
 *
 * Context: a bound thread, which has a reference.
 * Return: whether there is one more; if not, a WARN.
 * Models: try_get_page(), include/linux/mm.h
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK bool memcgsim_try_get_page(struct memcgsim_page *page);

/**
 * memcgsim_folio_try_get() - a speculative reference: on whatever the page is by now
 * @page: a page of the machine, perhaps free
 *
 * Context: a bound thread; the caller then looks whether the page is still the one it meant.
 * Return: whether the page had a reference and has one more; false for a free page and for a tail.
 * Models: folio_try_get(), get_page_unless_zero(), include/linux/page_ref.h
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK bool memcgsim_folio_try_get(struct memcgsim_page *page);

/**
 * memcgsim_put_page() - drop a reference on a page; the last one uncharges and frees it
 * @page: the page; of a compound one any, the head's reference is dropped
 *
 * Context: a bound thread.
 * Models: put_page(), include/linux/mm.h
 * Differs: as memcgsim_folio_put()
 */
void memcgsim_put_page(struct memcgsim_page *page);

/**
 * memcgsim_split_page() - turn a block of loose frames into as many pages, each freed by itself
 * @page: the first frame's page, not compound
 * @order: the order it was allocated with
 *
 * Each frame gets a reference, and, if the block is charged, the word of the first and a reference
 * on who pays. The counters stay as they are.
 *
 * Context: a bound thread that owns the block.
 * Models: split_page(), mm/page_alloc.c, split_page_memcg(), mm/memcontrol.c (B-33)
 * Differs: a wrong order is detected instead of believed
 */
void memcgsim_split_page(struct memcgsim_page *page, unsigned int order);

/**
 * memcgsim_alloc_pages_bulk_array() - fill the empty slots of an array with single pages
 * @gfp: as for memcgsim_alloc_pages()
 * @nr_pages: slots of the array
 * @page_array: slots that are not NULL are left as they are
 *
 * Pages that are to be charged come one a call: so a caller goes on until the array is full or no
 * page more has come.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: how many slots from the first on have a page; fewer than @nr_pages is normal.
 * Models: alloc_pages_bulk_array(), alloc_pages_bulk_noprof(), mm/page_alloc.c (B-32)
 * Differs: none known
 */
unsigned long memcgsim_alloc_pages_bulk_array(memcgsim_gfp_t gfp, unsigned long nr_pages,
					      struct memcgsim_page **page_array);

/**
 * memcgsim_alloc_pages_bulk_list() - put single pages on a list
 * @gfp: as for memcgsim_alloc_pages()
 * @nr_pages: how many are wanted
 * @page_list: an initialised list; each page goes to its head
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: how many were put there; fewer than @nr_pages is normal, and one where they are to be
 * charged.
 * Models: alloc_pages_bulk_list(), alloc_pages_bulk_noprof(), mm/page_alloc.c (B-32)
 * Differs: none known
 */
unsigned long memcgsim_alloc_pages_bulk_list(memcgsim_gfp_t gfp, unsigned long nr_pages,
					     struct memcgsim_list_head *page_list);

/**
 * memcgsim_INIT_LIST_HEAD() - an empty list
 * @list: the head
 *
 * Context: any thread.
 * Models: INIT_LIST_HEAD(), include/linux/list.h
 * Differs: none known
 */
void memcgsim_INIT_LIST_HEAD(struct memcgsim_list_head *list);

/**
 * memcgsim_page_list_pop() - take the first page off a list
 * @list: the head
 *
 * Context: the list's owner.
 * Return: the page, or NULL if the list is empty.
 * Models: list_first_entry_or_null() and list_del() of page->lru, include/linux/list.h
 * Differs: two steps in one, since a page's members are not public
 */
struct memcgsim_page *memcgsim_page_list_pop(struct memcgsim_list_head *list);

/**
 * memcgsim_put_pages_list() - drop a reference on every page of a list
 * @list: the head; empty afterwards
 *
 * Context: a bound thread.
 * Models: put_pages_list(), mm/swap.c
 * Differs: one page after the other
 */
void memcgsim_put_pages_list(struct memcgsim_list_head *list);

/**
 * memcgsim_page_to_pfn() - the frame number of a page
 * @machine: the machine that the page belongs to
 * @page: the page
 *
 * Context: any thread.
 * Return: the number, 0 for the machine's first frame.
 * Models: page_to_pfn()
 * Differs: none known
 */
unsigned long memcgsim_page_to_pfn(const struct memcgsim *machine,
				   const struct memcgsim_page *page);

/**
 * memcgsim_pfn_to_page() - the page of a frame number
 * @machine: the machine
 * @pfn: frame number
 *
 * Context: any thread.
 * Return: the page, or NULL if @pfn is out of range.
 * Models: pfn_to_online_page()
 * Differs: none known
 */
struct memcgsim_page *memcgsim_pfn_to_page(const struct memcgsim *machine, unsigned long pfn);

/**
 * memcgsim_page_address() - the memory behind a page
 * @machine: the machine that the page belongs to
 * @page: the page
 *
 * Context: any thread; the memory is the caller's while it holds the page.
 * Return: address of %MEMCGSIM_PAGE_SIZE usable bytes.
 * Models: page_address()
 * Differs: none known
 */
void *memcgsim_page_address(const struct memcgsim *machine, const struct memcgsim_page *page);

/**
 * memcgsim_virt_to_head_page() - the page that an address lies in
 * @machine: the machine
 * @addr: an address that memcgsim_kmalloc() or memcgsim_page_address() returned
 *
 * Context: any thread.
 * Return: the head page, or NULL if the address is not the machine's.
 * Models: virt_to_head_page()
 * Differs: none known
 */
struct memcgsim_page *memcgsim_virt_to_head_page(const struct memcgsim *machine, const void *addr);

/**
 * memcgsim_page_count() - references on a page
 * @page: the page
 *
 * Context: any thread; a single load.
 * Return: the count, 0 for a free page.
 * Models: page_count()
 * Differs: none known
 */
int memcgsim_page_count(const struct memcgsim_page *page);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_PAGE_H */
