/* SPDX-License-Identifier: MIT */
/*
 * memcg/iter: rounds through subtrees, alone and shared.
 */
#include "unit.h"

#include "memcg/iter.h"

/*
 *   root -+- a -+- b
 *         |     `- c -- d
 *         `- e
 */
static const char *const paths[] = { "a", "a/b", "a/c", "a/c/d", "e" };

static struct unit *tree(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_mkdir(u, "a/c");
	unit_write(u, "a/c/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/c/d");
	unit_mkdir(u, "e");
	return u;
}

/* A whole round is just this: parents first, and in the order of their making. */
static void assert_round(struct memcgsim_mem_cgroup *root,
			 struct memcgsim_mem_cgroup *const *expected)
{
	struct memcgsim_mem_cgroup *pos = NULL;

	do {
		pos = memcgsim_mem_cgroup_iter(root, pos, NULL);
		assert_ptr_equal(pos, *expected++);
	} while (pos);
}

#define ROUND(...) ((struct memcgsim_mem_cgroup *const[]){ __VA_ARGS__, NULL })

/* Models: L-10. */
static void round_goes_parents_first(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *m[5];

	for (unsigned int i = 0; i < 5; i++)
		m[i] = unit_memcg(u, paths[i]);
	assert_round(u->machine->root_memcg,
		     ROUND(u->machine->root_memcg, m[0], m[1], m[2], m[3], m[4]));
	assert_round(m[0], ROUND(m[0], m[1], m[2], m[3]));
	assert_round(m[2], ROUND(m[2], m[3]));
	assert_round(m[4], ROUND(m[4]));
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(m[i]->holds, 0);
}

/* Models: L-10. NULL is the root of the machine that the thread is bound to, and of no other. */
static void null_is_the_machines_root(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *pos;

	assert_null(memcgsim_mem_cgroup_iter(NULL, NULL, NULL)); /* with a line on stderr */
	unit_run(u, 0, NULL);
	pos = memcgsim_mem_cgroup_iter(NULL, NULL, NULL);
	assert_ptr_equal(pos, u->machine->root_memcg);
	pos = memcgsim_mem_cgroup_iter(NULL, pos, NULL);
	assert_ptr_equal(pos, unit_memcg(u, "a"));
	memcgsim_mem_cgroup_iter_break(NULL, pos);
}

/*
 * Models: L-10, I-REF-CSS. What is returned is held until the next step, or until the round is
 * broken off; the top is not, for the caller holds it.
 */
