/* SPDX-License-Identifier: MIT */
/*
 * history/kmem_v1: kernel pages on v1 machines, and whose they are.
 */
#include "unit.h"

#include <memcgsim/css.h>

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/*  root -- a, empty; k, accounted, where u->task is  */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.profile = profile;
	u = unit_world(state, &config);
	unit_mkdir(u, "k");
	unit_write(u, "k/memory.kmem.limit_in_bytes", "1M");
	unit_write(u, "k/cgroup.procs", "1");
	return u;
}

/* What the three currencies say, in pages. */
static void assert_usage(struct unit *u, const char *path, unsigned long kmem, unsigned long res,
			 unsigned long memsw)
{
	const struct msim_memcg_v1 *v1 = unit_memcg(u, path)->v1;

	assert_int_equal(v1->kmem.usage, kmem * MEMCGSIM_PAGE_SIZE);
	assert_int_equal(v1->res.usage, res * MEMCGSIM_PAGE_SIZE);
	assert_int_equal(v1->memsw.usage, memsw * MEMCGSIM_PAGE_SIZE);
}

/* Models: Y-04. Kernel pages count as kernel memory, as memory, and as memory and swap. */
static void kernel_pages_count_three_times(void **state)
{
	static const char *const profiles[] = { "v3.7", "v3.8", "v3.8-posted" };

	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 2);
		void *large = memcgsim_kmalloc(20000, ACCOUNT);

		assert_usage(u, "k", 12, 12, 12);
		assert_int_equal(memcgsim_page_memcg_data(page), 0); /* it is said elsewhere */
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		memcgsim___free_pages(page, 2);
		assert_usage(u, "k", 8, 8, 8);
		memcgsim_kfree(large);
		assert_usage(u, "k", 0, 0, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* The page of a task in @path is nobody's. */
static void assert_unaccounted(struct unit *u, memcgsim_gfp_t gfp, const char *path)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(gfp, 0);

	assert_non_null(page);
	assert_usage(u, path, 0, 0, 0);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: Y-04. Nobody pays for what is not to fail, in an interrupt, for who has no mm or is dying, in
 * a group without a limit on kernel memory, and at the root; and a scope says nothing yet.
 */
static void some_are_not_accounted(void **state)
{
	struct unit *u = world_of(state, "v3.8");
	struct memcgsim_mem_cgroup *k = unit_memcg(u, "k");

	assert_unaccounted(u, ACCOUNT | MEMCGSIM___GFP_NOFAIL, "k");
	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_unaccounted(u, MEMCGSIM_GFP_ATOMIC | MEMCGSIM___GFP_ACCOUNT, "k");
	memcgsim_irq_exit();
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_unaccounted(u, ACCOUNT, "k");
	assert_int_equal(memcgsim_switch_to(u->task), 0);
	u->task->dying = 1;
	assert_unaccounted(u, ACCOUNT, "k");
	u->task->dying = 0;
	unit_write(u, "a/cgroup.procs", "1");
	assert_unaccounted(u, ACCOUNT, "a");
	assert_null(memcgsim_set_active_memcg(k));
	assert_unaccounted(u, ACCOUNT, "k");
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), k);
	unit_write(u, "cgroup.procs", "1");
	assert_unaccounted(u, ACCOUNT, "k");
}

/* Models: Y-04. Kernel memory is charged first; what memory then refuses is taken back from it. */
static void refused_charge_is_undone(void **state)
{
	static const char *const profiles[] = { "v3.7", "v3.8" };

	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_mem_cgroup *k = unit_memcg(u, "k");
		long refs = unit_refs(u, &k->ref);

		unit_write(u, "k/memory.limit_in_bytes", "8k");
		assert_null(memcgsim_alloc_pages(ACCOUNT | MEMCGSIM___GFP_NORETRY, 2));
		assert_usage(u, "k", 0, 0, 0);
		unit_assert_file(u, "k/memory.kmem.max_usage_in_bytes", "16384\n");
		unit_assert_file(u, "k/memory.kmem.failcnt", "0\n");
		assert_true(k->v1->res.failcnt > 0);
		unit_write(u, "k/memory.limit_in_bytes", "-1");

		unit_write(u, "k/memory.kmem.limit_in_bytes", "8k");
		assert_null(memcgsim_alloc_pages(ACCOUNT, 2));
		assert_usage(u, "k", 0, 0, 0);
		unit_assert_file(u, "k/memory.kmem.failcnt", "1\n");
		unit_assert_file(u, "k/memory.max_usage_in_bytes", "0\n");
		assert_int_equal(unit_refs(u, &k->ref), refs);
		assert_int_equal(k->v1->css_refs, 1);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: B-33. Of a block that is split each page is charged, and uncharged, by itself. */
static void split_pages_are_charged_one_by_one(void **state)
{
	static const char *const profiles[] = { "v3.7", "v3.8" };

	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 2);

		memcgsim_split_page(page, 2);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		for (unsigned long k = 0; k < 4; k++) {
			assert_usage(u, "k", 4 - k, 4 - k, 4 - k);
			memcgsim___free_pages(&page[k], 0);
		}
		assert_usage(u, "k", 0, 0, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: B-34. It is who frees a block that uncharges it, whoever else still looks at it. */
static void speculative_reference_keeps_no_charge(void **state)
{
	struct unit *u = world_of(state, "v3.8");
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 3);

	assert_true(memcgsim_folio_try_get(page));
	memcgsim___free_pages(page, 3);
	assert_usage(u, "k", 0, 0, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(page);
}

/* Models: Y-04. Of a lone page whoever is the last uncharges it, who need not be its owner. */
static void last_put_of_a_page_uncharges(void **state)
{
	struct unit *u = world_of(state, "v3.8");
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);

	assert_true(memcgsim_folio_try_get(page));
	memcgsim___free_pages(page, 0);
	memcgsim_folio_put(page);
	assert_usage(u, "k", 0, 0, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
}

/* What nobody freed is uncharged with the machine, and told of. */
static void pages_left_behind_are_leaks(void **state)
{
	struct unit *u = world_of(state, "v3.8");
	struct memcgsim_leaks leaks;

	assert_non_null(memcgsim_alloc_pages(ACCOUNT, 1));
	unit_clear(u);
	assert_int_equal(u->machine->nr_cgroups, 1); /* k, for its pages */
	u->broken = true;
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.pages, 2);
	assert_int_equal(leaks.mem_cgroups, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(kernel_pages_count_three_times),
		unit_case(some_are_not_accounted),
		unit_case(refused_charge_is_undone),
		unit_case(split_pages_are_charged_one_by_one),
		unit_case(speculative_reference_keeps_no_charge),
		unit_case(last_put_of_a_page_uncharges),
		unit_case(pages_left_behind_are_leaks),
	};

	return cmocka_run_group_tests_name("kmem_v1", tests, NULL, NULL);
}
