/* SPDX-License-Identifier: MIT */
/*
 * Pages on kernels of 2012 to 2014, where a record beside each page, its page_cgroup, said whose
 * it was: what it says, how charges moved, and what of the page's life the charge hung on.
 */
#ifndef MEMCGSIM_HISTORY_H
#define MEMCGSIM_HISTORY_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_page_add_new_anon_rmap() - map a new anonymous page for the first time
 * @page: head of an allocated page that is neither mapped nor in any cache, off the LRU lists: else a
 * simulated VM_BUG, and nothing is done
 *
 * It is anonymous memory of current's mm from then on, until it is freed. The reference is the
 * caller's: memcgsim_folio_remove_rmap_pte() unmaps it.
 *
 * Context: a bound thread that owns the page.
 * Models: page_add_new_anon_rmap(), mm/rmap.c
 * Differs: there is no address space: only the page's side is modelled
 */
void memcgsim_page_add_new_anon_rmap(struct memcgsim_page *page);

/**
 * memcgsim_add_to_page_cache_locked() - charge a page and put it into the page cache
 * @page: head of a locked page that is neither mapped nor in any cache: else a simulated VM_BUG
 * @gfp: how hard to try
 *
 * The page cache has a reference of its own.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0; -ENOMEM if the charge was refused; -EINVAL for a page that is not fit for it.
 * Models: add_to_page_cache_locked(), mm/filemap.c (U-03)
 * Differs: there is no file: only the page's side is modelled
 */
MEMCGSIM_MUST_CHECK int memcgsim_add_to_page_cache_locked(struct memcgsim_page *page,
							  memcgsim_gfp_t gfp);

/**
 * memcgsim_delete_from_page_cache() - take a page out of the page cache
 * @page: head of a locked page that is in it: else a simulated VM_BUG, and nothing is done
 *
 * Up to v3.16 that is where a page of a file is uncharged, whoever has references still.
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: delete_from_page_cache(), mm/filemap.c, mem_cgroup_uncharge_cache_page(), mm/memcontrol.c
 * Differs: there is no file: only the page's side is modelled
 */
void memcgsim_delete_from_page_cache(struct memcgsim_page *page);

/**
 * memcgsim_replace_page_cache_page() - put another page into the page cache in a page's place
 * @old: head of a locked page that is in the page cache; not in it any more afterwards
 * @new_page: head of a locked page that is not, of the same size: takes its place
 *
 * As fuse does with pages that were spliced from a pipe: so either of them may be on an LRU list, and
 * stays on one, and the new one may be charged, and stays so (from v3.17 on; up to then it has been
 * uncharged when it left the page cache that it came from, and a charged one is a simulated VM_BUG).
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: replace_page_cache_page(), mm/filemap.c, mem_cgroup_replace_page_cache() and
 * mem_cgroup_migrate(), mm/memcontrol.c (U-04, U-07)
 * Differs: there is no file: only the pages' side is modelled
 */
void memcgsim_replace_page_cache_page(struct memcgsim_page *old, struct memcgsim_page *new_page);

/**
 * memcgsim_mem_cgroup_prepare_migration() - before a migration, as up to v3.16
 * @old: head of a locked page; anonymous, it stays charged though it will be unmapped
 * @new_page: head of a locked page that is uncharged: becomes its memcg's, with no charge of its own
 * @ret_memcg: for memcgsim_mem_cgroup_end_migration(); NULL if @old is uncharged
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0; -EOPNOTSUPP on a machine that does otherwise; -EINVAL for pages that are not fit for it.
 * Models: mem_cgroup_prepare_migration(), mm/memcontrol.c, v3.16
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int
memcgsim_mem_cgroup_prepare_migration(struct memcgsim_page *old, struct memcgsim_page *new_page,
				      struct memcgsim_mem_cgroup **ret_memcg);

/**
 * memcgsim_mem_cgroup_end_migration() - after a migration, as up to v3.16
 * @memcg: what memcgsim_mem_cgroup_prepare_migration() said
 * @old: the same
 * @new_page: the same
 * @migration_ok: @new_page is in @old's place; else @old is where it was
 *
 * The page that is not used any more is nobody's afterwards. The other, if it is anonymous and not
 * mapped, is at its end too, and uncharged.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0; -EOPNOTSUPP on a machine that does otherwise; -EINVAL for pages that are not fit for it.
 * Models: mem_cgroup_end_migration(), mm/memcontrol.c, v3.16
 * Differs: none known
 */
int memcgsim_mem_cgroup_end_migration(struct memcgsim_mem_cgroup *memcg, struct memcgsim_page *old,
				      struct memcgsim_page *new_page, bool migration_ok);

