/* SPDX-License-Identifier: MIT */
/*
 * task/current: who runs here, in which context, and the scopes in which another memcg pays. That
 * the fast halves miss there is shown by whom they charge: nothing else could make them right.
 */
#include "unit.h"

#include "memcg/memcg_data.h"
#include "task/current.h"
#include "task/objcg.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/*
 * Models: context_switch(). One task, one thread; nobody is NULL; the one before is free
 * again.
 */
static void switch_claims_the_next_task_and_frees_the_last(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *other = unit_fork(u, "a");

	assert_ptr_equal(u->task->on, msim_ctx());
	assert_int_equal(memcgsim_switch_to(other), 0);
	assert_ptr_equal(memcgsim_current(), other);
	assert_null(u->task->on);
	assert_int_equal(memcgsim_switch_to(other), 0); /* itself */
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_null(memcgsim_current());
	assert_null(other->on);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
}

/*
 * Models: task.h. Refused: another thread's task, another machine's, and an unbound
 * thread.
 */
static void switch_is_refused_where_it_cannot_be(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *busy = unit_fork(u, "a"), *foreign;
	struct msim_ctx elsewhere;
	struct memcgsim *other;

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	assert_int_equal(memcgsim_fork(other, NULL, &foreign), 0);
	busy->on = &elsewhere;
	assert_int_equal(memcgsim_switch_to(busy), -EBUSY);
	busy->on = NULL;
	assert_int_equal(memcgsim_switch_to(foreign), -EINVAL);
	assert_ptr_equal(memcgsim_current(), u->task);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_switch_to(u->task), -ESRCH);
	assert_null(memcgsim_current());
	assert_int_equal(memcgsim_do_exit(foreign), 0);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
}

/* Models: task.h. Binding runs the task, unbinding sets it free. */
static void unbind_sets_the_task_free(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_ptr_equal(memcgsim_current(), u->task);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(u->task->on);
	unit_run(u, 0, u->task);
	assert_ptr_equal(memcgsim_current(), u->task);
}

/*  root -- a(task)    b -- c    */
static struct unit *three(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "b");
	unit_write(u, "b/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "b/c");
	return u;
}

static struct memcgsim_mem_cgroup *hold(struct unit *u, const char *path)
{
	struct memcgsim_mem_cgroup *memcg = NULL;

	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, path, &memcg), 0);
	return memcg;
}

/* Whom a page and an object of this moment are charged to; the same, or the test fails. */
static struct memcgsim_obj_cgroup *payer(struct unit *u)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);
	void *object = memcgsim_kmalloc(64, ACCOUNT);
	struct memcgsim_page *slab = memcgsim_virt_to_head_page(u->machine, object);
	struct memcgsim_obj_cgroup **owners = msim_word_objcgs(memcgsim_page_memcg_data(slab));
	unsigned int index =
		(unsigned int)(((char *)object - slab->slab->base) / slab->slab->cache->size_bytes);
	struct memcgsim_obj_cgroup *of_page = msim_word_objcg(memcgsim_page_memcg_data(page));
	struct memcgsim_obj_cgroup *of_object = owners ? owners[index] : NULL;

	memcgsim_kfree(object);
	memcgsim___free_pages(page, 0);
	assert_ptr_equal(of_page, of_object);
	assert_ptr_equal(memcgsim_current_obj_cgroup(), of_page);
	return of_page;
}

/*
 * Models: O-12, O-13. Inside a scope another pays, at once and for everything, also when the fast
 * halves are warm; after it the task again, without a new look.
 */
static void scope_pays_instead_of_the_task(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *b = hold(u, "b");
	struct memcgsim_obj_cgroup *of_a = unit_memcg(u, "a")->objcg;

	assert_ptr_equal(payer(u), of_a);
	assert_null(memcgsim_set_active_memcg(b));
	assert_ptr_equal(payer(u), b->objcg);
	assert_ptr_equal(memcgsim_current(), u->task);
	assert_int_equal(memcgsim_task_objcg_word(u->task), (unsigned long)of_a);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	assert_ptr_equal(payer(u), of_a);
	memcgsim_mem_cgroup_put(b);
}

