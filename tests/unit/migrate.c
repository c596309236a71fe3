/* SPDX-License-Identifier: MIT */
/*
 * memcg/migrate: another page in a page's place, charged beside it or instead of it.
 */
#include "unit.h"

static struct memcgsim_page *locked_page(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	memcgsim_folio_lock(page);
	return page;
}

static struct memcgsim_page *charged_page(unsigned int order)
{
	struct memcgsim_page *page = locked_page(order);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	return page;
}

static void drop(struct memcgsim_page *page)
{
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

/* unit_world() without a stock, so that counters say just what is charged. */
static struct unit *exact_world(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.stock_batch_pages = 0;
	config.profile = profile;
	return unit_world(state, &config);
}

/* Models: U-05, I-MIG. The word and its reference move; no counter does; the old page is nobody's. */
static void migration_moves_the_charge(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *old = charged_page(3), *fresh = locked_page(3);
	long refs = unit_refs(u, &a->ref);

	memcgsim_mem_cgroup_migrate(old, fresh);
	assert_int_equal(memcgsim_page_memcg_data(old), 0);
	assert_int_equal(memcgsim_page_memcg_data(fresh), (unsigned long)a);
	assert_int_equal(a->memory.usage, 8);
	assert_int_equal(unit_refs(u, &a->ref), refs);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	drop(old);
	assert_int_equal(a->memory.usage, 8);
	drop(fresh);
	assert_int_equal(a->memory.usage, 0);
}

/*
 * Models: U-06. A migration in the kernel's order: isolated, locked, the mapping moved, and the charge
 * last. Until then the old page is the one that is charged; the new one is nobody's on no list.
 */
static void charge_moves_last(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *fresh = locked_page(0);

	old->mapping = (void *)1;
	memcgsim_folio_add_lru(old);
	assert_true(memcgsim_folio_isolate_lru(old));
	fresh->mapping = old->mapping;
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(memcgsim_page_memcg_data(fresh), 0);
	assert_int_not_equal(memcgsim_page_memcg_data(old), 0);
	memcgsim_mem_cgroup_migrate(old, fresh);
	memcgsim_folio_add_lru(fresh);
	drop(old);
	assert_int_equal(unit_usage(u, "a"), 1);
	assert_true(memcgsim_folio_isolate_lru(fresh));
	drop(fresh);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/* Models: U-04, I-REPL. Both are charged until the old one is freed. */
static void replacement_charges_both(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *old = charged_page(1), *fresh = locked_page(1);
	long refs = unit_refs(u, &a->ref);

	memcgsim_mem_cgroup_replace_folio(old, fresh);
	assert_int_equal(memcgsim_page_memcg_data(old), (unsigned long)a);
	assert_int_equal(memcgsim_page_memcg_data(fresh), (unsigned long)a);
	assert_int_equal(a->memory.usage, 4);
	assert_int_equal(unit_refs(u, &a->ref), refs + 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	drop(old);
	assert_int_equal(a->memory.usage, 2);
	drop(fresh);
	assert_int_equal(a->memory.usage, 0);
}

/* Models: U-04. Over the limit if need be: the old page's charge will soon be gone. */
static void replacement_is_never_refused(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *fresh = locked_page(0);

	unit_write(u, "a/memory.max", "4096");
	memcgsim_mem_cgroup_replace_folio(old, fresh);
	assert_int_equal(unit_usage(u, "a"), 2);
	drop(old);
	assert_int_equal(unit_usage(u, "a"), 1);
	drop(fresh);
}

/* Models: U-04. A replacement that somebody has charged already stays as it is. */
static void charged_replacement_is_left_alone(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *stolen;

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	stolen = charged_page(0);
	memcgsim_folio_add_lru(stolen); /* and maybe on an LRU list */
	memcgsim_mem_cgroup_replace_folio(old, stolen);
	assert_int_equal(memcgsim_page_memcg_data(stolen), (unsigned long)unit_memcg(u, "b"));
	assert_int_equal(unit_usage(u, "a"), 1);
	assert_int_equal(unit_usage(u, "b"), 1);
	drop(old);
	drop(stolen);
}

/* Models: U-04, U-05. An old page that is nobody's: a warning, and the new one is nobody's too. */
static void uncharged_old_page_is_warned_of(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = locked_page(0), *fresh = locked_page(0);

	unit_allow_bugs(u, 2);
	memcgsim_mem_cgroup_migrate(old, fresh);
	memcgsim_mem_cgroup_replace_folio(old, fresh);
	unit_assert_bugs(u, MEMCGSIM_WARN, 2);
	assert_int_equal(memcgsim_page_memcg_data(fresh), 0);
	drop(old);
	drop(fresh);
}

/* Both functions, to be held to the same preconditions. */
static void (*const moves[])(struct memcgsim_page *old, struct memcgsim_page *new_page) = {
	memcgsim_mem_cgroup_migrate,
	memcgsim_mem_cgroup_replace_folio,
};

/* One VM_BUG, and neither page has changed. */
static void assert_refused(struct unit *u, unsigned int move, struct memcgsim_page *old,
			   struct memcgsim_page *fresh)
{
	unsigned long old_word = memcgsim_page_memcg_data(old);
	unsigned long word = memcgsim_page_memcg_data(fresh);
	long usage = unit_usage(u, "a");

	unit_allow_bugs(u, 1);
	moves[move](old, fresh);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_memcg_data(old), old_word);
	assert_int_equal(memcgsim_page_memcg_data(fresh), word);
	assert_int_equal(unit_usage(u, "a"), usage);
}

/* Models: U-04, U-05. Both pages are locked: this is what keeps the charge where it is meanwhile. */
static void both_pages_must_be_locked(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *fresh = locked_page(0);

	for (unsigned int i = 0; i < 2; i++) {
		memcgsim_folio_unlock(old);
		assert_refused(u, i, old, fresh);
		memcgsim_folio_lock(old);
		memcgsim_folio_unlock(fresh);
		assert_refused(u, i, old, fresh);
		memcgsim_folio_lock(fresh);
	}
	drop(old);
	drop(fresh);
}

/* Models: U-04, U-05. They are of one size, and both anonymous or neither. */
static void both_pages_must_be_alike(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(1), *small = locked_page(0),
			     *fresh = locked_page(1);

	for (unsigned int i = 0; i < 2; i++) {
		assert_refused(u, i, old, small);
		fresh->mapping = (void *)1; /* anonymous */
		assert_refused(u, i, old, fresh);
		fresh->mapping = NULL;
	}
	drop(old);
	drop(small);
	drop(fresh);
}

/* Models: U-05. A page on an LRU list is not migrated: its list would be the wrong memcg's. */
static void listed_page_is_not_migrated(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *fresh = locked_page(0);

	memcgsim_folio_add_lru(old);
	assert_refused(u, 0, old, fresh);
	memcgsim_mem_cgroup_replace_folio(old, fresh); /* which may be asked of one */
	assert_int_equal(unit_usage(u, "a"), 2);
	drop(old);
	drop(fresh);
}

/* Models: U-05. Nobody's charge is overwritten. */
static void migration_onto_a_charged_page_is_refused(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *other = charged_page(0);

	assert_refused(u, 0, old, other);
	drop(old);
	drop(other);
}

/* Models: U-05. Kernel pages are not migrated; their objcg is no user page's owner. */
static void kernel_page_is_not_migrated(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	struct memcgsim_page *fresh = locked_page(0);

	memcgsim_folio_lock(old);
	assert_refused(u, 0, old, fresh);
	memcgsim_mem_cgroup_replace_folio(old, fresh); /* the replacement is the memcg's */
	assert_int_equal(memcgsim_page_memcg_data(fresh), (unsigned long)unit_memcg(u, "a"));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	drop(old);
	drop(fresh);
}

/* Models: U-04, U-05, C-01. The root's pages change places too, and count nothing. */
static void pages_of_the_root_change_places(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_mem_cgroup *root = u->machine->root_memcg;
	struct memcgsim_page *old, *fresh, *third;

	assert_int_equal(memcgsim_switch_to(NULL), 0);
	old = charged_page(0);
	fresh = locked_page(0);
	third = locked_page(0);
	memcgsim_mem_cgroup_migrate(old, fresh);
	memcgsim_mem_cgroup_replace_folio(fresh, third);
	assert_int_equal(memcgsim_page_memcg_data(third), (unsigned long)root);
	assert_int_equal(root->memory.usage, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	drop(old);
	drop(fresh);
	drop(third);
}

/* Models: U-05, L-06. The charge of a memcg that is gone moves too, and keeps its zombie. */
static void charge_of_an_offline_memcg_moves(void **state)
{
	struct unit *u = exact_world(state, "v6.12");
	struct memcgsim_page *old = charged_page(0), *fresh = locked_page(0);

	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a");
	memcgsim_mem_cgroup_migrate(old, fresh);
	drop(old);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	drop(fresh);
	memcgsim_run_work(u->machine);
	assert_int_equal(u->machine->nr_cgroups, 0);
}

/*
 * Models: U-04, U-05. Before 6.7 migration was replacement: both charged, a charged new page left alone,
 * and the old one may be on an LRU list.
 */
static void migration_of_old_charges_both(void **state)
{
	struct unit *u = exact_world(state, "v5.11");
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *old = charged_page(0), *fresh = locked_page(0);

	memcgsim_folio_add_lru(old);
	memcgsim_mem_cgroup_migrate(old, fresh);
	assert_int_equal(memcgsim_page_memcg_data(old), (unsigned long)a);
	assert_int_equal(memcgsim_page_memcg_data(fresh), (unsigned long)a);
	assert_int_equal(a->memory.usage, 2);
	memcgsim_mem_cgroup_migrate(old, fresh);
	assert_int_equal(a->memory.usage, 2);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	drop(old);
	drop(fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(migration_moves_the_charge),
		unit_case(charge_moves_last),
		unit_case(replacement_charges_both),
		unit_case(replacement_is_never_refused),
		unit_case(charged_replacement_is_left_alone),
		unit_case(uncharged_old_page_is_warned_of),
		unit_case(both_pages_must_be_locked),
		unit_case(both_pages_must_be_alike),
		unit_case(listed_page_is_not_migrated),
		unit_case(migration_onto_a_charged_page_is_refused),
		unit_case(kernel_page_is_not_migrated),
		unit_case(pages_of_the_root_change_places),
		unit_case(charge_of_an_offline_memcg_moves),
		unit_case(migration_of_old_charges_both),
	};

	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
