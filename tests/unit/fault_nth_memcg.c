/* SPDX-License-Identifier: MIT */
/*
 * Rows of fault_nth.c: charges, of pages that are there already and of bytes.
 */
#include "fault_nth.h"

/* A user page fails in two places: without the page, and with the page but without its charge. */
static int do_user(struct stage *s)
{
	s->page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_COMP, 2);
	if (!s->page)
		return -ENOMEM;
	if (memcgsim___mem_cgroup_charge(s->page, MEMCGSIM_GFP_KERNEL)) {
		memcgsim_folio_put(s->page);
		return -ENOMEM;
	}
	return 0;
}

static void undo_user(struct stage *s)
{
	memcgsim_folio_put(s->page);
}

static void before_page(struct stage *s)
{
	s->page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 2);
	assert_non_null(s->page);
}

static int do_user_of_mm(struct stage *s)
{
	return memcgsim_mem_cgroup_charge(s->page, NULL, MEMCGSIM_GFP_KERNEL);
}

static int do_swapped_in(struct stage *s)
{
	return memcgsim_mem_cgroup_swapin_charge_folio(s->page, NULL, MEMCGSIM_GFP_KERNEL,
						       (memcgsim_swp_entry_t){ 1 });
}

static void undo_user_of_mm(struct stage *s)
{
	memcgsim___mem_cgroup_uncharge(s->page);
}

static void before_cached(struct stage *s)
{
	before_page(s);
	memcgsim_folio_lock(s->page);
}

static int do_cached(struct stage *s)
{
	return memcgsim_add_to_page_cache_locked(s->page, MEMCGSIM_GFP_KERNEL);
}

static void undo_cached(struct stage *s)
{
	memcgsim_delete_from_page_cache(s->page);
	memcgsim___mem_cgroup_uncharge(s->page);
}

static void after_cached(struct stage *s)
{
	memcgsim_folio_unlock(s->page);
	memcgsim___free_pages(s->page, 2);
}

static int do_kmem_page(struct stage *s)
{
	return memcgsim___memcg_kmem_charge_page(s->page, MEMCGSIM_GFP_KERNEL, 2);
}

static void undo_kmem_page(struct stage *s)
{
	memcgsim___memcg_kmem_uncharge_page(s->page, 2);
}

static void after_page(struct stage *s)
{
	memcgsim___free_pages(s->page, 2);
}

/* More than a page, so that the stock alone never serves it. */
#define SIZE_BYTES (3 * MEMCGSIM_PAGE_SIZE + 100)

static int do_objcg(struct stage *s)
{
	struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();
	int err = memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, SIZE_BYTES);

	(void)s;
	memcgsim_obj_cgroup_put(objcg);
	return err;
}

static void undo_objcg(struct stage *s)
{
	struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();

	(void)s;
	memcgsim_obj_cgroup_uncharge(objcg, SIZE_BYTES);
	memcgsim_obj_cgroup_put(objcg);
}

const struct operation fault_rows_memcg[] = {
	{ .function = "memcgsim___mem_cgroup_charge",
	  .act = do_user,
	  .undo = undo_user,
	  .fails_at = AT(PAGE) | AT(CHARGE) },
	{ .function = "memcgsim_mem_cgroup_charge",
	  .before = before_page,
	  .act = do_user_of_mm,
	  .undo = undo_user_of_mm,
	  .after = after_page,
	  .fails_at = AT(CHARGE) },
	{ .function = "memcgsim_add_to_page_cache_locked",
	  .before = before_cached,
	  .act = do_cached,
	  .undo = undo_cached,
	  .after = after_cached,
	  .fails_at = AT(CHARGE) },
	{ .function = "memcgsim_mem_cgroup_swapin_charge_folio",
	  .before = before_page,
	  .act = do_swapped_in,
	  .undo = undo_user_of_mm,
	  .after = after_page,
	  .fails_at = AT(CHARGE) },
	{ .function = "memcgsim___memcg_kmem_charge_page",
	  .before = before_page,
	  .act = do_kmem_page,
	  .undo = undo_kmem_page,
	  .after = after_page,
	  .fails_at = AT(CHARGE) },
	{ .function = "memcgsim_obj_cgroup_charge",
	  .act = do_objcg,
	  .undo = undo_objcg,
	  .fails_at = AT(CHARGE) },
	{ 0 },
};
