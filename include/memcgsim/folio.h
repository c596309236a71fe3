/* SPDX-License-Identifier: MIT */
/*
 * User pages after they are charged: locked, replaced, migrated, released by the batch.
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
 * simulated VM_BUG
 *
 * Context: a bound thread.
 * Models: folio_add_lru(), mm/swap.c
 * Differs: there are no lists, only the mark that a page is on one; and no batch before it
 */
void memcgsim_folio_add_lru(struct memcgsim_page *page);

/**
 * memcgsim_folio_isolate_lru() - take a page off its LRU list
 * @page: head of a page on which the caller has a reference
 *
 * Context: a bound thread.
 * Return: whether it was on one.
 * Models: folio_isolate_lru(), mm/vmscan.c (U-05)
 * Differs: there are no lists, only the mark that a page is on one; takes no reference
 */
MEMCGSIM_MUST_CHECK bool memcgsim_folio_isolate_lru(struct memcgsim_page *page);

/**
 * memcgsim_folio_test_lru() - whether a page is on an LRU list
 * @page: head of a page on which the caller has a reference
 *
 * Context: any thread; a single load.
 * Return: whether it is.
 * Models: folio_test_lru()
 * Differs: there are no lists, only the mark that a page is on one
 */
bool memcgsim_folio_test_lru(const struct memcgsim_page *page);

/**
 * memcgsim___mem_cgroup_uncharge() - take a page's charge off before its end
 * @page: head of the page, off the LRU lists (else a simulated VM_BUG); an uncharged one is left alone
 *
 * For whoever charged a page and then could not use it. Straight from the counters, a kernel page
 * too.
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: __mem_cgroup_uncharge(), mm/memcontrol.c (U-01, U-02, C-10)
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
