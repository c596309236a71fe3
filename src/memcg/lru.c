/* SPDX-License-Identifier: MIT */
/*
 * Owns the LRU lists of memcgs and the links of the pages on them (lruvec.lock, rank MSIM_RANK_LRU).
 * Called by the front doors, and by whoever changes whose page it is. Keeps I-LRU and I-LRU-DEAD.
 * Models folio_lruvec_lock(), lruvec_add_folio() and lruvec_del_folio(), include/linux/memcontrol.h
 * and mm_inline.h, folio_isolate_lru(), mm/vmscan.c, and __page_cache_release(), mm/swap.c (U-01,
 * U-07, section 13).
 */
#include "memcg/lru.h"

#include <memcgsim/folio.h>

#include "frames/page.h"
#include "memcg/memcg_data.h"
#include "memcg/stat.h"
#include "seam/bug.h"

void msim_lruvec_init(struct msim_lruvec *lruvec)
{
	msim_spin_init(&lruvec->lock, MSIM_RANK_LRU);
	for (unsigned int i = 0; i < MEMCGSIM_NR_LRU_LISTS; i++)
		msim_list_init(&lruvec->lists[i]);
}

bool msim_lruvec_empty(const struct msim_lruvec *lruvec)
{
	bool empty = true;

	for (unsigned int i = 0; i < MEMCGSIM_NR_LRU_LISTS; i++)
		empty &= msim_list_empty(&lruvec->lists[i]) &&
			 msim_load_relaxed(&lruvec->nr_pages[i]) == 0;
	return empty;
}

struct memcgsim_mem_cgroup *msim_user_memcg_of_word(struct memcgsim *machine,
						    const struct memcgsim_page *page)
{
	unsigned long word = msim_load_relaxed(&page->memcg_data);

	return msim_is_kmem(machine, page, word) ? NULL : msim_word_memcg(word);
}

enum memcgsim_lru_list msim_folio_lru_list(const struct memcgsim_page *page)
{
	unsigned long flags = msim_page_flags(page);
	bool active = flags & MSIM_PG_ACTIVE;

	if (flags & MSIM_PG_UNEVICTABLE)
		return MEMCGSIM_LRU_UNEVICTABLE;
	if (msim_page_is_anon(page))
		return active ? MEMCGSIM_LRU_ACTIVE_ANON : MEMCGSIM_LRU_INACTIVE_ANON;
	return active ? MEMCGSIM_LRU_ACTIVE_FILE : MEMCGSIM_LRU_INACTIVE_FILE;
}

unsigned long msim_folio_nr_pages(const struct memcgsim_page *page)
{
	return msim_page_flags(page) & MSIM_PG_HEAD ? 1UL << msim_page_order(page) : 1;
}

/* ---- the lock ---- */

static struct memcgsim_mem_cgroup *memcg_of(struct memcgsim *machine,
					    const struct memcgsim_page *page)
{
	struct memcgsim_mem_cgroup *memcg = machine->variant->user_memcg(machine, page);

	return memcg ? memcg : machine->root_memcg;
}

struct msim_lruvec *msim_folio_lruvec_lock(struct memcgsim *machine,
					   const struct memcgsim_page *page)
{
	struct memcgsim_mem_cgroup *memcg;

	msim_rcu_read_lock(); /* it may be another's before the lock is there, and this one freed */
	for (;;) {
		memcg = memcg_of(machine, page);
		msim_spin_lock(&memcg->lruvec.lock);
		if (likely(memcg == memcg_of(machine, page)))
			return &memcg->lruvec;
		msim_spin_unlock(&memcg->lruvec.lock);
	}
}

void msim_lruvec_unlock(struct msim_lruvec *lruvec)
{
	msim_spin_unlock(&lruvec->lock);
	msim_rcu_read_unlock();
}

/* ---- under it ---- */

