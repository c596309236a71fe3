/* SPDX-License-Identifier: MIT */
/*
 * seam/fault: sites that fail on demand. Every operation of the library against every site is in
 * fault_nth.c.
 */
#include "unit.h"

/*
 * Models: fail_page_alloc. The n-th call from now fails, and only that one.
 */
static void nth_call_fails_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page[4];
	unsigned long failed;

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 3), 0);
	for (int i = 0; i < 4; i++)
		page[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim_fault_calls(u->machine, MEMCGSIM_FAULT_PAGE, &failed), 4);
	assert_int_equal(failed, 1);
	for (int i = 0; i < 4; i++)
		assert_true((page[i] == NULL) == (i == 2));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	for (int i = 0; i < 4; i++) {
		if (page[i])
			memcgsim___free_pages(page[i], 0);
	}
}

/*
 * Models: fault.h. While a site is armed no fast path runs: calls that a list could serve
 * are counted too.
 */
static void armed_site_turns_the_fast_paths_off(void **state)
{
	struct unit *u = unit_world(state, NULL);

	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0), 0); /* fills the list */
	assert_int_equal(u->machine->cpus[0].lock.closed, u->machine->force_sticky);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 100), 0);
	assert_int_equal(u->machine->cpus[0].lock.closed, 1);
	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0), 0);
	assert_int_equal(memcgsim_fault_calls(u->machine, MEMCGSIM_FAULT_PAGE, NULL), 1);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(u->machine->faults_armed, 0);
}

/* Models: fault.h. Arming anew starts the count again. */
static void arming_starts_a_new_count(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_int_equal(memcgsim_fault_calls(u->machine, MEMCGSIM_FAULT_PAGE, NULL), 0);
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
}

/* Models: fault.h. Sites and probabilities out of range. */
static void arguments_out_of_range_are_refused(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	enum memcgsim_fault_site none = MEMCGSIM_NR_FAULT_SITES;

	assert_int_equal(memcgsim_fault_nth(u->machine, none, 1), -EINVAL);
	assert_int_equal(memcgsim_fault_nth(u->machine, (enum memcgsim_fault_site) - 1, 1),
			 -EINVAL);
	assert_int_equal(memcgsim_fault_probability(u->machine, none, 1), -EINVAL);
	assert_int_equal(memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_PAGE, 1000001),
			 -EINVAL);
	assert_int_equal(memcgsim_fault_calls(u->machine, none, NULL), 0);
	assert_int_equal(u->machine->faults_armed, 0);
}

/*
 * Which of 256 allocations fail, as bits, with that seed and probability. On a machine of its own,
 * so that nothing but the seed tells one run from another.
 */
static void failures(uint64_t seed, unsigned int per_million, uint64_t bits[4])
{
	struct memcgsim_config config = unit_config();
	struct unit *u;
	void *state;

	config.seed = seed;
	u = unit_world(&state, &config);
	memset(bits, 0, 4 * sizeof(bits[0]));
	assert_int_equal(memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_PAGE, per_million),
			 0);
	for (unsigned int i = 0; i < 256; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

		if (page)
			memcgsim___free_pages(page, 0);
		else
			bits[i / 64] |= 1UL << (i % 64);
	}
	assert_int_equal(memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(unit_teardown(&state), 0);
}

/* How many failed. */
static unsigned int count_bits(const uint64_t bits[4])
{
	unsigned int count = 0;

	for (int i = 0; i < 4; i++)
		count += (unsigned int)__builtin_popcountl(bits[i]);
	return count;
}

/*
 * Models: LAW 7. Same seed, same failures; another seed, others; their number about what
 * was asked.
 */
static void random_failures_are_the_seeds(void **state)
{
	uint64_t one[4], again[4], other[4];

	(void)state;
	print_message("seeds 5 and 6\n");
	failures(5, 250000, one);
	failures(5, 250000, again);
	failures(6, 250000, other);
	assert_memory_equal(one, again, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_in_range(count_bits(one), 32, 96);
	failures(5, 1000000, one);
	assert_int_equal(count_bits(one), 256);
	failures(5, 0, one);
	assert_int_equal(count_bits(one), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(nth_call_fails_once),
		unit_case(armed_site_turns_the_fast_paths_off),
		unit_case(arming_starts_a_new_count),
		unit_case(arguments_out_of_range_are_refused),
		unit_case(random_failures_are_the_seeds),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
