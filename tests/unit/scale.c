/* SPDX-License-Identifier: MIT */
/*
 * A machine at its full size: all 256 CPUs, all ids, trees as wide and as deep as they may be. That
 * it ends at all within the suite's time is what shows that nothing on the way is quadratic.
 */
#include "unit.h"

#include "task/task.h"

#include <malloc.h>
#include <pthread.h>

#define NR_CPUS	   MEMCGSIM_MAX_CPUS
#define NR_CGROUPS (MEMCGSIM_MAX_MEMCGS - 1) /* the root has an id, too */
#define DEPTH	   64
#define NR_THREADS 4

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#if !defined(WATCHED) && (MSIM_TSAN || defined(__SANITIZE_ADDRESS__) || defined(MSIM_NOISE))
#define WATCHED 1
#elif !defined(WATCHED)
#define WATCHED 0
#endif

static bool under_valgrind(void)
{
	return getenv("MEMCGSIM_UNDER_VALGRIND");
}

/* So many times smaller where every access is watched or delayed: no exhaustion then, the rest as it is. */
static unsigned int divisor(void)
{
	return WATCHED || under_valgrind() ? 16 : 1;
}

static struct memcgsim_config full_size(void)
{
	struct memcgsim_config config;

	memcgsim_config_init(&config);
	config.nr_cpus = NR_CPUS;
	/* 64 GiB, of which little is touched; valgrind has no address space for it */
	config.nr_pages = 1UL << (under_valgrind() ? 18 : 24);
	return config;
}

/* Bytes of this process that are resident, after free memory has gone back to the host. */
static long resident_bytes(void)
{
	FILE *file;
	long total = 0, resident = 0;

	malloc_trim(0);
	file = fopen("/proc/self/statm", "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &total, &resident), 2);
	fclose(file);
	return resident * 4096;
}

/* Directories c0 ... below @dir, each with a memcg. */
static void make_children(struct unit *u, const char *dir, unsigned int nr)
{
	char path[512];

	for (unsigned int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s%sc%u", dir, *dir ? "/" : "", i);
		assert_int_equal(memcgsim_cgroup_mkdir(u->machine, path), 0);
	}
}

/*
 * Models: L-01. As many directories as there are ids; one more is refused and leaves nothing
 * behind; one less, and there is room for one again.
 */
static void flat_tree_fills_the_id_space(void **state)
{
	struct memcgsim_config config = full_size();
	struct unit *u = unit_machine(state, &config);
	unsigned int nr = NR_CGROUPS / divisor();
	struct msim_cgroup_stat before;

	unit_write(u, "cgroup.subtree_control", "+memory");
	make_children(u, "", nr);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->root->stat.memory, nr + 1);
	if (divisor() > 1)
		return;
	before = u->machine->root->stat;
	for (int i = 0; i < 3; i++)
		assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "more"), -EBUSY);
	assert_memory_equal(&before, &u->machine->root->stat, sizeof(before));
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "more"), -ENOENT);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	unit_rmdir(u, "c4711");
	unit_mkdir(u, "more");
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "c4711"), -EBUSY);
	/* what needs an id for each of its children gets all of them or none */
	unit_rmdir(u, "c1");
	unit_mkdir(u, "more/x");
	unit_mkdir(u, "more/y");
	assert_int_equal(
		memcgsim_cgroupfs_write(u->machine, "more/cgroup.subtree_control", "+memory"),
		-EBUSY);
	memcgsim_run_work(u->machine);
	unit_assert_file(u, "more/cgroup.subtree_control", "");
	unit_mkdir(u, "c1"); /* the one that was free is free again */
}

/*
 * Models: P-01, G-01. A chain of 64 levels, each with children of its own: a page charged at the
 * bottom is counted at each level, and everything goes back.
 */
static void deep_tree_counts_at_each_level(void **state)
{
	struct memcgsim_config config = full_size();
	struct unit *u = unit_machine(state, &config);
	unsigned int nr_children = NR_CGROUPS / DEPTH / divisor() - 1;
	struct memcgsim_page *page;
	char dir[512] = "", path[600];

	unit_write(u, "cgroup.subtree_control", "+memory");
	for (unsigned int level = 0; level < DEPTH; level++) {
		make_children(u, dir, nr_children);
		snprintf(path, sizeof(path), "%s%sd", dir, level ? "/" : "");
		strcpy(dir, path);
		unit_mkdir(u, dir);
		snprintf(path, sizeof(path), "%s/cgroup.subtree_control", dir);
		if (level + 1 < DEPTH)
			unit_write(u, path, "+memory");
	}
	assert_int_equal(u->machine->nr_cgroups, DEPTH * (nr_children + 1));
	unit_run(u, NR_CPUS - 1, unit_fork(u, dir));
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 3);
	assert_non_null(page);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* drains */
	for (size_t length = strlen(dir); length > 0; length -= length > 1 ? 2 : 1) {
		dir[length] = 0;
		assert_int_equal(unit_usage(u, dir), 8);
	}
	assert_int_equal(u->machine->root_memcg->memory.usage, 8);
	memcgsim___free_pages(page, 3);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->root_memcg->memory.usage, 0);
}

/* ---- all CPUs ---- */

/* What a turn of a CPU leaves charged, to be freed by somebody else. */
struct turn {
	struct memcgsim_task *task;
	struct memcgsim_page *page;
	void *object;
};

/* One thread and the CPUs that it is in turn. */
struct shift {
	struct memcgsim *machine;
	struct turn *turns; /* one a CPU */
	unsigned int first_cpu;
	const char *verdict;
};

