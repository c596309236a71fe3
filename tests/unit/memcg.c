/* SPDX-License-Identifier: MIT */
/*
 * memcg/memcg: ids, going online and offline, and what outlives a memcg.
 */
#include "unit.h"

#include "memcg/charge.h"
#include "memcg/css.h"
#include "memcg/page_counter.h"

/* A machine whose root gives memory, and directories that do too. The thread is unbound. */
static struct unit *tree(void **state, const struct memcgsim_config *config,
			 const char *const *paths)
{
	struct unit *u = unit_machine(state, config);
	char file[64];

	unit_write(u, "cgroup.subtree_control", "+memory");
	for (; *paths; paths++) {
		unit_mkdir(u, *paths);
		snprintf(file, sizeof(file), "%s/cgroup.subtree_control", *paths);
		unit_write(u, file, "+memory");
	}
	return u;
}

#define PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Runs a new task of @path on CPU 0; the one before it ends. */
static void enter(struct unit *u, const char *path)
{
	if (memcgsim_current())
		assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_run(u, 0, unit_fork(u, path));
}

static struct memcgsim_page *user_page(void)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

	assert_non_null(page);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	return page;
}

/*
 * Models: L-01, section 17. The root has id 1, the first child 2, and so on.
 */
static void ids_are_the_lowest_free(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a", "b", "c"));

	assert_int_equal(u->machine->root_memcg->id, 1);
	assert_int_equal(unit_memcg(u, "a")->id, 2);
	assert_int_equal(unit_memcg(u, "b")->id, 3);
	assert_int_equal(unit_memcg(u, "c")->id, 4);
	assert_ptr_equal(u->machine->memcg_ids[3], unit_memcg(u, "b"));
}

/*
 * Models: L-01, L-08. An id is free with its memcg's going offline, and the lowest is
 * given out first.
 */
static void released_id_is_reused(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a", "b", "c"));

	unit_rmdir(u, "b");
	unit_rmdir(u, "a");
	unit_mkdir(u, "d");
	unit_mkdir(u, "e");
	unit_mkdir(u, "f");
	assert_int_equal(unit_memcg(u, "d")->id, 2);
	assert_int_equal(unit_memcg(u, "e")->id, 3);
	assert_int_equal(unit_memcg(u, "f")->id, 5);
}

/*
 * Models: L-08, section 17. A dying memcg reads id 0, and its id may be another's while it
 * still lives.
 */
static void dying_memcg_has_no_id(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_mem_cgroup *dying;
	struct memcgsim_page *page;

	unit_mkdir(u, "x");
	enter(u, "x");
	dying = unit_memcg(u, "x");
	page = user_page();
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "x");
	assert_int_equal(dying->id, 0);
	assert_false(dying->online);
	unit_mkdir(u, "y");
	assert_int_equal(unit_memcg(u, "y")->id, 3);
	memcgsim_folio_put(page);
}

/*
 * Models: L-01. Without an id the directory is not made, and nothing stays behind.
 */
static void mkdir_fails_when_ids_are_exhausted(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_memcg_ids = 3;
	u = tree(state, &config, PATHS("a"));
	unit_mkdir(u, "x");
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "y"), -EBUSY);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "a/y"), -EBUSY);
	assert_int_equal(u->machine->nr_cgroups, 2);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_rmdir(u, "x");
	unit_mkdir(u, "y");
	assert_int_equal(unit_memcg(u, "y")->id, 3);
}

/*
 * Models: O-08, O-09
 *
 *   root -- a -- b -- c      an object and a page of c; c, then b removed
 *
 * Each offlining hands c's objcg one up, with those inherited before. Freeing uncharges whoever has
 * it then.
 */
