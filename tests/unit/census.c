/* SPDX-License-Identifier: MIT */
/*
 * verify/census: everything that is charged or refers to somebody, counted from the things
 * themselves.
 */
#include "unit.h"

#include "verify/census.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static struct msim_census take(struct unit *u)
{
	struct msim_census census;
	bool complete;

	msim_mutex_lock(&u->machine->cgroup_mutex);
	complete = msim_census_take(u->machine, &census);
	msim_mutex_unlock(&u->machine->cgroup_mutex);
	assert_true(complete);
	return census;
}

static struct msim_tally tally(struct unit *u, const void *key)
{
	struct msim_census census = take(u);
	struct msim_tally found = *msim_census_of(&census, key);

	msim_census_free(&census);
	return found;
}

/*
 * Models: I-COUNTER. Pages by kind, objects with their pointers, and what the stocks hold.
 */
static void things_are_counted_for_who_pays(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *kernel = memcgsim_alloc_pages(ACCOUNT, 1);
	struct memcgsim_page *user =
		memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_COMP, 2);
	void *object = memcgsim_kmalloc(64, ACCOUNT), *large = memcgsim_kmalloc(16384, ACCOUNT);
	struct msim_tally of_memcg, of_objcg;

	assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_KERNEL), 0);
	of_memcg = tally(u, unit_memcg(u, "a"));
	of_objcg = tally(u, unit_memcg(u, "a")->objcg);
	assert_int_equal(of_memcg.user_pages, 4);
	assert_int_equal(of_memcg.user_blocks, 1);
	assert_int_equal(of_memcg.stocks, 1);
	assert_int_equal(of_memcg.stock_pages, 64 - 2 - 4 - 1 - 4);
	assert_int_equal(of_memcg.css_sets, 1);
	assert_int_equal(of_objcg.kmem_pages, 2 + 4);
	assert_int_equal(of_objcg.kmem_blocks, 2);
	assert_int_equal(of_objcg.large_bytes, 16384);
	assert_int_equal(of_objcg.objects, 1);
	assert_int_equal(of_objcg.object_bytes, 72);
	assert_int_equal(of_objcg.stock_bytes, 4096 - 72);
	assert_int_equal(of_objcg.tasks, 1);
	assert_int_equal(of_objcg.holders, 1); /* orig_objcg */
	memcgsim_kfree(large);
	memcgsim_kfree(object);
	memcgsim_folio_put(user);
	memcgsim___free_pages(kernel, 1);
}

/*
 * Models: I-OBJ-PAGES. Bytes of an objcg make whole pages, wherever they are at the
 * moment.
 */
static void bytes_of_an_objcg_make_whole_pages(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg = unit_memcg(u, "a")->objcg;
	void *object = memcgsim_kmalloc(64, ACCOUNT);

	for (int drained = 0; drained < 2; drained++) {
		struct msim_census census = take(u);
		long bytes = msim_census_objcg_bytes(&census, objcg),
		     pages = msim_census_objcg_pages(&census, objcg);

		msim_census_free(&census);
		assert_int_equal(bytes, 4096);
		assert_int_equal(pages, 1);
		assert_int_equal(memcgsim_drain_all_stock(u->machine, ""), 0);
	}
	assert_int_equal(objcg->nr_charged_bytes, 4096 - 72); /* that was the second round */
	memcgsim_kfree(object);
}

/*
 * Models: L-01. What a child cost is its parent's; children and costs hold.
 */
static void costs_and_children_are_counted(void **state)
{
	struct memcgsim_config config = unit_config();
	struct msim_tally of_memcg, of_objcg;
	struct unit *u;

	config.child_cost_bytes = 500;
	config.child_cost_slab_bytes = 200;
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_mkdir(u, "a/c");
	of_memcg = tally(u, unit_memcg(u, "a"));
	of_objcg = tally(u, unit_memcg(u, "a")->objcg);
	assert_int_equal(of_memcg.children, 2);
	assert_int_equal(of_objcg.cost_bytes, 1000);
	assert_int_equal(of_objcg.cost_slab_bytes, 400);
	assert_int_equal(of_objcg.holders, 3);
}

/*
 * Models: census.h. A key that was not met reads as nothing, also of an empty census.
 */
static void unknown_key_reads_as_nothing(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct msim_census empty = { 0 };
	struct msim_tally found = tally(u, u), none = { 0 };

	assert_memory_equal(&found, &none, sizeof(none));
	assert_int_equal(msim_census_of(&empty, u)->user_pages, 0);
}

/*
 * Models: I-PAGES. Allocated and per-CPU frames, counted by what the array says.
 */
static void frames_are_counted(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 3);
	struct msim_census census = take(u);
	unsigned long allocated = census.allocated_pages, pcp = census.pcp_pages;

	msim_census_free(&census);
	assert_int_equal(allocated, 8);
	assert_int_equal(pcp, u->machine->cpus[0].pcp.count_pages);
	memcgsim___free_pages(page, 3);
}

/*
 * Models: census.h. More keys than the first table holds: it grows, and all are found
 * again.
 */
static void census_of_many_memcgs_grows(void **state)
{
	enum { NR = 300 };
	struct unit *u = unit_machine(state, NULL);
	struct msim_census census;
	unsigned int found = 0;
	struct msim_list *pos;
	char name[16];

	unit_write(u, "cgroup.subtree_control", "+memory");
	for (unsigned int i = 0; i < NR; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		unit_mkdir(u, name);
	}
	census = take(u);
	msim_list_for_each (pos, &u->machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		if (memcg->orig_objcg)
			found += msim_census_of(&census, memcg->orig_objcg)->holders == 1;
	}
	msim_census_free(&census);
	assert_int_equal(found, NR);
}

static void count_objcg(struct memcgsim_obj_cgroup *objcg, void *arg)
{
	(void)objcg;
	++*(unsigned int *)arg;
}

/* Models: O-08. Those charged to a memcg: its own, and those it inherited. */
static void own_and_inherited_objcgs_are_walked(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	unsigned int count = 0;
	void *object;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/x");
	unit_run(u, 0, unit_fork(u, "a/x"));
	object = memcgsim_kmalloc(8, ACCOUNT);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	msim_census_each_objcg(unit_memcg(u, "a"), count_objcg, &count);
	assert_int_equal(count, 2);
	count = 0;
	msim_census_each_objcg(u->machine->root_memcg, count_objcg, &count);
	assert_int_equal(count, 0);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case_v6_12(things_are_counted_for_who_pays),
		unit_case(bytes_of_an_objcg_make_whole_pages),
		unit_case_v6_12(costs_and_children_are_counted),
		unit_case(unknown_key_reads_as_nothing),
		unit_case(frames_are_counted),
		unit_case_v6_12(census_of_many_memcgs_grows),
		unit_case(own_and_inherited_objcgs_are_walked),
	};

	return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}
