/* SPDX-License-Identifier: MIT */
/*
 * machine/machine: made, unmade, and what it still held.
 */
#include "unit.h"

/* Resident bytes of this process. */
static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long total = 0, resident = 0;
	int got = file ? fscanf(file, "%ld %ld", &total, &resident) : 0;

	if (file)
		fclose(file);
	assert_int_equal(got, 2);
	return resident * UNIT_PAGE;
}

/* Makes a machine and takes it apart again: only the answer counts. */
static int try_create(const struct memcgsim_config *config)
{
	struct memcgsim *machine = NULL;
	int err = memcgsim_create(config, &machine);

	if (!err)
		assert_int_equal(memcgsim_destroy(machine, NULL), 0);
	else
		assert_null(machine); /* written only on success */
	return err;
}

/*
 * Models: machine.h. The defaults: 512 MiB, one CPU, the kernel's batches; NULL means just
 * these.
 */
static void defaults_are_the_kernels(void **state)
{
	struct memcgsim_config config;
	struct memcgsim *machine;

	(void)state;
	memset(&config, 0xff, sizeof(config));
	memcgsim_config_init(&config);
	assert_int_equal(config.nr_pages, 131072);
	assert_int_equal(config.nr_cpus, 1);
	assert_int_equal(config.stock_batch_pages, 64);
	assert_int_equal(config.pcp_batch_pages, 63);
	assert_int_equal(config.child_cost_bytes, 0);
	assert_int_equal(memcgsim_create(NULL, &machine), 0);
	assert_int_equal(machine->config.nr_pages, config.nr_pages);
	assert_int_equal(memcgsim_nr_cpus(machine), 1);
	assert_int_equal(memcgsim_destroy(machine, NULL), 0);
}

/* A configuration that is fine but for one member. */
#define REFUSED(member, value)                                                                     \
	do {                                                                                       \
		struct memcgsim_config config_ = unit_config();                                    \
		config_.member = (value);                                                          \
		assert_int_equal(try_create(&config_), -EINVAL);                                   \
	} while (0)

/* Models: machine.h. Every member out of its range. */
static void config_out_of_range_is_refused(void **state)
{
	(void)state;
	REFUSED(nr_pages, 0);
	REFUSED(nr_pages, (1UL << 40) + 1);
	REFUSED(nr_cpus, 0);
	REFUSED(nr_cpus, MEMCGSIM_MAX_CPUS + 1);
	REFUSED(stock_batch_pages, MEMCGSIM_CHARGE_BATCH + 1);
	REFUSED(pcp_batch_pages, 0); /* with lists that may hold pages */
	REFUSED(pcp_batch_pages, 1u << 31);
	REFUSED(pcp_high_pages, 1u << 31);
	REFUSED(trace_events, 1u << 31);
	REFUSED(child_cost_bytes, 1UL << 31);
	REFUSED(child_cost_slab_bytes, 1); /* more than the whole cost */
}

/* Models: machine.h. And at the edge of it. */
static void config_at_the_edge_is_accepted(void **state)
{
	struct memcgsim_config config = unit_config();

	(void)state;
	config.nr_pages = 1;
	assert_int_equal(try_create(&config), 0);
	config = unit_config();
	config.pcp_high_pages = config.pcp_batch_pages = config.stock_batch_pages = 0;
	config.no_byte_stock = true;
	assert_int_equal(try_create(&config), 0);
	config = unit_config();
	config.child_cost_bytes = config.child_cost_slab_bytes = INT32_MAX;
	assert_int_equal(try_create(&config), 0);
}

/* Models: docs/design.md. A kernel version that is not modelled. */
static void unknown_profile_is_not_supported(void **state)
{
	struct memcgsim_config config = unit_config();

	(void)state;
	config.profile = "v2.6.32";
	assert_int_equal(try_create(&config), -EOPNOTSUPP);
	config.profile = NULL;
	assert_int_equal(try_create(&config), -EOPNOTSUPP);
}

/*
 * Models: machine.h. A machine of 1 TiB costs nothing until it is used: under 8 MiB resident.
 */
static void machine_of_a_tebibyte_costs_nothing(void **state)
{
	struct memcgsim_config config = unit_config();
	long before = resident_bytes();
	struct unit *u;
	struct memcgsim_page *page;

	config.nr_pages = unit_huge_bytes() / MEMCGSIM_PAGE_SIZE;
	u = unit_machine(state, &config);
	assert_true(resident_bytes() - before < 8L << 20);
	unit_run(u, 0, NULL);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_non_null(page);
	memset(memcgsim_page_address(u->machine, page), 1, MEMCGSIM_PAGE_SIZE);
	memcgsim___free_pages(page, 0);
	assert_true(resident_bytes() - before < 8L << 20);
	assert_non_null(memcgsim_pfn_to_page(u->machine, config.nr_pages - 1));
}

