/* SPDX-License-Identifier: MIT */
/*
 * memcg/lru: which list a page is on, who takes it off, and what is left of the lists of those who go.
 */
#include "unit.h"

#define ANON ((void *)1)

static struct memcgsim_page *page_of(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	return page;
}

static struct memcgsim_page *charged_page(unsigned int order)
{
	struct memcgsim_page *page = page_of(order);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	return page;
}

/* The sizes of a memcg's lists are those, in the order of enum memcgsim_lru_list. */
static void assert_sizes(const struct memcgsim_mem_cgroup *memcg, const char *expected)
{
	char found[64];
	int length = 0;

	for (unsigned int i = 0; i < MEMCGSIM_NR_LRU_LISTS; i++)
		length += snprintf(found + length, sizeof(found) - (size_t)length, "%lu ",
				   memcgsim_mem_cgroup_get_lru_size(memcg, i));
	found[length - 1] = '\0';
	assert_string_equal(found, expected);
}

/* Models: U-07, I-LRU. A charged page is on its memcg's list, whatever is nobody's on the root's. */
static void pages_are_listed_with_their_memcg(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *user = charged_page(0), *nobodys = page_of(0);
	struct memcgsim_page *kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	memcgsim_folio_add_lru(user);
	assert_sizes(unit_memcg(u, "a"), "0 0 1 0 0");
	assert_sizes(u->machine->root_memcg, "0 0 0 0 0"); /* not its descendants' */
	memcgsim_folio_add_lru(nobodys);
	memcgsim_folio_add_lru(kernel);
	assert_sizes(unit_memcg(u, "a"), "0 0 1 0 0");
	assert_sizes(u->machine->root_memcg, "0 0 2 0 0");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(user);
	memcgsim_folio_put(nobodys);
	memcgsim_folio_put(kernel);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 0 0");
	assert_sizes(u->machine->root_memcg, "0 0 0 0 0");
}

/* Models: folio_lru_list(). Which of the five, the marks and the kind of memory say. */
static void marks_choose_the_list(void **state)
{
	static const struct {
		bool anon, active, unevictable;
		const char *sizes;
	} cases[] = {
		{ true, false, false, "4 0 0 0 0" },  { true, true, false, "0 4 0 0 0" },
		{ false, false, false, "0 0 4 0 0" }, { false, true, false, "0 0 0 4 0" },
		{ false, false, true, "0 0 0 0 4" },  { true, true, true, "0 0 0 0 4" },
	};
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = charged_page(2);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		page->mapping = cases[i].anon ? ANON : NULL;
		memcgsim_clear_page_flag(page, MEMCGSIM_PG_ACTIVE);
		memcgsim_clear_page_flag(page, MEMCGSIM_PG_UNEVICTABLE);
		if (cases[i].active)
			memcgsim_set_page_flag(page, MEMCGSIM_PG_ACTIVE);
		if (cases[i].unevictable)
			memcgsim_set_page_flag(page, MEMCGSIM_PG_UNEVICTABLE);
		if (i == 0)
			memcgsim_folio_add_lru(page);
		else
			memcgsim_folio_putback_lru(page);
		assert_sizes(unit_memcg(u, "a"), cases[i].sizes);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_true(memcgsim_folio_isolate_lru(page));
		assert_false(memcgsim_folio_isolate_lru(page));
		assert_sizes(unit_memcg(u, "a"), "0 0 0 0 0");
		/* isolating leaves the other marks */
		assert_int_equal(memcgsim_test_page_flag(page, MEMCGSIM_PG_ACTIVE),
				 cases[i].active);
	}
	memcgsim_clear_page_flag(page, MEMCGSIM_PG_ACTIVE);
	memcgsim_clear_page_flag(page, MEMCGSIM_PG_UNEVICTABLE);
	memcgsim_folio_put(page);
	assert_int_equal(memcgsim_mem_cgroup_get_lru_size(u->machine->root_memcg, 5), 0);
}

/* Models: lruvec_add_folio(). The page that came last stands first. */
static void newest_stands_first(void **state)
{
	struct unit *u = unit_world(state, NULL);
	const struct msim_list *list =
		&unit_memcg(u, "a")->lruvec.lists[MEMCGSIM_LRU_INACTIVE_FILE];
	struct memcgsim_page *pages[3];

	for (unsigned int i = 0; i < 3; i++) {
		pages[i] = charged_page(0);
		memcgsim_folio_add_lru(pages[i]);
	}
	assert_ptr_equal(list->next, &pages[2]->lru);
	assert_true(memcgsim_folio_isolate_lru(pages[1])); /* from the middle */
	memcgsim_folio_putback_lru(pages[1]);
	assert_ptr_equal(list->next, &pages[1]->lru);
	assert_ptr_equal(list->prev, &pages[0]->lru);
	memcgsim_release_pages(pages, 3);
}

