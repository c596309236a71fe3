/* SPDX-License-Identifier: MIT */
/*
 * The LRU lists: which pages of a memcg reclaim would look at, and in what order. A page is on a list
 * of the memcg whose user page it is, and a page of nobody on one of the root's: so whoever changes
 * whose it is has it off the lists, or holds the lock of the list that it leaves.
 */
#ifndef MSIM_MEMCG_LRU_H
#define MSIM_MEMCG_LRU_H

#include "types.h"

void msim_lruvec_init(struct msim_lruvec *lruvec);

/* Whether all lists are empty. At rest. */
bool msim_lruvec_empty(const struct msim_lruvec *lruvec);

/* Where a page's word names a memcg: struct msim_variant's user_memcg(). */
struct memcgsim_mem_cgroup *msim_user_memcg_of_word(struct memcgsim *machine,
						    const struct memcgsim_page *page);

/* The list that @page is on, or would be put on, by its marks. */
enum memcgsim_lru_list msim_folio_lru_list(const struct memcgsim_page *page);

/* Frames that @page stands for on a list: a loose block is but its first page (page_folio()). */
unsigned long msim_folio_nr_pages(const struct memcgsim_page *page);

/*
 * Locks the lists that @page belongs on. Until they are unlocked nobody changes whose page it is, if
 * all who do so hold this lock or have the page off the lists; and it is an RCU read section.
 */
struct msim_lruvec *msim_folio_lruvec_lock(struct memcgsim *machine,
					   const struct memcgsim_page *page);
void msim_lruvec_unlock(struct msim_lruvec *lruvec);

/* Under the lock: links a page that is on no list, or unlinks one that is; its LRU mark with it. */
void msim_lruvec_add_folio(struct msim_lruvec *lruvec, struct memcgsim_page *page);
void msim_lruvec_del_folio(struct msim_lruvec *lruvec, struct memcgsim_page *page);

/* Reports a page that is on a list already. */
void msim_folio_add_lru(struct memcgsim *machine, struct memcgsim_page *page);

/* Whether it was on one, and now is the caller's to put back. */
bool msim_folio_isolate_lru(struct memcgsim *machine, struct memcgsim_page *page);

/* Nobody has @page any more, or ever will: off its list, and no mark says anything of one. */
void msim_folio_leave_lru(struct memcgsim *machine, struct memcgsim_page *page);

#endif /* MSIM_MEMCG_LRU_H */
