/* SPDX-License-Identifier: MIT */
/*
 * history/memcg_v1: what a memcg of 2012 to 2014 is, from its creation to its end.
 */
#include "unit.h"

/* unit_world() of a kernel version. */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

/*
 * Models: Y-01. Three counters in each memcg, the root's too, each below its parent's of the same
 * currency; and no objcg, so no object is anybody's.
 */
static void counters_follow_the_tree(void **state)
{
	static const char *const profiles[] = { "v3.7", "v3.8" };

	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct msim_memcg_v1 *root = u->machine->root_memcg->v1, *a, *b;
		void *object;

		unit_write(u, "cgroup.procs", "1");
		unit_write(u, "a/cgroup.subtree_control", "+memory");
		unit_mkdir(u, "a/b");
		a = unit_memcg(u, "a")->v1;
		b = unit_memcg(u, "a/b")->v1;
		assert_null(root->res.parent);
		assert_ptr_equal(a->res.parent, &root->res);
		assert_ptr_equal(b->res.parent, &a->res);
		assert_ptr_equal(b->memsw.parent, &a->memsw);
		assert_ptr_equal(b->kmem.parent, &a->kmem);
		unit_write(u, "a/b/cgroup.procs", "1");
		assert_null(unit_memcg(u, "a/b")->objcg);
		object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		assert_non_null(object);
		assert_int_equal(msim_load_relaxed(&b->res.usage), 0);
		memcgsim_kfree(object);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: L-03, L-05. A removed group that nobody holds is freed, a child before its parent. */
static void removed_groups_are_freed(void **state)
{
	struct unit *u = world_of(state, "v3.8");

	unit_mkdir(u, "b");
	unit_write(u, "b/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "b/c");
	assert_int_equal(u->machine->nr_cgroups, 3);
	unit_rmdir(u, "b/c");
	unit_rmdir(u, "b");
	assert_int_equal(u->machine->nr_cgroups, 1);
}

/* A machine, or a memcg, is made whole or not at all. */
static void creation_fails_without_memory(void **state)
{
	struct unit *u = world_of(state, "v3.8");
	unsigned long nth;

	for (nth = 1;; nth++) {
		int err;

		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, nth), 0);
		err = memcgsim_cgroup_mkdir(u->machine, "b");
		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 0), 0);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	}
	assert_int_equal(nth, 5); /* cgroup, its name, memcg, what it has besides */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(counters_follow_the_tree),
		unit_case(removed_groups_are_freed),
		unit_case(creation_fails_without_memory),
	};

	return cmocka_run_group_tests_name("memcg_v1", tests, NULL, NULL);
}
