/* SPDX-License-Identifier: MIT */
/*
 * machine/cpu: CPUs that go offline with what they have, and come back with nothing.
 */
#include "unit.h"

/* Three CPUs; the thread is CPU 2, with something of "a" in each stock and on each list. */
static struct unit *three_cpus(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 3;
	u = unit_world(state, &config);
	unit_run(u, 2, u->task);
	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0), 0);
	memcgsim_kfree(memcgsim_kmalloc(100, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	return u;
}

/*
 * Models: C-19, B-47. The stocks' pages leave the counters, free pages merge, objects go back to
 * their slabs, the references are let go.
 */
static void offline_cpu_gives_everything_back(void **state)
{
	struct unit *u = three_cpus(state);
	struct msim_cpu *cpu = &u->machine->cpus[2];

	assert_int_equal(unit_usage(u, "a"), 64);
	assert_non_null(cpu->stock.cached);
	assert_non_null(cpu->stock.cached_objcg);
	assert_int_not_equal(cpu->pcp.count_pages, 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cpu_down(u->machine, 2), 0);
	assert_false(memcgsim_cpu_online(u->machine, 2));
	assert_null(cpu->stock.cached);
	assert_null(cpu->stock.cached_objcg);
	assert_int_equal(cpu->pcp.count_pages, 0);
	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++)
		assert_int_equal(cpu->magazines[i]->nr, 0);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->objcg->ref), 3); /* memcg, orig, task */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
}

/* Models: C-19. While a thread is bound to it, a CPU stays; nothing is drained. */
static void bound_cpu_stays_online(void **state)
{
	struct unit *u = three_cpus(state);

	assert_int_equal(memcgsim_cpu_down(u->machine, 2), -EBUSY);
	assert_true(memcgsim_cpu_online(u->machine, 2));
	assert_int_equal(unit_usage(u, "a"), 64);
	assert_int_equal(memcgsim_cpu_down(u->machine, 1), 0); /* another one, by a bound thread */
	assert_int_equal(memcgsim_cpu_up(u->machine, 1), 0);
}

/* Models: C-19. Nobody can be bound to a CPU that is offline, and the refused thread is as before. */
static void no_thread_is_bound_to_an_offline_cpu(void **state)
{
	struct unit *u = three_cpus(state);

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cpu_down(u->machine, 2), 0);
	assert_int_equal(memcgsim_thread_bind(u->machine, 2, u->task), -ENXIO);
	assert_null(memcgsim_this_machine());
	assert_int_equal(u->machine->nr_bound, 0);
	assert_int_equal(u->machine->cpus[2].lock.nbound, 0);
	assert_int_equal(memcgsim_thread_bind(u->machine, 1, u->task), 0); /* the task is free */
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cpu_up(u->machine, 2), 0);
	assert_int_equal(memcgsim_thread_bind(u->machine, 2, u->task), 0);
	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0), 0);
	assert_int_equal(unit_usage(u, "a"), 64); /* it stocks again */
}

/* Models: C-19. What it counted of references stays with it: they are summed over all CPUs. */
static void references_counted_there_stay(void **state)
{
	struct unit *u = three_cpus(state);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	struct memcgsim_obj_cgroup *objcg = unit_memcg(u, "a")->objcg;

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cpu_down(u->machine, 2), 0);
	assert_int_equal(unit_refs(u, &objcg->ref), 4); /* memcg, orig, task, page */
	unit_run(u, 0, NULL);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a"); /* kills both references: nobody is left */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->nr_cgroups, 0);
}

/* Models: C-11, C-19. Draining passes an offline CPU over, and brings it nothing. */
static void drain_passes_offline_cpus_over(void **state)
{
	struct unit *u = three_cpus(state);

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cpu_down(u->machine, 2), 0);
	unit_run(u, 0, u->task);
	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0), 0);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	assert_int_equal(unit_usage(u, "a"), 0);
	unit_write(u, "a/memory.max", "4096");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
}

/* Models: C-19. Twice down is down; CPU 0 stays; what is no CPU is refused. */
static void arguments_are_judged(void **state)
{
	struct unit *u = three_cpus(state);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_cpu_down(u->machine, 1), 0);
		assert_false(memcgsim_cpu_online(u->machine, 1));
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_cpu_up(u->machine, 1), 0);
		assert_true(memcgsim_cpu_online(u->machine, 1));
	}
	assert_int_equal(memcgsim_cpu_down(u->machine, 0), -EPERM);
	assert_true(memcgsim_cpu_online(u->machine, 0));
	assert_int_equal(memcgsim_cpu_down(u->machine, 3), -EINVAL);
	assert_int_equal(memcgsim_cpu_up(u->machine, 3), -EINVAL);
	assert_false(memcgsim_cpu_online(u->machine, 3));
	assert_int_equal(memcgsim_nr_cpus(u->machine), 3); /* all possible ones */
}

static void count_stock(const struct memcgsim_violation *violation, void *arg)
{
	*(long *)arg += !strcmp(violation->id, "I-STOCK");
}

/* Models: I-STOCK. An offline CPU that has something is noticed. */
static void belongings_of_an_offline_cpu_are_noticed(void **state)
{
	struct unit *u = three_cpus(state);
	struct msim_cpu *cpu = &u->machine->cpus[2];
	long found = 0;

	assert_int_equal(memcgsim_thread_unbind(), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	cpu->lock.online = false; /* without any of its duties */
	assert_int_equal(memcgsim_check(u->machine, MEMCGSIM_CHECK_Q, count_stock, &found), 1);
	assert_int_equal(found, 1);
	cpu->lock.online = true;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case_v6_12(offline_cpu_gives_everything_back),
		unit_case(bound_cpu_stays_online),
		unit_case(no_thread_is_bound_to_an_offline_cpu),
		unit_case_v6_12(references_counted_there_stay),
		unit_case(drain_passes_offline_cpus_over),
		unit_case(arguments_are_judged),
		unit_case(belongings_of_an_offline_cpu_are_noticed),
	};

	return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
