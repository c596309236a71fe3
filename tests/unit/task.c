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

/* ---- clone ---- */

static int clone_with(struct unit *u, struct memcgsim_task *parent, unsigned int flags,
		      const char *cgroup, struct memcgsim_task **ret_task)
{
	struct memcgsim_clone_args args = { .flags = flags, .cgroup = cgroup };

	return memcgsim_kernel_clone(u->machine, parent, &args, ret_task);
}

static struct memcgsim_task *thread_of(struct unit *u, struct memcgsim_task *task)
{
	struct memcgsim_task *thread = NULL;

	assert_int_equal(
		clone_with(u, task, MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD, NULL, &thread), 0);
	return thread;
}

/* Moves one task by the number that it has, as a file does. */
static int write_pid(struct unit *u, const char *file, const struct memcgsim_task *task)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", memcgsim_task_pid(task));
	return memcgsim_cgroupfs_write(u->machine, file, pid);
}

/*
 * Models: K-01, G-09
 *
 *   root -- a(task, with a reference)    p -- q     p gives memory
 *
 * The child's copy of the word has no reference: a fork that is refused after the copy puts none,
 * and leaves no mm behind.
 */
static void failed_fork_puts_nothing(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *child = NULL;
	struct msim_ref *ref = &unit_memcg(u, "a")->objcg->ref;
	long refs;

	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	assert_true(memcgsim_task_objcg_word(u->task) & ~1UL);
	refs = unit_refs(u, ref);
	assert_int_equal(clone_with(u, u->task, MEMCGSIM_CLONE_INTO_CGROUP, "p", &child), -EBUSY);
	assert_int_equal(
		clone_with(u, u->task, MEMCGSIM_CLONE_INTO_CGROUP | MEMCGSIM_CLONE_VM, "p", &child),
		-EBUSY);
	assert_null(child);
	assert_int_equal(unit_refs(u, ref), refs);
	assert_int_equal(msim_list_count(&u->machine->mms), 1);
	assert_int_equal(u->task->mm->users, 1);
	assert_int_equal(msim_list_count(&u->machine->tasks), 1);
}

/* Models: G-09. A child may be born elsewhere; what is checked for a move is checked here. */
static void clone_into_a_cgroup_is_checked_like_a_move(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *child = NULL;

	unit_mkdir(u, "b");
	assert_int_equal(clone_with(u, u->task, MEMCGSIM_CLONE_INTO_CGROUP, "b", &child), 0);
	assert_ptr_equal(child->cset->cgroup, unit_cgroup(u, "b"));
	assert_int_equal(memcgsim_task_objcg_word(child), MSIM_OBJCG_UPDATE_FLAG);
	assert_int_equal(clone_with(u, u->task, MEMCGSIM_CLONE_INTO_CGROUP, "x", &child), -ENOENT);
	assert_int_equal(clone_with(u, u->task, MEMCGSIM_CLONE_INTO_CGROUP, NULL, &child), -EINVAL);
	/* a thread must stay in its domain */
	assert_int_equal(
		clone_with(u, u->task,
			   MEMCGSIM_CLONE_INTO_CGROUP | MEMCGSIM_CLONE_THREAD | MEMCGSIM_CLONE_VM,
			   "b", &child),
		-EOPNOTSUPP);
	/* below a root of threads nobody is born */
	unit_mkdir(u, "b/threads");
	unit_mkdir(u, "b/domain");
	unit_write(u, "b/threads/cgroup.type", "threaded");
	assert_int_equal(clone_with(u, u->task, MEMCGSIM_CLONE_INTO_CGROUP, "b/domain", &child),
			 -EOPNOTSUPP);
	assert_int_equal(
		clone_with(u, child,
			   MEMCGSIM_CLONE_INTO_CGROUP | MEMCGSIM_CLONE_THREAD | MEMCGSIM_CLONE_VM,
			   "b/threads", &child),
		0);
	assert_ptr_equal(child->cset->memcg, unit_memcg(u, "b"));
}

