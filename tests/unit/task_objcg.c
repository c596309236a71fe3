/* SPDX-License-Identifier: MIT */
/*
 * task/objcg: the current task's cached answer to "who pays", as far as one thread can tell. What
 * needs two (a mover between the exchange and the compare-exchange: D2, K-05, K-06) is in
 * tests/race.
 */
#include "unit.h"

#include "memcg/memcg_data.h"

#include "task/objcg.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/*  root -- a(task)    b  */
static struct unit *two(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "b");
	return u;
}

static void allocate_once(void)
{
	void *object = memcgsim_kmalloc(8, ACCOUNT);

	assert_non_null(object);
	memcgsim_kfree(object);
}

/* Whether the word is the objcg of @path, without the bit. */
static void assert_word(struct unit *u, const struct memcgsim_task *task, const char *path)
{
	assert_int_equal(memcgsim_task_objcg_word(task), (unsigned long)unit_memcg(u, path)->objcg);
}

/*
 * Models: K-01. A new task has exactly the bit, whatever its parent had, and no reference.
 */
static void fork_stores_the_bare_flag(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *child;
	long refs;

	allocate_once();
	refs = unit_refs(u, &unit_memcg(u, "a")->objcg->ref);
	assert_int_equal(memcgsim_fork(u->machine, u->task, &child), 0);
	assert_int_equal(memcgsim_task_objcg_word(child), MSIM_OBJCG_UPDATE_FLAG);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->objcg->ref), refs);
}

/*
 * Models: section 6, O-10. The first allocation looks up, and the task keeps a reference;
 * the next one does not.
 */
static void first_allocation_looks_up_and_keeps_a_reference(void **state)
{
	struct unit *u = two(state);
	struct msim_ref *ref = &unit_memcg(u, "a")->objcg->ref;

	assert_ptr_equal(msim_current_objcg(msim_ctx()), unit_memcg(u, "a")->objcg);
	assert_word(u, u->task, "a");
	assert_int_equal(unit_refs(u, ref), 3);
	assert_ptr_equal(msim_current_objcg(msim_ctx()), unit_memcg(u, "a")->objcg);
	assert_int_equal(unit_refs(u, ref), 3);
}

/*
 * Models: D1. Moving flags the task that is moved, not the one that moves it.
 */
static void attach_flags_the_moved_task_and_not_current(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_task *other = unit_fork(u, "a");

	allocate_once();
	assert_int_equal(memcgsim_switch_to(other), 0);
	allocate_once();
	assert_int_equal(memcgsim_switch_to(u->task), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", other), 0);
	assert_word(u, u->task, "a");
	assert_int_equal(memcgsim_task_objcg_word(other),
			 (unsigned long)unit_memcg(u, "a")->objcg | MSIM_OBJCG_UPDATE_FLAG);
}

/*
 * Models: section 6. The next allocation after a move lets the old one go and takes the
 * new.
 */
static void moved_task_charges_its_new_cgroup(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_obj_cgroup *of_a = unit_memcg(u, "a")->objcg,
				   *of_b = unit_memcg(u, "b")->objcg;

	assert_ptr_equal(msim_current_objcg(msim_ctx()), of_a);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_ptr_equal(msim_current_objcg(msim_ctx()), of_b);
	assert_int_equal(unit_refs(u, &of_a->ref), 2);
	assert_int_equal(unit_refs(u, &of_b->ref), 3);
	assert_word(u, u->task, "b");
}

/* Models: section 6. Two moves in a row: one look, at where it is now. */
static void moving_there_and_back_is_one_look(void **state)
{
	struct unit *u = two(state);

	allocate_once();
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a", u->task), 0);
	allocate_once();
	assert_word(u, u->task, "a");
	assert_int_equal(unit_refs(u, &unit_memcg(u, "b")->objcg->ref), 2);
}

/*
 * Models: D3, O-12. A thread without a task charges nobody, and nothing is looked up for
 * it.
 */
static void no_task_charges_nobody(void **state)
{
	struct unit *u = two(state);

	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_null(msim_current_objcg(msim_ctx()));
	assert_null(memcgsim_get_obj_cgroup_from_current());
	allocate_once();
	assert_int_equal(u->machine->idle.objcg, 0);
	assert_int_equal(u->machine->root_memcg->memory.usage, 0);
}

/*
 * Models: O-10, O-11, D6. In the root nobody is charged: the answer is NULL, without the
 * bit.
 */
static void task_of_the_root_charges_nobody(void **state)
{
	struct unit *u = two(state);

	allocate_once();
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	assert_null(msim_current_objcg(msim_ctx()));
	assert_int_equal(memcgsim_task_objcg_word(u->task), 0);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->objcg->ref),
			 3); /* own, orig, byte stock */
}

