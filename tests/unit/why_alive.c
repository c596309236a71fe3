/* SPDX-License-Identifier: MIT */
/*
 * verify/why_alive: who has references on a memcg, by name, and that they are all of them.
 */
#include "unit.h"

#include <memcgsim/css.h>
#include <memcgsim/holders.h>

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/* What was told: how many references of each kind the last memcg has, and what it and its objcgs lack. */
struct told {
	long total, missing;
	long counts[MEMCGSIM_NR_REFERENCE_KINDS];
	long objcg_counts[MEMCGSIM_NR_REFERENCE_KINDS];
	unsigned int nr_objcgs;
	bool removed;
};

static void note(const struct memcgsim_reference *reference, void *arg)
{
	struct told *told = arg;

	assert_non_null(memcgsim_reference_name(reference->kind));
	assert_true(strlen(reference->text) > 0);
	if (reference->kind == MEMCGSIM_REFERENCE_MEMCG) {
		*told = (struct told){ .total = reference->count, .removed = reference->removed };
		told->missing = reference->count;
		return;
	}
	if (reference->kind == MEMCGSIM_REFERENCE_OBJCG) {
		assert_int_equal(told->missing, 0); /* those before add up */
		told->nr_objcgs++;
		told->missing = reference->count;
		return;
	}
	told->missing -= reference->count;
	(told->nr_objcgs ? told->objcg_counts : told->counts)[reference->kind] += reference->count;
}

static struct told ask(struct unit *u, const char *path, unsigned long nr)
{
	struct told told = { 0 };

	assert_int_equal(memcgsim_why_alive(u->machine, path, note, &told), nr);
	assert_int_equal(told.missing, 0);
	return told;
}

/* unit_world() of a kernel version. */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();

	config.profile = profile;
	return unit_world(state, &config);
}

/* Models: L-06, O-02. Everybody who keeps a living memcg, or its objcg, is named once. */
static void every_holder_is_named(void **state)
{
	struct unit *u = world_of(state, "v6.12");
	struct memcgsim_page *kernel = memcgsim_alloc_pages(ACCOUNT, 1);
	struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	void *object = memcgsim_kmalloc(96, ACCOUNT);
	struct told told;

	assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_USER), 0);
	memcgsim_css_get(a);
	unit_write(u, "cgroup.procs", "1");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	told = ask(u, "a", 1);
	assert_false(told.removed);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_BASE], 1);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_ID], 1);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_CHILD], 1);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_CSS_SET], 0);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_USER_PAGE], 1);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_STOCK], 1);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_USER], 1);
	assert_int_equal(told.counts[MEMCGSIM_REFERENCE_UNEXPLAINED], 0);
	assert_int_equal(told.nr_objcgs, 1);
	assert_int_equal(told.objcg_counts[MEMCGSIM_REFERENCE_KERNEL_PAGE], 1);
	assert_int_equal(told.objcg_counts[MEMCGSIM_REFERENCE_OBJECT], 1);
	assert_int_equal(told.objcg_counts[MEMCGSIM_REFERENCE_TASK], 1);
	memcgsim_kfree(object);
	memcgsim___free_pages(kernel, 1);
	memcgsim_folio_put(user);
	memcgsim_css_put(a);
}

/*
 * Models: L-06, Y-03. What keeps a removed group for its kernel pages: each of them, one for all, or, since
 * objcgs, nothing.
 */
static void removed_group_is_kept_by_its_kernel_pages(void **state)
{
	static const struct {
		const char *profile;
		unsigned long memcgs;
		long each, all;
	} cases[] = {
		{ "v3.7", 1, 2, 0 },
		{ "v3.8", 1, 0, 1 },
		{ "v5.11", 1, 2, 0 },
		{ "v6.12", 0, 0, 0 },
	};

	for (size_t i = 0; i < msim_array_size(cases); i++) {
		struct unit *u = world_of(state, cases[i].profile);
		struct memcgsim_page *pages[2];
		struct told told;

		unit_mkdir(u, "k");
		if (u->machine->variant->v1)
			unit_write(u, "k/memory.kmem.limit_in_bytes", "1M");
		unit_write(u, "k/cgroup.procs", "1");
		for (unsigned int k = 0; k < 2; k++)
			pages[k] = memcgsim_alloc_pages(ACCOUNT, k);
		unit_write(u, "a/cgroup.procs", "1");
		memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* lets go of the old objcg */
		unit_rmdir(u, "k");
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* the stocks are drained */
		told = ask(u, "k", cases[i].memcgs);
		assert_int_equal(told.removed, cases[i].memcgs);
		assert_int_equal(told.total, cases[i].each + cases[i].all);
		assert_int_equal(told.counts[MEMCGSIM_REFERENCE_KERNEL_PAGE], cases[i].each);
		assert_int_equal(told.counts[MEMCGSIM_REFERENCE_KERNEL_MEMORY], cases[i].all);
		for (unsigned int k = 0; k < 2; k++)
			memcgsim___free_pages(pages[k], k);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		(void)ask(u, "k", 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* A reference that nobody has, and one that somebody has too few, are told as what they are. */
static void what_nobody_has_is_told(void **state)
{
	struct unit *u = world_of(state, "v6.12");
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	a->ref.count++;
	assert_int_equal(ask(u, "a", 1).counts[MEMCGSIM_REFERENCE_UNEXPLAINED], 1);
	a->ref.count -= 2;
	assert_int_equal(ask(u, "a", 1).counts[MEMCGSIM_REFERENCE_UNEXPLAINED], -1);
	a->ref.count++;
}

/* Names are used again: a removed group and its successor are both of that path. The root never goes. */
static void paths_may_have_several(void **state)
{
	struct unit *u = world_of(state, "v6.12");
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	memcgsim_css_get(a);
	unit_write(u, "cgroup.procs", "1");
	unit_rmdir(u, "a");
	unit_mkdir(u, "a");
	assert_false(ask(u, "a", 2).removed);
	(void)ask(u, "nobody", 0);
	assert_int_equal(ask(u, "/", 1).total, 0);
	memcgsim_css_put(a);
	assert_null(memcgsim_reference_name(MEMCGSIM_NR_REFERENCE_KINDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(every_holder_is_named),
		unit_case(removed_group_is_kept_by_its_kernel_pages),
		unit_case(what_nobody_has_is_told),
		unit_case(paths_may_have_several),
	};

	return cmocka_run_group_tests_name("why_alive", tests, NULL, NULL);
}
