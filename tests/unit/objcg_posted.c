/* SPDX-License-Identifier: MIT */
/*
 * history/objcg_posted: task->objcg as it was posted, with what appears to be wrong in it. What two
 * actors are needed for is seen by the explorer (D2): update_vs_move_to_root@v6.7-reviewed.
 */
#include "unit.h"

#include "memcg/memcg_data.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

/* Whom the current task's next page is charged to. */
static struct memcgsim_obj_cgroup *payer(void)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);
	struct memcgsim_obj_cgroup *objcg = msim_word_objcg(memcgsim_page_memcg_data(page));

	memcgsim___free_pages(page, 0);
	return objcg;
}

/*
 * Models: D1, K-04
 *
 *   root -- a(task, moved)    b      the task moves the other one to b: as posted the other goes on
 *                                    charging a, and the task itself looks once more, for nothing
 */
static void mover_is_told_not_who_moves(void **state)
{
	static const char *const profiles[] = { "v6.7-posted", "v6.7-reviewed", "v6.12" };

	for (unsigned int i = 0; i < 3; i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_obj_cgroup *of_a = unit_memcg(u, "a")->objcg, *of_b;
		struct memcgsim_task *moved = unit_fork(u, "a");
		bool posted = i == 0;

		unit_mkdir(u, "b");
		of_b = unit_memcg(u, "b")->objcg;
		assert_ptr_equal(payer(), of_a);
		assert_int_equal(memcgsim_switch_to(moved), 0);
		assert_ptr_equal(payer(), of_a);
		assert_int_equal(memcgsim_switch_to(u->task), 0);
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", moved), 0);
		assert_int_equal(memcgsim_task_objcg_word(u->task) & MSIM_OBJCG_UPDATE_FLAG,
				 posted);
		assert_int_equal(memcgsim_task_objcg_word(moved) & MSIM_OBJCG_UPDATE_FLAG, !posted);
		assert_ptr_equal(payer(), of_a);
		assert_int_equal(memcgsim_switch_to(moved), 0);
		assert_ptr_equal(payer(), posted ? of_a : of_b);
		assert_int_equal(memcgsim_switch_to(u->task), 0);
		assert_int_equal(memcgsim_do_exit(moved), 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: D1. A task that moves itself is told: that is how the bug stays unseen. */
static void who_moves_itself_is_told(void **state)
{
	struct unit *u = world_of(state, "v6.7-posted");

	unit_mkdir(u, "b");
	assert_ptr_equal(payer(), unit_memcg(u, "a")->objcg);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_ptr_equal(payer(), unit_memcg(u, "b")->objcg);
}

/* Models: D1. Whom no task moves is told by nobody, and no word that is not a task's is marked. */
static void nobody_tells_for_a_guest(void **state)
{
	struct unit *u = world_of(state, "v6.7-posted");

	unit_mkdir(u, "b");
	assert_ptr_equal(payer(), unit_memcg(u, "a")->objcg);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_int_equal(u->machine->idle.objcg, 0);
	assert_int_equal(memcgsim_switch_to(u->task), 0);
	assert_ptr_equal(payer(), unit_memcg(u, "a")->objcg);
	/* back where its word says it is */
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", u->task), 0);
}

/* Models: D3, O-12. A kernel thread in a cgroup pays as posted, and nobody does before and after. */
static void kernel_threads_pay(void **state)
{
	static const char *const profiles[] = { "v6.6", "v6.7-posted", "v6.7-reviewed", "v6.12" };

	for (unsigned int i = 0; i < 4; i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_clone_args args = { .kthread = true };
		bool pays = i == 1 || i == 2;
		struct memcgsim_task *kthread;

		assert_int_equal(memcgsim_kernel_clone(u->machine, NULL, &args, &kthread), 0);
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", kthread), 0);
		assert_int_equal(memcgsim_switch_to(kthread), 0);
		assert_ptr_equal(payer(), pays ? unit_memcg(u, "a")->objcg : NULL);
		assert_int_equal(memcgsim_switch_to(u->task), 0);
		assert_int_equal(memcgsim_do_exit(kthread), 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: D4. A scope's objcg is looked up with a reference, and found also where the task is in none. */
static void scopes_work(void **state)
{
	struct unit *u = world_of(state, "v6.7-posted");
	struct memcgsim_mem_cgroup *b;

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "b", &b), 0);
	assert_null(memcgsim_set_active_memcg(b));
	assert_ptr_equal(payer(), b->objcg);
	assert_int_equal(unit_refs(u, &b->objcg->ref), 1);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	memcgsim_mem_cgroup_put(b);
	assert_ptr_equal(payer(), unit_memcg(u, "a")->objcg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(mover_is_told_not_who_moves),
		unit_case(who_moves_itself_is_told),
		unit_case(nobody_tells_for_a_guest),
		unit_case(kernel_threads_pay),
		unit_case(scopes_work),
	};

	return cmocka_run_group_tests_name("objcg_posted", tests, NULL, NULL);
}
