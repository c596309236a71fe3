/* SPDX-License-Identifier: MIT */
/*
 * Rows of fault_nth.c: the allocators.
 */
#include "fault_nth.h"

static int do_kmalloc(struct stage *s)
{
	s->object = memcgsim_kmalloc(s->size_bytes, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static int do_kmalloc_plain(struct stage *s)
{
	s->object = memcgsim_kmalloc(s->size_bytes, MEMCGSIM_GFP_KERNEL);
	return s->object ? 0 : -ENOMEM;
}

static int do_kmalloc_large(struct stage *s)
{
	s->object = memcgsim_kmalloc(20000, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static void undo_kmalloc(struct stage *s)
{
	memcgsim_kfree(s->object);
}

static int do_alloc(struct stage *s)
{
	s->page = memcgsim_alloc_pages(ACCOUNT, 2);
	return s->page ? 0 : -ENOMEM;
}

static int do_alloc_plain(struct stage *s)
{
	s->page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 2);
	return s->page ? 0 : -ENOMEM;
}

/* A charge that must not fail is forced: only the frames can be wanting (C-05). */
static int do_alloc_nofail(struct stage *s)
{
	s->page = memcgsim_alloc_pages(ACCOUNT | MEMCGSIM___GFP_NOFAIL, 2);
	return s->page ? 0 : -ENOMEM;
}

static void undo_alloc(struct stage *s)
{
	memcgsim___free_pages(s->page, 2);
}

/* In bulk: either two at once, or one that is charged; none is the failure. */
static int do_bulk(struct stage *s)
{
	static struct memcgsim_page *pages[2];

	memset(pages, 0, sizeof(pages));
	s->object = pages;
	return memcgsim_alloc_pages_bulk_array(MEMCGSIM_GFP_KERNEL, 2, pages) ? 0 : -ENOMEM;
}

static void undo_bulk(struct stage *s)
{
	struct memcgsim_page **pages = s->object;

	memcgsim___free_pages(pages[0], 0);
	memcgsim___free_pages(pages[1], 0);
}

static int do_bulk_accounted(struct stage *s)
{
	struct memcgsim_list_head list;

	memcgsim_INIT_LIST_HEAD(&list);
	if (!memcgsim_alloc_pages_bulk_list(ACCOUNT, 2, &list))
		return -ENOMEM;
	s->page = memcgsim_page_list_pop(&list);
	return 0;
}

static void undo_bulk_accounted(struct stage *s)
{
	memcgsim___free_pages(s->page, 0);
}

/* An object without a vector is nobody's (T-01): the one failure that is swallowed. */
const struct operation fault_rows_alloc[] = {
	{ .function = "memcgsim_kmalloc",
	  .act = do_kmalloc,
	  .undo = undo_kmalloc,
	  .fails_at = AT(OBJECT) | AT(PAGE) | AT(CHARGE),
	  .swallows_at = AT(VECTOR) },
	{ .function = "memcgsim_kmalloc",
	  .which = "not accounted",
	  .act = do_kmalloc_plain,
	  .undo = undo_kmalloc,
	  .fails_at = AT(OBJECT) | AT(PAGE) },
	{ .function = "memcgsim_kmalloc",
	  .which = "large",
	  .act = do_kmalloc_large,
	  .undo = undo_kmalloc,
	  .fails_at = AT(PAGE) | AT(CHARGE) },
	{ .function = "memcgsim_alloc_pages",
	  .act = do_alloc,
	  .undo = undo_alloc,
	  .fails_at = AT(PAGE) | AT(CHARGE) },
	{ .function = "memcgsim_alloc_pages",
	  .which = "not accounted",
	  .act = do_alloc_plain,
	  .undo = undo_alloc,
	  .fails_at = AT(PAGE) },
	{ .function = "memcgsim_alloc_pages",
	  .which = "no fail",
	  .act = do_alloc_nofail,
	  .undo = undo_alloc,
	  .fails_at = AT(PAGE),
	  .swallows_at = AT(CHARGE) },
	{ .function = "memcgsim_alloc_pages_bulk_array",
	  .act = do_bulk,
	  .undo = undo_bulk,
	  .fails_at = AT(PAGE) },
	{ .function = "memcgsim_alloc_pages_bulk_list",
	  .which = "accounted",
	  .act = do_bulk_accounted,
	  .undo = undo_bulk_accounted,
	  .fails_at = AT(PAGE) | AT(CHARGE) },
	{ 0 },
};
