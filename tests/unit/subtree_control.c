/* SPDX-License-Identifier: MIT */
/*
 * cgroup/subtree_control: giving controllers to children, all of it or nothing.
 */
#include "unit.h"

#include "memcg/stat.h"

static int write_control(struct unit *u, const char *path, const char *text)
{
	char file[64];

	snprintf(file, sizeof(file), "%s%scgroup.subtree_control", path, *path ? "/" : "");
	return memcgsim_cgroupfs_write(u->machine, file, text);
}

static void assert_control(struct unit *u, const char *path, unsigned int controllers)
{
	assert_int_equal(unit_cgroup(u, path)->subtree_control, controllers);
}

/*
 * Models: G-04. Tokens with a sign; of two about one controller the later wins; blanks do
 * not matter.
 */
static void later_token_wins(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	assert_int_equal(write_control(u, "", "+memory -memory"), 0);
	assert_control(u, "", 0);
	assert_int_equal(write_control(u, "", "-memory   +memory"), 0);
	assert_control(u, "", MSIM_CONTROLLER_MEMORY);
	assert_int_equal(write_control(u, "", "+memory\n"), 0); /* again: nothing new */
	assert_int_equal(write_control(u, "", "-memory +memory"), 0);
	assert_int_equal(write_control(u, "", " "), 0);
	assert_control(u, "", MSIM_CONTROLLER_MEMORY);
	assert_int_equal(write_control(u, "", "-memory +pids"), 0);
	assert_control(u, "", MSIM_CONTROLLER_PIDS);
}

/*
 * Models: G-04. What is no controller, or has no sign: nothing at all is done.
 */
static void unknown_tokens_are_refused_whole(void **state)
{
	static const char *const wrong[] = {
		"memory",    "+",    "-",	 "+memor",   "+memoryx",      "+MEMORY",
		"*memory",   "+cpu", "++memory", "+ memory", "+memory,+pids", "+memory pids",
		"+pids +io",
	};
	struct unit *u = unit_machine(state, NULL);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(write_control(u, "", wrong[i]), -EINVAL);
		assert_control(u, "", 0);
	}
}

/*
 * Models: G-04, G-06. What the parent has not given cannot be given on; taking away what
 * is not there is fine.
 */
static void enabling_what_the_parent_has_not_given_fails(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_mkdir(u, "a");
	assert_int_equal(write_control(u, "a", "+memory"), -ENOENT);
	assert_int_equal(write_control(u, "a", "-memory"), 0);
	assert_int_equal(write_control(u, "", "+pids"), 0);
	assert_int_equal(write_control(u, "a", "+pids +memory"), -ENOENT);
	assert_control(u, "a", 0);
}

/* Models: G-04. A living child that gives it on forbids taking it away. */
static void disabling_what_a_child_gives_on_fails(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_mkdir(u, "a");
	assert_int_equal(write_control(u, "", "+memory"), 0);
	assert_int_equal(write_control(u, "a", "+memory"), 0);
	assert_int_equal(write_control(u, "", "-memory"), -EBUSY);
	assert_control(u, "", MSIM_CONTROLLER_MEMORY);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"), 0);
	assert_int_equal(write_control(u, "", "-memory"), 0); /* a dying one does not count */
}

/*
 * Models: G-04, G-05. Tasks and a domain controller for children exclude each other, but
 * at the root.
 */
static void enabling_memory_with_tasks_present_fails(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(write_control(u, "a", "+memory"), -EBUSY);
	assert_control(u, "a", 0);
	(void)unit_fork(u, "");
	assert_int_equal(write_control(u, "", "-memory"), 0);
	assert_int_equal(write_control(u, "", "+memory"), 0);
}

/* Models: G-03. And tasks may not come where memory is given on. */
static void attaching_where_memory_is_given_on_fails(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "b");
	assert_int_equal(write_control(u, "b", "+memory"), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), -EBUSY);
	assert_int_equal(write_control(u, "b", "-memory"), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
}

/*
 * Models: G-03, G-04. Below a cgroup with tasks that gives pids nothing domain-wide is
 * possible.
 */
static void below_a_root_of_threads_nothing_is_a_valid_domain(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(write_control(u, "", "+pids"), 0);
	unit_mkdir(u, "a/b");
	assert_int_equal(write_control(u, "a", "+pids"),
			 0); /* a has the task: now it is a root of threads */
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), -EOPNOTSUPP);
	assert_int_equal(write_control(u, "a/b", "+pids"), -EOPNOTSUPP);
	assert_int_equal(write_control(u, "a", "+memory"), -EOPNOTSUPP);
	assert_int_equal(write_control(u, "a", "-pids"), 0);
}