/*
 * Models: O-10, G-10. A directory without a memcg of its own: its nearest ancestor's
 * objcg.
 */
static void lookup_goes_up_to_the_nearest_memcg(void **state)
{
	struct unit *u = two(state);

	unit_mkdir(u, "b/c");
	unit_mkdir(u, "b/c/d");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b/c/d", u->task), 0);
	assert_ptr_equal(msim_current_objcg(msim_ctx()), unit_memcg(u, "b")->objcg);
}

/*
 * Models: O-10, D6
 *
 *   root -- p -- x(task)      x's objcg, then p's too, has no reference left to stand on
 *
 * A dying objcg is passed over for the parent's; where none is left the answer is NULL, not the one
 * just met.
 */
static void dying_objcg_is_passed_over(void **state)
{
	static struct memcgsim_obj_cgroup dead; /* no counters, no references */
	struct unit *u = two(state);
	struct memcgsim_mem_cgroup *p, *x;
	struct memcgsim_obj_cgroup *of_p, *of_x, *first, *second;

	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "p/x");
	p = unit_memcg(u, "p");
	x = unit_memcg(u, "p/x");
	of_p = p->objcg;
	of_x = x->objcg;
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "p/x", u->task), 0);
	x->objcg = &dead;
	first = msim_current_objcg(msim_ctx());
	u->task->objcg |= MSIM_OBJCG_UPDATE_FLAG;
	p->objcg = &dead;
	second = msim_current_objcg(msim_ctx());
	u->task->objcg |= MSIM_OBJCG_UPDATE_FLAG;
	p->objcg = of_p;
	x->objcg = of_x;
	assert_ptr_equal(first, of_p);
	assert_null(second);
	assert_int_equal(dead.ref.count, 0);
}

/*
 * Models: K-03, K-04, O-03
 *
 *   root -- p -- x(task)      moved to b, and x removed, before it allocates again
 *
 * Offlining does not touch the task: it still holds x's objcg, which is p's now; nothing is dying
 * meanwhile. The bit makes the next charge b's all the same.
 */
static void moved_task_may_hold_the_objcg_of_a_removed_cgroup(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_obj_cgroup *of_x;

	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "p/x");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "p/x", u->task), 0);
	of_x = msim_current_objcg(msim_ctx());
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	unit_rmdir(u, "p/x");
	assert_int_equal(memcgsim_task_objcg_word(u->task), (unsigned long)of_x | 1);
	assert_ptr_equal(of_x->memcg, unit_memcg(u, "p"));
	assert_int_equal(unit_cgroup(u, "p")->stat.dying_descendants, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	allocate_once();
	assert_word(u, u->task, "b");
	memcgsim_run_work(u->machine);
	assert_true(msim_list_empty(&unit_memcg(u, "p")->objcg_list));
}

/*
 * Models: section 6 (exit), I-TASK-EXIT. Exit puts the reference, flagged or not.
 */
static void exit_puts_the_reference(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_obj_cgroup *of_a = unit_memcg(u, "a")->objcg;

	(void)msim_current_objcg(msim_ctx());
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	assert_int_equal(unit_refs(u, &of_a->ref), 3);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	assert_int_equal(unit_refs(u, &of_a->ref), 2);
	assert_null(memcgsim_current());
	allocate_once(); /* nobody's, now */
	assert_int_equal(unit_refs(u, &of_a->ref), 2);
}

/*
 * Models: memcg_kmem_online(). Before a memcg besides the root has existed nothing is
 * looked up.
 */
