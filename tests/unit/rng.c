/* SPDX-License-Identifier: MIT */
/*
 * base/rng: the same numbers everywhere, for ever: recorded failures are replayed with them.
 */
#include "unit.h"

#include "base/rng.h"

/*
 * Models: LAW 7. The published first outputs of splitmix64 for seed 1234567.
 */
static void numbers_are_those_of_splitmix64(void **state)
{
	static const uint64_t expected[] = {
		6457827717110365317u, 3203168211198807973u,  9817491932198370423u,
		4593380528125082431u, 16408922859458223821u,
	};
	struct msim_rng rng = { .state = 1234567 };

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(msim_rng_next(&rng) == expected[i]);
}

/* Models: LAW 7. Equal seeds run together, others apart. */
static void same_seed_gives_the_same_numbers(void **state)
{
	struct msim_rng a = { .state = 42 }, b = { .state = 42 }, c = { .state = 43 };
	unsigned int equal = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		uint64_t number = msim_rng_next(&a);

		assert_true(number == msim_rng_next(&b));
		equal += number == msim_rng_next(&c);
	}
	assert_int_equal(equal, 0);
}

/*
 * Models: rng.h. Below the bound, and every value comes; the bound 1 leaves only 0. Seed
 * 7.
 */
static void below_stays_below_and_reaches_all(void **state)
{
	struct msim_rng rng = { .state = 7 };
	unsigned int seen[10] = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint32_t number = msim_rng_below(&rng, 10);

		assert_true(number < 10);
		seen[number]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(seen[i], 60, 140);
	assert_int_equal(msim_rng_below(&rng, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_splitmix64),
		cmocka_unit_test(same_seed_gives_the_same_numbers),
		cmocka_unit_test(below_stays_below_and_reaches_all),
	};

	return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
