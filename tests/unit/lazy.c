/* SPDX-License-Identifier: MIT */
/*
 * base/lazy: address space that costs nothing until it is touched.
 */
#include "unit.h"

#include "base/lazy.h"

#define TOUCHED 64
#define STRIDE	(unit_huge_bytes() / TOUCHED) /* far apart: no two in one huge page */

/* Resident pages of this process: the second number of statm. */
static long resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long total = 0, resident = 0;
	int got = file ? fscanf(file, "%ld %ld", &total, &resident) : 0;

	if (file)
		fclose(file);
	assert_int_equal(got, 2);
	return resident;
}

/*
 * Models: docs/design.md. A huge map is made; what is resident does not grow.
 */
static void huge_map_costs_no_memory(void **state)
{
	long before = resident_pages();
	char *map = msim_lazy_map(unit_huge_bytes());

	(void)state;
	assert_non_null(map);
	assert_in_range(resident_pages() - before + 64, 0, 128); /* noise of the process itself */
	msim_lazy_unmap(map, unit_huge_bytes());
}

/*
 * Models: docs/design.md. Touched pages are zero, and cost themselves: no huge page comes
 * along.
 */
static void touching_costs_the_touched_pages_only(void **state)
{
	char *map = msim_lazy_map(unit_huge_bytes());
	long before;

	(void)state;
	assert_non_null(map);
	before = resident_pages();
	for (unsigned long i = 0; i < TOUCHED; i++) {
		assert_int_equal(map[i * STRIDE], 0);
		map[i * STRIDE] = 1;
	}
	/* and tables; far from as many times 2 MiB */
	assert_in_range(resident_pages() - before, TOUCHED, TOUCHED + 256);
	msim_lazy_unmap(map, unit_huge_bytes());
}

/*
 * Models: lazy.h. Aligned to pages; freeing nothing is nothing; what cannot be mapped is
 * NULL.
 */
static void maps_are_page_aligned_and_impossible_ones_null(void **state)
{
	void *map = msim_lazy_map(1);

	(void)state;
	assert_int_equal((uintptr_t)map % 4096, 0);
	msim_lazy_unmap(map, 1);
	msim_lazy_unmap(NULL, 1);
	assert_null(msim_lazy_map(1UL << 60));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(huge_map_costs_no_memory),
		cmocka_unit_test(touching_costs_the_touched_pages_only),
		cmocka_unit_test(maps_are_page_aligned_and_impossible_ones_null),
	};

	return cmocka_run_group_tests_name("lazy", tests, NULL, NULL);
}
