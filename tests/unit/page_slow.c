/* SPDX-License-Identifier: MIT */
/*
 * alloc/page_slow: what is tried, in which order, before an allocation fails. The lists of the CPUs
 * are off but where a test is about them, so that every frame is the zone's.
 */
#include "unit.h"

#include "frames/page.h"
#include "seam/hooks.h"

#define KERNEL	  MEMCGSIM_GFP_KERNEL
#define NOFAIL	  MEMCGSIM___GFP_NOFAIL
#define NR_PAGES  1024
#define MIN_PAGES 100

/* All of a machine's frames but some, and what the hook does when it is asked. */
static struct memcgsim_page *taken[NR_PAGES];
static unsigned int nr_taken;
static unsigned int asked;
static unsigned int frees; /* so many pages at each call, while the hook is asked */
static bool lies;

static unsigned long reclaim(struct memcgsim *machine, memcgsim_gfp_t gfp, unsigned int order,
			     void *arg)
{
	unsigned int freed = 0;

	(void)machine;
	(void)gfp;
	(void)order;
	(void)arg;
	asked++;
	assert_int_equal(*msim_current_flags(msim_ctx()), MSIM_PF_MEMALLOC);
	while (freed < frees && nr_taken > 0) {
		memcgsim___free_pages(taken[--nr_taken], 0);
		freed++;
	}
	return freed + lies;
}

/*
 * 1024 frames, of which 100 are the reserve, and so many are free. Two CPUs, whose lists keep up to
 * @pcp_high_pages.
 */
static struct unit *exhausted_with_lists(void **state, unsigned long free_pages,
					 unsigned long pcp_high_pages)
{
	static const struct memcgsim_hooks hooks = { .page_reclaim = reclaim };
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_pages = NR_PAGES;
	config.nr_cpus = 2;
	config.min_free_kbytes = MIN_PAGES * 4;
	config.pcp_batch_pages = 1;
	config.pcp_high_pages = pcp_high_pages;
	u = unit_world(state, &config);
	memcgsim_set_hooks(u->machine, &hooks);
	asked = 0;
	frees = 0;
	lies = false;
	for (nr_taken = 0; nr_taken < NR_PAGES - free_pages; nr_taken++) {
		taken[nr_taken] = memcgsim_alloc_pages(KERNEL | MEMCGSIM___GFP_MEMALLOC, 0);
		assert_non_null(taken[nr_taken]);
	}
	asked = 0;
	return u;
}

static struct unit *exhausted(void **state, unsigned long free_pages)
{
	return exhausted_with_lists(state, free_pages, 0);
}

static void give_back(void)
{
	while (nr_taken > 0)
		memcgsim___free_pages(taken[--nr_taken], 0);
}

/* How many single frames such an allocation gets before it fails; they are given back. */
static unsigned int count(memcgsim_gfp_t gfp)
{
	unsigned int before = nr_taken, got;

	while (nr_taken < NR_PAGES && (taken[nr_taken] = memcgsim_alloc_pages(gfp, 0)) != NULL)
		nr_taken++;
	got = nr_taken - before;
	while (nr_taken > before)
		memcgsim___free_pages(taken[--nr_taken], 0);
	return got;
}

/*
 * Models: B-21 ... B-24, the table of gfp. Of 150 free frames, 100 below the mark: how many each
 * kind of allocation gets. The last one taken leaves free > mark before, so one more than above it.
 */
static void reserves_are_for_those_that_may_use_them(void **state)
{
	struct unit *u = exhausted(state, 150);
	unsigned int flags;

	assert_int_equal(count(KERNEL | MEMCGSIM___GFP_NORETRY), 50);
	assert_int_equal(count(MEMCGSIM_GFP_NOWAIT),
			 50); /* it cannot wait, and gets nothing for it */
	assert_int_equal(count(MEMCGSIM_GFP_NOIO | MEMCGSIM___GFP_NORETRY), 50);
	assert_int_equal(count(MEMCGSIM_GFP_NOFS | MEMCGSIM___GFP_NORETRY), 50);
	assert_int_equal(count(KERNEL | MEMCGSIM___GFP_HIGH | MEMCGSIM___GFP_NORETRY), 100);
	assert_int_equal(count(MEMCGSIM_GFP_ATOMIC), 150 - 38); /* 100 - 50 - 12 */
	assert_int_equal(count(MEMCGSIM_GFP_ATOMIC | MEMCGSIM___GFP_NOMEMALLOC), 100);
	assert_int_equal(count(KERNEL | MEMCGSIM___GFP_MEMALLOC), 150);
	flags = memcgsim_memalloc_noreclaim_save();
	assert_int_equal(count(KERNEL), 150);
	assert_int_equal(count(KERNEL | MEMCGSIM___GFP_NOMEMALLOC), 50);
	memcgsim_memalloc_noreclaim_restore(flags);
	give_back();
	(void)u;
}

