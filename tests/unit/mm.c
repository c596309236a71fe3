/* SPDX-License-Identifier: MIT */
/*
 * task/mm: whose memcg pays for user pages, when tasks share, borrow or lack an address space.
 */
#include "unit.h"

#include "memcg/memcg_data.h"

#define USER MEMCGSIM_GFP_USER

/*  root -- a(task)    b  */
static struct unit *two(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "b");
	return u;
}

/* Whom a user page of @mm is charged to. */
static struct memcgsim_mem_cgroup *payer(struct memcgsim_mm *mm)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(USER, 0);
	struct memcgsim_mem_cgroup *memcg;

	assert_int_equal(memcgsim_mem_cgroup_charge(page, mm, USER), 0);
	memcg = msim_word_memcg(memcgsim_page_memcg_data(page));
	memcgsim_folio_put(page);
	return memcg;
}

static struct memcgsim_task *clone_of(struct unit *u, struct memcgsim_task *parent,
				      unsigned int flags, const char *cgroup)
{
	struct memcgsim_clone_args args = { .flags = flags, .cgroup = cgroup };
	struct memcgsim_task *task = NULL;

	assert_int_equal(memcgsim_kernel_clone(u->machine, parent, &args, &task), 0);
	return task;
}

static struct memcgsim_task *kthread_in(struct unit *u, const char *cgroup)
{
	struct memcgsim_clone_args args = { .flags = MEMCGSIM_CLONE_INTO_CGROUP,
					    .kthread = true,
					    .cgroup = cgroup };
	struct memcgsim_task *task = NULL;

	assert_int_equal(memcgsim_kernel_clone(u->machine, NULL, &args, &task), 0);
	return task;
}

/*
 * Models: O-13. With an mm its owner's memcg pays, whoever runs, whatever scope is set, and also in
 * an interrupt.
 */
static void owner_of_the_mm_pays_whatever_the_scope(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *other = unit_fork(u, "b");
	struct memcgsim_mm *mm = memcgsim_get_task_mm(other);
	struct memcgsim_mem_cgroup *a;

	assert_ptr_equal(payer(mm), unit_memcg(u, "b"));
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "a", &a), 0);
	assert_null(memcgsim_set_active_memcg(a));
	assert_ptr_equal(payer(mm), unit_memcg(u, "b"));
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), a);
	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_ptr_equal(payer(mm), unit_memcg(u, "b"));
	assert_int_equal(memcgsim_irq_exit(), 0);
	memcgsim_mem_cgroup_put(a);
	memcgsim_mmput(mm);
}

/*
 * Models: O-13. Without an mm: the scope's, else current's mm's, else the root. In an interrupt
 * the CPU's scope, else the mm of the task that it struck.
 */
static void without_an_mm_the_scope_then_current_then_the_root(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_mem_cgroup *b;

	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "b", &b), 0);
	assert_ptr_equal(payer(NULL), unit_memcg(u, "a"));
	assert_null(memcgsim_set_active_memcg(b));
	assert_ptr_equal(payer(NULL), b);
	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_ptr_equal(payer(NULL), unit_memcg(u, "a"));
	assert_null(memcgsim_set_active_memcg(b));
	assert_ptr_equal(payer(NULL), b);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	assert_int_equal(memcgsim_irq_exit(), 0);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_ptr_equal(payer(NULL), u->machine->root_memcg);
	assert_int_equal(memcgsim_switch_to(kthread_in(u, "a")), 0);
	assert_ptr_equal(payer(NULL), u->machine->root_memcg);
	memcgsim_mem_cgroup_put(b);
}

/* Models: O-13. The answer with a reference of the caller's, which the checks know of. */
static void getting_the_memcg_adds_a_reference(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_mem_cgroup *memcg = memcgsim_get_mem_cgroup_from_mm(NULL);

	assert_ptr_equal(memcg, unit_memcg(u, "a"));
	assert_int_equal(unit_refs(u, &memcg->ref), 4); /* base, id, css_set, the caller's */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	memcgsim_mem_cgroup_put(memcg);
	assert_int_equal(unit_refs(u, &memcg->ref), 3);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim_get_mem_cgroup_from_mm(NULL));
}

/*
 * Models: O-13, mm_update_next_owner(). Two processes in one mm: the owner's cgroup pays for both;
 * when it exits, the other's. The last one's exit leaves none, and the root.
 */
static void mm_goes_to_the_next_owner(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *owner = unit_fork(u, "a");
	struct memcgsim_task *sharer =
		clone_of(u, owner, MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_INTO_CGROUP, "b");
	struct memcgsim_mm *mm = memcgsim_get_task_mm(sharer);

	assert_int_equal(memcgsim_switch_to(sharer), 0);
	assert_ptr_equal(payer(mm), unit_memcg(u, "a"));
	assert_ptr_equal(payer(NULL), unit_memcg(u, "a")); /* by current's mm, not by current */
	assert_int_equal(memcgsim_do_exit(owner), 0);
	assert_ptr_equal(payer(mm), unit_memcg(u, "b"));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	assert_int_equal(memcgsim_do_exit(sharer), 0);
	assert_ptr_equal(payer(mm), u->machine->root_memcg);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	memcgsim_mmput(mm);
}

/*
 * Models: O-12, O-13, D3. A kernel thread that borrows an mm: user pages are the owner's, kernel
 * memory still nobody's; and it never becomes the owner.
 */
