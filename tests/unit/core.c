/* SPDX-License-Identifier: MIT */
/*
 * cgroupfs/core: the files cgroup.*, as far as the recordings core-* and edge-* of tests/kernel do
 * not show them.
 */
#include "unit.h"

/* Models: G-01. A limit that forbids one says so before anything is charged or made. */
static void limit_of_the_tree_forbids_one_more(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.child_cost_bytes = 5000;
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	unit_write(u, "p/cgroup.max.descendants", "0");
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "p/x"), -EAGAIN);
	assert_int_equal(unit_usage(u, "p"), 0);
	unit_write(u, "p/cgroup.max.descendants", "1");
	unit_mkdir(u, "p/x");
	unit_write(u, "cgroup.max.depth", "2"); /* the root's count, too */
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "p/x/y"), -EAGAIN);
	unit_write(u, "p/cgroup.max.descendants", "max");
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "p/x/y"), -EAGAIN);
	unit_write(u, "cgroup.max.depth", "3");
	unit_mkdir(u, "p/x/y");
}

/* Models: G-01, L-07. One that is dying has left its place to another. */
static void the_dying_do_not_count(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	unit_write(u, "cgroup.max.descendants", "1");
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "b"), -EAGAIN);
	unit_rmdir(u, "a");
	assert_int_equal(u->machine->root->stat.dying_descendants, 1); /* the page holds it */
	unit_mkdir(u, "b");
	memcgsim_folio_put(page);
}

static unsigned long notified(struct unit *u, const char *path)
{
	unsigned long count = 0;

	assert_int_equal(memcgsim_cgroup_events_notified(u->machine, path, &count), 0);
	return count;
}

/*
 * Models: G-09
 *
 *   root -- p -- x      told: the first to come, the last to go, at each level that changes
 *             `- y
 */
static void first_and_last_task_are_notified(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *one, *two;
	unsigned long count;

	unit_mkdir(u, "p");
	unit_mkdir(u, "p/x");
	unit_mkdir(u, "p/y");
	one = unit_fork(u, "p/x");
	assert_int_equal(notified(u, "p/x"), 1);
	assert_int_equal(notified(u, "p"), 1);
	two = unit_fork(u, "p/x");
	assert_int_equal(notified(u, "p/x"), 1);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "p/y", one), 0);
	assert_int_equal(notified(u, "p/y"), 1);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "p/y", two), 0);
	assert_int_equal(notified(u, "p/x"), 2);
	assert_int_equal(notified(u, "p"), 1); /* it was never empty meanwhile */
	assert_int_equal(memcgsim_do_exit(one), 0);
	assert_int_equal(memcgsim_do_exit(two), 0);
	assert_int_equal(notified(u, "p"), 2);
	unit_assert_file(u, "p/cgroup.events", "populated 0\nfrozen 0\n");
	assert_int_equal(memcgsim_cgroup_events_notified(u->machine, "nosuch", &count), -ENOENT);
}

/* Models: section 17. nr_subsys_* count the directory itself, where it has the controller. */
static void subsys_counts_include_the_directory(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_mkdir(u, "a/b");
	unit_assert_file(u, "a/cgroup.stat",
			 "nr_descendants 1\nnr_subsys_memory 1\nnr_subsys_pids 0\n"
			 "nr_dying_descendants 0\nnr_dying_subsys_memory 0\n"
			 "nr_dying_subsys_pids 0\n");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_assert_file(u, "a/cgroup.stat",
			 "nr_descendants 1\nnr_subsys_memory 2\nnr_subsys_pids 0\n"
			 "nr_dying_descendants 0\nnr_dying_subsys_memory 0\n"
			 "nr_dying_subsys_pids 0\n");
}

/* Models: G-03. pid 0 is the writer; without a task there is none. */
static void pid_0_is_the_writer(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "b");
	unit_write(u, "b/cgroup.procs", "0");
	assert_ptr_equal(u->task->cset->cgroup, unit_cgroup(u, "b"));
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "b/cgroup.procs", "0"), -ESRCH);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "b/cgroup.threads", "0"), -ESRCH);
}

/*
 * Models: F-04. What is removed has no files and is nobody's target: by path, which is all that
 * there is here, ENOENT comes before the ENODEV that an open file would give.
 */
static void removed_directory_has_no_files(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_clone_args into = { .flags = MEMCGSIM_CLONE_INTO_CGROUP, .cgroup = "a" };
	struct memcgsim_task *task = unit_fork(u, ""), *child;
	char *text;

	unit_mkdir(u, "a");
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"),
			 0); /* its work is yet to be done */
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/cgroup.procs", "1"), -ENOENT);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/cgroup.type", "threaded"), -ENOENT);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/cgroup.max.depth", "1"), -ENOENT);
	assert_int_equal(memcgsim_cgroupfs_read(u->machine, "a/cgroup.events", &text), -ENOENT);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", task), -ENOENT);
	assert_int_equal(memcgsim_kernel_clone(u->machine, task, &into, &child), -ENOENT);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "a/b"), -ENOENT);
}

/*
 * Models: G-05, cgroup_kill(). Whoever is in the subtree is to die; kernel threads and those outside
 * are not.
 */
static void kill_strikes_the_subtree_but_no_kernel_thread(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_clone_args kthread = { .flags = MEMCGSIM_CLONE_INTO_CGROUP,
					       .kthread = true,
					       .cgroup = "p/x" };
	struct memcgsim_task *in_p, *in_x, *outside, *of_kernel;

	unit_mkdir(u, "p");
	unit_mkdir(u, "p/x");
	in_p = unit_fork(u, "p");
	in_x = unit_fork(u, "p/x");
	outside = unit_fork(u, "");
	assert_int_equal(memcgsim_kernel_clone(u->machine, NULL, &kthread, &of_kernel), 0);
	unit_write(u, "p/cgroup.kill", "1");
	assert_true(memcgsim_fatal_signal_pending(in_p));
	assert_true(memcgsim_fatal_signal_pending(in_x));
	assert_false(memcgsim_fatal_signal_pending(outside));
	assert_false(memcgsim_fatal_signal_pending(of_kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(limit_of_the_tree_forbids_one_more),
		unit_case(the_dying_do_not_count),
		unit_case(first_and_last_task_are_notified),
		unit_case(subsys_counts_include_the_directory),
		unit_case(pid_0_is_the_writer),
		unit_case(removed_directory_has_no_files),
		unit_case(kill_strikes_the_subtree_but_no_kernel_thread),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
