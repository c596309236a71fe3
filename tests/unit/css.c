/* SPDX-License-Identifier: MIT */
/*
 * memcg/css: who holds a memcg, and where it stands.
 */
#include "unit.h"

#include "memcg/css.h"

/* Models: L-02. The root's references are not counted: it never dies. */
static void root_is_never_counted(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *root = u->machine->root_memcg;
	struct msim_section section = msim_section_enter(msim_ctx());
	long before = unit_refs(u, &root->ref), after;
	bool got = msim_css_tryget(section.cpu, root);

	msim_css_get(section.cpu, root);
	after = unit_refs(u, &root->ref);
	msim_css_put(section.cpu, root);
	msim_section_leave(&section);
	assert_true(got);
	assert_int_equal(after, before);
}

/*
 * Models: I-REF-CSS. An idle memcg: its base and its id. A css_set with tasks adds one,
 * however many tasks.
 */
static void idle_memcg_has_a_base_and_an_id_reference(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "idle");
	assert_int_equal(unit_refs(u, &unit_memcg(u, "idle")->ref), 2);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->ref), 3);
	(void)unit_fork(u, "a");
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->ref), 3);
}

/*
 * Models: L-01, C-11
 *
 *   root -- a -- b
 *      `--- c
 */
static void descendant_is_itself_or_below(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_mem_cgroup *a, *b, *root = u->machine->root_memcg;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_mkdir(u, "c");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	a = unit_memcg(u, "a");
	b = unit_memcg(u, "a/b");
	assert_true(msim_memcg_is_descendant(b, b));
	assert_true(msim_memcg_is_descendant(b, a));
	assert_true(msim_memcg_is_descendant(b, root));
	assert_false(msim_memcg_is_descendant(a, b));
	assert_false(msim_memcg_is_descendant(unit_memcg(u, "c"), a));
	assert_true(msim_memcg_is_root(root));
	assert_false(msim_memcg_is_root(a));
}

/*
 * Models: L-02, L-05. An offline memcg can be held anew as long as somebody holds it; the
 * last put frees it.
 */
static void tryget_succeeds_on_an_offline_memcg_that_is_held(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;
	bool got;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "x");
	memcg = unit_memcg(u, "x");
	unit_run(u, 0, NULL);
	section = msim_section_enter(msim_ctx());
	msim_css_get(section.cpu, memcg);
	msim_section_leave(&section);
	unit_rmdir(u, "x");
	assert_int_equal(unit_refs(u, &memcg->ref), 1);
	section = msim_section_enter(msim_ctx());
	got = msim_css_tryget(section.cpu, memcg);
	msim_css_put(section.cpu, memcg);
	msim_css_put(section.cpu, memcg);
	msim_section_leave(&section);
	assert_true(got);
	assert_int_equal(u->machine->nr_cgroups, 1);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 0);
}

/*
 * Models: L-02, L-03, I-REF-CSS. A caller's own references, which the census knows: any until nothing
 * holds it, one for the living only until it is removed.
 */
static void callers_may_hold_a_memcg(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *x, *found = NULL;

	unit_mkdir(u, "x");
	x = unit_memcg(u, "x");
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "x", &found), 0);
	assert_ptr_equal(found, x);
	assert_true(memcgsim_css_tryget(x));
	assert_true(memcgsim_css_tryget_online(x));
	memcgsim_css_get(x);
	assert_int_equal(x->holds, 4);
	assert_int_equal(unit_refs(u, &x->ref), 6);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	unit_rmdir(u, "x");
	assert_false(memcgsim_css_tryget_online(x));
	assert_true(memcgsim_css_tryget(x));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	for (unsigned int i = 0; i < 5; i++)
		memcgsim_css_put(x);
	assert_false(memcgsim_css_tryget(x)); /* dead, and not freed before a grace period */
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 1);
}

/* Models: L-02, L-03. Killed is killed before it is offline: at once with rmdir. */
static void removed_memcg_is_not_online_at_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *x;

	unit_mkdir(u, "x");
	x = unit_memcg(u, "x");
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "x"), 0);
	assert_non_null(x->objcg); /* offlining waits */
	assert_false(memcgsim_css_tryget_online(x));
	assert_true(memcgsim_css_tryget(x));
	memcgsim_css_put(x);
}

/* Models: L-02. The root is there for everybody, and nobody's to hold. */
static void root_is_always_there(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *root = NULL;

	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "/", &root), 0);
	assert_ptr_equal(root, u->machine->root_memcg);
	assert_true(memcgsim_css_tryget(root));
	assert_true(memcgsim_css_tryget_online(root));
	assert_int_equal(root->holds, 0);
	memcgsim_css_put(root);
	memcgsim_css_put(root);
	memcgsim_css_put(root);
	memcgsim_css_put(root);
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "none", &root), -ENOENT);
}

/* Models: G-10. Without memory of its own a cgroup's memcg is its ancestor's. */
static void effective_memcg_is_the_nearest(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *memcg = NULL;

	unit_mkdir(u, "a/b");
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "a/b", &memcg), 0);
	assert_ptr_equal(memcg, unit_memcg(u, "a"));
	memcgsim_css_put(memcg);
}

/* Models: L-05, I-REF-POS. One put too many: refused, and the memcg stays. */
static void putting_too_often_is_reported(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_allow_bugs(u, 1);
	memcgsim_css_put(a);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(unit_refs(u, &a->ref), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(root_is_never_counted),
		unit_case(idle_memcg_has_a_base_and_an_id_reference),
		unit_case(descendant_is_itself_or_below),
		unit_case(callers_may_hold_a_memcg),
		unit_case(removed_memcg_is_not_online_at_once),
		unit_case(root_is_always_there),
		unit_case(effective_memcg_is_the_nearest),
		unit_case(putting_too_often_is_reported),
		unit_case(tryget_succeeds_on_an_offline_memcg_that_is_held),
	};

	return cmocka_run_group_tests_name("css", tests, NULL, NULL);
}
