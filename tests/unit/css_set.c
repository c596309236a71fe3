/* SPDX-License-Identifier: MIT */
/*
 * cgroup/css_set: which memcg a task belongs to.
 */
#include "unit.h"

#include "cgroup/css_set.h"

/*
 *   root -- a -- b -- c      only root and a give memory: c has none of its own
 *       `-- d
 */
static struct unit *tree(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_mkdir(u, "d");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_mkdir(u, "a/b/c");
	return u;
}

/* Models: G-10. One's own memcg, or the nearest ancestor's. */
static void effective_memcg_is_the_nearest(void **state)
{
	struct unit *u = tree(state);

	assert_null(unit_cgroup(u, "a/b/c")->memcg);
	assert_ptr_equal(msim_effective_memcg(unit_cgroup(u, "a/b/c")), unit_memcg(u, "a/b"));
	assert_ptr_equal(msim_effective_memcg(unit_cgroup(u, "a")), unit_memcg(u, "a"));
	assert_ptr_equal(msim_effective_memcg(u->machine->root), u->machine->root_memcg);
}

/*
 * Models: css_next_descendant_pre(). Depth first, parents before children, within the top
 * and no further.
 */
static void walk_is_depth_first_and_stays_below_the_top(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_cgroup *top = u->machine->root, *a = unit_cgroup(u, "a");
	const char *expected[] = { "a", "b", "c", "d" };
	unsigned int n = 0;

	for (struct memcgsim_cgroup *c = msim_cgroup_next(top, top); c;
	     c = msim_cgroup_next(c, top))
		assert_string_equal(c->name, expected[n++]);
	assert_int_equal(n, 4);
	n = 0;
	for (struct memcgsim_cgroup *c = msim_cgroup_next(a, a); c; c = msim_cgroup_next(c, a))
		n++;
	assert_int_equal(n, 2);
	assert_null(msim_cgroup_next(unit_cgroup(u, "d"), unit_cgroup(u, "d")));
}

/*
 * Models: find_css_set(), I-REF-CSS. Tasks of one directory share one, which holds the
 * memcg once.
 */
static void tasks_of_a_cgroup_share_a_css_set(void **state)
{
	struct unit *u = tree(state);
	struct msim_ref *ref = &unit_memcg(u, "d")->ref;
	struct memcgsim_task *one, *two;

	assert_null(unit_cgroup(u, "d")->cset);
	one = unit_fork(u, "d");
	two = unit_fork(u, "d");
	assert_ptr_equal(one->cset, two->cset);
	assert_ptr_equal(one->cset, unit_cgroup(u, "d")->cset);
	assert_int_equal(msim_list_count(&one->cset->tasks), 2);
	assert_int_equal(unit_refs(u, ref), 3);
	assert_int_equal(memcgsim_do_exit(one), 0);
	assert_int_equal(unit_refs(u, ref), 3);
	assert_int_equal(memcgsim_do_exit(two), 0); /* the last one takes it along */
	assert_null(unit_cgroup(u, "d")->cset);
	assert_int_equal(unit_refs(u, ref), 2);
}

/* Models: G-02, G-09. Tasks count in their directory and in all above. */
static void tasks_populate_all_ancestors(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_task *task = unit_fork(u, "a/b/c");

	(void)unit_fork(u, "a/b");
	assert_int_equal(unit_cgroup(u, "a/b/c")->populated, 1);
	assert_int_equal(unit_cgroup(u, "a/b")->populated, 2);
	assert_int_equal(unit_cgroup(u, "a")->populated, 2);
	assert_int_equal(u->machine->root->populated, 2);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "d", task), 0);
	assert_int_equal(unit_cgroup(u, "a/b")->populated, 1);
	assert_int_equal(unit_cgroup(u, "a")->populated, 1);
	assert_int_equal(unit_cgroup(u, "d")->populated, 1);
	assert_int_equal(u->machine->root->populated, 2);
}

/*
 * Models: section 6 (D1), G-10. The update bit is set by a move that changes the memcg,
 * and by no other.
 */
static void move_sets_the_update_bit_only_if_the_memcg_changes(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_task *task;

	unit_write(u, "a/cgroup.subtree_control",
		   "-memory"); /* so that a may have tasks, and so b and c */
	task = unit_fork(u, "a");
	task->objcg = 0; /* as after a lookup that found nobody */
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b/c", task), 0);
	assert_int_equal(memcgsim_task_objcg_word(task), 0); /* still a's */
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "d", task), 0);
	assert_int_equal(memcgsim_task_objcg_word(task), MSIM_OBJCG_UPDATE_FLAG);
}

/*
 * Models: G-10
 *
 *   root -- d -- e(two tasks)      memory is given to d's children
 *
 * e gets a memcg, its tasks a css_set of it, which is then the directory's; the old one goes with
 * the last task.
 */
static void new_effective_memcg_brings_a_new_css_set(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_task *one, *two;

	unit_mkdir(u, "d/e");
	one = unit_fork(u, "d/e");
	two = unit_fork(u, "d/e");
	assert_ptr_equal(one->cset->memcg, unit_memcg(u, "d"));
	assert_int_equal(unit_refs(u, &unit_memcg(u, "d")->ref), 3);
	unit_write(u, "d/cgroup.subtree_control", "+memory");
	assert_ptr_equal(one->cset->memcg, unit_memcg(u, "d/e"));
	assert_ptr_equal(two->cset, one->cset);
	assert_ptr_equal(unit_cgroup(u, "d/e")->cset, one->cset);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "d")->ref),
			 3); /* base, id, child: the css_set's has gone */
	assert_int_equal(unit_cgroup(u, "d/e")->populated, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(effective_memcg_is_the_nearest),
		unit_case(walk_is_depth_first_and_stays_below_the_top),
		unit_case(tasks_of_a_cgroup_share_a_css_set),
		unit_case(tasks_populate_all_ancestors),
		unit_case(move_sets_the_update_bit_only_if_the_memcg_changes),
		unit_case(new_effective_memcg_brings_a_new_css_set),
	};

	return cmocka_run_group_tests_name("css_set", tests, NULL, NULL);
}
