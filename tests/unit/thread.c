/* SPDX-License-Identifier: MIT */
/*
 * seam/thread: binding and unbinding, guests, and liburcu's own record of the thread.
 */
#define _LGPL_SOURCE /* looks at liburcu's own record of the thread; reads under no section */
#include "unit.h"

#include <pthread.h>
#include <unistd.h>

/* Whether liburcu knows this thread. */
static bool registered(void)
{
	return URCU_TLS(urcu_memb_reader).registered;
}

/*
 * Models: task.h. One machine and CPU per thread: a second bind is refused, and changes
 * nothing.
 */
static void binding_twice_is_refused(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_machine(state, &config);
	assert_int_equal(memcgsim_thread_bind(u->machine, 0, NULL), 0);
	assert_int_equal(memcgsim_thread_bind(u->machine, 0, NULL), -EBUSY);
	assert_int_equal(memcgsim_thread_bind(u->machine, 1, NULL), -EBUSY);
	assert_ptr_equal(msim_ctx()->cpu, &u->machine->cpus[0]);
	assert_int_equal(u->machine->nr_bound, 1);
	assert_int_equal(u->machine->cpus[1].lock.nbound, 0);
}

/* Models: task.h. Unbinding undoes a bind, once. */
static void unbinding_twice_is_refused(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	assert_int_equal(memcgsim_thread_unbind(), -ESRCH);
	unit_run(u, 0, NULL);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_thread_unbind(), -ESRCH);
	assert_null(msim_ctx());
	assert_int_equal(u->machine->nr_bound, 0);
}

/* Models: task.h. A CPU out of range, a task of another machine. */
static void binding_to_what_is_not_there_is_refused(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *foreign;
	struct memcgsim *other;

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	assert_int_equal(memcgsim_fork(other, NULL, &foreign), 0);
	assert_int_equal(memcgsim_thread_bind(u->machine, 1, NULL), -EINVAL);
	assert_int_equal(memcgsim_thread_bind(u->machine, 0, foreign), -EINVAL);
	assert_null(msim_ctx());
	assert_int_equal(u->machine->cpus[0].lock.nbound, 0);
	assert_int_equal(memcgsim_do_exit(foreign), 0);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
}

/*
 * Models: task.h. A task that somebody else runs is refused, and the bind taken back
 * whole.
 */
static void binding_to_a_running_task_is_refused(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *task;
	struct msim_ctx other;

	assert_int_equal(memcgsim_fork(u->machine, NULL, &task), 0);
	task->on = &other; /* some thread's */
	assert_int_equal(memcgsim_thread_bind(u->machine, 0, task), -EBUSY);
	assert_null(msim_ctx());
	assert_false(registered());
	assert_int_equal(u->machine->nr_bound, 0);
	assert_int_equal(u->machine->cpus[0].lock.nbound, 0);
	task->on = NULL;
}

/*
 * Models: docs/design.md. bind registers with liburcu if nobody has, unbind undoes just
 * that.
 */
static void bind_registers_with_liburcu_and_unbind_undoes_it(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	assert_false(registered());
	unit_run(u, 0, NULL);
	assert_true(registered());
	assert_true(msim_ctx()->told_liburcu);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_false(registered());
}

/*
 * Models: docs/design.md. A thread that the user had registered stays so: neither told
 * twice nor forgotten.
 */
static void thread_registered_before_stays_registered(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	bool bound, after;

	urcu_memb_register_thread();
	unit_run(u, 0, NULL);
	bound = msim_ctx()->told_liburcu;
	assert_int_equal(memcgsim_thread_unbind(), 0);
	memcgsim_synchronize_rcu(u->machine); /* as a guest: the same care */
	after = registered();
	urcu_memb_unregister_thread();
	assert_false(bound);
	assert_true(after);
}

/*
 * Models: line 10 of seam/percpu.h. Destroying under a bound thread is refused, and names
 * the CPU on stderr.
 */
