/* SPDX-License-Identifier: MIT */
/*
 * memcg/id: ids that outlive being online, and may outlive nothing else.
 */
#include "unit.h"

#include "memcg/id.h"

/*  root -- a -- b ...: every one gives memory. The thread stays unbound.  */
static struct unit *chain(void **state, unsigned int depth)
{
	struct unit *u = unit_machine(state, NULL);
	static const char *const paths[] = { "", "a", "a/b", "a/b/c" };
	char file[64];

	for (unsigned int i = 0; i <= depth; i++) {
		if (i)
			unit_mkdir(u, paths[i]);
		snprintf(file, sizeof(file), "%s%scgroup.subtree_control", paths[i], i ? "/" : "");
		if (i < depth)
			unit_write(u, file, "+memory");
	}
	return u;
}

/* Models: L-01, section 17. 0 is no id; the root's is 1, the first child's 2. */
static void id_finds_its_memcg(void **state)
{
	struct unit *u = chain(state, 1);

	assert_null(memcgsim_mem_cgroup_from_id(u->machine, 0));
	assert_ptr_equal(memcgsim_mem_cgroup_from_id(u->machine, 1), u->machine->root_memcg);
	assert_ptr_equal(memcgsim_mem_cgroup_from_id(u->machine, 2), unit_memcg(u, "a"));
	assert_null(memcgsim_mem_cgroup_from_id(u->machine, 3));
	assert_null(memcgsim_mem_cgroup_from_id(u->machine, MEMCGSIM_MAX_MEMCGS + 1));
	assert_null(memcgsim_mem_cgroup_from_id(u->machine, ~0u));
	assert_int_equal(memcgsim_mem_cgroup_id(unit_memcg(u, "a")), 2);
}

/*
 * Models: L-01. What is reserved is nobody's: it is neither found nor given out again, until it is
 * published or given back.
 */
static void reserved_id_is_not_found(void **state)
{
	struct unit *u = chain(state, 0);
	unsigned int id, next;

	assert_int_equal(msim_memcg_id_reserve(u->machine, &id), 0);
	assert_int_equal(id, 2);
	assert_null(msim_memcg_from_id(u->machine, id));
	assert_int_equal(msim_memcg_id_reserve(u->machine, &next), 0);
	assert_int_equal(next, 3);
	msim_memcg_id_cancel(u->machine, id);
	assert_int_equal(msim_memcg_id_reserve(u->machine, &id), 0);
	assert_int_equal(id, 2);
	msim_memcg_id_cancel(u->machine, next);
	msim_memcg_id_cancel(u->machine, id);
}

/* Models: L-01. A memcg that fails to come online gives its id back. */
static void failed_creation_gives_the_id_back(void **state)
{
	struct unit *u = chain(state, 1);
	int err;

	for (unsigned long nth = 1;; nth++) {
		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, nth), 0);
		err = memcgsim_cgroup_mkdir(u->machine, "x");
		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 0), 0);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	}
	assert_int_equal(unit_memcg(u, "x")->id, 3);
}

/*
 * Models: L-08, I-REF-ID, I-ID-LIFE. Written down, an id survives its memcg's going offline, finds it
 * and pins it; the last record gives the id to others and the memcg free.
 */
static void written_down_id_outlives_offline(void **state)
{
	struct unit *u = chain(state, 1);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_mem_cgroup_id_get_many(a, 3);
	assert_int_equal(a->id_refs, 4);
	unit_rmdir(u, "a");
	assert_int_equal(a->id_refs, 3);
	assert_int_equal(memcgsim_mem_cgroup_id(a), 2);
	assert_ptr_equal(memcgsim_mem_cgroup_from_id(u->machine, 2), a);
	assert_int_equal(unit_refs(u, &a->ref), 1); /* the id's */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_mkdir(u, "b");
	assert_int_equal(unit_memcg(u, "b")->id, 3); /* 2 is taken */

	memcgsim_mem_cgroup_id_put_many(a, 2);
	assert_ptr_equal(memcgsim_mem_cgroup_from_id(u->machine, 2), a);
	memcgsim_mem_cgroup_id_put_many(a, 1);
	assert_null(memcgsim_mem_cgroup_from_id(u->machine, 2));
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 1);
	unit_mkdir(u, "c");
	assert_int_equal(unit_memcg(u, "c")->id, 2);
}