static void kernel_thread_borrows_an_mm(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *owner = unit_fork(u, "b"), *kthread = kthread_in(u, "a");
	struct memcgsim_mm *mm = memcgsim_get_task_mm(owner);
	void *object;

	assert_int_equal(memcgsim_kthread_use_mm(mm), -EINVAL); /* current is none */
	assert_int_equal(memcgsim_switch_to(kthread), 0);
	assert_null(memcgsim_get_task_mm(kthread));
	assert_int_equal(memcgsim_kthread_unuse_mm(mm), -EINVAL);
	assert_int_equal(memcgsim_kthread_use_mm(mm), 0);
	assert_int_equal(memcgsim_kthread_use_mm(mm), -EINVAL);
	assert_null(memcgsim_get_task_mm(kthread)); /* not its own to give */
	assert_ptr_equal(payer(NULL), unit_memcg(u, "b"));
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	memcgsim_kfree(object);
	assert_int_equal(memcgsim_task_objcg_word(kthread), 0);
	assert_int_equal(memcgsim_do_exit(owner), 0);
	assert_ptr_equal(payer(NULL), u->machine->root_memcg);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	assert_int_equal(memcgsim_begin_new_exec(), -EINVAL);
	assert_int_equal(memcgsim_kthread_unuse_mm(mm), 0);
	memcgsim_mmput(mm);
	assert_true(msim_list_count(&u->machine->mms) == 1); /* u->task's */
}

/*
 * Models: K-07. A task without an mm looks once, finds that it pays for nothing, and goes on so
 * even with an mm of its own, until it is moved.
 */
static void task_without_an_mm_pays_from_its_next_move_on(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *helper = clone_of(u, kthread_in(u, "a"), 0, NULL);

	assert_int_equal(memcgsim_switch_to(helper), 0);
	assert_int_equal(memcgsim_task_objcg_word(helper), MSIM_OBJCG_UPDATE_FLAG);
	assert_null(memcgsim_current_obj_cgroup());
	assert_int_equal(memcgsim_task_objcg_word(helper), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	assert_int_equal(memcgsim_begin_new_exec(), 0);
	assert_ptr_equal(payer(NULL), unit_memcg(u, "a")); /* user pages at once */
	assert_null(memcgsim_current_obj_cgroup());
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", helper), 0);
	assert_ptr_equal(memcgsim_current_obj_cgroup(), unit_memcg(u, "b")->objcg);
}

/* Models: begin_new_exec(). A new mm, owned by who execs; the old one goes on without it. */
static void exec_gives_a_new_mm(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *child =
		clone_of(u, u->task, MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_INTO_CGROUP, "b");
	struct memcgsim_task *thread;

	assert_int_equal(memcgsim_switch_to(child), 0);
	assert_ptr_equal(payer(NULL), unit_memcg(u, "a"));
	assert_int_equal(memcgsim_begin_new_exec(), 0);
	assert_ptr_equal(payer(NULL), unit_memcg(u, "b"));
	thread = clone_of(u, child, MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD, NULL);
	assert_int_equal(memcgsim_begin_new_exec(), -EBUSY);
	assert_int_equal(memcgsim_switch_to(thread), 0);
	assert_int_equal(memcgsim_begin_new_exec(), -EBUSY);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_int_equal(memcgsim_begin_new_exec(), -ESRCH);
}

/* Models: task.h. The references of tasks are theirs: one put too many is told, and harms nobody. */
static void mm_put_too_often_is_told(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_mm *mm = memcgsim_get_task_mm(u->task);

	memcgsim_mmput(mm);
	unit_allow_bugs(u, 1);
	memcgsim_mmput(mm);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_ptr_equal(u->task->mm, mm);
	assert_ptr_equal(payer(mm), unit_memcg(u, "a"));
}

/*
 * Models: charge.h. An mm of another machine pays for nothing here: its memcg has its references on
 * the CPUs of that one.
 */
static void mm_of_another_machine_is_refused(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_page *page = memcgsim_alloc_pages(USER, 0);
	struct memcgsim_config config = unit_config();
	struct memcgsim_task *stranger;
	struct memcgsim *elsewhere;
	struct memcgsim_mm *mm;

	assert_int_equal(memcgsim_create(&config, &elsewhere), 0);
	assert_int_equal(memcgsim_fork(elsewhere, NULL, &stranger), 0);
	mm = memcgsim_get_task_mm(stranger);
	unit_allow_bugs(u, 2);
	assert_int_equal(memcgsim_mem_cgroup_charge(page, mm, USER), -EINVAL);
	assert_null(memcgsim_get_mem_cgroup_from_mm(mm));
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	memcgsim_folio_put(page);
	memcgsim_mmput(mm);
	assert_int_equal(memcgsim_destroy(elsewhere, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(owner_of_the_mm_pays_whatever_the_scope),
		unit_case(without_an_mm_the_scope_then_current_then_the_root),
		unit_case(getting_the_memcg_adds_a_reference),
		unit_case(mm_goes_to_the_next_owner),
		unit_case_v6_12(kernel_thread_borrows_an_mm),
		unit_case(task_without_an_mm_pays_from_its_next_move_on),
		unit_case(exec_gives_a_new_mm),
		unit_case(mm_put_too_often_is_told),
		unit_case(mm_of_another_machine_is_refused),
	};

	return cmocka_run_group_tests_name("mm", tests, NULL, NULL);
}