static void destroy_while_bound_is_refused_and_names_the_cpu(void **state)
{
	struct memcgsim_config config = unit_config();
	char said[256] = "";
	struct unit *u;
	int err, saved;
	FILE *file;

	config.nr_cpus = 4;
	u = unit_machine(state, &config);
	unit_run(u, 2, NULL);
	file = tmpfile();
	assert_non_null(file);
	fflush(stderr);
	saved = dup(2);
	dup2(fileno(file), 2);
	err = memcgsim_destroy(u->machine, NULL);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	rewind(file);
	(void)!fread(said, 1, sizeof(said) - 1, file);
	fclose(file);
	assert_int_equal(err, -EBUSY);
	assert_non_null(strstr(said, "CPU 2"));
	assert_int_equal(memcgsim_nr_cpus(u->machine), 4); /* still there */
}

/*
 * Models: seam/thread.h. A call from an unbound thread brings a context along, and takes
 * it away again.
 */
static void guest_has_a_context_for_the_call_only(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct msim_ctx guest, *ctx = msim_guest_enter(u->machine, &guest);
	bool is_guest = ctx->guest, current = msim_ctx() == &guest;

	msim_guest_leave(ctx, &guest);
	assert_true(is_guest);
	assert_true(current);
	assert_null(msim_ctx());
	assert_false(registered());
}

/*
 * Models: seam/thread.h. A bound thread is no guest on its own machine, but is one on
 * another.
 */
static void bound_thread_is_a_guest_elsewhere(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct msim_ctx guest, *own, *home, *away;
	struct memcgsim *other;

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	unit_run(u, 0, NULL);
	own = msim_ctx();
	home = msim_guest_enter(u->machine, &guest);
	msim_guest_leave(home, &guest);
	away = msim_guest_enter(other, &guest);
	assert_ptr_equal(home, own);
	assert_ptr_equal(away, &guest);
	assert_ptr_equal(away->machine, other);
	msim_guest_leave(away, &guest);
	assert_ptr_equal(msim_ctx(), own); /* restored */
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
}

/*
 * Models: seam/thread.h. A guest is not a bound thread: it can neither unbind nor switch.
 */
static void guest_cannot_unbind(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct msim_ctx guest, *ctx = msim_guest_enter(u->machine, &guest);
	int unbound = memcgsim_thread_unbind(), switched = memcgsim_switch_to(NULL);

	msim_guest_leave(ctx, &guest);
	assert_int_equal(unbound, -ESRCH);
	assert_int_equal(switched, -ESRCH);
}

/* What a second thread saw; the main thread judges. */
struct report {
	struct memcgsim *machine;
	int bound, unbound;
	unsigned int nbound, sticky;
};

static void *bind_once(void *arg)
{
	struct report *report = arg;

	report->bound = memcgsim_thread_bind(report->machine, 0, NULL);
	report->nbound = report->machine->cpus[0].lock.nbound;
	report->sticky = report->machine->cpus[0].lock.sticky;
	report->unbound = memcgsim_thread_unbind();
	return NULL;
}

/*
 * Models: line 7 of seam/percpu.h. Two threads may share a CPU, which then is a shared
 * one.
 */
static void two_threads_may_share_a_cpu(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct report report = { .machine = u->machine };
	pthread_t thread;

	unit_run(u, 0, NULL);
	assert_int_equal(pthread_create(&thread, NULL, bind_once, &report), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(report.bound, 0);
	assert_int_equal(report.nbound, 2);
	assert_int_equal(report.sticky, 1);
	assert_int_equal(report.unbound, 0);
	assert_int_equal(u->machine->cpus[0].lock.nbound, 1);
	assert_int_equal(u->machine->nr_bound, 1);
}

/* Models: task.h. The last thread to unbind runs what was deferred. */
static void last_unbind_runs_deferred_work(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "x");
	unit_run(u, 0, NULL);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "x"), 0);
	assert_true(u->machine->work.busy);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_false(u->machine->work.busy);
	assert_int_equal(u->machine->nr_cgroups, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(binding_twice_is_refused),
		unit_case(unbinding_twice_is_refused),
		unit_case(binding_to_what_is_not_there_is_refused),
		unit_case(binding_to_a_running_task_is_refused),
		unit_case(bind_registers_with_liburcu_and_unbind_undoes_it),
		unit_case(thread_registered_before_stays_registered),
		unit_case(destroy_while_bound_is_refused_and_names_the_cpu),
		unit_case(guest_has_a_context_for_the_call_only),
		unit_case(bound_thread_is_a_guest_elsewhere),
		unit_case(guest_cannot_unbind),
		unit_case(two_threads_may_share_a_cpu),
		unit_case(last_unbind_runs_deferred_work),
	};

	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