/*
 * Models: L-08. The other way round: an id goes to a new memcg while the old one still lives, held by
 * something else.
 */
static void id_is_reused_while_its_old_memcg_lives(void **state)
{
	struct unit *u = chain(state, 1);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_css_get(a);
	unit_rmdir(u, "a");
	assert_int_equal(memcgsim_mem_cgroup_id(a), 0);
	unit_mkdir(u, "b");
	assert_int_equal(unit_memcg(u, "b")->id, 2);
	assert_ptr_equal(memcgsim_mem_cgroup_from_id(u->machine, 2), unit_memcg(u, "b"));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_css_put(a);
}

/*
 * Models: L-09
 *
 *   root -- a -- b -- c      b and c gone, c's id written down: c; without, a; the root in the end
 */
static void nearest_id_is_found_upwards(void **state)
{
	struct unit *u = chain(state, 3);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "a/b"),
				   *c = unit_memcg(u, "a/b/c");

	assert_ptr_equal(memcgsim_mem_cgroup_id_get_online(c), c);
	memcgsim_css_get(c);
	unit_rmdir(u, "a/b/c");
	unit_rmdir(u, "a/b");
	assert_int_equal(memcgsim_mem_cgroup_id(b), 0);
	assert_ptr_equal(memcgsim_mem_cgroup_id_get_online(c),
			 c); /* offline, but its id is not released */
	memcgsim_mem_cgroup_id_put_many(c, 2);
	assert_ptr_equal(memcgsim_mem_cgroup_id_get_online(c), a);
	assert_int_equal(a->id_refs, 2);
	assert_int_equal(a->id_holds, 1);
	unit_rmdir(u, "a");
	memcgsim_mem_cgroup_id_put_many(a, 1);
	assert_ptr_equal(memcgsim_mem_cgroup_id_get_online(c), u->machine->root_memcg);
	memcgsim_mem_cgroup_id_put_many(u->machine->root_memcg, 1);
	memcgsim_css_put(c);
}

/* Models: L-08, I-REF-POS. More than were taken: refused, and the id stays. */
static void putting_more_than_was_taken_is_reported(void **state)
{
	struct unit *u = chain(state, 1);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_mem_cgroup_id_get_many(a, 1);
	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_id_put_many(a, 2);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(a->id_refs, 2);
	memcgsim_mem_cgroup_id_put_many(a, 1);
	memcgsim_mem_cgroup_id_put_many(a, 0); /* nothing */
	memcgsim_mem_cgroup_id_get_many(a, 0);
	assert_int_equal(a->id_refs, 1);
}

/* Models: L-08, I-REF-RESURRECT. An id that is released cannot be taken again. */
static void released_id_is_not_revived(void **state)
{
	struct unit *u = chain(state, 1);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_css_get(a);
	unit_rmdir(u, "a");
	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_id_get_many(a, 1);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(a->id_refs, 0);
	memcgsim_css_put(a);
}

/* Models: L-08. What the caller wrote down and forgot is told of, and given back, at the end. */
static void forgotten_records_are_leaks(void **state)
{
	struct unit *u = chain(state, 2);
	struct memcgsim_leaks leaks;

	memcgsim_mem_cgroup_id_get_many(unit_memcg(u, "a"), 5);
	memcgsim_css_get(unit_memcg(u, "a"));
	memcgsim_css_get(unit_memcg(u, "a/b"));
	for (int i = 0; i < 2; i++) /* more than one call can put */
		memcgsim_mem_cgroup_id_get_many(unit_memcg(u, "a"), UINT32_MAX);
	u->broken = true;
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.mem_cgroups, 2);
	assert_int_equal(leaks.bugs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(id_finds_its_memcg),
		unit_case(reserved_id_is_not_found),
		unit_case(failed_creation_gives_the_id_back),
		unit_case(written_down_id_outlives_offline),
		unit_case(id_is_reused_while_its_old_memcg_lives),
		unit_case(nearest_id_is_found_upwards),
		unit_case(putting_more_than_was_taken_is_reported),
		unit_case(released_id_is_not_revived),
		unit_case(forgotten_records_are_leaks),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
