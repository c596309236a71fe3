/* SPDX-License-Identifier: MIT */
/*
 * Whose a page is, read from its memcg_data word; and an object, from its slab's vector.
 *
 * The word is a memcg (user page), an objcg with %MEMCGSIM_MEMCG_DATA_KMEM (kernel page), or a
 * vector of objcgs with %MEMCGSIM_MEMCG_DATA_OBJEXTS (slab). Where a profile's kernel pages name
 * their memcg, with the same bit, all functions here know it. None takes a reference: the page
 * holds one on what it names, and what an objcg leads to lasts as long as the RCU read section.
 */
#ifndef MEMCGSIM_MEMCG_DATA_H
#define MEMCGSIM_MEMCG_DATA_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/* The tag bits of a memcg_data word (T-01). */
#define MEMCGSIM_MEMCG_DATA_OBJEXTS 0x1UL /* a slab's vector of owners */
#define MEMCGSIM_MEMCG_DATA_KMEM    0x2UL /* uncharged by the page allocator */

/**
 * memcgsim_page_memcg_data() - the memcg_data word of a page
 * @page: the page
 *
 * Context: any thread; a single load.
 * Return: the word with its tag bits.
 * Models: page->memcg_data (section 2)
 * Differs: none known
 */
unsigned long memcgsim_page_memcg_data(const struct memcgsim_page *page);

/**
 * memcgsim_folio_memcg() - the memcg that a page is charged to
 * @page: head of a page that the caller keeps, and keeps charged; a slab is a simulated VM_BUG
 *
 * Context: a bound thread; of a kernel page inside an RCU read section (else a WARN).
 * Return: the memcg, or NULL if nobody is charged.
 * Models: folio_memcg(), include/linux/memcontrol.h (T-02)
 * Differs: up to v3.17 NULL for user pages, whose memcg is in their struct memcgsim_page_cgroup
 */
struct memcgsim_mem_cgroup *memcgsim_folio_memcg(struct memcgsim_page *page);

/**
 * memcgsim_page_memcg() - the memcg that the block of a page is charged to
 * @page: any page of the block
 *
 * Context: as memcgsim_folio_memcg().
 * Return: the memcg, or NULL if nobody is charged.
 * Models: page_memcg(), include/linux/memcontrol.h (T-02)
 * Differs: as memcgsim_folio_memcg(); before page folios, a tail page was nobody's
 */
struct memcgsim_mem_cgroup *memcgsim_page_memcg(struct memcgsim_page *page);

/**
 * memcgsim_page_memcg_rcu() - the memcg that a page is charged to, which need not be kept charged
 * @page: head of a page; a slab is a simulated VM_BUG
 *
 * Context: a bound thread inside an RCU read section (else a WARN).
 * Return: the memcg, which lasts as long as the section, or NULL.
 * Models: page_memcg_rcu(), folio_memcg_rcu(), include/linux/memcontrol.h (T-03)
 * Differs: as memcgsim_folio_memcg()
 */
struct memcgsim_mem_cgroup *memcgsim_page_memcg_rcu(struct memcgsim_page *page);

/**
 * memcgsim_page_memcg_check() - the memcg of a page that may be anything
 * @page: any page; a tail's and a slab's is nobody
 *
 * One load of the word: between two a slab might get its vector.
 *
 * Context: a bound thread; inside an RCU read section if it may be a kernel page (else a WARN).
 * Return: the memcg or NULL.
 * Models: page_memcg_check(), folio_memcg_check(), include/linux/memcontrol.h (T-04)
 * Differs: as memcgsim_folio_memcg()
 */
struct memcgsim_mem_cgroup *memcgsim_page_memcg_check(struct memcgsim_page *page);

/**
 * memcgsim_folio_memcg_kmem() - whether the page allocator has to uncharge a page
 * @page: head of a page; a tail, and a slab with a vector, are simulated VM_BUGs
 *
 * Context: a bound thread; a single load.
 * Return: whether it is charged as a kernel page.
 * Models: folio_memcg_kmem(), include/linux/memcontrol.h (T-05)
 * Differs: none known
 */
bool memcgsim_folio_memcg_kmem(struct memcgsim_page *page);

/**
 * memcgsim_PageMemcgKmem() - the same of any page of a block
 * @page: any page of the block
 *
 * Context: a bound thread; a single load.
 * Return: whether the block is charged as a kernel page.
 * Models: PageMemcgKmem(), include/linux/memcontrol.h (T-05)
 * Differs: none known
 */
bool memcgsim_PageMemcgKmem(struct memcgsim_page *page);

/**
 * memcgsim_page_objcgs() - the owners of a slab's objects
 * @page: head page of a slab; of a page whose word is something else a simulated VM_BUG
 *
 * Context: a bound thread that keeps the slab; a single load.
 * Return: the vector, one slot an object, or NULL if there is none or it could not be had.
 * Models: page_objcgs(), slab_obj_exts(), mm/slab.h (T-01, T-06)
 * Differs: a slot is the objcg, with nothing beside it
 */
struct memcgsim_obj_cgroup **memcgsim_page_objcgs(struct memcgsim_page *page);

/**
 * memcgsim_page_objcgs_check() - the owners of a slab's objects, of a page that may be none
 * @page: head of a page; a kernel page that is charged as such is a simulated VM_BUG
 *
 * Context: a bound thread; a single load.
 * Return: the vector, or NULL if the word is none.
 * Models: page_objcgs_check(), include/linux/memcontrol.h (T-06)
 * Differs: a slot is the objcg, with nothing beside it
 */
struct memcgsim_obj_cgroup **memcgsim_page_objcgs_check(struct memcgsim_page *page);

/**
 * memcgsim_mem_cgroup_from_slab_obj() - the memcg that an object, or a page's memory, is charged to
 * @p: an address within it; one that is not the machine's memory is a simulated bug
 *
 * Context: a bound thread inside an RCU read section (else a WARN); the caller keeps the object.
 * Return: the memcg, or NULL if nobody is charged.
 * Models: mem_cgroup_from_slab_obj(), mem_cgroup_from_obj_folio(), mm/memcontrol.c (T-04, T-06)
 * Differs: none known
 */
struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_from_slab_obj(const void *p);

/**
 * memcgsim_mem_cgroup_from_obj() - the same, also of what memcgsim___vmalloc() gave
 * @p: an address within it
 *
 * Context: as memcgsim_mem_cgroup_from_slab_obj()
 * Return: the memcg, of a vmalloc address that of its page, or NULL if nobody is charged.
 * Models: mem_cgroup_from_obj(), mm/memcontrol.c (T-04, T-06)
 * Differs: none known
 */
struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_from_obj(const void *p);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_MEMCG_DATA_H */