/**
 * memcgsim_mem_cgroup_move_charge() - have another memcg pay for a page
 * @page: head of a charged page that is on an LRU list; the caller has a reference
 * @to: who is to pay; pinned by the caller
 *
 * What moving a task to another cgroup does to each of its pages, where
 * memory.move_charge_at_immigrate says so.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: 0, also if it is @to's already; -EBUSY if somebody has the page off the lists or, from v3.17
 * on, locked; -EINVAL if it is nobody's; -ENOMEM if @to has no room; -EOPNOTSUPP on a machine that does
 * not move charges.
 * Models: mem_cgroup_move_charge_pte_range() and mem_cgroup_move_account(), mm/memcontrol.c (G-07)
 * Differs: one page a call
 */
MEMCGSIM_MUST_CHECK int memcgsim_mem_cgroup_move_charge(struct memcgsim_page *page,
							struct memcgsim_mem_cgroup *to);

/**
 * struct memcgsim_page_cgroup - what a page's record says
 * @mem_cgroup: whose the page is, or NULL; good as long as it is charged
 * @kmem: it is a kernel page
 * @mem: memory is charged for it
 * @memsw: memory and swap together is charged for it
 * @migration: it is being migrated, and not to be uncharged (up to v3.16)
 */
struct memcgsim_page_cgroup {
	struct memcgsim_mem_cgroup *mem_cgroup;
	bool kmem;
	bool mem;
	bool memsw;
	bool migration;
};

/**
 * memcgsim_lookup_page_cgroup() - what a page's record says
 * @page: head of a page on which the caller has a reference
 * @ret_record: filled in
 *
 * Context: a bound thread.
 * Return: 0; -EOPNOTSUPP on a machine without records; -EINVAL for what is no page.
 * Models: lookup_page_cgroup(), mm/page_cgroup.c (Y-05)
 * Differs: a copy; up to v3.16, where one bit stood for all, that bit is told as @mem and @memsw
 */
int memcgsim_lookup_page_cgroup(struct memcgsim_page *page,
				struct memcgsim_page_cgroup *ret_record);

/**
 * enum memcgsim_history_count - what is counted on machines of 2012 to 2014
 * @MEMCGSIM_LOCKED_TO_CHARGE: a record's lock was taken to charge its page ...
 * @MEMCGSIM_LOCKED_TO_UNCHARGE: ... to uncharge it
 * @MEMCGSIM_LOCKED_TO_MIGRATE: ... to put another page in its place
 * @MEMCGSIM_LOCKED_TO_MOVE: ... to move the charge to another memcg
 * @MEMCGSIM_LOCKED_TO_LOOK: ... to see whose the page is
 * @MEMCGSIM_UNCHARGED_AT_UNMAP: a page came to where charges end, at its last unmapping ...
 * @MEMCGSIM_UNCHARGED_AT_UNCACHE: ... at its removal from the page cache
 * @MEMCGSIM_UNCHARGED_AT_SWAP_CACHE: ... at its removal from the swap cache
 * @MEMCGSIM_UNCHARGED_AT_MIGRATION: ... at the end of its migration
 * @MEMCGSIM_UNCHARGED_AT_REPLACEMENT: ... at its replacement in the page cache
 * @MEMCGSIM_UNCHARGED_AT_FINAL_PUT: ... after its final put
 * @MEMCGSIM_KMEM_REF_TAKEN: kernel memory took a reference on a memcg ...
 * @MEMCGSIM_KMEM_REF_PUT: ... and put one
 * @MEMCGSIM_NR_HISTORY_COUNTS: how many there are
 */
enum memcgsim_history_count {
	MEMCGSIM_LOCKED_TO_CHARGE,
	MEMCGSIM_LOCKED_TO_UNCHARGE,
	MEMCGSIM_LOCKED_TO_MIGRATE,
	MEMCGSIM_LOCKED_TO_MOVE,
	MEMCGSIM_LOCKED_TO_LOOK,
	MEMCGSIM_UNCHARGED_AT_UNMAP,
	MEMCGSIM_UNCHARGED_AT_UNCACHE,
	MEMCGSIM_UNCHARGED_AT_SWAP_CACHE,
	MEMCGSIM_UNCHARGED_AT_MIGRATION,
	MEMCGSIM_UNCHARGED_AT_REPLACEMENT,
	MEMCGSIM_UNCHARGED_AT_FINAL_PUT,
	MEMCGSIM_KMEM_REF_TAKEN,
	MEMCGSIM_KMEM_REF_PUT,
	MEMCGSIM_NR_HISTORY_COUNTS,
};

/**
 * memcgsim_history_count() - how often something has happened on a machine
 * @machine: the machine
 * @count: what
 *
 * Context: any thread.
 * Return: the number; 0 of what is never counted.
 * Models: nothing
 * Differs: nothing
 */
unsigned long memcgsim_history_count(const struct memcgsim *machine,
				     enum memcgsim_history_count count);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_HISTORY_H */