/* Models: O-13. A scope inside a scope: each end brings back what was there before. */
static void scopes_nest(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *b = hold(u, "b"), *c = hold(u, "b/c"), *before, *inner;

	before = memcgsim_set_active_memcg(b);
	inner = memcgsim_set_active_memcg(c);
	assert_null(before);
	assert_ptr_equal(inner, b);
	assert_ptr_equal(payer(u), c->objcg);
	assert_ptr_equal(memcgsim_set_active_memcg(inner), c);
	assert_ptr_equal(payer(u), b->objcg);
	assert_ptr_equal(memcgsim_set_active_memcg(before), b);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	memcgsim_mem_cgroup_put(b);
	memcgsim_mem_cgroup_put(c);
}

/*
 * Models: O-13, K-01. A scope is its task's: it stays with it while another runs, and is not
 * inherited.
 */
static void scope_belongs_to_its_task(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_task *other = unit_fork(u, "a"), *child;
	struct memcgsim_mem_cgroup *b = hold(u, "b");

	assert_null(memcgsim_set_active_memcg(b));
	assert_int_equal(memcgsim_fork(u->machine, u->task, &child), 0);
	assert_int_equal(memcgsim_switch_to(other), 0);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	assert_int_equal(memcgsim_switch_to(child), 0);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_null(payer(u));
	assert_int_equal(memcgsim_switch_to(u->task), 0);
	assert_ptr_equal(payer(u), b->objcg);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	memcgsim_mem_cgroup_put(b);
}

/* Models: O-13. Without a task the scope is the thread's: nobody else has it, and it ends with it. */
static void scope_without_a_task_is_the_threads(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *b = hold(u, "b");

	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_null(memcgsim_set_active_memcg(b));
	assert_int_equal(memcgsim_switch_to(u->task), 0);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_ptr_equal(payer(u), b->objcg);
	unit_run(u, 0, NULL);
	assert_null(payer(u));
	memcgsim_mem_cgroup_put(b);
}

/* Models: O-12. A kernel thread, and a thread without a task, pay nothing but inside a scope. */
static void scope_works_in_kernel_threads(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_clone_args args = { .flags = MEMCGSIM_CLONE_INTO_CGROUP,
					    .kthread = true,
					    .cgroup = "a" };
	struct memcgsim_mem_cgroup *b = hold(u, "b");
	struct memcgsim_task *kthread;

	assert_int_equal(memcgsim_kernel_clone(u->machine, NULL, &args, &kthread), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_switch_to(i ? kthread : NULL), 0);
		assert_null(payer(u));
		assert_null(memcgsim_set_active_memcg(b));
		assert_ptr_equal(payer(u), b->objcg);
		assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
		assert_null(payer(u));
	}
	assert_int_equal(memcgsim_task_objcg_word(kthread), 0);
	memcgsim_mem_cgroup_put(b);
}

/*
 * Models: D4, D5, D6, O-10. The scope's memcg goes offline meanwhile: its objcg is gone from it, so
 * the parent's pays; the pointer got before is good until the end. The root's scope is nobody's.
 */
static void scope_outlives_its_directory(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *c = hold(u, "b/c"), *root = hold(u, "");
	struct memcgsim_obj_cgroup *of_c;

	assert_null(memcgsim_set_active_memcg(c));
	of_c = memcgsim_current_obj_cgroup();
	assert_ptr_equal(of_c, c->objcg);
	unit_rmdir(u, "b/c");
	assert_ptr_equal(of_c->memcg, unit_memcg(u, "b")); /* still there: orig_objcg */
	assert_int_equal(memcgsim_obj_cgroup_charge(of_c, ACCOUNT, 100), 0);
	memcgsim_obj_cgroup_uncharge(of_c, 100);
	assert_ptr_equal(payer(u), unit_memcg(u, "b")->objcg);
	assert_ptr_equal(memcgsim_set_active_memcg(root), c);
	assert_null(payer(u));
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), root);
	memcgsim_mem_cgroup_put(c);
	memcgsim_mem_cgroup_put(root);
}

/* Models: memcg_kmem_online(). With memory never given to anybody a scope can name only the root. */
static void scope_before_the_first_memcg_is_nobodys(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_mem_cgroup *root = hold(u, "");

	unit_run(u, 0, unit_fork(u, ""));
	assert_null(memcgsim_set_active_memcg(root));
	assert_null(payer(u));
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), root);
	memcgsim_mem_cgroup_put(root);
}

