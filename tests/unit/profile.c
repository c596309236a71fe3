/* SPDX-License-Identifier: MIT */
/*
 * machine/profile: which kernel versions there are, and what tells them apart.
 */
#include "unit.h"

#include "machine/profile.h"
#include "memcg/memcg_data.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/* unit_world() of a kernel version. */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

/*
 * Models: docs/design.md. What is modelled is accepted, what is not says so: it never
 * pretends.
 */
static void only_modelled_versions_are_accepted(void **state)
{
	static const char *const some[] = { "v6.12", "v6.6", "v5.11", "v3.7" };
	static const char *const others[] = { "",	"v6.1", "6.12", "v6.12.1",  "V6.12",
					      "v6.12 ", "v3.9", "v5.1", "v5.11-rc1" };

	(void)state;
	for (size_t i = 0; i < msim_array_size(some); i++)
		assert_string_equal(msim_profile_find(some[i])->name, some[i]);
	assert_null(msim_profile_find(NULL));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(msim_profile_find(others[i]));
	assert_string_equal(memcgsim_profile_name(0), "v6.12"); /* the default stands first */
	for (unsigned int i = 0; memcgsim_profile_name(i); i++)
		assert_string_equal(msim_profile_find(memcgsim_profile_name(i))->name,
				    memcgsim_profile_name(i));
	assert_null(memcgsim_profile_name(~0u));
}

/*
 * Models: docs/design.md. The caller's text is not kept: it may be gone after creation.
 */
static void profile_text_need_not_last(void **state)
{
	struct memcgsim_config config = unit_config();
	char name[] = "v6.12";
	struct unit *u;

	config.profile = name;
	u = unit_machine(state, &config);
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(u->machine->config.profile, "v6.12");
}

/* Models: C-02. The batch was 32 before 6.0. What is less is left as it is asked for. */
static void batch_is_the_versions_own(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page;
	struct unit *u;

	config.profile = "v5.11";
	u = unit_world(state, &config);
	page = memcgsim_alloc_pages(ACCOUNT, 0);
	assert_int_equal(unit_usage(u, "a"), 32);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 31);
	memcgsim___free_pages(page, 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 32);
	assert_int_equal(unit_teardown(state), 0);

	config.stock_batch_pages = 8;
	u = unit_world(state, &config);
	page = memcgsim_alloc_pages(ACCOUNT, 0);
	assert_int_equal(unit_usage(u, "a"), 8);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: section 2, T-09. In v5.11 a kernel page's word is its memcg and the tag, with a reference on
 * the memcg; in v6.12 it is the objcg. Either is cleared as a whole.
 */
static void kernel_page_names_memcg_or_objcg(void **state)
{
	struct unit *u = world_of(state, "v5.11");
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT | MEMCGSIM___GFP_COMP, 3);

	assert_int_equal(memcgsim_page_memcg_data(page),
			 (unsigned long)a | MEMCGSIM_MEMCG_DATA_KMEM);
	assert_int_equal(unit_refs(u, &a->ref), 5); /* base, id, css_set, stock, page */
	assert_int_equal(unit_usage(u, "a") - (long)unit_stock(u, 0)->nr_pages, 8);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_assert_file(u, "a/memory.current", "32768\n");
	memcgsim___free_pages(page, 3);
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_refs(u, &a->ref), 3);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(unit_teardown(state), 0);

	u = world_of(state, "v5.10"); /* the memcg too, but the mark is a type (page_flags.c) */
	page = memcgsim_alloc_pages(ACCOUNT, 0);
	assert_int_equal(memcgsim_page_memcg_data(page), (unsigned long)unit_memcg(u, "a"));
	memcgsim___free_pages(page, 0);
	assert_int_equal(unit_teardown(state), 0);

	u = world_of(state, "v6.12");
	page = memcgsim_alloc_pages(ACCOUNT, 0);
	assert_int_equal(memcgsim_page_memcg_data(page),
			 (unsigned long)unit_memcg(u, "a")->objcg | MEMCGSIM_MEMCG_DATA_KMEM);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: L-06, O-09
 *
 *   root -- a      two kernel pages; removed: in v5.11 a zombie, its pages still its own, and
 *                  uncharged from it and all above; in v6.12 gone, its pages the parent's
 */
