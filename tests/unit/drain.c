/* SPDX-License-Identifier: MIT */
/*
 * memcg/drain: taking back what CPUs have charged ahead.
 */
#include "unit.h"

#include "memcg/drain.h"

/*
 *   root -- a -- b     CPU 0: a task of a/b has allocated a page
 *      `--- c          CPU 1: a task of c has
 */
struct scene {
	struct unit *u;
	struct memcgsim_task *in_b, *in_c;
	struct memcgsim_page *of_b, *of_c;
};

static struct memcgsim_page *alloc_as(struct unit *u, unsigned int cpu, struct memcgsim_task *task)
{
	struct memcgsim_page *page;

	unit_run(u, cpu, task);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_non_null(page);
	return page;
}

static struct scene scene(void **state)
{
	struct memcgsim_config config = unit_config();
	struct scene s;

	config.nr_cpus = 2;
	s.u = unit_machine(state, &config);
	unit_write(s.u, "cgroup.subtree_control", "+memory");
	unit_mkdir(s.u, "a");
	unit_mkdir(s.u, "c");
	unit_write(s.u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(s.u, "a/b");
	s.in_b = unit_fork(s.u, "a/b");
	s.in_c = unit_fork(s.u, "c");
	s.of_b = alloc_as(s.u, 0, s.in_b);
	s.of_c = alloc_as(s.u, 1, s.in_c);
	return s;
}

static void end(struct scene *s)
{
	memcgsim___free_pages(s->of_b, 0);
	memcgsim___free_pages(s->of_c, 0);
}

/*
 * Models: C-11, C-13. The stock of a descendant counts; one of another tree stays.
 */
static void drain_empties_the_stocks_of_the_subtree_only(void **state)
{
	struct scene s = scene(state);

	assert_int_equal(unit_usage(s.u, "a"), 64);
	assert_int_equal(memcgsim_drain_all_stock(s.u->machine, "a"), 0);
	assert_int_equal(unit_usage(s.u, "a"), 1);
	assert_null(unit_stock(s.u, 0)->cached);
	assert_int_equal(unit_usage(s.u, "c"), 64);
	assert_int_equal(unit_stock(s.u, 1)->nr_pages, 63);
	end(&s);
}

/* Models: C-11. The root's subtree is everything. */
static void drain_of_the_root_empties_all(void **state)
{
	struct scene s = scene(state);

	assert_int_equal(memcgsim_drain_all_stock(s.u->machine, ""), 0);
	assert_int_equal(s.u->machine->root_memcg->memory.usage, 2);
	end(&s);
}

/* Models: C-11. A parent's stock does not concern a drain of its child. */
static void drain_of_a_child_leaves_the_parents_stock(void **state)
{
	struct scene s = scene(state);
	struct memcgsim_page *page;

	unit_mkdir(s.u, "d");
	unit_mkdir(s.u, "d/e"); /* without a memcg of its own: stands for d (G-10) */
	page = alloc_as(s.u, 0, unit_fork(s.u, "d"));
	assert_int_equal(memcgsim_drain_all_stock(s.u->machine, "a/b"), 0);
	assert_int_equal(unit_stock(s.u, 0)->nr_pages, 63);
	assert_int_equal(memcgsim_drain_all_stock(s.u->machine, "d/e"), 0);
	assert_int_equal(unit_stock(s.u, 0)->nr_pages, 0);
	memcgsim___free_pages(page, 0);
	end(&s);
}

/*
 * Models: C-11 (6.12: the whole stock of a CPU that matches)
 *
 * CPU 0 caches pages of c and bytes of b. Draining a matches by the bytes, and c's pages go with
 * them.
 */
static void matching_cpu_is_drained_whole(void **state)
{
	struct scene s = scene(state);
	struct memcgsim_page *page;
	void *object;

	unit_run(s.u, 0, s.in_b);
	object = memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_non_null(object);
	page = alloc_as(s.u, 0, s.in_c);
	assert_ptr_equal(unit_stock(s.u, 0)->cached, unit_memcg(s.u, "c"));
	assert_ptr_equal(unit_stock(s.u, 0)->cached_objcg, unit_memcg(s.u, "a/b")->objcg);
	assert_int_equal(memcgsim_drain_all_stock(s.u->machine, "a"), 0);
	assert_null(unit_stock(s.u, 0)->cached);
	assert_null(unit_stock(s.u, 0)->cached_objcg);
	memcgsim_kfree(object);
	memcgsim___free_pages(page, 0);
	end(&s);
}

/*
 * Models: C-11, C-12. A stock that is cached with no pages left is not worth a drain.
 */
static void drain_skips_a_stock_without_pages(void **state)
{
	struct memcgsim_page *page, *rest;
	struct unit *u = unit_world(state, NULL);

	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	rest = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 5);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 31);
	unit_stock(u, 0)->nr_pages = 0; /* taken away by hand, and given back below */
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	assert_ptr_equal(unit_stock(u, 0)->cached, unit_memcg(u, "a"));
	unit_stock(u, 0)->nr_pages = 31;
	memcgsim___free_pages(rest, 5);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: C-11. While another drain runs this one returns at once, without draining.
 */
static void drain_is_skipped_while_another_runs(void **state)
{
	struct scene s = scene(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(s.u, "a");
	bool other = msim_mutex_trylock(&s.u->machine->drain_mutex);

	msim_drain_all_stock(msim_ctx(), a);
	if (other)
		msim_mutex_unlock(&s.u->machine->drain_mutex);
	assert_true(other);
	assert_int_equal(a->memory.usage, 64);
	msim_drain_all_stock(msim_ctx(), a);
	assert_int_equal(a->memory.usage, 1);
	end(&s);
}

/*
 * Models: O-06. Bytes first: the page that they fill goes through the page stock, and
 * leaves with it.
 */
static void bytes_are_drained_before_pages(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();

	assert_int_equal(memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, 4104), 0);
	assert_int_equal(memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, 5608), 0);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	assert_int_equal(unit_usage(u, "a"),
			 3); /* four charged, 6672 bytes of them unused: a page and 2576 */
	assert_null(unit_stock(u, 0)->cached);
	memcgsim_obj_cgroup_uncharge(objcg, 4104 + 5608);
	memcgsim_obj_cgroup_put(objcg);
}

/* Models: the border. Paths that lead nowhere. */
static void drain_of_a_missing_path_fails(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(memcgsim_drain_all_stock(u->machine, "x"), -ENOENT);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a/memory.max"), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(drain_empties_the_stocks_of_the_subtree_only),
		unit_case(drain_of_the_root_empties_all),
		unit_case(drain_of_a_child_leaves_the_parents_stock),
		unit_case(matching_cpu_is_drained_whole),
		unit_case(drain_skips_a_stock_without_pages),
		unit_case(drain_is_skipped_while_another_runs),
		unit_case(bytes_are_drained_before_pages),
		unit_case(drain_of_a_missing_path_fails),
	};

	return cmocka_run_group_tests_name("drain", tests, NULL, NULL);
}
