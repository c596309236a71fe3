/* SPDX-License-Identifier: MIT */
/*
 * User pages after they are charged: locked, listed, replaced, migrated, released by the batch.
 *
 * A folio is its head page, here as in page.h.
 */
#ifndef MEMCGSIM_FOLIO_H
#define MEMCGSIM_FOLIO_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_folio_trylock() - take the page lock if nobody has it
 * @page: head of a page on which the caller has a reference
 *
 * Context: a bound thread.
 * Return: whether it was taken.
 * Models: folio_trylock()
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK bool memcgsim_folio_trylock(struct memcgsim_page *page);

/**
 * memcgsim_folio_lock() - take the page lock
 * @page: head of a page on which the caller has a reference
 *
 * Context: a bound thread that may wait for whoever has it; outside RCU read sections.
 * Models: folio_lock(), mm/filemap.c
 * Differs: spins instead of sleeping
 */
void memcgsim_folio_lock(struct memcgsim_page *page);

/**
 * memcgsim_folio_unlock() - give the page lock back
 * @page: the page; that it is not locked is a simulated VM_BUG
 *
 * Context: a bound thread.
 * Models: folio_unlock(), mm/filemap.c
 * Differs: nobody sleeps on it who would have to be woken
 */
void memcgsim_folio_unlock(struct memcgsim_page *page);

/**
 * memcgsim_folio_test_locked() - whether somebody has the page lock
 * @page: head of a page on which the caller has a reference
 *
 * Context: any thread; a single load.
 * Return: whether it is locked.
 * Models: folio_test_locked()
 * Differs: none known
 */
bool memcgsim_folio_test_locked(const struct memcgsim_page *page);

/**
 * memcgsim_folio_add_lru() - put a page on its LRU list
 * @page: head of a page on which the caller has a reference; that it is on one already is a
 * simulated VM_BUG, and nothing is done
 *
 * On one of the lists of the memcg whose user page it is, or of the root for a page of nobody; on
 * which, its marks say, and whether it is anonymous memory's. Marks and charge are not to change
 * before it is off again.
 *
 * Context: a bound thread.
 * Models: folio_add_lru(), lruvec_add_folio(), mm/swap.c (U-07, L-06)
 * Differs: no batch before it; unevictable pages are linked too; of a loose block the first page alone
 */
void memcgsim_folio_add_lru(struct memcgsim_page *page);

/**
 * memcgsim_folio_isolate_lru() - take a page off its LRU list
 * @page: head of a page on which the caller has a reference
 *
 * Of many who try one succeeds: the page is off the lists until that one puts it back, so that its
 * memcg may change.
 *
 * Context: a bound thread.
 * Return: whether it was on one.
 * Models: folio_isolate_lru(), mm/vmscan.c (U-05, U-07)
 * Differs: takes no reference; clears the mark with the lock of the lists held, as kernels before 5.11
 */
MEMCGSIM_MUST_CHECK bool memcgsim_folio_isolate_lru(struct memcgsim_page *page);

/**
 * memcgsim_folio_putback_lru() - put an isolated page back
 * @page: head of a page that the caller has isolated
 *
 * On the list that its marks and its memcg say now.
 *
 * Context: a bound thread.
 * Models: folio_putback_lru(), mm/vmscan.c (U-07)
 * Differs: drops no reference
 */
void memcgsim_folio_putback_lru(struct memcgsim_page *page);

/**
 * memcgsim_folio_test_lru() - whether a page is on an LRU list
 * @page: head of a page on which the caller has a reference
 *
 * Context: any thread; a single load.
 * Return: whether it is.
 * Models: folio_test_lru()
 * Differs: none known
 */
bool memcgsim_folio_test_lru(const struct memcgsim_page *page);

/**
 * enum memcgsim_lru_list - the LRU lists of a memcg
 * @MEMCGSIM_LRU_INACTIVE_ANON: anonymous memory
 * @MEMCGSIM_LRU_ACTIVE_ANON: likewise, marked as active
 * @MEMCGSIM_LRU_INACTIVE_FILE: everything else
 * @MEMCGSIM_LRU_ACTIVE_FILE: likewise, marked as active
 * @MEMCGSIM_LRU_UNEVICTABLE: whatever is marked as unevictable
 * @MEMCGSIM_NR_LRU_LISTS: how many there are
 */
