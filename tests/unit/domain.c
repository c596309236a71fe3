/* SPDX-License-Identifier: MIT */
/*
 * cgroup/domain: which cgroups are domains, roots of threads, threaded or invalid. That these
 * answers are a real kernel's is in tests/kernel/recordings, core-threaded and core-who.
 */
#include "unit.h"

#include "cgroup/domain.h"

/*  root -- d -- t -- u          nobody is in there; root gives memory  */
static struct unit *tree(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory +pids");
	unit_mkdir(u, "d");
	unit_mkdir(u, "d/t");
	unit_mkdir(u, "d/t/u");
	return u;
}

static void assert_type(struct unit *u, const char *path, const char *type)
{
	char file[64], line[32];

	snprintf(file, sizeof(file), "%s/cgroup.type", path);
	snprintf(line, sizeof(line), "%s\n", type);
	unit_assert_file(u, file, line);
}

/*
 * Models: G-05. The first threaded child makes its parent the root of threads, and what is beside
 * or below an invalid domain, until the last is removed.
 */
static void threaded_child_makes_a_root_of_threads(void **state)
{
	struct unit *u = tree(state);

	unit_mkdir(u, "d/x");
	assert_type(u, "d", "domain");
	unit_write(u, "d/t/cgroup.type", "threaded");
	assert_type(u, "d", "domain threaded");
	assert_type(u, "d/t", "threaded");
	assert_type(u, "d/t/u", "domain invalid");
	assert_type(u, "d/x", "domain invalid");
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "d/x/cgroup.subtree_control", "+pids"),
			 -ENOENT);
	unit_rmdir(u, "d/t/u");
	unit_rmdir(u, "d/t");
	assert_type(u, "d", "domain");
	assert_type(u, "d/x", "domain");
}

/*
 * Models: G-05, G-10. Becoming threaded takes the memcg away, and memory given later passes it by;
 * taking memory from the others is no trouble either.
 */
static void threaded_cgroup_has_no_memcg(void **state)
{
	struct unit *u = tree(state);

	unit_mkdir(u, "e");
	assert_non_null(unit_cgroup(u, "d")->memcg);
	unit_write(u, "d/cgroup.type", "threaded");
	assert_null(unit_cgroup(u, "d")->memcg);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->root->stat.dying_memory, 0);
	unit_write(u, "cgroup.subtree_control", "-memory");
	unit_write(u, "cgroup.subtree_control", "+memory");
	assert_null(unit_cgroup(u, "d")->memcg);
	assert_non_null(unit_cgroup(u, "e")->memcg);
	unit_assert_file(u, "d/cgroup.controllers", "pids\n");
	unit_assert_file(u, "e/cgroup.controllers", "memory pids\n");
}

/* Models: G-05. A refused enabling takes back what it made, and the threaded had nothing. */
static void failed_enabling_passes_threads_by(void **state)
{
	struct unit *u = tree(state);

	unit_write(u, "cgroup.subtree_control", "-memory");
	memcgsim_run_work(u->machine);
	unit_mkdir(u, "e");
	unit_mkdir(u, "f");
	unit_write(u, "e/cgroup.type", "threaded");
	/* an object and its name each: d's memcg, then f's, of which the second cannot be had */
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 3), 0);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "cgroup.subtree_control", "+memory"),
			 -ENOMEM);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 0), 0);
	assert_null(unit_cgroup(u, "d")->memcg);
	assert_null(unit_cgroup(u, "e")->memcg);
	assert_null(unit_cgroup(u, "f")->memcg);
}

/*
 * Models: G-05
 *
 *   root -- d -- t -- u(threaded)       then d, too, becomes threaded
 *
 * Threads further down change their domain with it.
 */
static void threads_below_follow_to_the_new_domain(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_cgroup *d = unit_cgroup(u, "d"), *t = unit_cgroup(u, "d/t");

	unit_write(u, "d/t/cgroup.type", "threaded");
	assert_ptr_equal(t->domain, d);
	unit_write(u, "d/cgroup.type", "threaded");
	assert_ptr_equal(d->domain, u->machine->root);
	assert_ptr_equal(t->domain, u->machine->root);
	assert_ptr_equal(unit_cgroup(u, "d/t/u")->domain, unit_cgroup(u, "d/t/u"));
	unit_write(u, "d/t/u/cgroup.type", "threaded");
	assert_ptr_equal(unit_cgroup(u, "d/t/u")->domain, u->machine->root);
	assert_int_equal(u->machine->root->nr_threaded, 1);
}

/*
 * Models: G-05. Refused: with tasks inside; with memory to give; in a parent that gives memory,
 * or has processes in another child.
 */
static void what_cannot_be_threaded(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_task *task = unit_fork(u, "d/t/u");

	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "d/t/cgroup.type", "threaded"),
			 -EOPNOTSUPP);
	unit_mkdir(u, "d/x"); /* d has a populated domain: t */
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "d/x/cgroup.type", "threaded"),
			 -EOPNOTSUPP);
	assert_int_equal(memcgsim_do_exit(task), 0);
	unit_write(u, "d/cgroup.subtree_control", "+memory");
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "d/cgroup.type", "threaded"),
			 -EOPNOTSUPP);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "d/x/cgroup.type", "threaded"),
			 -EOPNOTSUPP);
	unit_write(u, "d/cgroup.subtree_control", "-memory");
	unit_write(u, "d/x/cgroup.type", "threaded");
	assert_type(u, "d/x", "threaded");
	assert_int_equal(
		memcgsim_cgroupfs_write(u->machine, "d/t/cgroup.subtree_control", "+memory"),
		-ENOENT);
}

/*
 * Models: G-03. Where tasks may live: not in an invalid domain, not in one that gives controllers
 * to children, but for the root, the threaded, and what could be a root of threads.
 */
static void where_tasks_may_live(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_task *task = unit_fork(u, "");

	unit_write(u, "d/cgroup.subtree_control", "+pids"); /* a root of threads to be */
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "d", task), 0);
	assert_type(u, "d", "domain threaded");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "d/t", task), -EOPNOTSUPP);
	unit_write(u, "d/t/cgroup.type", "threaded");
	unit_write(u, "d/t/cgroup.subtree_control", "+pids");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "d/t", task), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "d/t/u", task), -EOPNOTSUPP);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", task), 0);
	unit_mkdir(u, "m");
	unit_write(u, "m/cgroup.subtree_control", "+memory");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "m", task), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(threaded_child_makes_a_root_of_threads),
		unit_case(threaded_cgroup_has_no_memcg),
		unit_case(failed_enabling_passes_threads_by),
		unit_case(threads_below_follow_to_the_new_domain),
		unit_case(what_cannot_be_threaded),
		unit_case(where_tasks_may_live),
	};

	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