/* Models: set_active_memcg(). Another machine's memcg is misuse, and changes nothing. */
static void scope_of_another_machine_is_refused(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *foreign;
	struct memcgsim *other;

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	assert_int_equal(memcgsim_mem_cgroup_from_path(other, "", &foreign), 0);
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_set_active_memcg(foreign));
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	memcgsim_mem_cgroup_put(foreign);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
	unit_clear(u); /* unbinds */
	assert_null(memcgsim_set_active_memcg(NULL));
}

/*
 * Models: O-12. An interrupt is not the task's expense, nor its scope's: only the CPU's own scope
 * pays for it. current stays who was struck.
 */
static void interrupt_is_paid_by_its_own_scope_alone(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *b = hold(u, "b"), *c = hold(u, "b/c");

	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	assert_null(memcgsim_set_active_memcg(b));
	assert_true(memcgsim_in_task());
	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_true(memcgsim_in_interrupt() && !memcgsim_in_task());
	assert_ptr_equal(memcgsim_current(), u->task);
	assert_null(payer(u));
	assert_null(memcgsim_set_active_memcg(c));
	assert_ptr_equal(payer(u), c->objcg);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), c);
	assert_int_equal(memcgsim_irq_exit(), 0);
	assert_true(memcgsim_in_task());
	assert_ptr_equal(payer(u), b->objcg);
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	memcgsim_mem_cgroup_put(b);
	memcgsim_mem_cgroup_put(c);
}

/* Models: irq_enter(), O-13. Interrupts nest; the CPU's scope goes on in the inner one. */
static void interrupts_nest(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_mem_cgroup *b = hold(u, "b");

	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_null(memcgsim_set_active_memcg(b));
	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_ptr_equal(payer(u), b->objcg);
	assert_int_equal(memcgsim_irq_exit(), 0);
	assert_true(memcgsim_in_interrupt());
	assert_int_equal(memcgsim_irq_exit(), -EBUSY); /* the scope must end first */
	assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
	assert_int_equal(memcgsim_irq_exit(), 0);
	assert_int_equal(memcgsim_irq_exit(), -ESRCH);
	assert_ptr_equal(payer(u), unit_memcg(u, "a")->objcg);
	memcgsim_mem_cgroup_put(b);
}

/* Models: irq_enter(). In an interrupt nobody is replaced, ended or unbound; nor is it shared. */
static void interrupt_holds_its_thread_and_its_cpu(void **state)
{
	struct unit *u = three(state);
	struct memcgsim_task *other = unit_fork(u, "a");
	struct msim_ctx elsewhere;

	u->machine->cpus[0].irq = &elsewhere; /* some thread's */
	assert_int_equal(memcgsim_irq_enter(), -EBUSY);
	assert_false(memcgsim_in_interrupt());
	u->machine->cpus[0].irq = NULL;
	assert_int_equal(memcgsim_irq_enter(), 0);
	assert_int_equal(memcgsim_switch_to(other), -EBUSY);
	assert_int_equal(memcgsim_do_exit(u->task), -EBUSY);
	assert_int_equal(memcgsim_thread_unbind(), -EBUSY);
	assert_int_equal(memcgsim_irq_exit(), 0);
	assert_null(u->machine->cpus[0].irq);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_irq_enter(), -ESRCH);
	assert_int_equal(memcgsim_irq_exit(), -ESRCH);
	assert_true(memcgsim_in_task());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(switch_claims_the_next_task_and_frees_the_last),
		unit_case(switch_is_refused_where_it_cannot_be),
		unit_case(unbind_sets_the_task_free),
		unit_case_v6_12(scope_pays_instead_of_the_task),
		unit_case(scopes_nest),
		unit_case(scope_belongs_to_its_task),
		unit_case(scope_without_a_task_is_the_threads),
		unit_case(scope_works_in_kernel_threads),
		unit_case_v6_12(scope_outlives_its_directory),
		unit_case(scope_before_the_first_memcg_is_nobodys),
		unit_case(scope_of_another_machine_is_refused),
		unit_case(interrupt_is_paid_by_its_own_scope_alone),
		unit_case(interrupts_nest),
		unit_case(interrupt_holds_its_thread_and_its_cpu),
	};

	return cmocka_run_group_tests_name("current", tests, NULL, NULL);
}
