/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: joins the page lists, the stocks and the current task into alloc_pages(),
 * __free_pages() and the charge of single pages. The fast halves do all of it in one section, in
 * plain instructions; whatever they miss they leave, untouched, to the slow halves. Keeps I-NOBOTH
 * and I-FREE-STATE. Models __alloc_pages(), __free_pages(), mm/page_alloc.c, and
 * __memcg_kmem_charge_page(), mm/memcontrol.c (B-02, B-30, B-31, O-12).
 */
#include "alloc/page_alloc.h"

#include <errno.h>

#include "alloc/page_slow.h"
#include "frames/page.h"
#include "frames/pageblock.h"
#include "frames/pcp.h"
#include "memcg/folio.h"
#include "memcg/kmem.h"
#include "memcg/lru.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
#include "memcg/split.h"
#include "memcg/stock.h"
#include "seam/bug.h"
#include "seam/fault.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "task/objcg.h"

#define ANY_ORDER (~0u) /* of a page on which the caller has but a reference: it may change */

/* ---- pages that may be trusted ---- */

static bool holds_objects(const struct memcgsim_page *page)
{
	return msim_page_has_type(page, MSIM_PGTY_SLAB) ||
	       (msim_page_flags(page) & MSIM_PG_LARGE_KMALLOC);
}

bool msim_vet_page(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order,
		   const char *caller)
{
	struct memcgsim *machine = ctx->machine;
	enum memcgsim_bug_kind kind = MEMCGSIM_MISUSE;
	const char *what = NULL;

	if (!msim_page_valid(machine, page)) {
		what = "the page is not this machine's";
	} else if (msim_page_is_tail(page)) {
		what = "PageTail(page)";
		kind = MEMCGSIM_VM_BUG;
	} else if (msim_page_ref_count(page) <= 0) {
		what = "page_ref_count(page) == 0";
		kind = MEMCGSIM_VM_BUG;
	} else if (order != ANY_ORDER && msim_page_order(page) != order) {
		what = "the page was allocated with another order";
	} else if (holds_objects(page)) {
		what = "the page holds objects, which kfree() frees";
	}
	return !msim_bug_if(machine, kind, what, what, caller, page);
}

/* Whether msim_vet_page() would find nothing, and nothing else about the page needs a second look. */
static msim_always_inline bool is_plain(struct msim_ctx *ctx, struct memcgsim_page *page,
					unsigned int order)
{
	return msim_page_valid(ctx->machine, page) &&
	       msim_page_flags(page) == (unsigned long)order << MSIM_PG_ORDER_SHIFT &&
	       !msim_load_relaxed(&page->mapcount_or_type) && !msim_page_is_tail(page) &&
	       msim_page_ref_count(page) > 0;
}

/* ---- charging one kernel page ---- */

/* Inside a section: the charge and the reference that the page will hold, if the stock has it. */
static msim_always_inline bool
charge_from_stock(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg, unsigned int order)
{
	long *references = msim_ref_counter(cpu, &objcg->ref);

	msim_assert_section(cpu);
	msim_assert_full(order <= MEMCGSIM_MAX_PAGE_ORDER);
	if (unlikely(!references) || !msim_stock_consume_kmem(cpu, objcg, 1UL << order))
		return false;
	++*references;
	return true;
}

/* Inside a section: the opposite, if the stock has room and the reference cannot be the last. */
static msim_always_inline bool
uncharge_to_stock(struct msim_cpu *cpu, struct memcgsim_obj_cgroup *objcg, unsigned int order)
{
	long *references = msim_ref_counter(cpu, &objcg->ref);

	msim_assert_section(cpu);
	if (unlikely(!references) || !msim_stock_return_kmem(cpu, objcg, 1UL << order))
		return false;
	--*references;
	return true;
}

static msim_always_inline void tag_kmem(struct memcgsim_page *page,
					struct memcgsim_obj_cgroup *objcg)
{
	msim_assert_full(((unsigned long)objcg & MSIM_MEMCG_DATA_FLAGS) == 0);
	msim_assert_full(msim_page_ref_count(page) > 0);
	msim_store_relaxed(&page->memcg_data, (unsigned long)objcg | MSIM_MEMCG_DATA_KMEM);
}

