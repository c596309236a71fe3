/* SPDX-License-Identifier: MIT */
/*
 * explore/arena: memory that is put back as it was.
 */
#include "explored.h"

#include "explore/arena.h"
#include "explore/crash.h"

#define PAGE 4096u

static int open_arena(void **state)
{
	(void)state;
	return msim_arena_open();
}

static int close_arena(void **state)
{
	(void)state;
	msim_arena_close();
	return 0;
}

/* Models: nothing of the kernel's. Blocks begin on lines of their own, and are zero. */
static void blocks_are_zero_and_apart(void **state)
{
	char *one = msim_arena_alloc(1), *other = msim_arena_alloc(65), *last = msim_arena_alloc(0);

	(void)state;
	assert_int_equal(other - one, 64);
	assert_int_equal(last - other, 128);
	assert_int_equal(one[0] | other[64], 0);
	assert_true(msim_arena_has(last));
	assert_false(msim_arena_has(&one));
	assert_int_equal(msim_arena_what(last), MSIM_GRANULE_LIVE);
	assert_int_equal(msim_arena_what(last + 64), MSIM_GRANULE_NOBODYS);
}

/* Models: LAW 7. Whatever says an address says the same one in each process. */
static void it_lies_where_it_always_does(void **state)
{
	(void)state;
	assert_true((uintptr_t)msim_arena_alloc(1) == 0x200000000000u);
}

/* Models: nothing of the kernel's. What is freed is poisoned, known as freed, and not used again. */
static void freed_memory_is_not_used_again(void **state)
{
	unsigned char *block = msim_arena_alloc(100);

	(void)state;
	assert_int_equal(msim_arena_free(block + 64), MSIM_GRANULE_NOBODYS); /* it begins before */
	assert_int_equal(msim_arena_free(block + 8), MSIM_GRANULE_NOBODYS);
	assert_int_equal(msim_arena_block_bytes(block + 8), 0);
	assert_int_equal(msim_arena_block_bytes(block), 128);
	assert_int_equal(msim_arena_what(block), MSIM_GRANULE_LIVE);
	assert_int_equal(msim_arena_free(block), MSIM_GRANULE_LIVE);
	assert_int_equal(msim_arena_what(block + 127), MSIM_GRANULE_FREED);
	assert_int_not_equal(block[99], 0);
	assert_int_equal(msim_arena_free(block), MSIM_GRANULE_FREED);
	assert_ptr_not_equal(msim_arena_alloc(100), block);
}

/* Models: nothing of the kernel's. Bytes, marks and what was handed out come back, every time. */
static void everything_comes_back(void **state)
{
	char *kept = msim_arena_alloc(3 * PAGE), *freed = msim_arena_alloc(64);
	char *map = msim_arena_map(2 * PAGE), *later = NULL;

	(void)state;
	strcpy(kept, "before");
	strcpy(kept + 2 * PAGE, "far");
	strcpy(map + PAGE, "mapped");
	msim_crash_open(); /* here: the framework has a handler of its own for each test */
	msim_arena_snapshot();
	for (unsigned int round = 0; round < 3; round++) {
		char *block, *more;

		assert_string_equal(kept, "before");
		assert_string_equal(kept + 2 * PAGE, "far");
		assert_string_equal(map + PAGE, "mapped");
		assert_int_equal(msim_arena_what(freed), MSIM_GRANULE_LIVE);
		block = msim_arena_alloc(5 * PAGE);
		more = msim_arena_map(PAGE);
		assert_true(!later ||
			    later == block); /* at the same place as in the round before */
		later = block;
		for (unsigned int i = 0; i < 5 * PAGE; i++)
			assert_int_equal(block[i], 0);
		assert_int_equal(more[PAGE - 1], 0);
		memset(block, round + 1, 5 * PAGE);
		memset(more, round + 1, PAGE);
		memset(kept, round + 1, 3 * PAGE);
		memset(map, round + 1, 2 * PAGE);
		assert_int_equal(msim_arena_free(freed), MSIM_GRANULE_LIVE);
		assert_int_equal(msim_arena_free(kept), MSIM_GRANULE_LIVE);
		msim_arena_restore();
	}
	assert_int_equal(msim_arena_what(later), MSIM_GRANULE_NOBODYS);
	msim_crash_close();
}

/* Models: nothing of the kernel's. An arena that is full says so. */
static void a_full_arena_says_so(void **state)
{
	(void)state;
	assert_null(msim_arena_alloc(1UL << 40));
	assert_null(msim_arena_map(1UL << 40));
	assert_non_null(msim_arena_alloc(64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blocks_are_zero_and_apart, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(it_lies_where_it_always_does, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(freed_memory_is_not_used_again, open_arena,
						close_arena),
		cmocka_unit_test_setup_teardown(everything_comes_back, open_arena, close_arena),
		cmocka_unit_test_setup_teardown(a_full_arena_says_so, open_arena, close_arena),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