/* Models: U-01. The last put takes a page off, by itself or in a batch, and forgets its marks. */
static void last_put_takes_the_page_off(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *pages[4];

	for (unsigned int i = 0; i < 4; i++) {
		pages[i] = charged_page(i % 2);
		memcgsim_set_page_flag(pages[i],
				       i % 2 ? MEMCGSIM_PG_ACTIVE : MEMCGSIM_PG_UNEVICTABLE);
		memcgsim_folio_add_lru(pages[i]);
	}
	assert_sizes(unit_memcg(u, "a"), "0 0 0 4 2");
	memcgsim_get_page(pages[0]);
	memcgsim_folio_put(pages[0]);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 4 2");
	memcgsim_folio_put(pages[0]);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 4 1");
	memcgsim_release_pages(pages + 1, 3);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 0 0");
}

/*
 * Models: L-06, I-LRU-DEAD. An offline memcg keeps its pages on its lists; when the last goes, so does
 * the memcg.
 */
static void zombie_keeps_its_lists(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = charged_page(1);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_folio_add_lru(page);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	unit_rmdir(u, "a");
	assert_sizes(a, "0 0 2 0 0");
	assert_sizes(u->machine->root_memcg, "0 0 0 0 0");
	assert_true(memcgsim_folio_isolate_lru(page));
	memcgsim_folio_putback_lru(page);
	assert_sizes(a, "0 0 2 0 0");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(page);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* I-FREE-EVENTUAL */
}

/* Models: U-03. Whose page it is does not change while it is listed: such a charge is refused. */
static void listed_page_is_not_charged(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = page_of(0);

	memcgsim_folio_add_lru(page);
	unit_allow_bugs(u, 1);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), -EINVAL);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_true(memcgsim_folio_isolate_lru(page));
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	memcgsim_folio_putback_lru(page);
	unit_allow_bugs(u, 1);
	memcgsim___mem_cgroup_uncharge(page); /* nor is it uncharged */
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_sizes(unit_memcg(u, "a"), "0 0 1 0 0");
	memcgsim_folio_put(page);
}

/* Models: B-35. A listed page that is freed past the lists is bad, and left out; no list keeps it. */
static void bad_page_is_on_no_list(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = page_of(0);

	memcgsim_folio_add_lru(page);
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_sizes(u->machine->root_memcg, "0 0 0 0 0");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
}

/* Models: B-35, I-LRU. An anonymous one leaves the list that it is on, not that of files. */
static void bad_anonymous_page_is_on_no_list(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = page_of(0), *other = page_of(0);

	page->mapping = other->mapping = ANON;
	memcgsim_folio_add_lru(page);
	memcgsim_folio_add_lru(other);
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set");
	assert_null(page->mapping);
	assert_sizes(u->machine->root_memcg, "1 0 0 0 0");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(other);
}

/* A mark that was set by hand has no list behind it: it is an error to be seen, not to fall over. */
static void mark_set_by_hand_is_survived(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = charged_page(0);

	memcgsim_set_page_flag(page, MEMCGSIM_PG_LRU);
	assert_true(memcgsim_check(u->machine, MEMCGSIM_CHECK_Q, NULL, NULL) > 0);
	assert_true(memcgsim_folio_isolate_lru(page));
	assert_false(memcgsim_folio_test_lru(page));
	memcgsim_set_page_flag(page, MEMCGSIM_PG_LRU);
	memcgsim_folio_put(page);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 0 0");
}

/* Misuse: the marks of a listed page say where it is. They stay, and others may change. */
static void marks_of_a_listed_page_stay(void **state)
{
	static const enum memcgsim_pageflags marks[] = { MEMCGSIM_PG_LRU, MEMCGSIM_PG_ACTIVE,
							 MEMCGSIM_PG_UNEVICTABLE };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = charged_page(0);

	memcgsim_set_page_flag(page, MEMCGSIM_PG_ACTIVE);
	memcgsim_folio_add_lru(page);
	unit_allow_bugs(u, 6);
	for (unsigned int i = 0; i < 3; i++) {
		bool marked = memcgsim_test_page_flag(page, marks[i]);

		memcgsim_set_page_flag(page, marks[i]);
		assert_int_equal(memcgsim_test_page_flag(page, marks[i]), marked);
		memcgsim_clear_page_flag(page, marks[i]);
		assert_int_equal(memcgsim_test_page_flag(page, marks[i]), marked);
	}
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 6);
	memcgsim_set_page_flag(page, MEMCGSIM_PG_WRITEBACK);
	memcgsim_clear_page_flag(page, MEMCGSIM_PG_WRITEBACK);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 1 0");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_folio_put(page);
	assert_sizes(unit_memcg(u, "a"), "0 0 0 0 0");
}

/* Models: page_folio(). A loose block is listed as its first page alone, whatever is freed of it. */
static void loose_block_is_listed_as_one_page(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 2);

	memcgsim_folio_add_lru(page);
	assert_sizes(u->machine->root_memcg, "0 0 1 0 0");
	memcgsim_get_page(page);
	memcgsim___free_pages(page, 2);
	assert_sizes(u->machine->root_memcg, "0 0 1 0 0");
	memcgsim_folio_put(page);
	assert_sizes(u->machine->root_memcg, "0 0 0 0 0");
}