/* The charge of a page, and the page's reference. */
static int charge_to_objcg(struct msim_ctx *ctx, struct memcgsim_obj_cgroup *objcg,
			   memcgsim_gfp_t gfp, unsigned int order)
{
	struct msim_section section = msim_section_enter(ctx);
	bool hit = charge_from_stock(section.cpu, objcg, order);
	int err;

	msim_section_leave(&section);
	if (hit)
		return 0;
	err = msim_objcg_charge_pages(ctx, objcg, gfp, 1UL << order);
	if (err)
		return err;
	section = msim_section_enter(ctx);
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	return 0;
}

int msim_charge_page_objcg(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
			   unsigned int order)
{
	struct memcgsim_obj_cgroup *objcg = msim_get_current_objcg(ctx);
	int err;

	msim_assert(msim_load_relaxed(&page->memcg_data) == 0);
	if (!objcg)
		return 0;
	err = charge_to_objcg(ctx, objcg, gfp, order);
	if (!err)
		tag_kmem(page, objcg);
	msim_put_current_objcg(ctx, objcg);
	return err;
}

void msim_uncharge_page_objcg(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	struct memcgsim_obj_cgroup *objcg = msim_word_objcg(msim_load_relaxed(&page->memcg_data));
	struct msim_section section;

	if (!objcg)
		return;
	msim_rcu_read_lock();
	section = msim_section_enter(ctx);
	msim_objcg_uncharge_pages(section.cpu, objcg, 1UL << order);
	msim_store_relaxed(&page->memcg_data, 0);
	msim_objcg_put(section.cpu, objcg);
	msim_section_leave(&section);
	msim_rcu_read_unlock();
}

/* Both of a page that may be trusted, in the way of the machine's kernel version. */
static int charge_page(struct msim_ctx *ctx, struct memcgsim_page *page, memcgsim_gfp_t gfp,
		       unsigned int order)
{
	return ctx->machine->variant->charge_kmem_page(ctx, page, gfp, order);
}

static void uncharge_page(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	ctx->machine->variant->uncharge_kmem_page(ctx, page, order);
}

/*
 * The slow halves take what the fast ones were given and find the context again: so that the jump
 * to them is the last instruction, and the fast halves keep nothing for them.
 */
static msim_noinline int kmem_charge_page_slow(struct memcgsim_page *page, memcgsim_gfp_t gfp,
					       unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound("memcgsim___memcg_kmem_charge_page");
		return -EINVAL;
	}
	if (!msim_vet_page(ctx, page, order, "memcgsim___memcg_kmem_charge_page") ||
	    msim_vm_bug_on(ctx->machine, msim_load_relaxed(&page->memcg_data) != 0, page))
		return -EINVAL;
	return charge_page(ctx, page, gfp, order);
}

int memcgsim___memcg_kmem_charge_page(struct memcgsim_page *page, memcgsim_gfp_t gfp,
				      unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg;
	struct msim_cpu *cpu;
	bool hit;

	if (unlikely(!ctx) || unlikely(!is_plain(ctx, page, order)))
		return kmem_charge_page_slow(page, gfp, order);
	objcg = msim_task_objcg(ctx->task);
	cpu = ctx->cpu;
	if (unlikely(!objcg || msim_load_relaxed(&page->memcg_data)) ||
	    unlikely(!msim_cpu_enter(cpu)))
		return kmem_charge_page_slow(page, gfp, order);
	hit = charge_from_stock(cpu, objcg, order);
	msim_cpu_leave(cpu);
	if (unlikely(!hit))
		return kmem_charge_page_slow(page, gfp, order);
	tag_kmem(page, objcg);
	return 0;
}

static msim_noinline void kmem_uncharge_page_slow(struct memcgsim_page *page, unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound("memcgsim___memcg_kmem_uncharge_page");
		return;
	}
	if (msim_vet_page(ctx, page, order, "memcgsim___memcg_kmem_uncharge_page"))
		uncharge_page(ctx, page, order);
}

void memcgsim___memcg_kmem_uncharge_page(struct memcgsim_page *page, unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg;
	struct msim_cpu *cpu;

	if (unlikely(!ctx) || unlikely(!is_plain(ctx, page, order)))
		return kmem_uncharge_page_slow(page, order);
	objcg = msim_word_objcg(msim_load_relaxed(&page->memcg_data));
	cpu = ctx->cpu;
	if (unlikely(!objcg) || unlikely(!msim_cpu_enter(cpu)))
		return kmem_uncharge_page_slow(page, order);
	if (unlikely(!uncharge_to_stock(cpu, objcg, order))) {
		msim_cpu_leave(cpu);
		return kmem_uncharge_page_slow(page, order);
	}
	/* Inside, where nobody can kill the objcg: the word must not name what it does not hold. */
	msim_store_relaxed(&page->memcg_data, 0);
	msim_cpu_leave(cpu);
}

