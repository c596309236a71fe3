/* SPDX-License-Identifier: MIT */
/*
 * alloc/vmalloc: areas of single pages, each charged by itself.
 */
#include "unit.h"

#include "machine/profile.h"
#include "memcg/memcg_data.h"
#include "memcg/stat.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT
#define PAGE	MEMCGSIM_PAGE_SIZE

static long vmalloc_pages(struct unit *u, const char *path)
{
	return msim_stat_read(unit_memcg(u, path)).items[MSIM_STAT_VMALLOC_PAGES];
}

static struct memcgsim_page *page_at(struct unit *u, const char *address)
{
	return memcgsim_vmalloc_to_page(u->machine, address);
}

/*
 * Models: V-01, V-02, section 17. Every page is charged, tagged and counted by itself, and holds the objcg.
 */
static void every_page_is_charged_by_itself(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg = unit_memcg(u, "a")->objcg;
	char *area;
	long refs;

	memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* the task and the stock know the objcg */
	refs = unit_refs(u, &objcg->ref);
	area = memcgsim___vmalloc(10 * PAGE - 5, ACCOUNT);
	assert_non_null(area);
	assert_int_equal((unsigned long)area % PAGE, 0);
	for (unsigned int i = 0; i < 10; i++) {
		assert_int_equal(page_at(u, area + i * PAGE)->memcg_data,
				 (unsigned long)objcg | MSIM_MEMCG_DATA_KMEM);
		assert_int_equal(memcgsim_page_count(page_at(u, area + i * PAGE + 77)), 1);
	}
	assert_int_equal(unit_refs(u, &objcg->ref), refs + 10);
	assert_int_equal(vmalloc_pages(u, "a"), 10);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_assert_file(u, "a/memory.stat",
			 "kernel 40960\npercpu 0\nvmalloc 40960\n" UNIT_NO_LRU "slab 0\n");
	memcgsim_vfree(area);
	assert_int_equal(vmalloc_pages(u, "a"), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/*
 * Models: V-01, V-02. Without ACCOUNT nobody pays and nothing is counted, in the root likewise.
 */
static void unaccounted_area_is_nobodys(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *area = memcgsim_vmalloc(5 * PAGE), *of_root;

	assert_int_equal(page_at(u, area)->memcg_data, 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	of_root = memcgsim___vmalloc(PAGE, ACCOUNT);
	assert_int_equal(page_at(u, of_root)->memcg_data, 0);
	assert_int_equal(vmalloc_pages(u, "a"), 0);
	assert_int_equal(u->machine->root_memcg->stats[MSIM_STAT_VMALLOC_PAGES], 0);
	memcgsim_vfree(area);
	memcgsim_vfree(of_root);
	assert_int_equal(u->machine->root_memcg->stats[MSIM_STAT_VMALLOC_PAGES], 0);
}

/*
 * Models: V-01. The array of pages is nobody's, small or, beyond a page, an area of its own.
 */
static void array_of_pages_is_never_charged(void **state)
{
	enum { MANY = 600 };
	struct unit *u = unit_world(state, NULL);
	char *small = memcgsim___vmalloc(3 * PAGE, ACCOUNT);
	char *large = memcgsim___vmalloc(MANY * PAGE, ACCOUNT);

	assert_int_equal(vmalloc_pages(u, "a"), 3 + MANY);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a")).slab_bytes, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 3 + MANY);
	assert_int_equal(msim_list_count(&u->machine->vmalloc.areas), 3); /* and the large array */
	memcgsim_vfree(large);
	assert_int_equal(msim_list_count(&u->machine->vmalloc.areas), 1);
	memcgsim_vfree(small);
}

/*
 * Models: vmalloc(). Usable from end to end, zero at first, and every address leads to its page.
 */
static void area_is_usable_from_end_to_end(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned char *area[20];

	for (unsigned int i = 0; i < 20; i++) {
		area[i] = memcgsim_vmalloc((i + 1) * PAGE);
		for (unsigned long k = 0; k < (i + 1) * PAGE; k += 511)
			assert_int_equal(area[i][k], 0);
		memset(area[i], (int)i + 1, (i + 1) * PAGE);
	}
	for (unsigned int i = 0; i < 20; i += 2)
		memcgsim_vfree(area[i]);
	for (unsigned int i = 1; i < 20; i += 2) {
		char *last = (char *)area[i] + (i + 1) * PAGE - 1;

		assert_int_equal(*last, i + 1);
		assert_non_null(page_at(u, last));
		assert_ptr_not_equal(page_at(u, last), page_at(u, (char *)area[i]));
		memcgsim_vfree(area[i]);
		assert_null(page_at(u, last));
	}
}

/*
 * Models: V-01. One page is refused: those before it are freed, and nothing is charged or counted.
 */
static void refused_area_is_freed_whole(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_write(u, "a/memory.max", "16384");
	assert_null(memcgsim___vmalloc(5 * PAGE, ACCOUNT));
	assert_int_equal(vmalloc_pages(u, "a"), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 3), 0);
	assert_null(memcgsim___vmalloc(4 * PAGE, ACCOUNT));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/*
 * Models: vmalloc(). Nothing is a WARN, once; more than the machine has is NULL.
 */
static void sizes_out_of_range_are_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_allow_bugs(u, 1);
	assert_null(memcgsim_vmalloc(0));
	assert_null(memcgsim_vmalloc(0));
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_null(memcgsim_vmalloc((u->machine->config.nr_pages + 1) * PAGE));
	assert_null(memcgsim_vmalloc(~0UL));
}

/*
 * Models: vfree(). What no area begins at is a WARN each time, and nothing is freed. NULL is nothing.
 */
static void free_of_no_area_is_a_warning(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *area = memcgsim___vmalloc(2 * PAGE, ACCOUNT);

	memcgsim_vfree(NULL);
	unit_allow_bugs(u, 5);
	memcgsim_vfree(area + 8);
	memcgsim_vfree(area + PAGE);
	memcgsim_vfree(u);
	memcgsim_vfree((void *)~0UL);
	assert_int_equal(vmalloc_pages(u, "a"), 2);
	memcgsim_vfree(area);
	memcgsim_vfree(area);
	unit_assert_bugs(u, MEMCGSIM_WARN, 5);
	assert_null(page_at(u, (char *)u));
}

/*
 * Models: V-02, O-08. An area outlives its cgroup: its pages are counted as the parent's then.
 */
static void area_outlives_its_cgroup(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *area;

	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), 0);
	area = memcgsim___vmalloc(7 * PAGE, ACCOUNT);
	assert_int_equal(vmalloc_pages(u, "a/b"), 7);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	unit_rmdir(u, "a/b");
	assert_int_equal(vmalloc_pages(u, "a"), 7);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_vfree(area);
	assert_int_equal(vmalloc_pages(u, "a"), 0);
}