static void objcgs_move_up_through_three_generations(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a", "a/b"));
	struct memcgsim_obj_cgroup *of_c;
	struct memcgsim_page *page;
	void *object;

	unit_mkdir(u, "a/b/c");
	enter(u, "a/b/c");
	object = memcgsim_kmalloc(1024, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);
	assert_non_null(object);
	assert_non_null(page);
	of_c = unit_memcg(u, "a/b/c")->objcg;
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);

	unit_rmdir(u, "a/b/c");
	assert_ptr_equal(of_c->memcg, unit_memcg(u, "a/b"));
	assert_int_equal(msim_list_count(&unit_memcg(u, "a/b")->objcg_list), 1);
	assert_int_equal(unit_usage(u, "a/b"), 3);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	unit_write(u, "a/b/cgroup.subtree_control", "-memory");
	unit_rmdir(u, "a/b");
	assert_ptr_equal(of_c->memcg, unit_memcg(u, "a"));
	assert_int_equal(msim_list_count(&unit_memcg(u, "a")->objcg_list),
			 1); /* b's own was idle: gone */
	assert_int_equal(unit_usage(u, "a"), 3);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

	memcgsim_kfree(object);
	memcgsim___free_pages(page, 1);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim_run_work(u->machine);
	assert_true(msim_list_empty(
		&unit_memcg(u, "a")->objcg_list)); /* released with its last holder */
}

/*
 * Models: O-08. Objcgs inherited before are handed on with the memcg's own: both arrive.
 */
static void inherited_objcgs_are_handed_on_with_the_own(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a", "a/b"));
	void *of_b, *of_c;

	unit_mkdir(u, "a/b/c");
	enter(u, "a/b/c");
	of_c = memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/b/c");
	unit_write(u, "a/b/cgroup.subtree_control", "-memory");
	enter(u, "a/b");
	of_b = memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/b");
	assert_int_equal(msim_list_count(&unit_memcg(u, "a")->objcg_list), 2);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_kfree(of_c);
	memcgsim_kfree(of_b);
}

/*
 * Models: O-09, section 17
 *
 *   root -- a -- x      x: four kernel pages and two user pages; removed
 *
 * The dead child keeps its six; what is uncharged from it directly, its folios, comes off, its
 * kernel pages come off the parent.
 */
static void dead_child_keeps_what_its_objcg_was_charged(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_page *kernel, *user[2];
	struct memcgsim_mem_cgroup *x;

	unit_mkdir(u, "a/x");
	enter(u, "a/x");
	kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 2);
	user[0] = user_page();
	user[1] = user_page();
	x = unit_memcg(u, "a/x");
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x"); /* drains the stocks on its way (L-04) */
	assert_int_equal(x->memory.usage, 6);
	memcgsim_folio_put(user[0]);
	assert_int_equal(x->memory.usage, 5);
	assert_int_equal(unit_usage(u, "a"), 5);
	memcgsim___free_pages(kernel, 2);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	assert_int_equal(x->memory.usage, 5);
	assert_int_equal(unit_usage(u, "a"), 1);
	memcgsim_folio_put(user[1]);
}

/*
 * Models: L-06, L-07. A user page makes a zombie of its memcg; freeing the page frees it.
 */
static void user_page_keeps_an_offline_memcg(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_page *page;

	unit_mkdir(u, "a/x");
	enter(u, "a/x");
	page = user_page();
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	unit_assert_file(
		u, "a/cgroup.stat",
		"nr_descendants 0\nnr_subsys_memory 1\nnr_subsys_pids 0\n"
		"nr_dying_descendants 1\nnr_dying_subsys_memory 1\nnr_dying_subsys_pids 0\n");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(page);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 1);
	assert_int_equal(msim_list_count(&u->machine->memcgs), 2);
}

/*
 * Models: L-06, O-03. Objects and kernel pages do not: they hold the objcg only.
 */