/* ---- allocating ---- */

struct memcgsim_page *msim_alloc_pages_unaccounted(struct msim_ctx *ctx, memcgsim_gfp_t gfp,
						   unsigned int order)
{
	struct memcgsim *machine = ctx->machine;

	if (order > MEMCGSIM_MAX_PAGE_ORDER) {
		if (!(gfp & MEMCGSIM___GFP_NOWARN))
			(void)msim_warn_on_once(machine, order > MEMCGSIM_MAX_PAGE_ORDER, NULL);
		return NULL;
	}
	if (msim_should_fail(machine, MEMCGSIM_FAULT_PAGE))
		return NULL;
	return msim_get_frames(ctx, gfp, order);
}

static msim_noinline struct memcgsim_page *alloc_pages_slow(memcgsim_gfp_t gfp, unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_page *page;

	if (!ctx) {
		msim_unbound("memcgsim_alloc_pages");
		return NULL;
	}
	page = msim_alloc_pages_unaccounted(ctx, gfp, order);
	if (!page || !(gfp & MEMCGSIM___GFP_ACCOUNT))
		return page;
	if (charge_page(ctx, page, gfp, order)) {
		msim_free_pages_final(ctx, page);
		return NULL;
	}
	return page;
}

/*
 * The fast half. Each order has a copy of its own for order 0, where most of it is constant, and
 * one for the rest.
 */
static msim_always_inline struct memcgsim_page *alloc_pages_fast(memcgsim_gfp_t gfp,
								 unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg = NULL;
	struct memcgsim_page *page;
	struct msim_list *list;
	struct msim_cpu *cpu;

	if (unlikely(!ctx || (gfp & (MEMCGSIM___GFP_ZERO | MEMCGSIM___GFP_NOFAIL))))
		return alloc_pages_slow(gfp, order);
	cpu = ctx->cpu;
	if (MSIM_MEMCG && (gfp & MEMCGSIM___GFP_ACCOUNT)) {
		objcg = msim_task_objcg(ctx->task);
		if (unlikely(!objcg))
			return alloc_pages_slow(gfp, order);
	}
	if (unlikely(!msim_cpu_enter(cpu)))
		return alloc_pages_slow(gfp, order);

	/* One section: the page, and its charge. Neither is taken unless both are there. */
	list = &cpu->pcp.lists[msim_pcp_index(order, msim_gfp_migratetype(gfp))];
	page = msim_list_first(list, struct memcgsim_page, lru);
	if (unlikely(msim_list_empty(list)) || unlikely(!msim_frames_are_clean(page, order)) ||
	    (objcg && unlikely(!charge_from_stock(cpu, objcg, order)))) {
		msim_cpu_leave(cpu);
		return alloc_pages_slow(gfp, order);
	}
	(void)msim_pcp_pop(cpu, order, msim_gfp_migratetype(gfp));
	msim_pcp_note_alloc(cpu);
	msim_cpu_leave(cpu);
	if (order > 0)
		msim_prep_new_page(page, order, gfp & MEMCGSIM___GFP_COMP);
	else
		msim_store_release(&page->_refcount, 1);
	if (objcg)
		tag_kmem(page, objcg);
	return page;
}

static msim_noinline struct memcgsim_page *alloc_pages_block(memcgsim_gfp_t gfp, unsigned int order)
{
	if (unlikely(order >= MSIM_PCP_ORDERS))
		return alloc_pages_slow(gfp, order);
	return alloc_pages_fast(gfp, order);
}

struct memcgsim_page *memcgsim_alloc_pages(memcgsim_gfp_t gfp, unsigned int order)
{
	if (unlikely(order > 0))
		return alloc_pages_block(gfp, order);
	return alloc_pages_fast(gfp, 0);
}

/* ---- freeing ---- */

/* The last reference is gone. Uncharged before the checks (B-31). */
static void free_block(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	if (MSIM_MEMCG)
		uncharge_page(ctx, page, order);
	if (order > 0 && msim_page_order(page) == 0) /* loose: see drop_loose() */
		msim_store_relaxed(&page->flags,
				   msim_page_flags(page) | (unsigned long)order
								   << MSIM_PG_ORDER_SHIFT);
	msim_free_pages_final(ctx, page);
}

/*
 * The frames behind the first of a loose block, which somebody else still looks at and will free
 * (B-34). Uncharging that one will give back one page's charge, so the others' is lost, as it is
 * in the kernel, unless the machine was made to split it.
 */