/* Models: machine.h. As many CPUs as there can be; each works. */
static void machine_of_256_cpus_works(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page[3];
	struct unit *u;

	config.nr_cpus = 256;
	u = unit_world(state, &config);
	assert_int_equal(memcgsim_nr_cpus(u->machine), 256);
	for (unsigned int i = 0; i < 3; i++) {
		unit_run(u, i ? 127 * i + 1 : 0, u->task); /* 0, 128, 255 */
		page[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		assert_non_null(page[i]);
	}
	assert_int_equal(unit_usage(u, "a"), 3 * 64);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, ""), 0);
	assert_int_equal(unit_usage(u, "a"), 3);
	for (unsigned int i = 0; i < 3; i++)
		memcgsim___free_pages(page[i], 0);
}

/*
 * Models: LAW 2. Many machines at once, each with its own counts, ids and pids.
 */
static void many_machines_live_side_by_side(void **state)
{
	enum { NR = 50 };
	struct memcgsim *machine[NR];
	struct memcgsim_config config = unit_config();
	struct memcgsim_leaks leaks;

	(void)state;
	for (unsigned int i = 0; i < NR; i++) {
		struct memcgsim_task *task;

		assert_int_equal(memcgsim_create(&config, &machine[i]), 0);
		assert_int_equal(memcgsim_fork(machine[i], NULL, &task), 0);
		assert_int_equal(memcgsim_task_pid(task), 1);
		assert_int_equal(memcgsim_thread_bind(machine[i], 0, task), 0);
		memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, i % 4), i % 4);
		assert_int_equal(memcgsim_thread_unbind(), 0);
		assert_int_equal(memcgsim_do_exit(task), 0);
	}
	for (unsigned int i = 0; i < NR; i++) {
		assert_int_equal(memcgsim_check(machine[i], MEMCGSIM_CHECK_Q0, NULL, NULL), 0);
		assert_int_equal(memcgsim_destroy(machine[i], &leaks), 0);
		assert_int_equal(
			leaks.pages + leaks.objects + leaks.tasks + leaks.cgroups + leaks.bugs, 0);
	}
}

static bool never_expected(const struct memcgsim_bug *bug, void *arg)
{
	(void)bug;
	(void)arg;
	return false;
}

/*
 * Models: machine.h
 *
 *   root -- a -- b      left behind: four frames, a user page, a large object, three small ones, two tasks
 *
 * Each is counted once, by its kind; what was charged for them is put right on the way.
 */
static void leaks_are_counted_by_their_kind(void **state)
{
	struct memcgsim_mem_cgroup *memcg;
	struct memcgsim_leaks leaks;
	struct memcgsim_task *task;
	struct memcgsim_page *page;
	struct memcgsim *machine;

	(void)state;
	assert_int_equal(memcgsim_create(NULL, &machine), 0);
	memcgsim_set_bug_handler(machine, never_expected, NULL);
	assert_int_equal(memcgsim_cgroupfs_write(machine, "cgroup.subtree_control", "+memory"), 0);
	assert_int_equal(memcgsim_cgroup_mkdir(machine, "a"), 0);
	assert_int_equal(memcgsim_cgroup_mkdir(machine, "a/b"), 0);
	assert_int_equal(memcgsim_fork(machine, NULL, &task), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(machine, "a/b", task), 0);
	assert_int_equal(memcgsim_thread_bind(machine, 0, task), 0);
	assert_int_equal(memcgsim_fork(machine, task, &task), 0);
	assert_non_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 2));
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	assert_non_null(memcgsim_kmalloc(
		16384, MEMCGSIM_GFP_KERNEL_ACCOUNT)); /* four frames, not an object */
	for (int i = 0; i < 3; i++)
		assert_non_null(memcgsim_kmalloc(100, i ? MEMCGSIM_GFP_KERNEL_ACCOUNT
							: MEMCGSIM_GFP_KERNEL));
	assert_non_null(memcgsim_get_obj_cgroup_from_current());
	for (int i = 0; i < 2; i++) /* one memcg, held twice */
		assert_int_equal(memcgsim_mem_cgroup_from_path(machine, "a", &memcg), 0);
	memcgsim___free_pages(NULL, 0); /* a bug */
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_destroy(machine, &leaks), 0);
	assert_int_equal(leaks.pages, 4 + 1 + 4);
	assert_int_equal(leaks.objects, 3);
	assert_int_equal(leaks.tasks, 2);
	assert_int_equal(leaks.cgroups, 2);
	assert_int_equal(leaks.objcgs, 1);
	assert_int_equal(leaks.mem_cgroups, 1);
	assert_int_equal(leaks.bugs, 1);
}

/*
 * Models: machine.h. A directory that was removed and is still dying is a leak, too:
 * somebody holds it.
 */