/* Models: kernel_clone(). Flags that say nothing together. */
static void clone_flags_that_do_not_go_together_are_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_clone_args tied = { .no_setaffinity = true };
	struct memcgsim_clone_args shared = { .flags = MEMCGSIM_CLONE_VM, .kthread = true };
	struct memcgsim_task *task = NULL;

	assert_int_equal(clone_with(u, u->task, MEMCGSIM_CLONE_THREAD, NULL, &task), -EINVAL);
	assert_int_equal(clone_with(u, NULL, MEMCGSIM_CLONE_VM, NULL, &task), -EINVAL);
	assert_int_equal(clone_with(u, u->task, 0x100, NULL, &task), -EINVAL);
	assert_int_equal(memcgsim_kernel_clone(u->machine, u->task, &tied, &task), -EINVAL);
	assert_int_equal(memcgsim_kernel_clone(u->machine, u->task, &shared, &task), -EINVAL);
	assert_null(task);
}

/* ---- thread groups ---- */

/*
 * Models: G-03, G-08, D1. cgroup.procs moves the whole group, whichever thread it names; each of
 * them is flagged.
 */
static void whole_group_moves(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = thread_of(u, u->task), *third = thread_of(u, second);

	assert_int_equal(memcgsim_task_tgid(third), memcgsim_task_pid(u->task));
	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	assert_int_equal(memcgsim_switch_to(third), 0);
	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	unit_mkdir(u, "b");
	assert_int_equal(write_pid(u, "b/cgroup.procs", second), 0);
	assert_int_equal(unit_cgroup(u, "a")->populated, 0);
	assert_int_equal(unit_cgroup(u, "b")->populated, 3);
	assert_int_equal(memcgsim_task_objcg_word(u->task) & 1, 1);
	assert_int_equal(memcgsim_task_objcg_word(third) & 1, 1);
	unit_assert_file(u, "b/cgroup.procs", "1\n");
	unit_assert_file(u, "b/cgroup.threads", "1\n2\n3\n");
}

/*
 * Models: G-08. Without memory for the css_set nobody of the group has moved, and nobody is
 * flagged.
 */
static void group_moves_whole_or_not_at_all(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = thread_of(u, u->task);

	unit_mkdir(u, "b");
	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 1), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", second), -ENOMEM);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 0), 0);
	assert_int_equal(unit_cgroup(u, "a")->populated, 2);
	assert_int_equal(unit_cgroup(u, "b")->populated, 0);
	assert_int_equal(memcgsim_task_objcg_word(u->task) & 1, 0);
	assert_ptr_equal(second->cset, u->task->cset);
}

/*
 * Models: G-03, G-05. cgroup.threads moves one, within its domain only; its memcg is the domain's
 * all the same, so it is not flagged; cgroup.procs brings the group together again.
 */
static void one_thread_moves_within_its_domain(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = thread_of(u, u->task);

	unit_mkdir(u, "a/t");
	unit_mkdir(u, "b");
	unit_write(u, "a/t/cgroup.type", "threaded");
	assert_int_equal(memcgsim_switch_to(second), 0);
	memcgsim_kfree(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	assert_int_equal(write_pid(u, "a/t/cgroup.threads", second), 0);
	assert_ptr_equal(second->cset->cgroup, unit_cgroup(u, "a/t"));
	assert_ptr_equal(u->task->cset->cgroup, unit_cgroup(u, "a"));
	assert_ptr_equal(second->cset->memcg, unit_memcg(u, "a"));
	assert_int_equal(memcgsim_task_objcg_word(second) & 1, 0);
	assert_int_equal(write_pid(u, "b/cgroup.threads", second), -EOPNOTSUPP);
	assert_int_equal(write_pid(u, "b/cgroup.threads", u->task), -EOPNOTSUPP);
	assert_int_equal(write_pid(u, "a/cgroup.procs", second), 0);
	assert_ptr_equal(second->cset, u->task->cset);
	assert_int_equal(write_pid(u, "a/t/cgroup.threads", u->task), 0);
	unit_assert_file(u, "a/cgroup.procs", "");
	unit_assert_file(u, "a/t/cgroup.threads", "1\n");
	assert_int_equal(write_pid(u, "b/cgroup.procs", u->task), 0);
	assert_int_equal(unit_cgroup(u, "b")->populated, 2);
}

/*
 * Models: K-02
 *
 *   a(leader, thread) -> the leader exits -> the group moves to b
 *
 * Who is exiting is left out of the move: the zombie stays where it died, where cgroup.procs lists
 * it and populates nothing; a's directory can go, its structure and memcg stay until the end. Its
 * pid still stands for the group.
 */
static void zombie_leader_is_left_behind(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = thread_of(u, u->task);
	int leader = memcgsim_task_pid(u->task);
	char pid[16];

	unit_mkdir(u, "b");
	snprintf(pid, sizeof(pid), "%d", leader);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	assert_int_equal(memcgsim_do_exit(u->task), -ESRCH); /* once is enough */
	assert_int_equal(memcgsim_task_tgid(second), leader);
	unit_assert_file(u, "a/cgroup.procs", "1\n");
	unit_assert_file(u, "a/cgroup.threads", "2\n");
	unit_mkdir(u, "a/t");
	unit_write(u, "a/t/cgroup.type", "threaded");
	unit_write(u, "a/t/cgroup.threads", pid); /* nothing to move, and no error */
	unit_assert_file(u, "a/t/cgroup.events", "populated 0\nfrozen 0\n");
	assert_ptr_equal(u->machine->csets.next, u->machine->csets.prev);
	unit_rmdir(u, "a/t");
	unit_write(u, "b/cgroup.procs", pid);
	unit_assert_file(u, "a/cgroup.procs", "1\n");
	unit_assert_file(u, "a/cgroup.threads", "");
	unit_assert_file(u, "a/cgroup.events", "populated 0\nfrozen 0\n");
	unit_assert_file(u, "b/cgroup.procs", "");
	unit_assert_file(u, "b/cgroup.threads", "2\n");
	assert_int_equal(unit_cgroup(u, "b")->populated, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_rmdir(u, "a");
	assert_int_equal(u->machine->root->stat.dying_descendants, 1);
	assert_int_equal(u->machine->root->stat.dying_memory, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(memcgsim_do_exit(second), 0);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->root->stat.dying_descendants, 0);
	assert_int_equal(u->machine->root->stat.dying_memory, 0);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "b/cgroup.procs", pid), -ESRCH);
}