enum memcgsim_lru_list {
	MEMCGSIM_LRU_INACTIVE_ANON,
	MEMCGSIM_LRU_ACTIVE_ANON,
	MEMCGSIM_LRU_INACTIVE_FILE,
	MEMCGSIM_LRU_ACTIVE_FILE,
	MEMCGSIM_LRU_UNEVICTABLE,
	MEMCGSIM_NR_LRU_LISTS,
};

/**
 * memcgsim_mem_cgroup_get_lru_size() - how long an LRU list is
 * @memcg: whose, without its descendants'; pinned by the caller
 * @list: which
 *
 * Context: any thread; a single load.
 * Return: frames of the pages on the list; 0 of a list that is none.
 * Models: mem_cgroup_get_zone_lru_size(), include/linux/memcontrol.h
 * Differs: there is one zone
 */
unsigned long memcgsim_mem_cgroup_get_lru_size(const struct memcgsim_mem_cgroup *memcg,
					       enum memcgsim_lru_list list);

/**
 * memcgsim___mem_cgroup_uncharge() - take a page's charge off before its end
 * @page: head of the page, off the LRU lists (else a simulated VM_BUG); an uncharged one is left alone
 *
 * For whoever charged a page and then could not use it. Straight from the counters, a kernel page
 * too; but up to v3.17 that one is left alone, and up to v3.16 anonymous memory that is mapped.
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: __mem_cgroup_uncharge(), mm/memcontrol.c (U-01, U-02, C-10); up to v3.16
 * mem_cgroup_uncharge_page() and mem_cgroup_uncharge_cache_page() (Y-05)
 * Differs: none known
 */
void memcgsim___mem_cgroup_uncharge(struct memcgsim_page *page);

/**
 * memcgsim_release_pages() - drop a reference on each of many pages
 * @pages: the pages; of a compound one any
 * @nr: how many
 *
 * Those whose last it was are uncharged and freed, in batches: neighbours in a batch that are one
 * memcg's are uncharged as one.
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: release_pages(), folios_put_refs(), mm/swap.c, __mem_cgroup_uncharge_folios(),
 * mm/memcontrol.c (U-01, U-02)
 * Differs: none known
 */
void memcgsim_release_pages(struct memcgsim_page **pages, unsigned int nr);

/**
 * memcgsim_mem_cgroup_replace_folio() - charge a page that takes another's place
 * @old: the page being replaced; keeps its charge until it is freed
 * @new_page: charged to the same memcg, over its limit if need be; left alone if it is charged
 *
 * Context: a bound thread, outside RCU read sections; both pages are locked, and equal in size and
 * in being anonymous or not: else a simulated VM_BUG, and nothing is done. An uncharged @old is a
 * WARN.
 * Models: mem_cgroup_replace_folio(), mm/memcontrol.c (U-04)
 * Differs: none known
 */
void memcgsim_mem_cgroup_replace_folio(struct memcgsim_page *old, struct memcgsim_page *new_page);

/**
 * memcgsim_mem_cgroup_migrate() - hand the charge of a page to another
 * @old: the page being migrated, off the LRU lists; nobody's afterwards
 * @new_page: takes over; must not be charged
 *
 * The last step of a migration: no counter changes. Before 6.7 it is what
 * memcgsim_mem_cgroup_replace_folio() does, and a machine of such a profile does that.
 *
 * Context: a bound thread; both pages are locked, and equal in size and in being anonymous or not:
 * else a simulated VM_BUG, and nothing is done. An uncharged @old is a WARN.
 * Models: mem_cgroup_migrate(), mm/memcontrol.c (U-05, U-06)
 * Differs: a kernel page as @old is a simulated VM_BUG
 */
void memcgsim_mem_cgroup_migrate(struct memcgsim_page *old, struct memcgsim_page *new_page);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_FOLIO_H */