static void free_tails(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	bool charged = msim_page_word(&page[1]) != 0;

	for (unsigned long i = 1; charged && i < 1UL << order; i++)
		free_block(ctx, &page[i], 0);
	while (!charged && order-- > 0)
		free_block(ctx, page + (1UL << order), order);
}

/* Notes the charge that nobody will give back. RCU read section. */
static void note_lost(struct msim_ctx *ctx, unsigned long word, bool kmem, unsigned int order)
{
	struct memcgsim_obj_cgroup *objcg = msim_kmem_objcg(ctx->machine, word);
	struct memcgsim_mem_cgroup *memcg =
		objcg ? msim_load_acquire(&objcg->memcg) : msim_pinned_memcg(ctx->machine, word);

	if (!memcg)
		return;
	msim_add_relaxed(&memcg->lost_pages, (1L << order) - 1);
	if (kmem)
		msim_add_relaxed(&memcg->lost_kmem_pages, (1L << order) - 1);
}

/*
 * The owner's reference on a loose block. Whoever else has one has it on the first frame alone, and
 * frees just that if it is the last: so the block must not look like more from here on.
 */
static void drop_loose(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	bool split = MSIM_MEMCG && ctx->machine->config.free_pages_splits_charge;
	unsigned long word = msim_page_word(page);
	bool kmem = msim_is_kmem(ctx->machine, page, word);
	bool last;

	if (split)
		msim_split_page_memcg(ctx, page, order);
	split &= msim_page_word(&page[1]) != 0;
	msim_page_clear_order(page);
	msim_rcu_read_lock();
	last = msim_page_put_testzero(page);
	if (word && !last && !split)
		note_lost(ctx, word, kmem, order);
	msim_rcu_read_unlock();
	if (!last || split)
		free_tails(ctx, page, order);
	if (last)
		free_block(ctx, page, split ? 0 : order);
}

static msim_noinline void free_pages_slow(struct memcgsim_page *page, unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound("memcgsim___free_pages");
		return;
	}
	if (!msim_vet_page(ctx, page, order, "memcgsim___free_pages"))
		return;
	if (ctx->machine->variant->v1) /* by who frees more than one, not by the last put */
		uncharge_page(ctx, page, order);
	if (order > 0 && !(msim_page_flags(page) & MSIM_PG_HEAD))
		drop_loose(ctx, page, order);
	else if (msim_page_put_testzero(page))
		free_block(ctx, page, order);
}

/* The same for a page whose last reference the fast half has dropped. */
static msim_noinline void free_page_unreferenced(struct memcgsim_page *page)
{
	free_block(msim_ctx(), page, 0);
}

void memcgsim___free_pages(struct memcgsim_page *page, unsigned int order)
{
	struct msim_ctx *ctx = msim_ctx();
	struct memcgsim_obj_cgroup *objcg;
	struct msim_cpu *cpu;
	unsigned long word;
	unsigned int type;

	if (unlikely(!ctx || order) || unlikely(!is_plain(ctx, page, 0)) || unlikely(page->mapping))
		return free_pages_slow(page, order);
	if (unlikely(!msim_page_put_testzero(page)))
		return;
	cpu = ctx->cpu;
	word = msim_page_word(page);
	objcg = msim_word_objcg(word);
	type = msim_page_migratetype(ctx->machine, page);
	if (unlikely(word && !objcg) || unlikely(type >= MEMCGSIM_MIGRATE_HIGHATOMIC) ||
	    unlikely(!msim_cpu_enter(cpu)))
		return free_page_unreferenced(page);
	if (unlikely(!msim_pcp_has_room(cpu, 0)) ||
	    (objcg && unlikely(!uncharge_to_stock(cpu, objcg, 0)))) {
		msim_cpu_leave(cpu);
		return free_page_unreferenced(page);
	}
	if (objcg)
		msim_store_relaxed(&page->memcg_data, 0);
	page->private = 0;
	msim_pcp_push(cpu, page, 0, type);
	msim_cpu_leave(cpu);
}

/* ---- user pages ---- */

bool msim_vet_folio(struct msim_ctx *ctx, struct memcgsim_page *page, const char *caller)
{
	return msim_vet_page(ctx, page, ANY_ORDER, caller);
}

/*
 * Drops a reference that somebody has beside the objects' own; false if there is none. Acquire: who
 * sees that the objects' reference has gone sees that the page holds no objects any more.
 */