static void dying_directories_count_as_leaks(void **state)
{
	struct memcgsim_leaks leaks;
	struct memcgsim_task *task;
	struct memcgsim_page *page;
	struct memcgsim *machine;

	(void)state;
	assert_int_equal(memcgsim_create(NULL, &machine), 0);
	assert_int_equal(memcgsim_cgroupfs_write(machine, "cgroup.subtree_control", "+memory"), 0);
	assert_int_equal(memcgsim_cgroup_mkdir(machine, "a"), 0);
	assert_int_equal(memcgsim_fork(machine, NULL, &task), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(machine, "a", task), 0);
	assert_int_equal(memcgsim_thread_bind(machine, 0, task), 0);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_do_exit(task), 0);
	assert_int_equal(memcgsim_cgroup_rmdir(machine, "a"), 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_destroy(machine, &leaks), 0);
	assert_int_equal(leaks.pages, 1);
	assert_int_equal(leaks.tasks, 0);
	assert_int_equal(leaks.cgroups, 1);
}

/*
 * Models: synchronize_rcu(). Waiting inside a read section would be waiting for oneself: said, not
 * done. Sections nest, and one that was not begun cannot end.
 */
static void read_sections_are_minded(void **state)
{
	struct unit *u = unit_world(state, NULL);

	memcgsim_rcu_read_lock();
	memcgsim_rcu_read_lock();
	memcgsim_rcu_read_unlock();
	unit_allow_bugs(u, 2);
	memcgsim_synchronize_rcu(u->machine);
	assert_int_equal(memcgsim_run_work(u->machine), 0);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	assert_int_equal(memcgsim_check(u->machine, MEMCGSIM_CHECK_Q, NULL, NULL), -EINVAL);
	assert_int_equal(memcgsim_thread_unbind(), -EBUSY);
	memcgsim_rcu_read_unlock();
	unit_allow_bugs(u, 1);
	memcgsim_rcu_read_unlock();
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_synchronize_rcu(u->machine);
}

/*
 * Models: C-12, C-11. A stock that has nothing left still holds its memcg, and a drain of pages
 * passes it over: destroying empties it all the same, so that no cgroup counts as leaked twice, nor
 * stays.
 */
static void empty_stocks_let_go_at_the_end(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *pages[MEMCGSIM_CHARGE_BATCH];
	struct unit *u;

	config.no_byte_stock = true;
	u = unit_world(state, &config);
	for (unsigned int i = 0; i < MEMCGSIM_CHARGE_BATCH; i++) {
		pages[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
		assert_int_equal(memcgsim___mem_cgroup_charge(pages[i], MEMCGSIM_GFP_KERNEL), 0);
	}
	for (unsigned int i = 0; i < MEMCGSIM_CHARGE_BATCH; i++)
		memcgsim_folio_put(pages[i]);
	assert_ptr_equal(unit_stock(u, 0)->cached, unit_memcg(u, "a"));
	assert_int_equal(unit_stock(u, 0)->nr_pages, 0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	unit_rmdir(u, "a");
	assert_int_equal(u->machine->nr_cgroups, 1); /* held by the stock alone */
	assert_int_equal(memcgsim_destroy(u->machine, NULL), 0);
	u->broken = true;
}

/*
 * Models: O-05, O-07, O-08. What two CPUs' byte stocks have left over makes a page when the objcg
 * is released, which the drain of the second brings about: that page goes into a stock once more,
 * and Q0 is only reached when that is empty, too.
 */
static void what_a_drain_releases_is_drained_at_q0(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), 0);
	objcg = memcgsim_get_obj_cgroup_from_current();
	assert_int_equal(memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, 2048), 0);
	unit_run(u, 1, u->task);
	memcgsim_obj_cgroup_uncharge(objcg, 2048);
	memcgsim_obj_cgroup_put(objcg);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 2048);
	assert_int_equal(unit_stock(u, 1)->nr_bytes, 2048);
	unit_rmdir(u, "a/b");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		assert_null(unit_stock(u, cpu)->cached);
		assert_null(unit_stock(u, cpu)->cached_objcg);
	}
	assert_int_equal(unit_usage(u, "a"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(defaults_are_the_kernels),
		unit_case(config_out_of_range_is_refused),
		unit_case(config_at_the_edge_is_accepted),
		unit_case(unknown_profile_is_not_supported),
		unit_case(machine_of_a_tebibyte_costs_nothing),
		unit_case(machine_of_256_cpus_works),
		unit_case(many_machines_live_side_by_side),
		unit_case(leaks_are_counted_by_their_kind),
		unit_case(dying_directories_count_as_leaks),
		unit_case(empty_stocks_let_go_at_the_end),
		unit_case(what_a_drain_releases_is_drained_at_q0),
		unit_case(read_sections_are_minded),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