static const char *take_turn(struct memcgsim *machine, unsigned int cpu, struct turn *turn)
{
	if (memcgsim_thread_bind(machine, cpu, turn->task))
		return "the thread could not be bound";
	turn->page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	turn->object = memcgsim_kmalloc(100, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	for (unsigned int i = 0; i < 10; i++)
		memcgsim_kfree(memcgsim_kmalloc(1000, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	if (memcgsim_thread_unbind())
		return "the thread could not be unbound";
	return turn->page && turn->object ? NULL : "an allocation was refused";
}

static void *work_shift(void *arg)
{
	struct shift *shift = arg;

	for (unsigned int i = 0; i < NR_CPUS / NR_THREADS && !shift->verdict; i++) {
		unsigned int cpu = shift->first_cpu + i * NR_THREADS;

		shift->verdict = take_turn(shift->machine, cpu, &shift->turns[cpu]);
	}
	return NULL;
}

/*
 * Models: C-09, C-11, O-06. Four threads are 256 CPUs in turn, each charging for a cgroup of its
 * own: every CPU's stocks hold somebody's pages, the sums are right, and one drain brings all back.
 */
static void all_cpus_charge_in_turn(void **state)
{
	static struct turn turns[NR_CPUS];
	struct memcgsim_config config = full_size();
	struct unit *u = unit_machine(state, &config);
	struct shift shifts[NR_THREADS];
	pthread_t threads[NR_THREADS];
	unsigned int stocked = 0;
	char path[16];

	unit_write(u, "cgroup.subtree_control", "+memory");
	make_children(u, "", NR_CPUS);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		snprintf(path, sizeof(path), "c%u", cpu);
		turns[cpu] = (struct turn){ .task = unit_fork(u, path) };
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		shifts[i] = (struct shift){ u->machine, turns, i, NULL };
		assert_int_equal(pthread_create(&threads[i], NULL, work_shift, &shifts[i]), 0);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned int i = 0; i < NR_THREADS; i++)
		assert_null(shifts[i].verdict);

	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		stocked += unit_stock(u, cpu)->nr_pages > 0;
	assert_int_equal(stocked, NR_CPUS);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		snprintf(path, sizeof(path), "c%u", cpu);
		assert_int_equal(unit_usage(u, path), 2); /* a page, and the page of an object */
	}
	unit_run(u, 0, NULL);
	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		memcgsim___free_pages(turns[cpu].page, 0);
		memcgsim_kfree(turns[cpu].object);
	}
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->root_memcg->memory.usage, 0);
}

/* ---- tasks ---- */

/*
 * Models: G-03. Many tasks, each found by its pid, moved, and ended in another order than they were
 * made.
 */
static void many_tasks_come_and_go(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	const int nr = 20000 / (int)divisor();
	char pid[16];

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	for (int i = 0; i < nr; i++) {
		struct memcgsim_task *task;

		assert_int_equal(memcgsim_fork(u->machine, NULL, &task), 0);
		snprintf(pid, sizeof(pid), "%d", memcgsim_task_pid(task));
		unit_write(u, "a/cgroup.procs", pid);
	}
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_cgroup(u, "a")->populated, nr);
	msim_mutex_lock(&u->machine->cgroup_mutex);
	assert_non_null(msim_find_task(u->machine, nr / 2));
	assert_null(msim_find_task(u->machine, nr + 1));
	msim_mutex_unlock(&u->machine->cgroup_mutex);
	while (!msim_list_empty(&u->machine->tasks)) { /* from the end */
		struct memcgsim_task *task =
			msim_list_last(&u->machine->tasks, struct memcgsim_task, node);

		assert_int_equal(memcgsim_do_exit(task), 0);
	}
	assert_int_equal(u->machine->tasks_by_pid.count, 0);
}

/* ---- memory ---- */

static void build_and_destroy(unsigned int nr)
{
	struct memcgsim_config config = full_size();
	struct unit *u;
	void *state;

	u = unit_machine(&state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	make_children(u, "", nr);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_teardown(&state), 0);
}

/*
 * Models: docs/design.md. A machine's memory goes when it goes: after the second no more is
 * resident than after the first. And cgroups that come and go in one machine cost nothing either.
 */
static void memory_is_flat_afterwards(void **state)
{
	struct memcgsim_config config;
	struct unit *u;
	long before;

	build_and_destroy(20000 / divisor());
	before = resident_bytes();
	build_and_destroy(20000 / divisor());
	if (divisor() == 1) /* a sanitizer keeps what is freed */
		assert_in_range(resident_bytes(), 0, before + (1L << 20));

	/* 256 CPUs' reference counters, of which only CPU 0's were ever touched */
	config = full_size();
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	make_children(u, "", 20000 / divisor());
	before = resident_bytes();
	unit_clear(u);
	if (divisor() == 1)
		assert_in_range(resident_bytes(), 0, before + (4L << 20));
	assert_int_equal(unit_teardown(state), 0);

	u = unit_machine(state, NULL);
	unit_write(u, "cgroup.subtree_control", "+memory");
	for (unsigned int round = 0; round < 20000 / divisor(); round++) {
		if (round == 1000)
			before = resident_bytes();
		unit_mkdir(u, "a");
		unit_rmdir(u, "a");
	}
	if (divisor() == 1)
		assert_in_range(resident_bytes(), 0, before + (1L << 18));
	assert_in_range(u->machine->next_ref, 1, 8); /* indices are used again */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(flat_tree_fills_the_id_space), unit_case(deep_tree_counts_at_each_level),
		unit_case(all_cpus_charge_in_turn),	 unit_case(many_tasks_come_and_go),
		unit_case(memory_is_flat_afterwards),
	};

	return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