/*
 * Models: U-05, U-06, I-LRU. A migration: the old page is off its list, the charge moves, the new page
 * is listed with the memcg that it was given; the old one is nobody's, and could be on the root's only.
 */
static void migration_lists_the_new_page(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *old = charged_page(1), *fresh = page_of(1);

	old->mapping = fresh->mapping = ANON;
	memcgsim_folio_add_lru(old);
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(fresh);
	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_migrate(old, fresh); /* still listed */
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_true(memcgsim_folio_isolate_lru(old));
	memcgsim_folio_add_lru(fresh);
	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_migrate(old, fresh); /* on the root's list, where it could not stay */
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_true(memcgsim_folio_isolate_lru(fresh));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_mem_cgroup_migrate(old, fresh);
	memcgsim_folio_putback_lru(fresh);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_sizes(unit_memcg(u, "a"), "2 0 0 0 0");
	memcgsim_folio_putback_lru(old);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_sizes(u->machine->root_memcg, "2 0 0 0 0");
	memcgsim_folio_unlock(old);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_put(old);
	memcgsim_folio_put(fresh);
}

/*
 * Models: U-04, U-07, I-LRU. A replacement may leave both pages listed: the old one where it was, until it
 * is freed, and the new one, charged by then, with the old one's memcg.
 */
static void replacement_keeps_both_lists(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *old = charged_page(0), *fresh = page_of(0), *stolen;

	memcgsim_folio_add_lru(old);
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, "b"), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	stolen = charged_page(0); /* from a pipe: b's, and listed */
	memcgsim_folio_add_lru(stolen);
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(fresh);
	memcgsim_folio_lock(stolen);
	memcgsim_mem_cgroup_replace_folio(old, stolen);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_sizes(unit_memcg(u, "b"), "0 0 1 0 0"); /* where it was */
	memcgsim_folio_add_lru(fresh);
	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_replace_folio(old, fresh); /* nobody's, and listed: B12 */
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_true(memcgsim_folio_isolate_lru(fresh));
	memcgsim_mem_cgroup_replace_folio(old, fresh);
	memcgsim_folio_putback_lru(fresh);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_sizes(unit_memcg(u, "a"), "0 0 2 0 0");
	memcgsim_folio_unlock(old);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_unlock(stolen);
	memcgsim_release_pages((struct memcgsim_page *[]){ old, fresh, stolen }, 3);
}

/* Models: memcgsim_destroy(). Pages left on lists are pages that leaked, and nothing else. */
static void listed_pages_are_leaks(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_leaks leaks = { 0 };

	memcgsim_folio_add_lru(charged_page(1));
	memcgsim_folio_add_lru(page_of(0));
	u->broken = true;
	unit_clear(u);
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.pages, 3);
	assert_int_equal(leaks.bugs, 0);
	assert_int_equal(leaks.mem_cgroups, 0);
}

/* Models: section 10.3, R-03. memory.stat has the lists of the whole subtree, the removed included. */
static void statistics_are_of_the_subtree(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *file = charged_page(1), *anon = page_of(0), *mlocked;

	anon->mapping = ANON;
	memcgsim_folio_add_lru(file);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), 0);
	assert_int_equal(memcgsim___mem_cgroup_charge(anon, MEMCGSIM_GFP_USER), 0);
	memcgsim_folio_add_lru(anon);
	mlocked = charged_page(0);
	memcgsim_set_page_flag(mlocked, MEMCGSIM_PG_UNEVICTABLE);
	memcgsim_folio_add_lru(mlocked);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	unit_rmdir(u, "a/b");
	unit_assert_file(u, "a/memory.stat",
			 "kernel 0\npercpu 0\nvmalloc 0\ninactive_anon 4096\nactive_anon 0\n"
			 "inactive_file 8192\nactive_file 0\nunevictable 4096\nslab 0\n");
	memcgsim_release_pages((struct memcgsim_page *[]){ file, anon, mlocked }, 3);
	unit_assert_file(u, "a/memory.stat",
			 "kernel 0\npercpu 0\nvmalloc 0\n" UNIT_NO_LRU "slab 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(pages_are_listed_with_their_memcg),
		unit_case(marks_choose_the_list),
		unit_case(newest_stands_first),
		unit_case(last_put_takes_the_page_off),
		unit_case(zombie_keeps_its_lists),
		unit_case(listed_page_is_not_charged),
		unit_case(bad_page_is_on_no_list),
		unit_case(bad_anonymous_page_is_on_no_list),
		unit_case(mark_set_by_hand_is_survived),
		unit_case(marks_of_a_listed_page_stay),
		unit_case(loose_block_is_listed_as_one_page),
		unit_case_v6_12(migration_lists_the_new_page),
		unit_case(replacement_keeps_both_lists),
		unit_case(listed_pages_are_leaks),
		unit_case(statistics_are_of_the_subtree),
	};

	return cmocka_run_group_tests_name("lru", tests, NULL, NULL);
}
