/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the public look at a page's word, with the kernel's own assertions about who may be
 * asked what. Called on bound threads, without locks. Models page_memcg() and its kin,
 * include/linux/memcontrol.h, and slab_obj_exts(), mm/slab.h (T-01 ... T-07).
 */
#include "memcg/memcg_data.h"

#include <memcgsim/memcg_data.h>

#include "frames/page.h"
#include "seam/bug.h"
#include "seam/rcu.h"

static struct memcgsim *machine_of(const struct memcgsim_page *page, const char *caller)
{
	struct msim_ctx *ctx = msim_page_ctx(page, caller);

	return ctx ? ctx->machine : NULL;
}

/*
 * Whether the word has a tag that it must not have. The assertions came with the tag: kernels whose kernel
 * pages have a type have none.
 */
static bool mistagged(struct memcgsim *machine, const struct memcgsim_page *page,
		      unsigned long word, unsigned long tag)
{
	return !machine->variant->kmem_is_type && msim_vm_bug_on(machine, word & tag, page);
}

/* Only the objcg is kept by the page; its memcg may be on its way out. */
struct memcgsim_mem_cgroup *msim_objcg_memcg(struct memcgsim *machine,
					     struct memcgsim_obj_cgroup *objcg)
{
	(void)msim_warn_on_once(machine, !msim_rcu_read_lock_held(), objcg);
	return msim_rcu_dereference(&objcg->memcg);
}

static struct memcgsim_mem_cgroup *memcg_of_word(struct memcgsim *machine, unsigned long word)
{
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(machine, word);

	return objcg ? msim_objcg_memcg(machine, objcg) : msim_pinned_memcg(machine, word);
}

struct memcgsim_mem_cgroup *memcgsim_folio_memcg(struct memcgsim_page *page)
{
	struct memcgsim *machine = machine_of(page, __func__);
	unsigned long word;

	if (!machine || msim_vm_bug_on(machine, msim_page_is_tail(page), page) ||
	    msim_vm_bug_on(machine, msim_page_has_type(page, MSIM_PGTY_SLAB), page))
		return NULL;
	word = msim_load_relaxed(&page->memcg_data);
	if (mistagged(machine, page, word, MSIM_MEMCG_DATA_OBJEXTS))
		return NULL;
	return memcg_of_word(machine, word);
}

struct memcgsim_mem_cgroup *memcgsim_page_memcg(struct memcgsim_page *page)
{
	return machine_of(page, __func__) ? memcgsim_folio_memcg(msim_compound_head(page)) : NULL;
}

struct memcgsim_mem_cgroup *memcgsim_page_memcg_rcu(struct memcgsim_page *page)
{
	struct memcgsim *machine = machine_of(page, __func__);

	if (!machine || msim_vm_bug_on(machine, msim_page_has_type(page, MSIM_PGTY_SLAB), page))
		return NULL;
	(void)msim_warn_on_once(machine, !msim_rcu_read_lock_held(), page);
	return memcg_of_word(machine, msim_load_relaxed(&page->memcg_data));
}

struct memcgsim_mem_cgroup *memcgsim_page_memcg_check(struct memcgsim_page *page)
{
	struct memcgsim *machine = machine_of(page, __func__);

	if (!machine || msim_page_is_tail(page))
		return NULL;
	return memcg_of_word(machine, msim_load_relaxed(&page->memcg_data));
}

bool memcgsim_folio_memcg_kmem(struct memcgsim_page *page)
{
	struct memcgsim *machine = machine_of(page, __func__);
	unsigned long word;

	if (!MSIM_MEMCG || !machine || msim_vm_bug_on(machine, msim_page_is_tail(page), page))
		return false;
	word = msim_load_relaxed(&page->memcg_data);
	return !mistagged(machine, page, word, MSIM_MEMCG_DATA_OBJEXTS) &&
	       msim_is_kmem(machine, page, word);
}

bool memcgsim_PageMemcgKmem(struct memcgsim_page *page)
{
	return machine_of(page, __func__) && memcgsim_folio_memcg_kmem(msim_compound_head(page));
}

/* Acquire: who sees the vector sees its zeroed slots; pairs with its installation (T-08). */
struct memcgsim_obj_cgroup **memcgsim_page_objcgs(struct memcgsim_page *page)
{
	struct memcgsim *machine = machine_of(page, __func__);
	unsigned long word;

	if (!machine)
		return NULL;
	word = msim_load_acquire(&page->memcg_data);
	if (msim_vm_bug_on(machine, word && !(word & MSIM_MEMCG_DATA_OBJEXTS), page) ||
	    mistagged(machine, page, word, MSIM_MEMCG_DATA_KMEM))
		return NULL;
	return msim_word_objcgs(word);
}

struct memcgsim_obj_cgroup **memcgsim_page_objcgs_check(struct memcgsim_page *page)
{
	struct memcgsim *machine = machine_of(page, __func__);
	unsigned long word;

	if (!machine)
		return NULL;
	word = msim_load_acquire(&page->memcg_data);
	if (!(word & MSIM_MEMCG_DATA_OBJEXTS) ||
	    mistagged(machine, page, word, MSIM_MEMCG_DATA_KMEM))
		return NULL;
	return msim_word_objcgs(word);
}