static void kernel_pages_make_zombies_of_old(void **state)
{
	static const char *const profiles[] = { "v5.11", "v6.12" };

	for (unsigned int i = 0; i < 2; i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
		struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 1);
		bool old = i == 0;

		assert_int_equal(memcgsim_do_exit(u->task), 0);
		unit_rmdir(u, "a");
		assert_int_equal(u->machine->nr_cgroups, old);
		assert_int_equal(u->machine->root_memcg->memory.usage, 2);
		if (old)
			assert_int_equal(a->memory.usage, 2);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		memcgsim___free_pages(page, 1);
		assert_int_equal(memcgsim_drain_all_stock(u->machine, "/"), 0);
		assert_int_equal(u->machine->root_memcg->memory.usage, 0);
		memcgsim_run_work(u->machine);
		assert_int_equal(u->machine->nr_cgroups, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/*
 * Models: O-14. A charge of an object is refused: where it took a reference on its objcg, because nothing
 * else keeps that, it is put, and the memcg can go.
 */
static void refused_object_leaves_no_reference_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.11");

	unit_write(u, "a/memory.max", "0");
	assert_null(memcgsim_kmalloc(100, ACCOUNT | MEMCGSIM___GFP_NORETRY));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a");
	assert_int_equal(u->machine->nr_cgroups, 0);
}

/*
 * Models: O-02, section 6. v5.11 has no task->objcg and no orig_objcg: an idle objcg has one reference,
 * and each charge looks it up, so a move needs no flag to be seen.
 */
static void objcg_is_looked_up_anew_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.11");
	void *object;

	unit_mkdir(u, "b");
	assert_int_equal(unit_refs(u, &unit_memcg(u, "b")->objcg->ref), 1);
	object = memcgsim_kmalloc(100, ACCOUNT);
	assert_true(memcgsim_task_objcg_word(u->task) & MSIM_OBJCG_UPDATE_FLAG);
	memcgsim_kfree(object);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	object = memcgsim_kmalloc(100, ACCOUNT);
	assert_ptr_equal(unit_stock(u, 0)->cached_objcg, unit_memcg(u, "b")->objcg);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_kfree(object);
}

/*
 * Models: section 6, K-02. v6.6 looks at each charge, also at the root, and leaves its fast halves open:
 * of the word nothing is ever kept.
 */
static void each_charge_looks_before_6_7(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_event events[64];
	unsigned int lookups = 0;
	struct unit *u;
	size_t nr;

	config.profile = "v6.6";
	config.trace_events = 64;
	u = unit_world(state, &config);
	assert_int_equal(u->machine->cpus[0].lock.closed, !u->machine->has_membarrier);
	for (unsigned int i = 0; i < 6; i++) {
		if (i == 3)
			assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
		memcgsim_kfree(memcgsim_kmalloc(100, ACCOUNT));
		assert_int_equal(memcgsim_task_objcg_word(u->task), MSIM_OBJCG_UPDATE_FLAG);
	}
	nr = memcgsim_trace_read(u->machine, 0, events, 64);
	for (size_t i = 0; i < nr; i++)
		lookups += events[i].kind == MEMCGSIM_EV_OBJCG_UPDATE;
	assert_int_equal(lookups, 6);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->objcg->ref), 2); /* its memcg, a stock */
}

/*
 * Models: O-14. Before 6.9 an object is charged before it is taken: one that may not be charged takes no
 * slab, and one that cannot be had gives its bytes back.
 */
static void objects_are_charged_first_before_6_9(void **state)
{
	static const char *const profiles[] = { "v6.12", "v6.6", "v5.11" };

	for (unsigned int i = 0; i < 3; i++) {
		struct unit *u = world_of(state, profiles[i]);
		struct memcgsim_kmem_cache *cache = memcgsim_kmem_cache_create(
			u->machine, "c", 100, 8, MEMCGSIM_SLAB_ACCOUNT, NULL);
		void *objects[3];

		unit_write(u, "a/memory.max", "0");
		assert_null(memcgsim_kmem_cache_alloc(cache, ACCOUNT | MEMCGSIM___GFP_NORETRY));
		assert_int_equal(msim_list_empty(&cache->slabs), i > 0);
		unit_write(u, "a/memory.max", "max");
		assert_int_equal(memcgsim_kmem_cache_shrink(cache), 0);
		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
		assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, ACCOUNT, 3, objects), 0);
		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, ACCOUNT, 3, objects), 3);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		memcgsim_kmem_cache_free_bulk(cache, 3, objects);
		memcgsim_kmem_cache_destroy(cache);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Removes "b", which then goes offline, and frees the page that filled it. */
static unsigned long remove_b(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			      unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	struct memcgsim_page **page = arg;

	(void)memcg;
	(void)nr_pages;
	(void)gfp;
	if (!*page)
		return 0;
	memcgsim_folio_put(*page);
	*page = NULL;
	assert_int_equal(memcgsim_cgroup_rmdir(machine, "b"), 0);
	memcgsim_run_work(machine);
	return 1;
}

/*
 * Models: D4, O-02. A memcg of v5.11 keeps its objcg no longer than it is online: a charge in its
 * scope that waits, here for reclaim, has a reference of its own.
 *
 *   root -- a(task)   b: full; removed while a charge in its scope reclaims
 */
