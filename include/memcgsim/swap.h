/* SPDX-License-Identifier: MIT */
/*
 * Swap: slots of the swap area, the cache of the pages that have one, and who is charged.
 *
 * Out: memcgsim_add_to_swap() gives a locked page a slot, which is charged; memcgsim_swap_duplicate()
 * for each page table that refers to the slot instead of the page; memcgsim_remove_mapping() when the
 * page is to go. In: memcgsim_swapcache_prepare(), a new page, memcgsim_mem_cgroup_swapin_charge_folio(),
 * memcgsim_add_to_swap_cache(), memcgsim_swap_free() for each page table that has the page back. The
 * slot is free, and uncharged, when neither page tables nor the cache have it any more. Nothing is
 * written anywhere.
 */
#ifndef MEMCGSIM_SWAP_H
#define MEMCGSIM_SWAP_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * typedef memcgsim_swp_entry_t - which slot
 * @val: its number; 0: none
 *
 * That of a page of many frames is the first of as many slots.
 */
typedef struct memcgsim_swp_entry {
	unsigned long val;
} memcgsim_swp_entry_t;

/* ---- out ---- */

/**
 * memcgsim_folio_alloc_swap() - take a slot for a page
 * @page: head of a locked page
 *
 * Charged to the page's memcg, or if that one's id is released to the nearest ancestor that has its
 * own still; the page stays charged as memory. The slot is the swap cache's: memcgsim_put_swap_folio()
 * gives it back. Refused by a limit of swap, it is counted as max and fail in memory.swap.events, and
 * where there is no slot as fail.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: the slot; 0 if there is none, or it is refused.
 * Models: folio_alloc_swap(), mm/swap_slots.c, __mem_cgroup_try_charge_swap(), mm/memcontrol.c (U-08)
 * Differs: the lowest free slots, not a CPU's next ones; large pages always get slots side by side
 */
MEMCGSIM_MUST_CHECK memcgsim_swp_entry_t memcgsim_folio_alloc_swap(struct memcgsim_page *page);

/**
 * memcgsim_put_swap_folio() - the swap cache has no use for a page's slots
 * @page: head of the page that they were taken for
 * @entry: the first of them; that one is not claimed, or has a page in the cache, is a simulated bug
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: put_swap_folio(), mm/swapfile.c (U-09)
 * Differs: none known
 */
void memcgsim_put_swap_folio(struct memcgsim_page *page, memcgsim_swp_entry_t entry);

/**
 * memcgsim_add_to_swap() - give a page a slot, and put it into the swap cache
 * @page: head of a locked page that is not in it, or it is a simulated VM_BUG
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: whether there was a slot for it.
 * Models: add_to_swap(), mm/swap_state.c (U-08)
 * Differs: does not ask whether the page is up to date
 */
MEMCGSIM_MUST_CHECK bool memcgsim_add_to_swap(struct memcgsim_page *page);

/**
 * memcgsim_add_to_swap_cache() - put a page into the swap cache
 * @page: head of a locked page that is not in it, or it is a simulated VM_BUG
 * @entry: its slots, which are the cache's: memcgsim_folio_alloc_swap(), memcgsim_swapcache_prepare()
 *
 * The cache has a reference for each frame from then on.
 *
 * Context: a bound thread.
 * Return: 0; -EINVAL for slots that are not the cache's, or have a page.
 * Models: add_to_swap_cache(), mm/swap_state.c
 * Differs: needs no memory, and so does not fail
 */
MEMCGSIM_MUST_CHECK int memcgsim_add_to_swap_cache(struct memcgsim_page *page,
						   memcgsim_swp_entry_t entry);

/**
 * memcgsim_remove_mapping() - the end of a page that is swapped out
 * @page: head of a locked page in the swap cache, off the LRU lists, on which the caller has a reference
 *
 * If nobody but the caller and the cache has references, the page leaves the cache, which gives its
 * slots back, and the caller's reference is the last. On machines whose memory and swap share a
 * counter the slots take the page's part of that over.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: how many frames it has; 0 if somebody else has a reference.
 * Models: remove_mapping(), mm/vmscan.c, mem_cgroup_swapout(), mm/memcontrol.c (U-10)
 * Differs: of the swap cache only; does not ask whether the page is dirty
 */