/*
 * Models: K-02, G-10. A zombie is left out when memory is taken away, too: its css_set keeps the
 * old memcg until it is gone.
 */
static void zombie_keeps_the_memcg_it_died_in(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = thread_of(u, u->task);

	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_write(u, "cgroup.subtree_control", "-memory");
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->root->stat.dying_memory, 1);
	assert_ptr_equal(second->cset->memcg, u->machine->root_memcg);
	unit_assert_file(u, "a/cgroup.procs", "1\n");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(memcgsim_do_exit(second), 0);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->root->stat.dying_memory, 0);
}

/* Models: do_exit(). A thread that ends before its leader leaves nothing; the handle is gone. */
static void thread_that_ends_leaves_its_group(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = thread_of(u, u->task);

	assert_int_equal(memcgsim_do_exit(second), 0);
	assert_int_equal(msim_list_count(&u->task->threads), 1);
	assert_int_equal(u->machine->nr_zombies, 0);
	assert_int_equal(u->task->mm->users, 1);
	unit_assert_file(u, "a/cgroup.threads", "1\n");
}

/* ---- kernel threads ---- */

/*
 * Models: G-03. A kernel thread moves like anybody; one that is tied to its CPU is EINVAL, and
 * that before the target is looked at.
 */
static void tied_kernel_thread_cannot_be_moved(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_clone_args args = { .kthread = true };
	struct memcgsim_task *loose, *tied;

	assert_int_equal(memcgsim_kernel_clone(u->machine, NULL, &args, &loose), 0);
	args.no_setaffinity = true;
	assert_int_equal(memcgsim_kernel_clone(u->machine, NULL, &args, &tied), 0);
	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", loose), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", tied), -EINVAL);
	assert_int_equal(write_pid(u, "a/cgroup.procs", tied), -EINVAL);
	assert_int_equal(write_pid(u, "a/cgroup.threads", tied), -EINVAL);
	assert_int_equal(write_pid(u, "p/cgroup.procs", tied), -EINVAL);
	assert_int_equal(write_pid(u, "p/cgroup.procs", loose), -EBUSY);
	assert_int_equal(unit_cgroup(u, "a")->populated, 2);
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
		unit_case(failed_fork_puts_nothing),
		unit_case(clone_into_a_cgroup_is_checked_like_a_move),
		unit_case(clone_flags_that_do_not_go_together_are_refused),
		unit_case(whole_group_moves),
		unit_case(group_moves_whole_or_not_at_all),
		unit_case(one_thread_moves_within_its_domain),
		unit_case(zombie_leader_is_left_behind),
		unit_case(zombie_keeps_the_memcg_it_died_in),
		unit_case(thread_that_ends_leaves_its_group),
		unit_case(tied_kernel_thread_cannot_be_moved),
	};

	return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