static void charge_in_a_scope_keeps_the_objcg_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.11");
	struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	struct memcgsim_page *page = NULL;
	struct memcgsim_hooks hooks = { .memcg_reclaim = remove_b, .arg = &user };
	struct memcgsim_task *other;
	struct memcgsim_mem_cgroup *b;
	struct memcgsim_mm *mm;

	for (unsigned int way = 0; way < 3; way++) {
		void *object = NULL;

		unit_mkdir(u, "b");
		assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "b", &b), 0);
		other = unit_fork(u, "b");
		mm = memcgsim_get_task_mm(other);
		if (!user)
			user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		unit_write(u, "b/memory.max", "4096");
		assert_int_equal(memcgsim_mem_cgroup_charge(user, mm, MEMCGSIM_GFP_USER), 0);
		memcgsim_mmput(mm);
		assert_int_equal(memcgsim_do_exit(other), 0);
		memcgsim_set_hooks(u->machine, &hooks);
		assert_null(memcgsim_set_active_memcg(b));
		if (way == 0)
			object = memcgsim_kmalloc(100, ACCOUNT);
		else if (way == 1)
			object = memcgsim___alloc_percpu_gfp(100, 8, ACCOUNT);
		else
			object = page = memcgsim_alloc_pages(ACCOUNT, 0);
		assert_ptr_equal(memcgsim_set_active_memcg(NULL), b);
		memcgsim_set_hooks(u->machine, NULL);
		assert_non_null(object);
		assert_null(user);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		if (way == 0)
			memcgsim_kfree(object);
		else if (way == 1)
			memcgsim_free_percpu(object);
		else
			memcgsim___free_pages(page, 0);
		memcgsim_mem_cgroup_put(b);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		memcgsim_run_work(u->machine);
	}
}

/* Models: fault.h. Disarming leaves such a machine's CPU locks closed: no fast half ever runs. */
static void locks_stay_closed_of_old(void **state)
{
	struct unit *u = world_of(state, "v5.11");

	assert_int_equal(u->machine->cpus[0].lock.closed, 1);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(u->machine->cpus[0].lock.closed, 1);
}

/*
 * Models: B-30, O-14, U-03, O-16. A day's work on every version: pages of several orders, objects small
 * and large, user pages, a move, a limit, a removed cgroup; the invariants after each step. Machines
 * without objcgs are tests/unit/memcg_v1's.
 */
static void every_version_keeps_the_invariants(void **state)
{
	for (unsigned int i = 0; memcgsim_profile_name(i); i++) {
		struct memcgsim_page *pages[4], *user;
		void *objects[3];
		struct unit *u;

		if (msim_profile_find(memcgsim_profile_name(i))->v1)
			continue;
		u = world_of(state, memcgsim_profile_name(i));
		for (unsigned int order = 0; order < 4; order++)
			pages[order] = memcgsim_alloc_pages(ACCOUNT, order);
		for (unsigned int k = 0; k < 3; k++)
			objects[k] = memcgsim_kmalloc(k == 2 ? 20000 : 100, ACCOUNT);
		user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_USER), 0);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		unit_assert_file(u, "a/memory.current", "102400\n"); /* 15 + 1 + 8 + 1 pages */
		memcgsim_split_page(pages[2], 2);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

		unit_write(u, "a/memory.max", "102400");
		assert_null(memcgsim_alloc_pages(ACCOUNT | MEMCGSIM___GFP_NORETRY, 0));
		assert_null(memcgsim_kmalloc(9000, ACCOUNT | MEMCGSIM___GFP_NORETRY));
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		unit_mkdir(u, "b");
		assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
		unit_rmdir(u, "a");
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);

		memcgsim___free_pages(pages[0], 0);
		memcgsim___free_pages(pages[1], 1);
		for (unsigned int k = 0; k < 4; k++)
			memcgsim___free_pages(&pages[2][k], 0);
		memcgsim_folio_put(pages[3]);
		for (unsigned int k = 0; k < 3; k++)
			memcgsim_kfree(objects[k]);
		memcgsim_folio_put(user);
		memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* lets go of the old objcg */
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(u->machine->nr_cgroups, 1);
		assert_int_equal(u->machine->root_memcg->memory.usage, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(only_modelled_versions_are_accepted),
		unit_case(profile_text_need_not_last),
		unit_case(batch_is_the_versions_own),
		unit_case(kernel_page_names_memcg_or_objcg),
		unit_case(kernel_pages_make_zombies_of_old),
		unit_case(refused_object_leaves_no_reference_of_old),
		unit_case(objcg_is_looked_up_anew_of_old),
		unit_case(each_charge_looks_before_6_7),
		unit_case(objects_are_charged_first_before_6_9),
		unit_case(charge_in_a_scope_keeps_the_objcg_of_old),
		unit_case(locks_stay_closed_of_old),
		unit_case(every_version_keeps_the_invariants),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