MEMCGSIM_MUST_CHECK long memcgsim_remove_mapping(struct memcgsim_page *page);

/* ---- in ---- */

/**
 * memcgsim_swapcache_prepare() - claim a slot for the swap cache, to swap in
 * @machine: the machine
 * @entry: the slot
 *
 * Context: any thread.
 * Return: 0; -EEXIST if the cache has it: look there; -ENOENT if it is free; -EINVAL for no slot.
 * Models: swapcache_prepare(), mm/swapfile.c
 * Differs: one slot a call
 */
MEMCGSIM_MUST_CHECK int memcgsim_swapcache_prepare(struct memcgsim *machine,
						   memcgsim_swp_entry_t entry);

/**
 * memcgsim_swapcache_clear() - give up that claim
 * @machine: the machine
 * @entry: the slot; that it is not claimed, or has a page in the cache, is a simulated bug
 *
 * Context: any thread, outside RCU read sections.
 * Models: swapcache_clear(), mm/swapfile.c (U-09)
 * Differs: one slot a call
 */
void memcgsim_swapcache_clear(struct memcgsim *machine, memcgsim_swp_entry_t entry);

/**
 * memcgsim_swap_cache_get_folio() - the page that is in the swap cache for a slot
 * @machine: the machine
 * @entry: the slot
 *
 * Context: a bound thread.
 * Return: the head of the page, with a reference; NULL if there is none.
 * Models: swap_cache_get_folio(), mm/swap_state.c
 * Differs: counts no readahead
 */
struct memcgsim_page *memcgsim_swap_cache_get_folio(struct memcgsim *machine,
						    memcgsim_swp_entry_t entry);

/**
 * memcgsim_mem_cgroup_swapin_charge_folio() - charge a page that is swapped in
 * @page: an allocated, uncharged page off the LRU lists: head of a compound one or a single frame
 * @mm: whose memcg is charged if the one that the slot has recorded is not online; NULL as with
 * memcgsim_mem_cgroup_charge()
 * @gfp: how
 * @entry: the slot, which stays charged too
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim_mem_cgroup_charge(); -EINVAL also for no slot.
 * Models: mem_cgroup_swapin_charge_folio(), mm/memcontrol.c (U-10)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim_mem_cgroup_swapin_charge_folio(struct memcgsim_page *page,
								struct memcgsim_mm *mm,
								memcgsim_gfp_t gfp,
								memcgsim_swp_entry_t entry);

/**
 * memcgsim_mem_cgroup_swapin_uncharge_swap() - a page that was swapped in has its slot's charge
 * @machine: the machine
 * @entry: the slot
 *
 * Where memory and swap share a counter the slot would be counted twice: its charge goes. Elsewhere
 * nothing is done: a page in the swap cache is charged as memory and as swap.
 *
 * Context: any thread, outside RCU read sections.
 * Models: mem_cgroup_swapin_uncharge_swap(), mm/memcontrol.c (U-10)
 * Differs: one slot a call
 */
void memcgsim_mem_cgroup_swapin_uncharge_swap(struct memcgsim *machine, memcgsim_swp_entry_t entry);

/* ---- slots ---- */

/**
 * memcgsim_swap_duplicate() - one more page table refers to a slot
 * @machine: the machine
 * @entry: the slot
 *
 * Context: any thread.
 * Return: 0; -ENOENT if it is free; -EINVAL for no slot.
 * Models: swap_duplicate(), mm/swapfile.c
 * Differs: a count needs no page of its own, however large
 */
MEMCGSIM_MUST_CHECK int memcgsim_swap_duplicate(struct memcgsim *machine,
						memcgsim_swp_entry_t entry);

/**
 * memcgsim_swap_free() - one page table less refers to a slot
 * @machine: the machine
 * @entry: the slot; that no page table refers to it is a simulated bug
 *
 * The last reference frees it, and uncharges whom it names.
 *
 * Context: any thread, outside RCU read sections.
 * Models: swap_free(), mm/swapfile.c, __mem_cgroup_uncharge_swap(), mm/memcontrol.c (U-09)
 * Differs: one slot a call
 */