/*
 * Models: G-10, section 17 (late enabling)
 *
 *   root -- a -- b(task)      memory is given to a's children while b has a task and an object charged to a
 *
 * The task is told to look anew, without having moved; the old object stays with a, the next goes
 * to b.
 */
static void late_enabling_flags_tasks_and_leaves_charges(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	void *old, *new;

	assert_int_equal(write_control(u, "", "+memory"), 0);
	unit_mkdir(u, "a");
	unit_mkdir(u, "a/b");
	u->task = unit_fork(u, "a/b");
	unit_run(u, 0, u->task);
	old = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(memcgsim_task_objcg_word(u->task),
			 (unsigned long)unit_memcg(u, "a")->objcg);

	assert_int_equal(write_control(u, "a", "+memory"), 0);
	assert_int_equal(memcgsim_task_objcg_word(u->task),
			 (unsigned long)unit_memcg(u, "a")->objcg | 1);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a/b")).slab_bytes, 0);
	new = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a/b")).slab_bytes, 72);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a")).slab_bytes, 144);
	memcgsim_kfree(old);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a")).slab_bytes, 72);
	memcgsim_kfree(new);
}

/*
 * Models: G-10. The tasks of the written cgroup itself are not told: their memcg is the
 * same.
 */
static void enabling_leaves_the_tasks_of_the_cgroup_itself(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *task = unit_fork(u, "");

	task->objcg = 0;
	unit_mkdir(u, "a");
	assert_int_equal(write_control(u, "", "+memory"), 0);
	assert_int_equal(memcgsim_task_objcg_word(task), 0);
}

/*
 * Models: G-04, G-10
 *
 *   root -- a -- b -- c(task)      memory is taken from a's children
 *
 * b's memcg becomes a zombie while a user page holds it; the task is a's, and charges there.
 */
static void disabling_turns_charged_memcgs_into_zombies(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_page *page;
	void *object;

	assert_int_equal(write_control(u, "", "+memory"), 0);
	unit_mkdir(u, "a");
	assert_int_equal(write_control(u, "a", "+memory"), 0);
	unit_mkdir(u, "a/b");
	unit_mkdir(u, "a/b/c");
	u->task = unit_fork(u, "a/b/c");
	unit_run(u, 0, u->task);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);

	assert_int_equal(write_control(u, "a", "-memory"), 0);
	memcgsim_run_work(u->machine);
	assert_null(unit_cgroup(u, "a/b")->memcg);
	assert_int_equal(unit_cgroup(u, "a")->stat.dying_memory, 1);
	assert_int_equal(unit_cgroup(u, "a/b")->stat.dying_memory, 1);
	assert_ptr_equal(u->task->cset->memcg, unit_memcg(u, "a"));
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a")).slab_bytes, 72);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 2); /* the zombie's page counts above it */
	memcgsim_kfree(object);
	memcgsim_folio_put(page);
	memcgsim_run_work(u->machine);
	assert_int_equal(unit_cgroup(u, "a")->stat.dying_memory, 0);
}

/* Models: G-06. The files show what one has got and what one gives. */
static void files_show_what_is_had_and_given(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_mkdir(u, "a");
	unit_assert_file(u, "cgroup.controllers", "memory pids\n");
	unit_assert_file(u, "cgroup.subtree_control", "");
	unit_assert_file(u, "a/cgroup.controllers", "");
	assert_int_equal(write_control(u, "", "+pids"), 0);
	unit_assert_file(u, "a/cgroup.controllers", "pids\n");
	assert_int_equal(write_control(u, "", "+memory"), 0);
	unit_assert_file(u, "cgroup.subtree_control", "memory pids\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(later_token_wins),
		unit_case(unknown_tokens_are_refused_whole),
		unit_case(enabling_what_the_parent_has_not_given_fails),
		unit_case(disabling_what_a_child_gives_on_fails),
		unit_case(enabling_memory_with_tasks_present_fails),
		unit_case(attaching_where_memory_is_given_on_fails),
		unit_case(below_a_root_of_threads_nothing_is_a_valid_domain),
		unit_case_v6_12(late_enabling_flags_tasks_and_leaves_charges),
		unit_case(enabling_leaves_the_tasks_of_the_cgroup_itself),
		unit_case(disabling_turns_charged_memcgs_into_zombies),
		unit_case(files_show_what_is_had_and_given),
	};

	return cmocka_run_group_tests_name("subtree_control", tests, NULL, NULL);
}
