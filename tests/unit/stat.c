/* SPDX-License-Identifier: MIT */
/*
 * memcg/stat: kernel pages and slab bytes as sums over the subtree, exact at every reading.
 */
#include "unit.h"

#include "memcg/stat.h"

/*  root -- a -- b; two CPUs; the thread runs a task of b on the first  */
static struct unit *tree(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	u->task = unit_fork(u, "a/b");
	unit_run(u, 0, u->task);
	return u;
}

static void assert_stat(struct unit *u, const char *path, long kernel_pages, long slab_bytes)
{
	struct msim_memcg_stat stat = msim_stat_read(unit_memcg(u, path));

	assert_int_equal(stat.kernel_pages, kernel_pages);
	assert_int_equal(stat.slab_bytes, slab_bytes);
}

/*
 * Models: R-03. What is added counts at the memcg and at all above, the root included.
 */
static void add_counts_here_and_above(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_mem_cgroup *b = unit_memcg(u, "a/b");

	msim_stat_add_kmem(b, 5);
	msim_stat_add_kmem(b->parent, 2);
	msim_stat_add_slab(b, 100);
	assert_stat(u, "a/b", 5, 100);
	assert_stat(u, "a", 7, 100);
	assert_stat(u, "", 7, 100);
	msim_stat_add_kmem(b, -5);
	msim_stat_add_kmem(b->parent, -2);
	msim_stat_add_slab(b, -100);
}

/*
 * Models. What lies in stocks counts at once, on every CPU, and for the
 * ancestors too.
 */
static void read_includes_what_waits_in_stocks(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_page *page[2];
	void *object;

	page[0] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	unit_run(u, 1, u->task);
	page[1] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);
	assert_int_equal(unit_memcg(u, "a/b")->kmem_pages, 0); /* all of it waits */
	assert_stat(u, "a/b", 4, 72);			       /* one, the object's, two */
	assert_stat(u, "a", 4, 72);
	assert_stat(u, "", 4, 72);
	memcgsim_kfree(object);
	memcgsim___free_pages(page[1], 1);
	memcgsim___free_pages(page[0], 0);
}

/* Models: R-03. Another subtree's stock does not count. */
static void read_leaves_out_other_subtrees(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	unit_mkdir(u, "c");
	assert_stat(u, "c", 0, 0);
	assert_stat(u, "a/b", 1, 0);
	memcgsim___free_pages(page, 0);
	assert_stat(u, "a/b", 0, 0);
}

/*
 * Models: R-03, O-09. When a child goes, what it counted stays with its parent.
 */
static void sums_stay_with_the_parent_when_a_child_goes(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 2);
	void *object = memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a/b");
	assert_stat(u, "a", 5, 16);
	memcgsim_kfree(object);
	memcgsim___free_pages(page, 2);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, ""), 0);
	assert_stat(u, "a", 0, 0);
	assert_stat(u, "", 0, 0);
}

/*
 * Models: section 10.3. kernel is whole pages with what the byte stock has of them; slab
 * is bytes of objects.
 */
static void memory_stat_counts_pages_and_object_bytes(void **state)
{
	struct unit *u = tree(state);
	void *object = memcgsim_kmalloc(192, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	void *large = memcgsim_kmalloc(20000, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	unit_assert_file(u, "a/b/memory.stat",
			 "kernel 36864\npercpu 0\nvmalloc 0\n" UNIT_NO_LRU
			 "slab 32968\n"); /* 1 + 8 pages; 200 + 32768 */
	memcgsim_kfree(large);
	unit_assert_file(u, "a/b/memory.stat",
			 "kernel 4096\npercpu 0\nvmalloc 0\n" UNIT_NO_LRU "slab 200\n");
	memcgsim_kfree(object);
	unit_assert_file(u, "a/b/memory.stat",
			 "kernel 4096\npercpu 0\nvmalloc 0\n" UNIT_NO_LRU
			 "slab 0\n"); /* the page is the stock's */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(add_counts_here_and_above),
		unit_case(read_includes_what_waits_in_stocks),
		unit_case(read_leaves_out_other_subtrees),
		unit_case(sums_stay_with_the_parent_when_a_child_goes),
		unit_case(memory_stat_counts_pages_and_object_bytes),
	};

	return cmocka_run_group_tests_name("stat", tests, NULL, NULL);
}
