/* SPDX-License-Identifier: MIT */
/*
 * machine/profile: which kernel versions there are.
 */
#include "unit.h"

#include "machine/profile.h"

/*
 * Models: docs/design.md. What is modelled is accepted, what is not says so: it never
 * pretends.
 */
static void only_modelled_versions_are_accepted(void **state)
{
	static const char *const others[] = { "",      "v6.1",	 "6.12", "v6.12.1",
					      "V6.12", "v6.12 ", "v3.7" };

	(void)state;
	assert_int_equal(msim_profile_check("v6.12"), 0);
	assert_int_equal(msim_profile_check(NULL), -EOPNOTSUPP);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(msim_profile_check(others[i]), -EOPNOTSUPP);
}

/*
 * Models: docs/design.md. The caller's text is not kept: it may be gone after creation.
 */
static void profile_text_need_not_last(void **state)
{
	struct memcgsim_config config = unit_config();
	char name[] = "v6.12";
	struct unit *u;

	config.profile = name;
	u = unit_machine(state, &config);
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(u->machine->config.profile, "v6.12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(only_modelled_versions_are_accepted),
		unit_case(profile_text_need_not_last),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
