/* SPDX-License-Identifier: MIT */
/*
 * history/kmem_life and history/kmem_posted: how long a memcg lives on for its kernel pages, in one
 * thread; what races is tests/race/destroy_vs_last_uncharge's.
 */
#include "unit.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/*  root -- a, where u->task is  */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

/*  ... -- p -- c, both accounted, the task in c, with a page  */
static struct memcgsim_page *fill(struct unit *u)
{
	unit_mkdir(u, "p");
	unit_write(u, "p/memory.kmem.limit_in_bytes", "1M");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "p/c");
	unit_write(u, "p/c/cgroup.procs", "1");
	return memcgsim_alloc_pages(ACCOUNT, 0);
}

static int set_limit(struct unit *u, const char *text)
{
	return memcgsim_cgroupfs_write(u->machine, "k/memory.kmem.limit_in_bytes", text);
}

static bool is_active(struct unit *u, const char *path)
{
	return unit_memcg(u, path)->v1->kmem_accounted & MSIM_KMEM_ACTIVE;
}

/*
 * Models: Y-03, Y-07. The first limit makes a group accounted, and for good; not if there are tasks or
 * children already. None is no limit.
 */
static void first_limit_begins_accounting(void **state)
{
	struct unit *u = world_of(state, "v3.8");

	unit_mkdir(u, "k");
	assert_int_equal(set_limit(u, "-1"), 0);
	assert_false(is_active(u, "k"));
	unit_write(u, "k/cgroup.procs", "1");
	assert_int_equal(set_limit(u, "1M"), -EBUSY);
	unit_write(u, "a/cgroup.procs", "1");
	unit_mkdir(u, "k/child");
	assert_int_equal(set_limit(u, "1M"), -EBUSY);
	assert_int_equal(set_limit(u, "-1"), 0);
	unit_rmdir(u, "k/child");
	assert_false(is_active(u, "k"));
	assert_int_equal(set_limit(u, "1M"), 0);
	assert_true(is_active(u, "k"));
	unit_write(u, "k/cgroup.procs", "1");
	assert_int_equal(set_limit(u, "2M"), 0);
	assert_int_equal(set_limit(u, "-1"), 0);
	assert_true(is_active(u, "k"));
}

/* Models: Y-01, Y-03. More than is used cannot be taken away, not even at first. */
static void limit_is_not_set_below_the_usage(void **state)
{
	struct unit *u = world_of(state, "v3.8");
	struct memcgsim_page *page;

	unit_mkdir(u, "k");
	assert_int_equal(set_limit(u, "1M"), 0);
	unit_write(u, "k/cgroup.procs", "1");
	page = memcgsim_alloc_pages(ACCOUNT, 1);
	assert_int_equal(set_limit(u, "4k"), -EBUSY);
	unit_assert_file(u, "k/memory.kmem.limit_in_bytes", "1048576\n");
	assert_int_equal(set_limit(u, "8k"), 0);
	memcgsim___free_pages(page, 1);
}

/*
 * Models: Y-03. Before, each charge had a reference; after, there is one for all, from the first limit
 * or from birth on.
 */
static void references_are_each_charges_or_the_groups(void **state)
{
	static const struct {
		const char *profile;
		long idle, each;
	} cases[] = {
		{ "v3.7", 0, 1 },
		{ "v3.8", 1, 0 },
		{ "v3.8-posted", 1, 0 },
	};

	for (size_t i = 0; i < msim_array_size(cases); i++) {
		struct unit *u = world_of(state, cases[i].profile);
		long plain = unit_refs(u, &unit_memcg(u, "a")->ref) - 1; /* its tasks' css_set */
		struct memcgsim_page *pages[3];
		const struct msim_ref *p, *c;

		pages[0] = fill(u);
		p = &unit_memcg(u, "p")->ref;
		c = &unit_memcg(u, "p/c")->ref;
		for (unsigned int k = 1; k < 3; k++)
			pages[k] = memcgsim_alloc_pages(ACCOUNT, k);
		assert_int_equal(unit_refs(u, p), plain + 1 + cases[i].idle); /* its child */
		assert_int_equal(unit_refs(u, c), plain + 1 + cases[i].idle + 3 * cases[i].each);
		for (unsigned int k = 0; k < 3; k++)
			memcgsim___free_pages(pages[k], k);
		assert_int_equal(unit_refs(u, c), plain + 1 + cases[i].idle);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: Y-03, L-05. A removed group lives until its last kernel page is freed, and no longer. */
static void removed_group_lives_for_its_pages(void **state)
{
	static const char *const profiles[] = { "v3.7", "v3.8", "v3.8-posted" };

	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_page *page = fill(u), *other = memcgsim_alloc_pages(ACCOUNT, 0);

		unit_write(u, "a/cgroup.procs", "1");
		unit_rmdir(u, "p/c");
		assert_int_equal(u->machine->nr_cgroups, 3);
		memcgsim___free_pages(page, 0);
		memcgsim_run_work(u->machine);
		assert_int_equal(u->machine->nr_cgroups, 3);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		memcgsim___free_pages(other, 0);
		memcgsim_run_work(u->machine);
		assert_int_equal(u->machine->nr_cgroups, 2);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: Y-03. With nothing charged it is the end of the directory that puts the reference. */
static void empty_group_is_freed_at_once(void **state)
{
	struct unit *u = world_of(state, "v3.8");

	memcgsim___free_pages(fill(u), 0);
	unit_write(u, "a/cgroup.procs", "1");
	unit_rmdir(u, "p/c");
	unit_rmdir(u, "p");
	assert_int_equal(u->machine->nr_cgroups, 1);
}

/*
 * Models: Y-03. A parent that was removed while a child's page was still charged in both is freed with
 * that page; as posted nobody looked at it any more (B06), and only the end of the machine finds it.
 */
static void parent_is_freed_with_the_childs_last_page(void **state)
{
	struct memcgsim_leaks leaks;
	struct memcgsim_page *page;
	struct unit *u;

	for (unsigned int posted = 0; posted < 2; posted++) {
		u = world_of(state, posted ? "v3.8-posted" : "v3.8");
		page = fill(u);
		unit_write(u, "a/cgroup.procs", "1");
		unit_rmdir(u, "p/c");
		unit_rmdir(u, "p");
		assert_int_equal(u->machine->nr_cgroups, 3);
		memcgsim___free_pages(page, 0);
		memcgsim_run_work(u->machine);
		assert_int_equal(u->machine->nr_cgroups, posted ? 2 : 1);
		if (!posted)
			assert_int_equal(unit_teardown(state), 0);
	}
	/* I-REF-CSS and I-FREE-EVENTUAL, of p */
	assert_int_equal(memcgsim_check(u->machine, MEMCGSIM_CHECK_Q0, NULL, NULL), 2);
	unit_clear(u);
	u->broken = true;
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.mem_cgroups, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(first_limit_begins_accounting),
		unit_case(limit_is_not_set_below_the_usage),
		unit_case(references_are_each_charges_or_the_groups),
		unit_case(removed_group_lives_for_its_pages),
		unit_case(empty_group_is_freed_at_once),
		unit_case(parent_is_freed_with_the_childs_last_page),
	};

	return cmocka_run_group_tests_name("kmem_life", tests, NULL, NULL);
}