/* Models: B-23. Below low the slow path is taken, which wakes kswapd where it may. */
static void slow_path_wakes_kswapd_below_low(void **state)
{
	struct unit *u = exhausted(state, 127); /* low is 125 */
	struct memcgsim_zone_info info;
	unsigned long before;

	memcgsim_get_zone_info(u->machine, &info);
	assert_int_equal(info.low_pages, 125);
	before = info.kswapd_wakeups;
	assert_int_equal(count(KERNEL | MEMCGSIM___GFP_NORETRY), 27);
	memcgsim_get_zone_info(u->machine, &info);
	assert_int_equal(info.kswapd_wakeups - before, 26); /* 25 below low, and the failure */
	assert_int_equal(count(MEMCGSIM___GFP_DIRECT_RECLAIM | MEMCGSIM___GFP_NORETRY), 27);
	before = info.kswapd_wakeups;
	memcgsim_get_zone_info(u->machine, &info);
	assert_int_equal(info.kswapd_wakeups, before);
	give_back();
}

/* Models: B-24. Who may wait asks the hook; who may not, or reclaims already, does not. */
static void only_those_that_may_wait_ask_for_reclaim(void **state)
{
	struct unit *u = exhausted(state, MIN_PAGES);
	struct memcgsim_page *page;
	unsigned int flags;

	(void)u;
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_NOWAIT, 0));
	flags = memcgsim_memalloc_noreclaim_save();
	assert_null(memcgsim_alloc_pages(KERNEL | MEMCGSIM___GFP_NOMEMALLOC, 0));
	memcgsim_memalloc_noreclaim_restore(flags);
	assert_int_equal(asked, 0);
	assert_null(memcgsim_alloc_pages(KERNEL, 0)); /* nothing was freed: no second time */
	assert_int_equal(asked, 1);
	frees = 1;
	page = memcgsim_alloc_pages(KERNEL, 0);
	assert_non_null(page);
	assert_int_equal(asked, 2);
	memcgsim___free_pages(page, 0);
	give_back();
}

/*
 * Models: B-24. While there is progress it is tried again; NORETRY tries once; a costly order only
 * with RETRY_MAYFAIL.
 */
static void progress_is_worth_another_try(void **state)
{
	static const struct {
		memcgsim_gfp_t gfp;
		unsigned int order;
		bool many;
	} lines[] = {
		{ KERNEL, 3, true },
		{ KERNEL | MEMCGSIM___GFP_NORETRY, 3, false },
		{ KERNEL | MEMCGSIM___GFP_RETRY_MAYFAIL, 3, true },
		{ KERNEL, 4, false },
		{ KERNEL | MEMCGSIM___GFP_RETRY_MAYFAIL, 4, true },
		{ MEMCGSIM_GFP_NOIO | MEMCGSIM___GFP_RETRY_MAYFAIL, 4, false },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct unit *u = exhausted(state, MIN_PAGES);
		struct memcgsim_page *page;

		frees = 3;
		page = memcgsim_alloc_pages(lines[i].gfp, lines[i].order);
		assert_true(lines[i].many ? page && asked > 1 : !page && asked == 1);
		if (page)
			memcgsim___free_pages(page, lines[i].order);
		give_back();
		memcgsim_set_hooks(u->machine, NULL);
		assert_int_equal(unit_teardown(state), 0);
		*state = NULL;
	}
}

/* Models: B-24. What reclaim has freed is taken first; the lists of other CPUs are drained only after that. */
static void what_is_reclaimed_spares_the_lists(void **state)
{
	struct unit *u = exhausted_with_lists(state, MIN_PAGES, 4);
	const struct msim_pcp *other = &u->machine->cpus[1].pcp;

	unit_run(u, 1, u->task);
	memcgsim___free_pages(taken[--nr_taken], 0);
	unit_run(u, 0, u->task);
	assert_int_equal(other->count_pages, 1);
	frees = 20;
	taken[nr_taken] = memcgsim_alloc_pages(KERNEL, 0);
	assert_non_null(taken[nr_taken]);
	nr_taken++;
	assert_int_equal(asked, 1);
	assert_int_equal(other->count_pages, 1);
	frees = 0;
	while (nr_taken < NR_PAGES && other->count_pages > 0) {
		taken[nr_taken] = memcgsim_alloc_pages(KERNEL, 0);
		assert_non_null(taken[nr_taken]);
		nr_taken++;
	}
	assert_int_equal(other->count_pages, 0); /* reclaim was in vain */
	give_back();
}