static void kernel_memory_makes_no_zombie(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_page *page;

	unit_mkdir(u, "a/x");
	enter(u, "a/x");
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_non_null(page);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	assert_int_equal(u->machine->nr_cgroups, 1);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: section 17. An offline memcg can still be charged, and its limit still holds.
 */
static void offline_memcg_is_charged_under_its_limit(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_mem_cgroup *x;
	struct memcgsim_page *page;

	unit_mkdir(u, "a/x");
	unit_write(u, "a/x/memory.max", "8192");
	enter(u, "a/x");
	page = user_page(); /* keeps it */
	x = unit_memcg(u, "a/x");
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	assert_int_equal(msim_try_charge(msim_ctx(), x, MEMCGSIM_GFP_NOWAIT, 1), 0);
	assert_int_equal(x->memory.usage, 2);
	assert_int_equal(msim_try_charge(msim_ctx(), x, MEMCGSIM_GFP_NOWAIT, 1), -ENOMEM);
	msim_page_counter_uncharge(u->machine, &x->memory, 1);
	memcgsim_folio_put(page);
}

/* A child costs 10000 bytes, 3000 of them slab and 4000 percpu. */
static struct memcgsim_config costly(void)
{
	struct memcgsim_config config = unit_config();

	config.child_cost_bytes = 10000;
	config.child_cost_slab_bytes = 3000;
	config.child_cost_percpu_bytes = 4000;
	return config;
}

/*
 * Models: L-01, L-05
 *
 *   root -- a -- x      x costs a 10000 bytes: three pages, until it is freed, not until it is removed
 */
static void creation_cost_is_the_parents_until_the_child_is_freed(void **state)
{
	struct memcgsim_config config = costly();
	struct unit *u = tree(state, &config, PATHS("a"));
	struct memcgsim_page *page;

	assert_int_equal(u->machine->root_memcg->memory.usage,
			 0); /* a itself was free: the root pays nothing */
	unit_mkdir(u, "a/x");
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	unit_assert_file(u, "a/memory.current", "12288\n");
	unit_assert_file(u, "a/memory.stat",
			 "kernel 12288\npercpu 4000\nvmalloc 0\n" UNIT_NO_LRU "slab 3000\n");
	enter(u, "a/x");
	page = user_page();
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	unit_assert_file(u, "a/memory.stat",
			 "kernel 12288\npercpu 4000\nvmalloc 0\n" UNIT_NO_LRU "slab 3000\n");
	memcgsim_folio_put(page);
	memcgsim_run_work(u->machine);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	unit_assert_file(u, "a/memory.stat",
			 "kernel 0\npercpu 0\nvmalloc 0\n" UNIT_NO_LRU "slab 0\n");
	unit_assert_file(u, "a/memory.current", "0\n");
}

/*
 * Models: L-01, G-01. A parent at its limit can have no child, and nothing is left of the
 * attempt.
 */
static void mkdir_fails_when_the_parent_cannot_pay(void **state)
{
	struct memcgsim_config config = costly();
	struct unit *u = tree(state, &config, PATHS("a"));
	unsigned int id = u->machine->lowest_free_id;

	unit_write(u, "a/memory.max", "8192");
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "a/x"), -ENOMEM);
	assert_int_equal(u->machine->nr_cgroups, 1);
	assert_int_equal(u->machine->lowest_free_id, id);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->ref), 2);
	unit_write(u, "a/memory.max", "12288");
	unit_mkdir(u, "a/x");
	assert_int_equal(unit_memcg(u, "a/x")->id, id);
}

/*
 * Models: L-03, L-04. Offline: no objcg of its own any more, and out of the tree of the
 * living.
 */
static void offline_memcg_has_no_objcg(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_mem_cgroup *x;
	struct memcgsim_page *page;

	unit_mkdir(u, "a/x");
	enter(u, "a/x");
	x = unit_memcg(u, "a/x");
	page = user_page();
	assert_non_null(x->objcg);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	assert_null(x->objcg);
	assert_non_null(x->orig_objcg); /* until it is freed (O-02) */
	assert_false(x->online);
	assert_int_equal(unit_refs(u, &x->ref), 1); /* the page's */
	memcgsim_folio_put(page);
}

