/* SPDX-License-Identifier: MIT */
/*
 * history/move: charges that change hands while their pages stay in place.
 */
#include "unit_v1.h"

#include "history/res_counter.h"

static const char *const profiles[] = { "v3.17", "v3.16" };

#define for_each_version(i) for (size_t i = 0; i < msim_array_size(profiles); i++)

/* Ends the world of one version, so that the next may begin. */
static void next(void **state)
{
	assert_int_equal(unit_teardown(state), 0);
	*state = NULL;
}

/* Models: G-07, I-COUNTER, I-LRU. The page, its reference, its place on a list, and both counters. */
static void a_moved_page_is_the_others(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *b = unit_memcg(u, "b");
		struct memcgsim_page *page = unit_anon_page();
		long refs = unit_refs(u, &b->ref);

		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, b), 0);
		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, b), 0); /* it is there */
		assert_ptr_equal(unit_owner(page), b);
		unit_assert_charged(u, "a", 0, 0);
		unit_assert_charged(u, "b", 1, 1);
		assert_int_equal(unit_refs(u, &b->ref), refs + 1);
		assert_int_equal(memcgsim_mem_cgroup_get_lru_size(b, MEMCGSIM_LRU_INACTIVE_ANON),
				 1);
		assert_int_equal(memcgsim_mem_cgroup_get_lru_size(a, MEMCGSIM_LRU_INACTIVE_ANON),
				 0);
		unit_unmap(page);
		unit_assert_charged(u, "b", 0, 0);
		next(state);
	}
}

/* Models: G-07. What cannot be moved stays, and nobody has paid for the attempt. */
static void a_refused_move_changes_nothing(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_mem_cgroup *b = unit_memcg(u, "b");
		struct memcgsim_page *page = unit_anon_page(), *bare = unit_page(0);

		assert_int_equal(memcgsim_mem_cgroup_move_charge(bare, b), -EINVAL);
		assert_true(memcgsim_folio_isolate_lru(page));
		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, b), -EBUSY);
		memcgsim_folio_putback_lru(page);
		assert_int_equal(msim_res_counter_set_limit(&b->v1->memsw, 0), 0);
		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, b), -ENOMEM);
		unit_assert_charged(u, "a", 1, 1);
		unit_assert_charged(u, "b", 0, 0);
		memcgsim_folio_put(bare);
		unit_unmap(page);
		next(state);
	}
}

/* Models: G-07. In the hierarchy of v2 a charge stays where it was made. */
static void later_kernels_move_nothing(void **state)
{
	struct unit *u = unit_v1_world(state, "v6.12");
	struct memcgsim_page *page = unit_anon_page();
	struct memcgsim_page_cgroup record;

	assert_int_equal(memcgsim_mem_cgroup_move_charge(page, unit_memcg(u, "b")), -EOPNOTSUPP);
	assert_int_equal(memcgsim_lookup_page_cgroup(page, &record), -EOPNOTSUPP);
	unit_unmap(page);
}

/* Models: I-COUNTER. The root pays for nothing, from where or to where it may be. */
static void the_root_is_moved_to_and_from(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_mem_cgroup *root = u->machine->root_memcg;
		struct memcgsim_page *page = unit_anon_page();

		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, root), 0);
		unit_assert_charged(u, "a", 0, 0);
		assert_int_equal(root->v1->res.usage, 0);
		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, unit_memcg(u, "b")), 0);
		unit_assert_charged(u, "b", 1, 1);
		assert_int_equal(root->v1->res.usage, UNIT_PAGE);
		unit_unmap(page);
		next(state);
	}
}

/*
 * Models: G-02. A removed group leaves no user page behind: they are its parent's, whose counter has
 * had them all along, and the group is freed.
 */
static void a_removed_group_leaves_no_page(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *pages[3];

		unit_write(u, "b/cgroup.subtree_control", "+memory");
		unit_mkdir(u, "b/c");
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b/c", u->task), 0);
		for (unsigned int j = 0; j < 3; j++)
			pages[j] = j == 2 ? unit_file_page() : unit_anon_page();
		unit_assert_charged(u, "b", 3, 3);
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", u->task), 0);
		unit_rmdir(u, "b/c");
		assert_int_equal(u->machine->nr_cgroups, 2);
		unit_assert_charged(u, "b", 3, 3);
		for (unsigned int j = 0; j < 3; j++)
			assert_ptr_equal(unit_owner(pages[j]), unit_memcg(u, "b"));
		unit_rmdir(u, "b");
		assert_int_equal(u->machine->nr_cgroups, 1);
		assert_int_equal(u->machine->root_memcg->v1->memsw.usage, 0);
		unit_unmap(pages[0]);
		unit_unmap(pages[1]);
		unit_truncate(pages[2]);
		next(state);
	}
}

