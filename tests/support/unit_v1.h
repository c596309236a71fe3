/* SPDX-License-Identifier: MIT */
/*
 * What the tests of machines of 2012 to 2014 share: worlds, pages in the states that charges hang on,
 * and what is counted.
 */
#ifndef TESTS_SUPPORT_UNIT_V1_H
#define TESTS_SUPPORT_UNIT_V1_H

#include "unit.h"

/*  root -- a, where u->task is and runs on CPU 0; and b  */
static inline struct unit *unit_v1_world(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.profile = profile;
	u = unit_world(state, &config);
	unit_mkdir(u, "b");
	return u;
}

/* Both in pages. */
static inline void unit_assert_charged(struct unit *u, const char *path, long mem, long memsw)
{
	const struct msim_memcg_v1 *v1 = unit_memcg(u, path)->v1;

	assert_int_equal(v1->res.usage, mem * UNIT_PAGE);
	assert_int_equal(v1->memsw.usage, memsw * UNIT_PAGE);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
}

static inline struct memcgsim_page *unit_page(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	return page;
}

/* Charged, mapped and listed, as a page fault leaves it. */
static inline struct memcgsim_page *unit_anon_page(void)
{
	struct memcgsim_page *page = unit_page(0);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	memcgsim_page_add_new_anon_rmap(page);
	memcgsim_folio_add_lru(page);
	return page;
}

/* Unmapped, and its last reference put. */
static inline void unit_unmap(struct memcgsim_page *page)
{
	memcgsim_folio_remove_rmap_pte(page);
	memcgsim_folio_put(page);
}

/* Charged, in the page cache and listed, as reading a file leaves it. */
static inline struct memcgsim_page *unit_file_page(void)
{
	struct memcgsim_page *page = unit_page(0);

	memcgsim_folio_lock(page);
	assert_int_equal(memcgsim_add_to_page_cache_locked(page, MEMCGSIM_GFP_USER), 0);
	memcgsim_folio_unlock(page);
	memcgsim_folio_add_lru(page);
	return page;
}

/* Truncated, and its last reference put. */
static inline void unit_truncate(struct memcgsim_page *page)
{
	memcgsim_folio_lock(page);
	memcgsim_delete_from_page_cache(page);
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

static inline struct memcgsim_mem_cgroup *unit_owner(struct memcgsim_page *page)
{
	struct memcgsim_page_cgroup record;

	assert_int_equal(memcgsim_lookup_page_cgroup(page, &record), 0);
	return record.mem_cgroup;
}

#endif /* TESTS_SUPPORT_UNIT_V1_H */
