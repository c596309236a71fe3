/* SPDX-License-Identifier: MIT */
/*
 * alloc/pcpu: objects of which every CPU has its own, and what they cost.
 */
#include "unit.h"

#include "memcg/stat.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static struct unit *world(void **state, unsigned int nr_cpus)
{
	struct memcgsim_config config = unit_config();

	config.nr_cpus = nr_cpus;
	return unit_world(state, &config);
}

static long percpu_bytes(struct unit *u, const char *path)
{
	return msim_stat_read(unit_memcg(u, path)).items[MSIM_STAT_PERCPU_BYTES];
}

/*
 * Models: O-18. The size, rounded up to 4, on every CPU that there may be, and 8 bytes for every 4 of
 * it, once.
 */
static void object_costs_every_cpu_and_its_slots(void **state)
{
	static const struct {
		size_t size;
		long one, three; /* on so many CPUs */
	} row[] = {
		{ 1, 12, 20 },
		{ 4, 12, 20 },
		{ 5, 24, 40 },
		{ 24, 72, 120 },
		{ 480, 1440, 2400 },
		{ 896, 2688, 4480 },
		{ 32768, 98304, 163840 },
	};

	for (unsigned int cpus = 1; cpus <= 3; cpus += 2) {
		struct unit *u = world(state, cpus);

		if (cpus == 3)
			assert_int_equal(memcgsim_cpu_down(u->machine, 2), 0); /* it counts too */
		for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
			void *object = memcgsim___alloc_percpu_gfp(row[i].size, 0, ACCOUNT);

			assert_non_null(object);
			assert_int_equal(percpu_bytes(u, "a"),
					 cpus == 1 ? row[i].one : row[i].three);
			memcgsim_free_percpu(object);
			assert_int_equal(percpu_bytes(u, "a"), 0);
		}
		if (cpus == 1)
			assert_int_equal(unit_teardown(state), 0);
	}
}

/*
 * Models: O-18, O-02. memory.stat calls it percpu and counts it as kernel memory, not as slab; the
 * object holds the objcg.
 */
static void object_is_counted_as_percpu(void **state)
{
	struct unit *u = world(state, 1);
	struct memcgsim_obj_cgroup *objcg = unit_memcg(u, "a")->objcg;
	void *object, *plain;
	long refs;

	memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* the task and the stock know the objcg */
	refs = unit_refs(u, &objcg->ref);
	object = memcgsim___alloc_percpu_gfp(896, 0, ACCOUNT);
	plain = memcgsim___alloc_percpu(896, 64);
	assert_int_equal(unit_refs(u, &objcg->ref), refs + 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_assert_file(u, "a/memory.stat",
			 "kernel 4096\npercpu 2688\nvmalloc 0\n" UNIT_NO_LRU "slab 0\n");
	memcgsim_free_percpu(object);
	memcgsim_free_percpu(plain);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_assert_file(u, "a/memory.stat",
			 "kernel 0\npercpu 0\nvmalloc 0\n" UNIT_NO_LRU "slab 0\n");
}

/*
 * Models: O-18. Each CPU's own is zero at first, usable whole and apart from all others; addresses
 * within an object lead to the same place within each.
 */
static void every_cpu_has_its_own(void **state)
{
	struct unit *u = world(state, 3);
	unsigned long *object[4];

	(void)u;
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned long i = 0; i < 4; i++) {
			object[i] = memcgsim___alloc_percpu(48 << i, 1UL << (3 * i));
			assert_int_equal((unsigned long)object[i] % (1UL << (3 * i)), 0);
			for (unsigned int cpu = 0; cpu < 3; cpu++) {
				unsigned long *own = memcgsim_per_cpu_ptr(object[i], cpu);

				for (unsigned long k = 0; k < (48UL << i) / 8; k++) {
					assert_int_equal(own[k], 0);
					own[k] = i * 1000 + cpu;
				}
			}
		}
		for (unsigned long i = 0; i < 4; i++) {
			for (unsigned int cpu = 0; cpu < 3; cpu++) {
				unsigned long *last = object[i] + (48UL << i) / 8 - 1;

				assert_int_equal(*(unsigned long *)memcgsim_per_cpu_ptr(last, cpu),
						 i * 1000 + cpu);
			}
			memcgsim_free_percpu(object[i]); /* and dirty, for the next round */
		}
	}
}

/*
 * Models: pcpu_alloc(). What is out of range gives NULL and a WARN each time, none with NOWARN.
 */
static void arguments_out_of_range_are_refused(void **state)
{
	struct unit *u = world(state, 1);
	const struct {
		size_t size, align;
	} row[] = { { 0, 0 }, { 32769, 0 }, { ~0UL, 0 }, { 8, 8192 }, { 8, 24 } };

	unit_allow_bugs(u, 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_null(memcgsim___alloc_percpu(row[i].size, row[i].align));
		assert_null(memcgsim___alloc_percpu_gfp(row[i].size, row[i].align,
							KERNEL | MEMCGSIM___GFP_NOWARN));
	}
	unit_assert_bugs(u, MEMCGSIM_WARN, 5);
}

/*
 * Models: O-18. A refused charge comes before the memory: NULL, and nothing has changed; no memory
 * gives the charge back.
 */
static void failure_leaves_nothing_charged(void **state)
{
	struct unit *u = world(state, 1);

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_null(memcgsim___alloc_percpu_gfp(100, 0, ACCOUNT));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(percpu_bytes(u, "a"), 0);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4096);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_write(u, "a/memory.max", "0");
	assert_null(memcgsim___alloc_percpu_gfp(100, 0, ACCOUNT));
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(percpu_bytes(u, "a"), 0);
}