static bool put_beside_objects(struct memcgsim_page *page)
{
	int count = msim_load_acquire(&page->_refcount);

	while (count > 1) {
		if (msim_cmpxchg(&page->_refcount, &count, count - 1))
			return true;
	}
	return false;
}

bool msim_folio_put_testzero(struct msim_ctx *ctx, struct memcgsim_page *page, const char *caller)
{
	if (msim_page_valid(ctx->machine, page) && !msim_page_is_tail(page) &&
	    holds_objects(page) && put_beside_objects(page))
		return false;
	return msim_vet_folio(ctx, page, caller) && msim_page_put_testzero(page);
}

static int mem_cgroup_charge(struct msim_ctx *ctx, struct memcgsim_page *page,
			     struct memcgsim_mm *mm, memcgsim_gfp_t gfp, const char *caller)
{
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;
	int err;

	if (!msim_vet_folio(ctx, page, caller) || !msim_vet_mm(ctx, mm, caller) ||
	    msim_vm_bug_on(ctx->machine, msim_load_relaxed(&page->memcg_data) != 0, page) ||
	    msim_vm_bug_on(ctx->machine, msim_page_flags(page) & MSIM_PG_LRU, page))
		return -EINVAL;
	memcg = msim_get_memcg_from_mm(ctx, mm);
	err = ctx->machine->variant->charge_folio(ctx, page, memcg, gfp);
	section = msim_section_enter(ctx);
	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
	return err;
}

int memcgsim___mem_cgroup_charge(struct memcgsim_page *page, memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return -EINVAL;
	}
	return mem_cgroup_charge(ctx, page, ctx->current->mm, gfp, __func__);
}

int memcgsim_mem_cgroup_charge(struct memcgsim_page *page, struct memcgsim_mm *mm,
			       memcgsim_gfp_t gfp)
{
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return -EINVAL;
	}
	return mem_cgroup_charge(ctx, page, mm, gfp, __func__);
}

void memcgsim_folio_put(struct memcgsim_page *page)
{
	struct msim_uncharge_gather gather = { 0 };
	struct msim_ctx *ctx = msim_ctx();

	if (!ctx) {
		msim_unbound(__func__);
		return;
	}
	if (!msim_folio_put_testzero(ctx, page, __func__))
		return;
	if (unlikely(msim_page_flags(page) & MSIM_PG_LRU))
		msim_folio_leave_lru(ctx->machine, page);
	ctx->machine->variant->uncharge_folio(ctx, &gather, page);
	ctx->machine->variant->uncharge_batch(ctx, &gather);
	msim_free_pages_final(ctx, page);
}

/* What would keep a block from being freed, had its owner come to do so. */
static void forget_marks(struct memcgsim_page *page, unsigned int order)
{
	unsigned long marks = ~0UL << MSIM_PG_USER_SHIFT;

	for (unsigned long i = 0; i < 1UL << order; i++) {
		msim_page_clear_type(&page[i]);
		msim_store_relaxed(&page[i].flags, msim_page_flags(&page[i]) & ~marks);
	}
	page->mapping = NULL;
}

void msim_sweep_charge(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
		       struct memcgsim_page *page)
{
	const struct msim_variant *variant = ctx->machine->variant;

	if (variant->pages)
		variant->pages->sweep(ctx, gather, page);
	else
		variant->uncharge_folio(ctx, gather, page);
}

unsigned long msim_page_sweep(struct msim_ctx *ctx)
{
	struct msim_uncharge_gather gather = { 0 };
	struct memcgsim *machine = ctx->machine;
	unsigned long leaked = 0;

	for (unsigned long pfn = 0; pfn < machine->zone.frontier_pfn; pfn++) {
		struct memcgsim_page *page = &machine->pages[pfn];

		if (msim_page_has_type(page, MSIM_PGTY_SLAB))
			continue;
		if (msim_page_ref_count(page) > 0)
			msim_folio_leave_lru(machine, page);
		(void)msim_page_test_and_clear(page,
					       MSIM_PG_LRU); /* of others a mark set by hand */
		/* Also of a page that was left out for being bad (B-35). */
		msim_sweep_charge(ctx, &gather, page);
		if (msim_page_ref_count(page) <= 0)
			continue;
		leaked += 1UL << msim_page_order(page);
		if (machine->variant->v1)
			uncharge_page(ctx, page, msim_page_order(page));
		forget_marks(page, msim_page_order(page));
		msim_free_pages_final(ctx, page);
	}
	machine->variant->uncharge_batch(ctx, &gather);
	return leaked;
}