/* Models: B-24. A hook that says it has freed something, and has not, is not asked for ever. */
static void hook_that_lies_is_not_asked_for_ever(void **state)
{
	struct unit *u = exhausted(state, MIN_PAGES);

	(void)u;
	lies = true;
	assert_null(memcgsim_alloc_pages(KERNEL, 0));
	assert_int_equal(asked, 17);
	give_back();
}

/*
 * Models: B-24. NOFAIL goes below the mark, and on as long as there is progress; it fails with a
 * WARN; at once where it cannot wait. An order above 1 is worth a WARN by itself.
 */
static void nofail_fails_last_and_with_a_warning(void **state)
{
	struct unit *u = exhausted(state, MIN_PAGES);
	struct memcgsim_page *page;

	page = memcgsim_alloc_pages(KERNEL | NOFAIL, 0);
	assert_non_null(page);
	assert_int_equal(asked, 1);
	memcgsim___free_pages(page, 0);
	assert_int_equal(u->nr_bugs, 0);
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_NOWAIT | NOFAIL, 0));
	unit_assert_bug(u, MEMCGSIM_WARN);
	unit_allow_bugs(u, 1);
	frees = 40;
	page = memcgsim_alloc_pages(KERNEL | NOFAIL | MEMCGSIM___GFP_NORETRY, 5);
	unit_assert_bug(u, MEMCGSIM_WARN); /* the order */
	assert_non_null(page);
	memcgsim___free_pages(page, 5);
	give_back();
}

/* Models: B-13. Movable and reclaimable at once is no type: a WARN, and one of the two. */
static void two_types_at_once_are_a_warning(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page;

	unit_allow_bugs(u, 1);
	page = memcgsim_alloc_pages(KERNEL | MEMCGSIM___GFP_MOVABLE | MEMCGSIM___GFP_RECLAIMABLE,
				    0);
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_int_equal(memcgsim_get_pageblock_migratetype(u->machine, page),
			 MEMCGSIM_MIGRATE_RECLAIMABLE);
	memcgsim___free_pages(page, 0);
}

/* Models: B-13, B-42. Each type has memory of its own. */
static void each_type_has_memory_of_its_own(void **state)
{
	static const memcgsim_gfp_t gfp[] = { KERNEL, MEMCGSIM_GFP_HIGHUSER_MOVABLE,
					      KERNEL | MEMCGSIM___GFP_RECLAIMABLE };
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page[3][4];
	struct unit *u;

	config.pcp_high_pages = 4096; /* the lists keep all */
	u = unit_world(state, &config);
	for (unsigned int order = 0; order < 4; order++) {
		for (unsigned int type = 0; type < 3; type++) {
			page[type][order] = memcgsim_alloc_pages(gfp[type], order);
			assert_int_equal(
				memcgsim_get_pageblock_migratetype(u->machine, page[type][order]),
				type);
		}
	}
	for (unsigned int order = 0; order < 4; order++) {
		for (unsigned int type = 0; type < 3; type++) {
			memcgsim___free_pages(page[type][order], order);
			assert_ptr_equal(memcgsim_alloc_pages(gfp[type], order),
					 page[type][order]); /* by the fast halves */
			memcgsim___free_pages(page[type][order], order);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(reserves_are_for_those_that_may_use_them),
		unit_case(slow_path_wakes_kswapd_below_low),
		unit_case(only_those_that_may_wait_ask_for_reclaim),
		unit_case(progress_is_worth_another_try),
		unit_case(what_is_reclaimed_spares_the_lists),
		unit_case(hook_that_lies_is_not_asked_for_ever),
		unit_case(nofail_fails_last_and_with_a_warning),
		unit_case(two_types_at_once_are_a_warning),
		unit_case(each_type_has_memory_of_its_own),
	};

	return cmocka_run_group_tests_name("page_slow", tests, NULL, NULL);
}