/*
 * Models: O-18, O-05. What fits the boot chunk is charged and given back at once, which may flush the
 * byte stock; freed, its room is there again.
 */
static void boot_chunk_charges_nobody(void **state)
{
	struct memcgsim_config config = unit_config();
	void *first, *second, *third, *small, *whole;
	struct unit *u;

	config.percpu_boot_bytes = 1000;
	u = unit_world(state, &config);
	small = memcgsim_kmalloc(8, ACCOUNT);
	whole = memcgsim_kmalloc(4096, ACCOUNT);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4080 + 4088); /* charging flushes nothing */
	first = memcgsim___alloc_percpu_gfp(800, 0, ACCOUNT);
	assert_int_equal(percpu_bytes(u, "a"), 0);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4080 + 4088 - 4096); /* giving back did */
	memcgsim_kfree(small);
	memcgsim_kfree(whole);
	second = memcgsim___alloc_percpu_gfp(400, 0, ACCOUNT);
	assert_int_equal(percpu_bytes(u, "a"), 1200);
	memcgsim_free_percpu(first);
	third = memcgsim___alloc_percpu_gfp(1000, 0, ACCOUNT);
	assert_int_equal(percpu_bytes(u, "a"), 1200);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_free_percpu(second);
	memcgsim_free_percpu(third);
	assert_int_equal(percpu_bytes(u, "a"), 0);
}

/*
 * Models: O-18, O-08. It outlives its cgroup: what it costs is then the parent's, in the statistics
 * too.
 */
static void object_outlives_its_cgroup(void **state)
{
	struct unit *u = world(state, 2);
	void *object;

	unit_write(u, "a/cgroup.subtree_control", "");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), 0);
	object = memcgsim___alloc_percpu_gfp(40, 0, ACCOUNT);
	assert_int_equal(percpu_bytes(u, "a/b"), 160);
	assert_int_equal(percpu_bytes(u, "a"), 160);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	unit_rmdir(u, "a/b");
	assert_int_equal(percpu_bytes(u, "a"), 160);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_free_percpu(object);
	assert_int_equal(percpu_bytes(u, "a"), 0);
}

/*
 * Models: free_percpu(). Twice, inside an object, elsewhere: reported, nothing freed. NULL is
 * nothing.
 */
static void free_of_what_is_none_is_misuse(void **state)
{
	struct unit *u = world(state, 2);
	char *object;

	memcgsim_free_percpu(NULL);
	unit_allow_bugs(u, 1);
	memcgsim_free_percpu(u); /* before there is any */
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	object = memcgsim___alloc_percpu_gfp(64, 0, ACCOUNT);
	unit_allow_bugs(u, 5);
	memcgsim_free_percpu(object + 4);
	memcgsim_free_percpu(object + 1);
	memcgsim_free_percpu(u);
	memcgsim_free_percpu(memcgsim_per_cpu_ptr(object, 1)); /* one CPU's own is not the object */
	assert_int_equal(percpu_bytes(u, "a"), 256);
	memcgsim_free_percpu(object);
	memcgsim_free_percpu(object);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 5);
	assert_int_equal(percpu_bytes(u, "a"), 0);
}

/*
 * Models: pcpu_alloc(). The area is full at 64 MiB a CPU, and what is freed can be had again.
 */
static void area_has_an_end(void **state)
{
	enum { NR = (64 << 20) / 32768 };
	struct unit *u = world(state, 1);
	static void *object[NR];

	(void)u;
	for (unsigned int i = 0; i < NR; i++) {
		object[i] = memcgsim___alloc_percpu(32768, 0);
		assert_non_null(object[i]);
	}
	assert_null(memcgsim___alloc_percpu(4, 0));
	memcgsim_free_percpu(object[7]);
	assert_ptr_equal(memcgsim___alloc_percpu(30000, 4096), object[7]);
	for (unsigned int i = 0; i < NR; i++)
		memcgsim_free_percpu(object[i]);
}

/*
 * Models: memcgsim_destroy(). What was never freed is told, once, and is nobody's afterwards. A
 * thread that is not bound gets nothing and frees nothing.
 */
static void forgotten_objects_are_leaks(void **state)
{
	struct unit *u = world(state, 2);
	struct memcgsim_leaks leaks;
	void *object = memcgsim___alloc_percpu_gfp(8, 0, ACCOUNT);

	assert_non_null(object);
	assert_non_null(memcgsim___alloc_percpu(8, 0));
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim___alloc_percpu(8, 0));
	memcgsim_free_percpu(object);
	unit_clear(u);
	u->broken = true; /* the teardown finds no machine */
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.percpu, 2);
	assert_int_equal(leaks.objcgs + leaks.objects + leaks.pages, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(object_costs_every_cpu_and_its_slots),
		unit_case(object_is_counted_as_percpu),
		unit_case(every_cpu_has_its_own),
		unit_case(arguments_out_of_range_are_refused),
		unit_case(failure_leaves_nothing_charged),
		unit_case(boot_chunk_charges_nobody),
		unit_case(object_outlives_its_cgroup),
		unit_case(free_of_what_is_none_is_misuse),
		unit_case(area_has_an_end),
		unit_case(forgotten_objects_are_leaks),
	};

	return cmocka_run_group_tests_name("pcpu", tests, NULL, NULL);
}
