/* SPDX-License-Identifier: MIT */
/*
 * frames/watermark: the marks, and who may go below them.
 */
#include "unit.h"

#include "frames/buddy.h"
#include "frames/fallback.h"
#include "frames/watermark.h"

/* Models: B-20, B-43. What a kernel computes for a machine of that size; by hand. */
static void marks_and_batches_are_the_kernels(void **state)
{
	static const struct {
		unsigned long nr_pages;
		unsigned int min_free_kbytes;
		unsigned long min, low, high, promo;
		unsigned int batch, pcp_high;
	} machines[] = {
		/* 512 kB: the least reserve, 128 kB */
		{ 128, MEMCGSIM_AUTO, 32, 40, 48, 56, 1, 40 },
		/* 4 MiB: sqrt(16 * 4096) = 256 kB */
		{ 1024, MEMCGSIM_AUTO, 64, 80, 96, 112, 1, 80 },
		/* 512 MiB: sqrt(16 * 524288) = 2896 kB */
		{ 131072, MEMCGSIM_AUTO, 724, 905, 1086, 1267, 31, 905 },
		/* 16 GiB: sqrt(16 * 16777216) = 16384 kB; the gap is a thousandth of memory */
		{ 4194304, MEMCGSIM_AUTO, 4096, 8290, 12484, 16678, 63, 8290 },
		/* 64 TiB: the most, 256 MiB */
		{ 1UL << 34, MEMCGSIM_AUTO, 65536, 17245405, 34425274, 51605143, 63, 17245405 },
		{ 131072, 0, 0, 131, 262, 393, 31, 131 },
		{ 131072, 2200, 550, 687, 824, 961, 31, 687 }, /* a quarter of 550, not 131 */
		{ 131072, 400, 100, 231, 362, 493, 31, 231 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		static struct memcgsim m; /* nothing of it but what is computed */

		memset(&m, 0, sizeof(m));
		m.config = (struct memcgsim_config){
			.nr_pages = machines[i].nr_pages,
			.nr_cpus = 1,
			.min_free_kbytes = machines[i].min_free_kbytes,
			.watermark_scale_factor = 10,
			.pcp_batch_pages = MEMCGSIM_AUTO,
			.pcp_high_pages = MEMCGSIM_AUTO,
		};
		msim_watermark_init(&m);
		assert_int_equal(m.zone.wmark_pages[MSIM_WMARK_MIN], machines[i].min);
		assert_int_equal(m.zone.wmark_pages[MSIM_WMARK_LOW], machines[i].low);
		assert_int_equal(m.zone.wmark_pages[MSIM_WMARK_HIGH], machines[i].high);
		assert_int_equal(m.zone.wmark_pages[MSIM_WMARK_PROMO], machines[i].promo);
		assert_int_equal(m.config.pcp_batch_pages, machines[i].batch);
		assert_int_equal(m.config.pcp_high_pages, machines[i].pcp_high);
	}
}

/* Models: B-20. The scale moves low and high, not min. */
static void scale_factor_moves_low_and_high(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_zone_info info;
	struct unit *u;

	config.nr_pages = 131072;
	config.watermark_scale_factor = 3000;
	u = unit_machine(state, &config);
	memcgsim_get_zone_info(u->machine, &info);
	assert_int_equal(info.managed_pages, 131072);
	assert_int_equal(info.free_pages, 131072);
	assert_int_equal(info.min_pages, 724);
	assert_int_equal(info.low_pages, 724 + 39321);
	config.watermark_scale_factor = 3001;
	assert_int_equal(memcgsim_create(&config, &u->machine), -EINVAL); /* and nothing else */
}

/*
 * Models: B-21, B-22
 *
 *   1024 frames, 100 of them free: blocks of 64, 32 and 4
 *
 * Free frames must be more than what the flags leave of the mark, and the block's own but one.
 */
static void check_is_strict_and_flags_lower_the_mark(void **state)
{
	static const struct {
		unsigned int order;
		unsigned long mark;
		unsigned int flags;
		bool ok;
	} lines[] = {
		{ 0, 99, 0, true },
		{ 0, 100, 0, false }, /* more, not as many */
		{ 2, 96, 0, true },
		{ 2, 97, 0, false },			   /* less three */
		{ 0, 199, MSIM_ALLOC_MIN_RESERVE, false }, /* half: 100 */
		{ 0, 198, MSIM_ALLOC_MIN_RESERVE, true },
		{ 0, 264, MSIM_ALLOC_MIN_RESERVE | MSIM_ALLOC_NON_BLOCK, true },  /* 132 - 33 */
		{ 0, 267, MSIM_ALLOC_MIN_RESERVE | MSIM_ALLOC_NON_BLOCK, false }, /* 134 - 33 */
		{ 0, 100, MSIM_ALLOC_NON_BLOCK, false }, /* nothing without the first */
		{ 0, 198, MSIM_ALLOC_OOM, true },
		{ 0, 396, MSIM_ALLOC_MIN_RESERVE | MSIM_ALLOC_OOM, true },
		{ 0, 400, MSIM_ALLOC_MIN_RESERVE | MSIM_ALLOC_OOM, false },
		{ 6, 36, 0, true },
		{ 6, 37, 0, false },
	};
	struct memcgsim_config config = unit_config();
	long pfn[1024];
	struct unit *u;

	config.nr_pages = 1024;
	u = unit_machine(state, &config);
	for (int i = 0; i < 924; i++)
		pfn[i] = msim_zone_alloc(u->machine, 0, 0, 0) - u->machine->pages;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(msim_watermark_ok(u->machine, lines[i].order, lines[i].mark,
						   lines[i].flags),
				 lines[i].ok);
	for (int i = 0; i < 924; i++)
		msim_buddy_free(u->machine, &u->machine->pages[pfn[i]], 0);
}

/* Models: B-21. What the caller may not have does not count: CMA's, and what is set aside. */
static void memory_of_others_does_not_count(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim *m;
	struct unit *u;

	config.nr_pages = 1536;
	u = unit_machine(state, &config);
	m = u->machine;
	assert_int_equal(memcgsim_init_cma_reserved_pageblock(m, 0), 0);
	assert_true(msim_watermark_ok(m, 0, 1023, 0));
	assert_false(msim_watermark_ok(m, 0, 1024, 0));
	assert_true(msim_watermark_ok(m, 0, 1535, MSIM_ALLOC_CMA));
	msim_spin_lock(&m->zone.lock);
	msim_move_pageblock(m, 512, MEMCGSIM_MIGRATE_HIGHATOMIC);
	msim_spin_unlock(&m->zone.lock);
	assert_true(msim_watermark_ok(m, 0, 511, 0));
	assert_false(msim_watermark_ok(m, 0, 512, 0));
	assert_true(msim_watermark_ok(m, 0, 1023, MSIM_ALLOC_NON_BLOCK));
	assert_non_null(msim_zone_alloc(m, 9, 0, 0)); /* the last of all the others */
	assert_false(msim_watermark_ok(m, 1, 0, MSIM_ALLOC_NON_BLOCK)); /* enough, but no block */
	assert_true(msim_watermark_ok(m, 1, 0, MSIM_ALLOC_NON_BLOCK | MSIM_ALLOC_HIGHATOMIC));
	assert_true(msim_watermark_ok(m, 1, 0, MSIM_ALLOC_CMA));
	msim_buddy_free(m, &m->pages[1024], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(marks_and_batches_are_the_kernels),
		unit_case(scale_factor_moves_low_and_high),
		unit_case(check_is_strict_and_flags_lower_the_mark),
		unit_case(memory_of_others_does_not_count),
	};

	return cmocka_run_group_tests_name("watermark", tests, NULL, NULL);
}
