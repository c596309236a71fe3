/* SPDX-License-Identifier: MIT */
/*
 * task/task: born, run, moved, ended.
 */
#include "unit.h"

#include "task/task.h"

/*
 * Models: K-01. A child starts where its parent is; without a parent, in the root.
 */
static void child_starts_in_its_parents_cgroup(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *child, *orphan;

	assert_int_equal(memcgsim_fork(u->machine, u->task, &child), 0);
	assert_int_equal(memcgsim_fork(u->machine, NULL, &orphan), 0);
	assert_ptr_equal(child->cset->cgroup, unit_cgroup(u, "a"));
	assert_ptr_equal(orphan->cset->cgroup, u->machine->root);
}

/*
 * Models: task.h. Pids rise from 1, and are not used again; a task is found by its own.
 */
static void pids_rise_and_find_their_task(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *one = unit_fork(u, ""), *two = unit_fork(u, ""), *three;

	assert_int_equal(memcgsim_task_pid(one), 1);
	assert_int_equal(memcgsim_task_pid(two), 2);
	assert_int_equal(memcgsim_do_exit(two), 0);
	three = unit_fork(u, "");
	assert_int_equal(memcgsim_task_pid(three), 3);
	assert_ptr_equal(msim_find_task(u->machine, 3), three);
	assert_null(msim_find_task(u->machine, 2));
	assert_null(msim_find_task(u->machine, 0));
}

/*
 * Models: K-02, G-03. Who has exited, or lives on another machine, is nobody here: neither
 * parent nor moved.
 */
static void task_that_does_not_live_here_is_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *gone = unit_fork(u, "a"), *foreign, *child = NULL;
	struct memcgsim_task *volatile exited = gone; /* only ever compared */
	struct memcgsim *other;

	assert_int_equal(memcgsim_do_exit(gone), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", exited), -ESRCH);
	assert_int_equal(memcgsim_create(NULL, &other), 0);
	assert_int_equal(memcgsim_fork(other, NULL, &foreign), 0);
	assert_int_equal(memcgsim_fork(u->machine, foreign, &child), -ESRCH);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", foreign), -ESRCH);
	assert_null(child);
	assert_int_equal(unit_cgroup(u, "a")->populated, 1);
	assert_int_equal(memcgsim_do_exit(foreign), 0);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
}

/*
 * Models: do_exit(). The current task may end: the thread then runs none. Another thread's
 * may not.
 */
static void exit_of_current_leaves_the_thread_without_a_task(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *other = unit_fork(u, "a");
	struct msim_ctx elsewhere;

	other->on = &elsewhere; /* some thread's */
	assert_int_equal(memcgsim_do_exit(other), -EBUSY);
	other->on = NULL;
	assert_ptr_equal(memcgsim_current(), u->task);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	assert_null(memcgsim_current());
	assert_int_equal(memcgsim_do_exit(other), 0);
	assert_int_equal(unit_cgroup(u, "a")->populated, 0);
}

/*
 * Models: cgroup_attach_task(). Where it already is: nothing happens, not even the flag.
 */
static void attach_to_the_same_cgroup_does_nothing(void **state)
{
	struct unit *u = unit_world(state, NULL);

	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", u->task), 0);
	assert_int_equal(memcgsim_task_objcg_word(u->task) & MSIM_OBJCG_UPDATE_FLAG, 0);
	assert_int_equal(unit_cgroup(u, "a")->populated, 1);
}

/* Models: G-07. Charges stay behind. */
static void attach_leaves_charges_behind(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_int_equal(unit_usage(u, "a"), 64);
	assert_int_equal(unit_usage(u, "b"), 0);
	memcgsim___free_pages(page, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(child_starts_in_its_parents_cgroup),
		unit_case(pids_rise_and_find_their_task),
		unit_case(task_that_does_not_live_here_is_refused),
		unit_case(exit_of_current_leaves_the_thread_without_a_task),
		unit_case(attach_to_the_same_cgroup_does_nothing),
		unit_case(attach_leaves_charges_behind),
	};

	return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