/*
 * Models: V-01. Before 5.13 a page's word is its memcg: charged, counted and given back all the same.
 */
static void older_kernels_charge_the_memcg(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;
	char *area;

	config.profile = "v5.11";
	u = unit_world(state, &config);
	area = memcgsim___vmalloc(3 * PAGE, ACCOUNT);
	assert_int_equal(page_at(u, area)->memcg_data,
			 (unsigned long)unit_memcg(u, "a") | MSIM_MEMCG_DATA_KMEM);
	assert_int_equal(vmalloc_pages(u, "a"), 3);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_vfree(area);
	assert_int_equal(vmalloc_pages(u, "a"), 0);
}

/*
 * Models: V-03, B-08. The memory of a bpf map, charged and mapped whole. Before 5.11 each of its pages has a
 * type, and is refused; what nobody is charged for is mapped there, too.
 */
static void charged_area_is_mapped_since_5_11(void **state)
{
	for (unsigned int i = 0; memcgsim_profile_name(i); i++) {
		struct memcgsim_config config = unit_config();
		struct memcgsim_page *ptes[4] = { 0 };
		bool refused = !strcmp(memcgsim_profile_name(i), "v5.10");
		char *area, *plain;
		struct unit *u;

		if (msim_profile_find(memcgsim_profile_name(i))->v1)
			continue;
		config.profile = memcgsim_profile_name(i);
		u = unit_world(state, &config);
		area = memcgsim___vmalloc_node_range(4 * PAGE, ACCOUNT | MEMCGSIM___GFP_ZERO,
						     MEMCGSIM_VM_USERMAP);
		plain = memcgsim_vmalloc_user(4 * PAGE);
		assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 4, plain, 0), 0);
		memcgsim_zap_page_range(ptes, 4);
		assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 4, area, 0),
				 refused ? -EINVAL : 0);
		for (unsigned int k = 0; k < 4; k++) {
			struct memcgsim_page *page = page_at(u, area + k * PAGE);

			assert_ptr_equal(ptes[k], refused ? NULL : page);
			assert_int_equal(memcgsim_page_mapcount(page), !refused);
			assert_int_equal(memcgsim_page_count(page), 1 + !refused);
		}
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		memcgsim_zap_page_range(ptes, 4);
		assert_null(ptes[3]);
		assert_int_equal(memcgsim_page_mapcount(page_at(u, area)), 0);
		assert_int_equal(memcgsim_page_count(page_at(u, area)), 1);
		memcgsim_vfree(area);
		memcgsim_vfree(plain);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(unit_usage(u, "a"), 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: remap_vmalloc_range(). Whole pages of one area that is meant for it, from its beginning. */
static void only_what_is_meant_for_it_is_mapped(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *area = memcgsim_vmalloc_user(3 * PAGE), *kernels = memcgsim_vmalloc(PAGE);
	struct memcgsim_page *ptes[3] = { 0 };

	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, kernels, 0), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 0, area, 0), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, area + 8, 0), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, area + PAGE, 0), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, NULL, 0), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 4, area, 0), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 3, area, 1), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, area, 3), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, ~0UL, area, 1), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, area, ~0UL), -EINVAL);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 2, area, 1), 0);
	assert_ptr_equal(ptes[0], page_at(u, area + PAGE));
	assert_ptr_equal(ptes[1], page_at(u, area + 2 * PAGE));
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 1, area, 0), -EINVAL);
	memcgsim_zap_page_range(ptes, 3);
	assert_int_equal(memcgsim_page_mapcount(ptes[0]), 1);
	unit_run(u, 0, u->task);
	memcgsim_zap_page_range(ptes, 3); /* the third was never written */
	memcgsim_vfree(area);
	memcgsim_vfree(kernels);
}

