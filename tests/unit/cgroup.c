/* SPDX-License-Identifier: MIT */
/*
 * cgroup/cgroup: directories, their counts, and how long they last.
 */
#include "unit.h"

/*
 * Models: G-06, section 10.2. The counts of a tree, each directory itself included where
 * it says subsys.
 */
static void counts_follow_the_tree(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_mkdir(u, "a/b"); /* without memory */
	assert_int_equal(u->machine->root->stat.descendants, 2);
	assert_int_equal(u->machine->root->stat.memory, 2);
	assert_int_equal(unit_cgroup(u, "a")->stat.descendants, 1);
	assert_int_equal(unit_cgroup(u, "a")->stat.memory, 1);
	assert_int_equal(unit_cgroup(u, "a/b")->stat.memory, 0);
	assert_int_equal(u->machine->nr_cgroups, 2);
}

/*
 * Models: G-06. A directory made below one that gives memory has a memcg from the start,
 * its name is kept.
 */
static void child_gets_a_memcg_if_the_parent_gives_memory(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_mkdir(u, "without");
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "with");
	assert_non_null(unit_cgroup(u, "with")->memcg);
	assert_ptr_equal(unit_cgroup(u, "with")->memcg->cgroup, unit_cgroup(u, "with"));
	assert_non_null(unit_cgroup(u, "without")->memcg); /* given with the others' */
	assert_string_equal(unit_cgroup(u, "with")->name, "with");
}

/* Models: kernfs_find_ns(). Names are compared whole. */
static void child_is_found_by_its_whole_name(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_cgroup *root = u->machine->root;

	unit_mkdir(u, "abc");
	assert_non_null(msim_cgroup_child(root, "abcd", 3));
	assert_null(msim_cgroup_child(root, "abcd", 4));
	assert_null(msim_cgroup_child(root, "ab", 2));
}

/*
 * Models: G-02. Tasks, below it too, and living children forbid it; charges do not.
 */
static void rmdir_fails_while_populated_or_with_children(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *task;

	unit_mkdir(u, "a");
	unit_mkdir(u, "a/b");
	task = unit_fork(u, "a/b");
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a/b"), -EBUSY);
	assert_int_equal(memcgsim_do_exit(task), 0);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"), -EBUSY);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a/b"), 0);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"),
			 0); /* dying children do not count */
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, ""), -EBUSY);
}

/*
 * Models: L-03, L-07. Removed, it counts as dying until the deferred work is through.
 */
static void removed_directory_is_dying_until_the_work_is_done(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct msim_cgroup_stat *stat = &u->machine->root->stat;

	unit_write(u, "cgroup.subtree_control", "+memory +pids");
	unit_mkdir(u, "a");
	assert_int_equal(stat->pids, 2);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"), 0);
	assert_int_equal(stat->descendants, 0);
	assert_int_equal(stat->dying_descendants, 1);
	assert_int_equal(stat->memory, 1);
	assert_int_equal(stat->dying_memory, 1);
	assert_int_equal(stat->pids, 1);
	memcgsim_run_work(u->machine);
	assert_int_equal(stat->dying_descendants, 0);
	assert_int_equal(stat->dying_memory, 0);
	assert_int_equal(u->machine->nr_cgroups, 0);
}

/*
 * Models: L-05
 *
 *   root -- a -- b      both removed, b's memcg held by a user page
 *
 * The parent's structure stays as long as the child's: it is freed after it.
 */
static void parent_outlives_its_dying_child(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_page *page;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_run(u, 0, unit_fork(u, "a/b"));
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/b");
	unit_rmdir(u, "a");
	assert_int_equal(u->machine->root->stat.dying_descendants, 2);
	assert_int_equal(u->machine->root->stat.dying_memory, 2);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(page);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->root->stat.dying_descendants, 0);
	assert_int_equal(u->machine->nr_cgroups, 0);
}

/*
 * Models: G-01. A name is free again as soon as its directory is removed, dying or not.
 */
static void name_can_be_used_again_at_once(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_mkdir(u, "a");
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"), 0);
	unit_mkdir(u, "a");
	assert_int_equal(u->machine->nr_cgroups, 2);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(counts_follow_the_tree),
		unit_case(child_gets_a_memcg_if_the_parent_gives_memory),
		unit_case(child_is_found_by_its_whole_name),
		unit_case(rmdir_fails_while_populated_or_with_children),
		unit_case(removed_directory_is_dying_until_the_work_is_done),
		unit_case(parent_outlives_its_dying_child),
		unit_case(name_can_be_used_again_at_once),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