static void before_the_first_memcg_nothing_is_looked_up(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_run(u, 0, unit_fork(u, ""));
	allocate_once();
	assert_int_equal(memcgsim_task_objcg_word(memcgsim_current()), MSIM_OBJCG_UPDATE_FLAG);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	allocate_once();
	assert_int_equal(memcgsim_task_objcg_word(memcgsim_current()), 0);
}

/* Models: D4. get_ adds a reference of the caller's own. */
static void getting_the_objcg_adds_a_reference(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();

	assert_ptr_equal(objcg, unit_memcg(u, "a")->objcg);
	assert_int_equal(unit_refs(u, &objcg->ref), 4); /* own, orig, task, the caller's */
	memcgsim_obj_cgroup_put(objcg);
	assert_int_equal(unit_refs(u, &objcg->ref), 3);
}

/*
 * Models: O-13. The memcg of user pages: by the css_set, at once, with a reference.
 */
static void current_memcg_is_that_of_the_css_set(void **state)
{
	struct unit *u = two(state);
	struct memcgsim_mem_cgroup *memcg;
	struct msim_section section;

	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	memcg = msim_get_memcg_from_mm(msim_ctx(), NULL);
	assert_ptr_equal(memcg, unit_memcg(u, "b"));
	assert_int_equal(unit_refs(u, &memcg->ref), 4); /* base, id, css_set, the caller's */
	section = msim_section_enter(msim_ctx());
	(void)msim_ref_put(section.cpu, &memcg->ref);
	msim_section_leave(&section);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_ptr_equal(msim_get_memcg_from_mm(msim_ctx(), NULL), u->machine->root_memcg);
}

/* Moves the task, and allocates as it. */
static unsigned long moves_current(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				   unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	struct unit *u = arg;
	struct memcgsim_page *page;

	(void)memcg;
	(void)nr_pages;
	(void)gfp;
	assert_int_equal(memcgsim_cgroup_attach_task(machine, "b", u->task), 0);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_non_null(page);
	assert_ptr_equal(msim_word_objcg(memcgsim_page_memcg_data(page)),
			 unit_memcg(u, "a")->objcg);
	memcgsim___free_pages(page, 0);
	unit_write(u, "a/memory.max", "max");
	return 1;
}

/*
 * Models: D4. The charge that a hook interrupts uses task->objcg's own reference: a move inside the hook does not
 * take it away, and is seen afterwards.
 */
static void move_inside_a_hook_waits_for_its_end(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_hooks hooks = { .memcg_reclaim = moves_current, .arg = u };
	struct memcgsim_page *page;

	unit_mkdir(u, "b");
	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0), 0);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	unit_write(u, "a/memory.max", "0");
	memcgsim_set_hooks(u->machine, &hooks);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_non_null(page);
	assert_ptr_equal(msim_word_objcg(memcgsim_page_memcg_data(page)),
			 unit_memcg(u, "a")->objcg);
	memcgsim___free_pages(page, 0);
	assert_true(u->task->objcg & MSIM_OBJCG_UPDATE_FLAG);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_ptr_equal(msim_word_objcg(memcgsim_page_memcg_data(page)),
			 unit_memcg(u, "b")->objcg);
	memcgsim___free_pages(page, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(fork_stores_the_bare_flag),
		unit_case(first_allocation_looks_up_and_keeps_a_reference),
		unit_case(attach_flags_the_moved_task_and_not_current),
		unit_case(moved_task_charges_its_new_cgroup),
		unit_case(moving_there_and_back_is_one_look),
		unit_case(no_task_charges_nobody),
		unit_case(task_of_the_root_charges_nobody),
		unit_case(lookup_goes_up_to_the_nearest_memcg),
		unit_case(dying_objcg_is_passed_over),
		unit_case(moved_task_may_hold_the_objcg_of_a_removed_cgroup),
		unit_case(exit_puts_the_reference),
		unit_case(before_the_first_memcg_nothing_is_looked_up),
		unit_case(getting_the_objcg_adds_a_reference),
		unit_case(current_memcg_is_that_of_the_css_set),
		unit_case(move_inside_a_hook_waits_for_its_end),
	};

	return cmocka_run_group_tests_name("task_objcg", tests, NULL, NULL);
}