void memcgsim_swap_free(struct memcgsim *machine, memcgsim_swp_entry_t entry);

/**
 * memcgsim_delete_from_swap_cache() - take a page out of the swap cache
 * @page: head of a locked page in it, or it is a simulated VM_BUG; the caller has a reference
 *
 * Its slots are given back with the cache's references.
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: delete_from_swap_cache(), mm/swap_state.c
 * Differs: none known
 */
void memcgsim_delete_from_swap_cache(struct memcgsim_page *page);

/**
 * memcgsim_folio_free_swap() - give up the slots of a page that is back
 * @page: head of a locked page on which the caller has a reference
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: whether it was in the swap cache, and no page table referred to a slot of it.
 * Models: folio_free_swap(), mm/swapfile.c
 * Differs: does not ask about suspending, nor mark the page as dirty
 */
bool memcgsim_folio_free_swap(struct memcgsim_page *page);

/* ---- looks ---- */

/**
 * memcgsim_folio_test_swapcache() - whether a page is in the swap cache
 * @page: head of a page on which the caller has a reference
 *
 * Context: any thread; a single load.
 * Return: whether it is.
 * Models: folio_test_swapcache()
 * Differs: none known
 */
bool memcgsim_folio_test_swapcache(const struct memcgsim_page *page);

/**
 * memcgsim_page_swap_entry() - the slot of a page in the swap cache
 * @page: head of a locked page
 *
 * Context: any thread.
 * Return: its first slot; 0 if it is not in the swap cache.
 * Models: page_swap_entry(), include/linux/swap.h
 * Differs: of the head alone
 */
memcgsim_swp_entry_t memcgsim_page_swap_entry(const struct memcgsim_page *page);

/**
 * memcgsim_lookup_swap_cgroup_id() - whose memcg's id a slot has recorded
 * @machine: the machine
 * @entry: the slot
 *
 * Context: any thread; a single load.
 * Return: the id; 0: nobody is charged, or there is no such slot.
 * Models: lookup_swap_cgroup_id(), mm/swap_cgroup.c
 * Differs: none known
 */
unsigned int memcgsim_lookup_swap_cgroup_id(struct memcgsim *machine, memcgsim_swp_entry_t entry);

/**
 * memcgsim___swap_count() - how many page tables refer to a slot
 * @machine: the machine
 * @entry: the slot
 *
 * Context: any thread.
 * Return: how many; the swap cache is not counted.
 * Models: __swap_count(), mm/swapfile.c
 * Differs: none known
 */
unsigned int memcgsim___swap_count(struct memcgsim *machine, memcgsim_swp_entry_t entry);

/**
 * memcgsim_get_nr_swap_pages() - how many slots are free
 * @machine: the machine
 *
 * Context: any thread; a single load.
 * Return: how many.
 * Models: get_nr_swap_pages(), include/linux/swap.h
 * Differs: none known
 */
long memcgsim_get_nr_swap_pages(const struct memcgsim *machine);

/**
 * memcgsim_mem_cgroup_get_nr_swap_pages() - how many pages a memcg could still swap out
 * @memcg: the memcg, pinned by the caller
 *
 * Context: any thread.
 * Return: the least of what is free and of what each limit from @memcg on up leaves; below 0 beyond
 * a limit that was lowered.
 * Models: mem_cgroup_get_nr_swap_pages(), mm/memcontrol.c (U-13)
 * Differs: none known
 */
long memcgsim_mem_cgroup_get_nr_swap_pages(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_swap_full() - whether a page that is back should give up its slot at once
 * @page: head of a locked page, or it is a simulated VM_BUG
 *
 * Context: a bound thread.
 * Return: true if less than half of all slots is free, or a memcg from the page's on up has used half
 * of its swap.high or swap.max.
 * Models: mem_cgroup_swap_full(), mm/memcontrol.c (U-12)
 * Differs: none known
 */
bool memcgsim_mem_cgroup_swap_full(struct memcgsim_page *page);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_SWAP_H */
