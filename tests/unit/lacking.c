/* SPDX-License-Identifier: MIT */
/*
 * What a kernel version does not have: each public function or file whose kernel-doc says so answers
 * -EOPNOTSUPP there, and something else on the versions that have it. It never pretends.
 */
#include "unit.h"

#include <memcgsim/history.h>

static struct memcgsim_page *page,
	*other; /* user pages of "a", locked, charged where charges are */

static int prepare_migration(struct unit *u)
{
	struct memcgsim_mem_cgroup *memcg = NULL;

	(void)u;
	return memcgsim_mem_cgroup_prepare_migration(page, other, &memcg);
}

static int end_migration(struct unit *u)
{
	(void)u;
	return memcgsim_mem_cgroup_end_migration(NULL, page, other, true);
}

static int move_charge(struct unit *u)
{
	return memcgsim_mem_cgroup_move_charge(page, u->machine->root_memcg);
}

static int lookup_page_cgroup(struct unit *u)
{
	struct memcgsim_page_cgroup record;

	(void)u;
	return memcgsim_lookup_page_cgroup(page, &record);
}

static int read_file(struct unit *u, const char *path)
{
	char *text = NULL;
	int err = memcgsim_cgroupfs_read(u->machine, path, &text);

	free(text);
	return err;
}

static int read_limit(struct unit *u)
{
	return read_file(u, "a/memory.limit_in_bytes");
}

static int write_limit(struct unit *u)
{
	return memcgsim_cgroupfs_write(u->machine, "a/memory.limit_in_bytes", "-1");
}

static int read_max(struct unit *u)
{
	return read_file(u, "a/memory.max");
}

static int write_max(struct unit *u)
{
	return memcgsim_cgroupfs_write(u->machine, "a/memory.max", "max");
}

static int read_swap(struct unit *u)
{
	return read_file(u, "a/memory.swap.current");
}

/* @has: what the names of versions that have it begin with, each between blanks. */
static const struct {
	const char *name;
	int (*ask)(struct unit *u);
	const char *has;
} table[] = {
	{ "mem_cgroup_prepare_migration", prepare_migration, " v3.7 v3.8 v3.16 " },
	{ "mem_cgroup_end_migration", end_migration, " v3.7 v3.8 v3.16 " },
	{ "mem_cgroup_move_charge", move_charge, " v3. " },
	{ "lookup_page_cgroup", lookup_page_cgroup, " v3. " },
	{ "read memory.limit_in_bytes", read_limit, " v3. " },
	{ "write memory.limit_in_bytes", write_limit, " v3. " },
	{ "read memory.max", read_max, " v5. v6. " },
	{ "write memory.max", write_max, " v5. v6. " },
	{ "read memory.swap.current", read_swap, " v5. v6. " },
};

static bool has(const char *list, const char *profile)
{
	while (*++list) {
		size_t length = strcspn(list, " ");

		if (!strncmp(profile, list, length))
			return true;
		list += length;
	}
	return false;
}

/* Models: docs/design.md */
static void what_is_lacking_says_so(void **state)
{
	const char *profile;

	for (unsigned int i = 0; (profile = memcgsim_profile_name(i)); i++) {
		struct memcgsim_config config = unit_config();
		struct unit *u;

		config.profile = profile;
		u = unit_world(state, &config);
		page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		other = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		for (size_t k = 0; k < msim_array_size(table); k++) {
			int err = table[k].ask(u);

			if ((err != -EOPNOTSUPP) != has(table[k].has, profile))
				fail_msg("%s: %s answers %d", profile, table[k].name, err);
		}
		memcgsim___free_pages(page, 0);
		memcgsim___free_pages(other, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(what_is_lacking_says_so),
	};

	return cmocka_run_group_tests_name("lacking", tests, NULL, NULL);
}
