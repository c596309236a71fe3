/* SPDX-License-Identifier: MIT */
/*
 * Charging pages: what the allocators call, for those who bring pages of their own.
 */
#ifndef MEMCGSIM_CHARGE_H
#define MEMCGSIM_CHARGE_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim___memcg_kmem_charge_page() - charge a kernel page to the current task's objcg
 * @page: an allocated, uncharged page
 * @gfp: how hard to try
 * @order: the page stands for 2^order frames
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0, also when nobody is to be charged (root, no task); -ENOMEM if the charge is refused,
 * with every counter as it was; -EINVAL for an unbound thread.
 * Models: __memcg_kmem_charge_page(), mm/memcontrol.c (O-11, O-12, C-03, B-30)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim___memcg_kmem_charge_page(struct memcgsim_page *page,
							  memcgsim_gfp_t gfp, unsigned int order);

/**
 * memcgsim___memcg_kmem_uncharge_page() - give back what memcgsim___memcg_kmem_charge_page() took
 * @page: the page; an uncharged one is left alone
 * @order: as charged
 *
 * Context: a bound thread.
 * Models: __memcg_kmem_uncharge_page(), mm/memcontrol.c (C-10, T-09)
 * Differs: none known
 */
void memcgsim___memcg_kmem_uncharge_page(struct memcgsim_page *page, unsigned int order);

/**
 * memcgsim___mem_cgroup_charge() - charge a user page to the owner of current's mm
 * @page: an allocated, uncharged page off the LRU lists: head of a compound one or a single frame
 * @gfp: how hard to try
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0; -ENOMEM if the charge is refused, with every counter as it was; -EINVAL for an unbound
 * thread.
 * Models: __mem_cgroup_charge(), mm/memcontrol.c (U-03, O-13)
 * Differs: takes no mm: it is memcgsim_mem_cgroup_charge() for current's
 */
MEMCGSIM_MUST_CHECK int memcgsim___mem_cgroup_charge(struct memcgsim_page *page,
						     memcgsim_gfp_t gfp);

/**
 * memcgsim_mem_cgroup_charge() - charge a user page
 * @page: an allocated, uncharged page off the LRU lists: head of a compound one or a single frame
 * @mm: whose page it is; NULL for nobody's: then the scope's memcg pays, else the owner of current's
 * mm, else the root, which is free
 * @gfp: how hard to try
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim___mem_cgroup_charge(); -EINVAL also for another machine's mm.
 * Models: mem_cgroup_charge(), get_mem_cgroup_from_mm() (U-03, O-13)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim_mem_cgroup_charge(struct memcgsim_page *page,
						   struct memcgsim_mm *mm, memcgsim_gfp_t gfp);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_CHARGE_H */