/* Models: V-04. One page of the area has a type: all that were mapped before it are unmapped again. */
static void area_is_mapped_whole_or_not_at_all(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *area = memcgsim_vmalloc_user(3 * PAGE);
	struct memcgsim_page *ptes[3] = { 0 };

	memcgsim___SetPageTable(page_at(u, area + 2 * PAGE));
	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 3, area, 0), -EINVAL);
	for (unsigned int i = 0; i < 3; i++) {
		assert_null(ptes[i]);
		assert_int_equal(memcgsim_page_mapcount(page_at(u, area + i * PAGE)), 0);
		assert_int_equal(memcgsim_page_count(page_at(u, area + i * PAGE)), 1);
	}
	memcgsim___ClearPageTable(page_at(u, area + 2 * PAGE));
	memcgsim_vfree(area);
}

/*
 * Models: V-03, B-31, B-35. A mapping is a reference: what is mapped outlives its area, charged, and is
 * uncharged when it is unmapped. A reference that is put without unmapping leaves a bad page, uncharged.
 */
static void mapped_page_outlives_its_area(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *ptes[2];
	char *area = memcgsim___vmalloc_node_range(2 * PAGE, ACCOUNT, MEMCGSIM_VM_USERMAP);

	assert_int_equal(memcgsim_remap_vmalloc_range(ptes, 2, area, 0), 0);
	memcgsim_vfree(area);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 2);
	assert_int_equal(vmalloc_pages(u, "a"), 0);
	memcgsim_zap_page_range(ptes, 1);
	unit_allow_bugs(u, 1);
	memcgsim_put_page(ptes[1]);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_string_equal(u->bugs[0].what, "nonzero mapcount");
	assert_int_equal(memcgsim_page_memcg_data(ptes[1]), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/*
 * Models: memcgsim_destroy(). What was never freed is told once, its pages and arrays not again. A
 * thread that is not bound gets nothing and frees nothing.
 */
static void forgotten_areas_are_leaks(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_leaks leaks;
	char *area = memcgsim___vmalloc(600 * PAGE, ACCOUNT);

	assert_non_null(memcgsim___vmalloc(PAGE, ACCOUNT));
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim_vmalloc(PAGE));
	memcgsim_vfree(area);
	assert_non_null(page_at(u, area));
	unit_clear(u);
	u->broken = true; /* the teardown finds no machine */
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.vmalloc, 2);
	assert_int_equal(leaks.pages + leaks.objects + leaks.objcgs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(every_page_is_charged_by_itself),
		unit_case(unaccounted_area_is_nobodys),
		unit_case(array_of_pages_is_never_charged),
		unit_case(area_is_usable_from_end_to_end),
		unit_case(refused_area_is_freed_whole),
		unit_case(sizes_out_of_range_are_refused),
		unit_case(free_of_no_area_is_a_warning),
		unit_case(area_outlives_its_cgroup),
		unit_case(older_kernels_charge_the_memcg),
		unit_case(charged_area_is_mapped_since_5_11),
		unit_case(only_what_is_meant_for_it_is_mapped),
		unit_case(area_is_mapped_whole_or_not_at_all),
		unit_case(mapped_page_outlives_its_area),
		unit_case(forgotten_areas_are_leaks),
	};

	return cmocka_run_group_tests_name("vmalloc", tests, NULL, NULL);
}
