/* SPDX-License-Identifier: MIT */
/*
 * Pairs of an operation and its opposite, on the fast path: what the charge of a page or an object
 * costs.
 *
 *   bench-pairs                     every pair at depths 1, 4, 16: ns, and in atomic add pairs
 *   bench-pairs PAIR DEPTH COUNT    one of them so many times, for an instruction counter
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <memcgsim/memcgsim.h>

#define REPETITIONS 7
#define PAIRS	    2000000L
#define MAX_DEPTH   64

static struct memcgsim_page *page; /* that the charge pairs charge */
static struct memcgsim_obj_cgroup *objcg;
static long word;

#define keep(value) __asm__ volatile("" : : "r"(value) : "memory")

static void atomic_add(long count)
{
	for (long i = 0; i < count; i++) {
		keep(__atomic_add_fetch(&word, 1, __ATOMIC_SEQ_CST));
		keep(__atomic_sub_fetch(&word, 1, __ATOMIC_SEQ_CST));
	}
}

static void kmem_charge(long count)
{
	for (long i = 0; i < count; i++) {
		keep(memcgsim___memcg_kmem_charge_page(page, MEMCGSIM_GFP_KERNEL, 0));
		memcgsim___memcg_kmem_uncharge_page(page, 0);
	}
}

static void byte_charge(long count)
{
	for (long i = 0; i < count; i++) {
		keep(memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, 72));
		memcgsim_obj_cgroup_uncharge(objcg, 72);
	}
}

static void page_pairs(long count, memcgsim_gfp_t gfp)
{
	for (long i = 0; i < count; i++) {
		struct memcgsim_page *p = memcgsim_alloc_pages(gfp, 0);

		keep(p);
		memcgsim___free_pages(p, 0);
	}
}

static void page0(long count)
{
	page_pairs(count, MEMCGSIM_GFP_KERNEL);
}

static void page0_acct(long count)
{
	page_pairs(count, MEMCGSIM_GFP_KERNEL_ACCOUNT);
}

static void object_pairs(long count, memcgsim_gfp_t gfp)
{
	for (long i = 0; i < count; i++) {
		void *object = memcgsim_kmalloc(64, gfp);

		keep(object);
		memcgsim_kfree(object);
	}
}

static void kmalloc64(long count)
{
	object_pairs(count, MEMCGSIM_GFP_KERNEL);
}

static void kmalloc64_acct(long count)
{
	object_pairs(count, MEMCGSIM_GFP_KERNEL_ACCOUNT);
}

static const struct {
	const char *name;
	void (*run)(long count);
} pairs[] = {
	{ "atomic-add", atomic_add },	      { "kmem-charge", kmem_charge },
	{ "byte-charge", byte_charge },	      { "page0", page0 },
	{ "page0-acct", page0_acct },	      { "kmalloc64", kmalloc64 },
	{ "kmalloc64-acct", kmalloc64_acct },
};

#define NR_PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static void demand(int fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "bench-pairs: %s\n", what);
	exit(EXIT_FAILURE);
}

/* A task @depth cgroups below the root, running on this thread, with stocks filled. */
static struct memcgsim *start(unsigned int depth)
{
	struct memcgsim *sim;
	struct memcgsim_task *task;
	char path[2 * MAX_DEPTH + 64] = "";

	demand(memcgsim_create(NULL, &sim) == 0, "no machine");
	for (unsigned int i = 0; i < depth; i++) {
		char file[sizeof(path) + 32];

		snprintf(file, sizeof(file), "%s/cgroup.subtree_control", path);
		demand(memcgsim_cgroupfs_write(sim, file, "+memory") == 0,
		       "memory could not be enabled");
		strcat(path, i ? "/d" : "d");
		demand(memcgsim_cgroup_mkdir(sim, path) == 0, "no cgroup");
	}
	demand(memcgsim_fork(sim, NULL, &task) == 0, "no task");
	demand(memcgsim_cgroup_attach_task(sim, path, task) == 0, "the task could not be moved");
	demand(memcgsim_thread_bind(sim, 0, task) == 0, "the thread could not be bound");
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	demand(page != NULL, "no page");
	for (unsigned int i = 0; i < NR_PAIRS; i++) {
		objcg = objcg ? objcg : memcgsim_get_obj_cgroup_from_current();
		pairs[i].run(10);
	}
	/* A byte stock that is neither empty nor full, so that no pair crosses a page. */
	demand(memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, 1000) == 0,
	       "a charge was refused");
	return sim;
}

static void stop(struct memcgsim *sim)
{
	memcgsim_obj_cgroup_uncharge(objcg, 1000);
	memcgsim_obj_cgroup_put(objcg);
	objcg = NULL;
	memcgsim___free_pages(page, 0);
	memcgsim_do_exit(memcgsim_current());
	memcgsim_thread_unbind();
	memcgsim_destroy(sim, NULL);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The best of some repetitions: what the machine can do, not what else ran on it. */
static double measure(void (*run)(long))
{
	double best = 1e18;

	for (unsigned int i = 0; i < REPETITIONS; i++) {
		double start_ns = now_ns(), ns;

		run(PAIRS);
		ns = (now_ns() - start_ns) / (double)PAIRS;
		best = ns < best ? ns : best;
	}
	return best;
}

static void measure_all(void)
{
	static const unsigned int depths[] = { 1, 4, 16 };

	printf("%-16s %5s %8s %14s\n", "pair", "depth", "ns", "of atomic-add");
	for (unsigned int d = 0; d < sizeof(depths) / sizeof(depths[0]); d++) {
		struct memcgsim *sim = start(depths[d]);
		double unit = 0;

		for (unsigned int i = 0; i < NR_PAIRS; i++) {
			double ns = measure(pairs[i].run);

			unit = i == 0 ? ns : unit;
			printf("%-16s %5u %8.2f %14.2f\n", pairs[i].name, depths[d], ns, ns / unit);
		}
		stop(sim);
	}
}

int main(int argc, char **argv)
{
	struct memcgsim *sim;

	if (argc == 1) {
		measure_all();
		return 0;
	}
	demand(argc == 4, "usage: bench-pairs [PAIR DEPTH COUNT]");
	demand(atoi(argv[2]) > 0 && atoi(argv[2]) < MAX_DEPTH, "the depth is out of range");
	sim = start((unsigned int)atoi(argv[2]));
	for (unsigned int i = 0; i < NR_PAIRS; i++) {
		if (!strcmp(argv[1], pairs[i].name)) {
			pairs[i].run(atol(argv[3]));
			stop(sim);
			return 0;
		}
	}
	demand(0, "there is no such pair");
}