/* Models: L-06. A page that somebody has off the lists stays, and keeps its group until it is freed. */
static void an_isolated_page_keeps_its_group(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *page = unit_anon_page(), *other = unit_anon_page();
		struct memcgsim_mem_cgroup *b = unit_memcg(u, "b");
		char *text;
		bool told;

		assert_int_equal(memcgsim_mem_cgroup_move_charge(page, b), 0);
		assert_int_equal(memcgsim_mem_cgroup_move_charge(other, b), 0);
		assert_true(memcgsim_folio_isolate_lru(page));
		unit_rmdir(u, "b");
		assert_int_equal(memcgsim_holders_text(u->machine, &text), 0);
		told = strstr(text, "user memory of ") != NULL;
		free(text); /* before the assertion, which may jump */
		assert_true(told);
		assert_int_equal(u->machine->nr_cgroups, 2);
		assert_ptr_equal(unit_owner(page), b);
		assert_ptr_equal(unit_owner(other), u->machine->root_memcg);
		assert_int_equal(b->v1->res.usage, UNIT_PAGE);
		unit_unmap(page);
		memcgsim_run_work(u->machine);
		assert_int_equal(u->machine->nr_cgroups, 1);
		unit_unmap(other);
		next(state);
	}
}

/* Models: G-07. With the bit set, a task's anonymous pages come along, and all that they are charged. */
static void pages_come_along_with_their_task(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *page = unit_anon_page(), *held = unit_anon_page();
		struct memcgsim_page *file = unit_file_page(), *foreign;
		struct memcgsim_task *other = unit_fork(u, "a");

		unit_run(u, 0, other);
		foreign = unit_anon_page();
		unit_run(u, 0, u->task);
		unit_write(u, "b/memory.move_charge_at_immigrate", "1");
		unit_assert_file(u, "b/memory.move_charge_at_immigrate", "1\n");
		assert_true(memcgsim_folio_isolate_lru(held));
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
		assert_ptr_equal(unit_owner(page), unit_memcg(u, "b"));
		assert_ptr_equal(unit_owner(foreign), unit_memcg(u, "a"));
		memcgsim_folio_putback_lru(held);
		unit_assert_charged(u, "a", 3, 3);
		unit_assert_charged(u, "b", 1, 1);
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", u->task), 0);
		unit_assert_charged(u, "b", 1, 1);
		unit_unmap(page);
		unit_unmap(held);
		unit_unmap(foreign);
		unit_truncate(file);
		next(state);
	}
}

/* Models: G-07, G-08. Without room for all of them the task stays, and so does every charge. */
static void a_task_whose_pages_have_no_room_stays(void **state)
{
	for_each_version(i)
	{
		struct unit *u = unit_v1_world(state, profiles[i]);
		struct memcgsim_page *pages[2] = { unit_anon_page(), unit_anon_page() };

		unit_write(u, "b/memory.move_charge_at_immigrate", "1");
		unit_write(u, "b/memory.limit_in_bytes", "4k");
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), -ENOMEM);
		assert_ptr_equal(u->task->cset->memcg, unit_memcg(u, "a"));
		unit_assert_charged(u, "a", 2, 2);
		unit_assert_charged(u, "b", 0, 0);
		unit_unmap(pages[0]);
		unit_unmap(pages[1]);
		next(state);
	}
}

/* Models: Y-07, G-07. Pages of files are not modelled as a task's, and there are two bits. */
static void other_bits_are_refused(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.16");
	const char *file = "b/memory.move_charge_at_immigrate";

	assert_int_equal(memcgsim_cgroupfs_write(u->machine, file, "2"), -EOPNOTSUPP);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, file, "4"), -EINVAL);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, file, "-1"), -EINVAL);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, file, "x"), -EINVAL);
	unit_assert_file(u, file, "0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(a_moved_page_is_the_others),
		unit_case(a_refused_move_changes_nothing),
		unit_case(later_kernels_move_nothing),
		unit_case(the_root_is_moved_to_and_from),
		unit_case(pages_come_along_with_their_task),
		unit_case(a_task_whose_pages_have_no_room_stays),
		unit_case(other_bits_are_refused),
		unit_case(a_removed_group_leaves_no_page),
		unit_case(an_isolated_page_keeps_its_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
