/* SPDX-License-Identifier: MIT */
/*
 * cgroupfs/files_v1: the files of memory as v1 machines have them, by their texts.
 */
#include "unit.h"

#define UNLIMITED "9223372036854775807\n"

/* unit_world() of a kernel version. */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

static int write_file(struct unit *u, const char *path, const char *text)
{
	return memcgsim_cgroupfs_write(u->machine, path, text);
}

static int read_error(struct unit *u, const char *path)
{
	char *text;
	int err = memcgsim_cgroupfs_read(u->machine, path, &text);

	if (!err)
		free(text);
	return err;
}

/* Models: Y-07. Four files a currency, which begin empty and without a limit. */
static void files_begin_empty_and_unlimited(void **state)
{
	static const char *const currencies[] = { "memory", "memory.memsw", "memory.kmem" };
	struct unit *u = world_of(state, "v3.8");

	for (size_t i = 0; i < msim_array_size(currencies); i++) {
		static const char *const zero[] = { "usage_in_bytes", "max_usage_in_bytes",
						    "failcnt" };
		char path[64];

		for (size_t k = 0; k < msim_array_size(zero); k++) {
			snprintf(path, sizeof(path), "a/%s.%s", currencies[i], zero[k]);
			unit_assert_file(u, path, "0\n");
		}
		snprintf(path, sizeof(path), "a/%s.limit_in_bytes", currencies[i]);
		unit_assert_file(u, path, UNLIMITED);
		snprintf(path, sizeof(path), "a/%s.usage_in_bytes", currencies[i]);
		assert_int_equal(write_file(u, path, "0"), -EINVAL);
	}
}

/*
 * Models: Y-01, F-05. "-1" is no limit; everything else is a number with a suffix, rounded up to
 * pages.
 */
static void limits_are_rounded_up(void **state)
{
	static const struct {
		const char *text, *reads;
	} cases[] = {
		{ "0", "0\n" },		{ "1", "4096\n" },
		{ "4097", "8192\n" },	{ "4k", "4096\n" },
		{ "0x1001", "8192\n" }, { "1M", "1048576\n" },
		{ "-1", UNLIMITED },	{ "9223372036854775806", UNLIMITED },
		{ "16E", "0\n" },
	};
	static const char *const refused[] = { "-2", "-", "-1x", "- 1", "max", "4 k", "1.5M", "x" };
	struct unit *u = world_of(state, "v3.8");

	for (size_t i = 0; i < msim_array_size(cases); i++) {
		unit_write(u, "a/memory.limit_in_bytes", cases[i].text);
		unit_assert_file(u, "a/memory.limit_in_bytes", cases[i].reads);
	}
	unit_write(u, "a/memory.limit_in_bytes", "8k");
	for (size_t i = 0; i < msim_array_size(refused); i++)
		assert_int_equal(write_file(u, "a/memory.limit_in_bytes", refused[i]), -EINVAL);
	unit_assert_file(u, "a/memory.limit_in_bytes", "8192\n");
}

/* Models: Y-07. Memory and swap together cannot be less than memory alone, whichever is written. */
static void memory_stays_within_memory_and_swap(void **state)
{
	struct unit *u = world_of(state, "v3.8");

	assert_int_equal(write_file(u, "a/memory.memsw.limit_in_bytes", "8k"), -EINVAL);
	unit_write(u, "a/memory.limit_in_bytes", "8k");
	unit_write(u, "a/memory.memsw.limit_in_bytes", "8k");
	assert_int_equal(write_file(u, "a/memory.limit_in_bytes", "12k"), -EINVAL);
	assert_int_equal(write_file(u, "a/memory.memsw.limit_in_bytes", "4k"), -EINVAL);
	unit_assert_file(u, "a/memory.limit_in_bytes", "8192\n");
	unit_assert_file(u, "a/memory.memsw.limit_in_bytes", "8192\n");
	unit_write(u, "a/memory.memsw.limit_in_bytes", "16k");
	unit_write(u, "a/memory.limit_in_bytes", "16k");
}

/* Models: Y-07. The root has no limits, and its usage is a statistic that is not modelled. */
static void root_has_no_limits(void **state)
{
	struct unit *u = world_of(state, "v3.8");

	assert_int_equal(write_file(u, "memory.limit_in_bytes", "1M"), -EINVAL);
	assert_int_equal(write_file(u, "memory.memsw.limit_in_bytes", "1M"), -EINVAL);
	assert_int_equal(write_file(u, "memory.kmem.limit_in_bytes", "1M"), -EINVAL);
	assert_int_equal(read_error(u, "memory.usage_in_bytes"), -EOPNOTSUPP);
	assert_int_equal(read_error(u, "memory.memsw.usage_in_bytes"), -EOPNOTSUPP);
	unit_assert_file(u, "memory.kmem.usage_in_bytes", "0\n");
	unit_assert_file(u, "memory.max_usage_in_bytes", "0\n");
}

/*
 * Models: Y-07, F-06. A version's machine has that version's files; the other's, and those of v1 that
 * are not modelled, say so. Their names are free for directories where there is no such file.
 */
static void files_of_the_other_version_say_so(void **state)
{
	struct unit *u = world_of(state, "v3.8");

	assert_int_equal(read_error(u, "a/memory.max"), -EOPNOTSUPP);
	assert_int_equal(write_file(u, "a/memory.high", "1M"), -EOPNOTSUPP);
	assert_int_equal(read_error(u, "a/memory.use_hierarchy"), -EOPNOTSUPP);
	assert_int_equal(read_error(u, "a/memory.nothing"), -ENOENT);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "a/memory.kmem.failcnt"), -EEXIST);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "a/memory.max"), 0);
	assert_int_equal(unit_teardown(state), 0);

	u = world_of(state, "v6.12");
	assert_int_equal(read_error(u, "a/memory.limit_in_bytes"), -EOPNOTSUPP);
	assert_int_equal(write_file(u, "a/memory.kmem.limit_in_bytes", "1M"), -EOPNOTSUPP);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "a/memory.kmem.failcnt"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(files_begin_empty_and_unlimited),	unit_case(limits_are_rounded_up),
		unit_case(memory_stays_within_memory_and_swap), unit_case(root_has_no_limits),
		unit_case(files_of_the_other_version_say_so),
	};

	return cmocka_run_group_tests_name("files_v1", tests, NULL, NULL);
}