static void one_memcg_is_held_at_a_time(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b"),
				   *c = unit_memcg(u, "a/c"), *pos;

	pos = memcgsim_mem_cgroup_iter(a, NULL, NULL);
	assert_int_equal(a->holds, 0);
	pos = memcgsim_mem_cgroup_iter(a, pos, NULL);
	assert_ptr_equal(pos, b);
	assert_int_equal(b->holds, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	pos = memcgsim_mem_cgroup_iter(a, pos, NULL);
	assert_ptr_equal(pos, c);
	assert_int_equal(b->holds, 0);
	assert_int_equal(c->holds, 1);
	memcgsim_mem_cgroup_iter_break(a, pos);
	assert_int_equal(c->holds, 0);
	memcgsim_mem_cgroup_iter_break(a, a);
	memcgsim_mem_cgroup_iter_break(a, NULL);
}

/*
 * Models: L-10, L-02, L-06. An offline memcg that somebody holds is on the way; one that nobody holds
 * any more is skipped, be it not freed yet.
 */
static void offline_memcgs_are_visited_while_held(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b"),
				   *c = unit_memcg(u, "a/c"), *d = unit_memcg(u, "a/c/d");

	memcgsim_css_get(b);
	unit_rmdir(u, "a/b");
	assert_round(a, ROUND(a, b, c, d));
	memcgsim_css_put(b); /* the last: its release waits for the deferred work */
	assert_int_equal(msim_list_count(&a->children), 2);
	assert_round(a, ROUND(a, c, d));
	memcgsim_run_work(u->machine);
	assert_int_equal(msim_list_count(&a->children), 1);
	assert_round(a, ROUND(a, c, d));
}

/* Models: L-10, L-05. The memcg of the moment may go away: the round goes on from where it was. */
static void round_goes_on_from_a_removed_memcg(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *pos;

	pos = memcgsim_mem_cgroup_iter(a, memcgsim_mem_cgroup_iter(a, NULL, NULL), NULL);
	assert_ptr_equal(pos, unit_memcg(u, "a/b"));
	unit_rmdir(u, "a/b");
	pos = memcgsim_mem_cgroup_iter(a, pos, NULL);
	assert_ptr_equal(pos, unit_memcg(u, "a/c"));
	memcgsim_mem_cgroup_iter_break(a, pos);
}

/*
 * Models: L-10. Two reclaimers share a round: each gets what the other has not had, and for both it
 * ends with the first to come to the end.
 */
static void reclaimers_share_a_round(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *x, *y;
	struct memcgsim_reclaim_cookie one, two, late;

	x = memcgsim_mem_cgroup_iter(a, NULL, &one);
	assert_ptr_equal(x, a);
	y = memcgsim_mem_cgroup_iter(a, NULL, &two);
	assert_ptr_equal(y, unit_memcg(u, "a/b"));
	x = memcgsim_mem_cgroup_iter(a, x, &one);
	assert_ptr_equal(x, unit_memcg(u, "a/c"));
	y = memcgsim_mem_cgroup_iter(a, y, &two);
	assert_ptr_equal(y, unit_memcg(u, "a/c/d"));
	assert_null(memcgsim_mem_cgroup_iter(a, x, &one));
	assert_null(memcgsim_mem_cgroup_iter(a, y, &two)); /* the round is another now */
	x = memcgsim_mem_cgroup_iter(a, NULL, &late);
	assert_ptr_equal(x, a); /* and starts anew */
	assert_int_equal(late.generation, one.generation + 1);
	memcgsim_mem_cgroup_iter_break(a, x);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(unit_memcg(u, paths[i])->holds, 0);
}

/* Models: L-10. Who joins when the round is just at its end sees a whole one all the same. */
static void who_joins_at_the_end_starts_anew(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *c = unit_memcg(u, "a/c"), *pos;
	struct memcgsim_reclaim_cookie one, two;

	pos = memcgsim_mem_cgroup_iter(c, memcgsim_mem_cgroup_iter(c, NULL, &one), &one);
	assert_ptr_equal(pos, unit_memcg(u, "a/c/d"));
	memcgsim_mem_cgroup_iter_break(c, pos);
	pos = memcgsim_mem_cgroup_iter(c, NULL, &two);
	assert_ptr_equal(pos, c);
	pos = memcgsim_mem_cgroup_iter(c, pos, &two);
	assert_ptr_equal(pos, unit_memcg(u, "a/c/d"));
	assert_null(memcgsim_mem_cgroup_iter(c, pos, &two));
}

/*
 * Models: L-05. The shared position is no reference: when its memcg is released it is forgotten, at
 * every level above.
 */
static void released_memcg_is_no_position(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *root = u->machine->root_memcg, *pos;
	struct memcgsim_reclaim_cookie of_a, of_root;

	pos = memcgsim_mem_cgroup_iter(a, memcgsim_mem_cgroup_iter(a, NULL, &of_a), &of_a);
	memcgsim_mem_cgroup_iter_break(a, pos);
	pos = memcgsim_mem_cgroup_iter(root, NULL, &of_root);
	pos = memcgsim_mem_cgroup_iter(root, pos, &of_root);
	pos = memcgsim_mem_cgroup_iter(root, pos, &of_root);
	memcgsim_mem_cgroup_iter_break(root, pos);
	assert_ptr_equal(a->reclaim.position, unit_memcg(u, "a/b"));
	assert_ptr_equal(root->reclaim.position, unit_memcg(u, "a/b"));
	unit_rmdir(u, "a/b");
	assert_null(a->reclaim.position);
	assert_null(root->reclaim.position);
	pos = memcgsim_mem_cgroup_iter(a, NULL, &of_a);
	assert_ptr_equal(pos, a);
}

/* Models: L-10. A memcg from elsewhere is no place to go on from. */
static void foreign_position_is_reported(void **state)
{
	struct unit *u = tree(state);

	memcgsim_css_get(unit_memcg(u, "e"));
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_mem_cgroup_iter(unit_memcg(u, "a"), unit_memcg(u, "e"), NULL));
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_css_put(unit_memcg(u, "e"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(round_goes_parents_first),
		unit_case(null_is_the_machines_root),
		unit_case(one_memcg_is_held_at_a_time),
		unit_case(offline_memcgs_are_visited_while_held),
		unit_case(round_goes_on_from_a_removed_memcg),
		unit_case(reclaimers_share_a_round),
		unit_case(who_joins_at_the_end_starts_anew),
		unit_case(released_memcg_is_no_position),
		unit_case(foreign_position_is_reported),
	};

	return cmocka_run_group_tests_name("iter", tests, NULL, NULL);
}
