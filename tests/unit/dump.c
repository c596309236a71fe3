/* SPDX-License-Identifier: MIT */
/*
 * verify/dump: the tree as people see it.
 */
#include "unit.h"

static void assert_dump(struct unit *u, const char *expected)
{
	char *text = NULL, copy[2048];

	assert_int_equal(memcgsim_cgroup_dump(u->machine, &text), 0);
	snprintf(copy, sizeof(copy), "%s", text);
	free(text);
	assert_string_equal(copy, expected);
}

/* Models: memcg.h. A new machine: a head line and the root. */
static void empty_machine_shows_the_root(void **state)
{
	assert_dump(unit_machine(state, NULL),
		    "cgroup                         current  own charge in pages\n"
		    "/                                    0  user 0, kernel 0, objects 0 (0 of 0 "
		    "bytes)\n");
}

/*
 * Models: memcg.h
 *
 *   root -- a -- plain      one of each in a; plain has no memcg
 */
static void charges_are_shown_where_they_are(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);
	struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	void *object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_KERNEL), 0);
	unit_mkdir(u, "a/plain");
	assert_dump(u, "cgroup                         current  own charge in pages\n"
		       "/                               262144  user 0, kernel 0, objects 0 (0 of "
		       "0 bytes)\n"
		       "  a                             262144  user 1, kernel 2, objects 1 (1 of "
		       "72 bytes), "
		       "stocks 60\n"
		       "    plain                            -  no memcg of its own\n");
	memcgsim_kfree(object);
	memcgsim_folio_put(user);
	memcgsim___free_pages(kernel, 1);
}

/* Models: memcg.h, L-01. What children cost is told apart. */
static void creation_costs_are_shown_as_children(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.child_cost_bytes = 500;
	config.stock_batch_pages = 0;
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	assert_dump(u, "cgroup                         current  own charge in pages\n"
		       "/                                 4096  user 0, kernel 0, objects 0 (0 of "
		       "0 bytes)\n"
		       "  a                               4096  user 0, kernel 0, objects 1 (0 of "
		       "0 bytes, "
		       "children 500)\n"
		       "    b                                0  user 0, kernel 0, objects 0 (0 of "
		       "0 bytes)\n");
}

/*
 * Models: memcg.h, L-06
 *
 *   root -- a      removed while a user page holds its memcg: it stands below the tree
 */
static void dying_memcgs_stand_below_the_tree(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a");
	assert_dump(u, "cgroup                         current  own charge in pages\n"
		       "/                                 4096  user 0, kernel 0, objects 0 (0 of "
		       "0 bytes)\n"
		       "  dying: a                        4096  user 1, kernel 0, objects 0 (0 of "
		       "0 bytes)\n");
	memcgsim_folio_put(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(empty_machine_shows_the_root),
		unit_case(charges_are_shown_where_they_are),
		unit_case(creation_costs_are_shown_as_children),
		unit_case(dying_memcgs_stand_below_the_tree),
	};

	return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