/*
 * Models: L-04
 *
 *   root -- a -- x      x: two pages, protected and limited; held and removed
 *
 * Its protection is withdrawn, and no longer counted above it; its limits keep their values.
 */
static void offline_memcg_protects_nothing(void **state)
{
	struct unit *u = tree(state, NULL, PATHS("a"));
	struct memcgsim_mem_cgroup *a, *x;
	struct memcgsim_page *page;

	unit_mkdir(u, "a/x");
	enter(u, "a/x");
	a = unit_memcg(u, "a");
	x = unit_memcg(u, "a/x");
	page = user_page();
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	unit_write(u, "a/x/memory.min", "4096");
	unit_write(u, "a/x/memory.low", "8192");
	unit_write(u, "a/x/memory.high", "12288");
	unit_write(u, "a/x/memory.max", "16384");
	assert_int_equal(a->memory.children_min_usage, 1);
	assert_int_equal(a->memory.children_low_usage, 1);
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "a/x");
	assert_int_equal(x->memory.min, 0);
	assert_int_equal(x->memory.low, 0);
	assert_int_equal(a->memory.children_min_usage, 0);
	assert_int_equal(a->memory.children_low_usage, 0);
	assert_int_equal(x->memory.high, 3);
	assert_int_equal(x->memory.max, 4);
	memcgsim_folio_put(page);
}

/* The memcgs that were freed, in their order, as CPU 0 remembers it; how many. */
static size_t freed(struct unit *u, const void *ret_memcgs[4])
{
	struct memcgsim_event events[64];
	size_t count = memcgsim_trace_read(u->machine, 0, events, 64), found = 0;

	for (size_t i = 0; i < count && found < 4; i++) {
		if (events[i].kind == MEMCGSIM_EV_FREE)
			ret_memcgs[found++] = events[i].object;
	}
	return found;
}

/*
 * Models: L-05
 *
 *   root -- a -- x      x is held, x and a are removed: a waits for x, which its counter is below
 */
static void parent_is_freed_after_its_child(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_mem_cgroup *a, *x;
	const void *order[4];
	struct unit *u;

	config.trace_events = 64;
	u = tree(state, &config, PATHS("a"));
	unit_mkdir(u, "a/x");
	a = unit_memcg(u, "a");
	x = unit_memcg(u, "a/x");
	memcgsim_css_get(x);
	unit_rmdir(u, "a/x");
	unit_rmdir(u, "a");
	assert_int_equal(freed(u, order), 0);
	assert_int_equal(unit_refs(u, &a->ref), 1); /* its child's */
	assert_ptr_equal(x->memory.parent, &a->memory);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_css_put(x);
	assert_int_equal(freed(u, order), 0); /* after a grace period, with the deferred work */
	memcgsim_run_work(u->machine);
	assert_int_equal(freed(u, order), 2);
	assert_ptr_equal(order[0], x);
	assert_ptr_equal(order[1], a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(ids_are_the_lowest_free),
		unit_case(released_id_is_reused),
		unit_case(dying_memcg_has_no_id),
		unit_case(mkdir_fails_when_ids_are_exhausted),
		unit_case(objcgs_move_up_through_three_generations),
		unit_case(inherited_objcgs_are_handed_on_with_the_own),
		unit_case(dead_child_keeps_what_its_objcg_was_charged),
		unit_case(user_page_keeps_an_offline_memcg),
		unit_case(kernel_memory_makes_no_zombie),
		unit_case(offline_memcg_is_charged_under_its_limit),
		unit_case(creation_cost_is_the_parents_until_the_child_is_freed),
		unit_case(mkdir_fails_when_the_parent_cannot_pay),
		unit_case_v6_12(offline_memcg_has_no_objcg),
		unit_case(offline_memcg_protects_nothing),
		unit_case(parent_is_freed_after_its_child),
	};

	return cmocka_run_group_tests_name("memcg", tests, NULL, NULL);
}