static void count(struct msim_lruvec *lruvec, const struct memcgsim_page *page, bool more)
{
	enum memcgsim_lru_list list = msim_folio_lru_list(page);
	unsigned long nr_pages = msim_folio_nr_pages(page);
	unsigned long old = msim_load_relaxed(&lruvec->nr_pages[list]);

	msim_store_relaxed(&lruvec->nr_pages[list], more ? old + nr_pages : old - nr_pages);
	msim_stat_add(msim_container_of(lruvec, struct memcgsim_mem_cgroup, lruvec),
		      MSIM_STAT_LRU_PAGES + list, more ? (long)nr_pages : -(long)nr_pages);
}

void msim_lruvec_add_folio(struct msim_lruvec *lruvec, struct memcgsim_page *page)
{
	msim_list_add(&page->lru, &lruvec->lists[msim_folio_lru_list(page)]);
	count(lruvec, page, true);
	(void)msim_page_test_and_set(page, MSIM_PG_LRU);
}

void msim_lruvec_del_folio(struct msim_lruvec *lruvec, struct memcgsim_page *page)
{
	(void)msim_page_test_and_clear(page, MSIM_PG_LRU);
	msim_list_del(&page->lru);
	count(lruvec, page, false);
}

static bool is_linked(const struct memcgsim_page *page)
{
	return page->lru.next;
}

/* ---- for whoever has a reference ---- */

void msim_folio_add_lru(struct memcgsim *machine, struct memcgsim_page *page)
{
	struct msim_lruvec *lruvec = msim_folio_lruvec_lock(machine, page);
	bool listed = is_linked(page) || msim_page_flags(page) & MSIM_PG_LRU;

	if (!msim_vm_bug_on(machine, listed, page))
		msim_lruvec_add_folio(lruvec, page);
	msim_lruvec_unlock(lruvec);
}

/*
 * Locks the lists that @page is on; NULL if it is on none. Whoever has it off the lists may make it
 * another memcg's, and put it back, while somebody holds the lock of those that it was on: so who has
 * a lock looks at the mark first, and then whose it is.
 */
static struct msim_lruvec *lock_marked(struct memcgsim *machine, const struct memcgsim_page *page)
{
	while (msim_page_flags(page) & MSIM_PG_LRU) {
		struct msim_lruvec *lruvec = msim_folio_lruvec_lock(machine, page);

		/* Acquire: who sees the mark of whoever put it back sees whose he made it. */
		if (msim_load_acquire(&page->flags) & MSIM_PG_LRU &&
		    &memcg_of(machine, page)->lruvec == lruvec)
			return lruvec;
		msim_lruvec_unlock(lruvec);
	}
	return NULL;
}

/* Whether the mark was there, which may be set by hand: then there is no link behind it. */
static bool take_off(struct memcgsim *machine, struct memcgsim_page *page)
{
	struct msim_lruvec *lruvec = lock_marked(machine, page);

	if (!lruvec)
		return false;
	/* Under the lock: who finds no mark there may believe that there is no link either. */
	if (is_linked(page))
		msim_lruvec_del_folio(lruvec, page);
	else
		(void)msim_page_test_and_clear(page, MSIM_PG_LRU);
	msim_lruvec_unlock(lruvec);
	return true;
}

bool msim_folio_isolate_lru(struct memcgsim *machine, struct memcgsim_page *page)
{
	return take_off(machine, page);
}

void msim_folio_leave_lru(struct memcgsim *machine, struct memcgsim_page *page)
{
	if (!take_off(machine, page))
		return;
	(void)msim_page_test_and_clear(page, MSIM_PG_ACTIVE);
	(void)msim_page_test_and_clear(page, MSIM_PG_UNEVICTABLE);
}

unsigned long memcgsim_mem_cgroup_get_lru_size(const struct memcgsim_mem_cgroup *memcg,
					       enum memcgsim_lru_list list)
{
	if ((unsigned int)list >= MEMCGSIM_NR_LRU_LISTS)
		return 0;
	return msim_load_relaxed(&memcg->lruvec.nr_pages[list]);
}
