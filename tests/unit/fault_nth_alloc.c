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

static int do_kzalloc(struct stage *s)
{
	s->object = memcgsim_kzalloc(20000, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static int do_kcalloc(struct stage *s)
{
	s->object = memcgsim_kcalloc(5, 4000, ACCOUNT);
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
	s->page = memcgsim_alloc_pages(ACCOUNT | MEMCGSIM___GFP_NOFAIL, 1);
	return s->page ? 0 : -ENOMEM;
}

static void undo_alloc_nofail(struct stage *s)
{
	memcgsim___free_pages(s->page, 1);
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

/* ---- arrays, and what grows ---- */

/* Of other sizes than above: those caches are not empty any more. */
static int do_kmalloc_array(struct stage *s)
{
	s->object = memcgsim_kmalloc_array(s->size_bytes / 128, 8, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static void before_krealloc(struct stage *s)
{
	s->kept = memcgsim_kmalloc(4, ACCOUNT);
	assert_non_null(s->kept);
}

/* From 4 bytes on, so that a new object is needed; refused, the old one is as it was. */
static int do_krealloc(struct stage *s)
{
	static const size_t sizes[] = { 8192, 4096, 192, 96 };
	size_t size_bytes = sizes[__builtin_ctzl(2048 / s->size_bytes)];
	void *grown = memcgsim_krealloc(s->kept, size_bytes, ACCOUNT);

	if (!grown)
		return -ENOMEM;
	s->kept = grown;
	return 0;
}

static void undo_krealloc(struct stage *s)
{
	memcgsim_kfree(s->kept);
	before_krealloc(s);
}

static void after_krealloc(struct stage *s)
{
	memcgsim_kfree(s->kept);
}

/* ---- caches ---- */

enum { BULK = 20 };

/* A new one for each attempt: an allocation then meets a cache that has nothing. */
static int do_create(struct stage *s)
{
	s->cache = memcgsim_kmem_cache_create(s->u->machine, "fails", 1000, 0, 0, NULL);
	return s->cache ? 0 : -ENOMEM;
}

static void undo_create(struct stage *s)
{
	memcgsim_kmem_cache_destroy(s->cache);
}

static void before_cache(struct stage *s)
{
	s->cache = memcgsim_kmem_cache_create(s->u->machine, "fails", 1000, 0,
					      MEMCGSIM_SLAB_ACCOUNT, NULL);
	assert_non_null(s->cache);
}

static int do_cache_alloc(struct stage *s)
{
	s->object = memcgsim_kmem_cache_zalloc(s->cache, MEMCGSIM_GFP_KERNEL);
	return s->object ? 0 : -ENOMEM;
}

static void undo_cache_alloc(struct stage *s)
{
	memcgsim_kmem_cache_free(s->cache, s->object);
	assert_int_equal(memcgsim_kmem_cache_shrink(s->cache), 0);
}

static int do_cache_alloc_bulk(struct stage *s)
{
	static void *objects[BULK];

	s->object = objects;
	return memcgsim_kmem_cache_alloc_bulk(s->cache, MEMCGSIM_GFP_KERNEL, BULK, objects)
		       ? 0
		       : -ENOMEM;
}

static void undo_cache_alloc_bulk(struct stage *s)
{
	memcgsim_kmem_cache_free_bulk(s->cache, BULK, s->object);
	assert_int_equal(memcgsim_kmem_cache_shrink(s->cache), 0);
}

static void before_charge(struct stage *s)
{
	s->cache = memcgsim_kmem_cache_create(s->u->machine, "fails", 1000, 0, 0, NULL);
	assert_non_null(s->cache);
	s->object = memcgsim_kmem_cache_alloc(s->cache, MEMCGSIM_GFP_KERNEL);
	assert_non_null(s->object);
}

static int do_charge(struct stage *s)
{
	return memcgsim_kmem_cache_charge(s->object, MEMCGSIM_GFP_KERNEL) ? 0 : -ENOMEM;
}

static void undo_charge(struct stage *s)
{
	undo_cache_alloc(s);
	s->object = memcgsim_kmem_cache_alloc(s->cache, MEMCGSIM_GFP_KERNEL);
	assert_non_null(s->object);
}

static void after_charge(struct stage *s)
{
	undo_cache_alloc(s);
	undo_create(s);
}

static int do_percpu(struct stage *s)
{
	/* of another size class for each site, so that each has to make room */
	s->object = memcgsim___alloc_percpu_gfp(s->size_bytes, 0, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static void undo_percpu(struct stage *s)
{
	memcgsim_free_percpu(s->object);
}

static int do_vmalloc(struct stage *s)
{
	s->object = memcgsim___vmalloc(3 * MEMCGSIM_PAGE_SIZE, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static void undo_vmalloc(struct stage *s)
{
	memcgsim_vfree(s->object);
}

/* An object without a vector is nobody's (T-01): the one failure that is swallowed. */
const struct operation fault_rows_alloc[] = {
	{ .function = "memcgsim_kzalloc",
	  .act = do_kzalloc,
	  .undo = undo_kmalloc,
	  .fails_at = AT(PAGE) | AT(CHARGE) },
	{ .function = "memcgsim_kcalloc",
	  .act = do_kcalloc,
	  .undo = undo_kmalloc,
	  .fails_at = AT(PAGE) | AT(CHARGE) },
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
	{ .function = "memcgsim_kmalloc_array",
	  .act = do_kmalloc_array,
	  .undo = undo_kmalloc,
	  .fails_at = AT(OBJECT) | AT(PAGE) | AT(CHARGE),
	  .swallows_at = AT(VECTOR) },
	{ .function = "memcgsim_krealloc",
	  .before = before_krealloc,
	  .act = do_krealloc,
	  .undo = undo_krealloc,
	  .after = after_krealloc,
	  .fails_at = AT(OBJECT) | AT(PAGE) | AT(CHARGE),
	  .swallows_at = AT(VECTOR) },
	{ .function = "memcgsim___alloc_percpu_gfp",
	  .act = do_percpu,
	  .undo = undo_percpu,
	  .fails_at = AT(OBJECT) | AT(PAGE) | AT(CHARGE) },
	{ .function = "memcgsim___vmalloc",
	  .act = do_vmalloc,
	  .undo = undo_vmalloc,
	  .fails_at = AT(OBJECT) | AT(PAGE),
	  .swallows_at = AT(PAGE) | AT(CHARGE) }, /* what the bulk is refused, singles try again */
	{ .function = "memcgsim_kmem_cache_create",
	  .act = do_create,
	  .undo = undo_create,
	  .fails_at = AT(OBJECT) },
	{ .function = "memcgsim_kmem_cache_zalloc",
	  .before = before_cache,
	  .act = do_cache_alloc,
	  .undo = undo_cache_alloc,
	  .after = undo_create,
	  .fails_at = AT(OBJECT) | AT(PAGE) | AT(CHARGE),
	  .swallows_at = AT(OBJECT) | AT(VECTOR) },
	{ .function = "memcgsim_kmem_cache_alloc_bulk",
	  .before = before_cache,
	  .act = do_cache_alloc_bulk,
	  .undo = undo_cache_alloc_bulk,
	  .after = undo_create,
	  .fails_at = AT(OBJECT) | AT(PAGE) | AT(CHARGE),
	  .swallows_at = AT(OBJECT) | AT(VECTOR) },
	{ .function = "memcgsim_kmem_cache_charge",
	  .before = before_charge,
	  .act = do_charge,
	  .undo = undo_charge,
	  .after = after_charge,
	  .fails_at = AT(CHARGE),
	  .swallows_at = AT(VECTOR) },
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
	  .undo = undo_alloc_nofail,
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
