/* SPDX-License-Identifier: MIT */
/*
 * alloc/from_obj: whose is what lies at an address.
 */
#include "unit.h"

#include "machine/profile.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static struct memcgsim_mem_cgroup *owner(const void *p)
{
	struct memcgsim_mem_cgroup *memcg;

	memcgsim_rcu_read_lock();
	memcg = memcgsim_mem_cgroup_from_slab_obj(p);
	memcgsim_rcu_read_unlock();
	return memcg;
}

/*
 * Models: T-04, T-06. Objects by their slot, wherever in them the address points; large objects and
 * pages by their page; what nobody pays for is nobody's. In every version that has objcgs.
 */
static void address_leads_to_its_memcg(void **state)
{
	for (unsigned int i = 0; memcgsim_profile_name(i); i++) {
		struct memcgsim_config config = unit_config();
		struct memcgsim_mem_cgroup *a;
		struct memcgsim_page *page;
		char *small, *large, *plain;
		struct unit *u;

		if (msim_profile_find(memcgsim_profile_name(i))->v1)
			continue;
		config.profile = memcgsim_profile_name(i);
		u = unit_world(state, &config);
		a = unit_memcg(u, "a");
		small = memcgsim_kmalloc(96, ACCOUNT);
		large = memcgsim_kmalloc(20000, ACCOUNT);
		plain = memcgsim_kmalloc(96, MEMCGSIM_GFP_KERNEL);
		page = memcgsim_alloc_pages(ACCOUNT, 0);
		assert_ptr_equal(owner(small), a);
		assert_ptr_equal(owner(small + 95), a);
		assert_ptr_equal(owner(large), a);
		assert_ptr_equal(owner(large + 19999), a);
		assert_ptr_equal(owner(memcgsim_page_address(u->machine, page)), a);
		assert_null(owner(plain));
		memcgsim_kfree(small);
		memcgsim_kfree(large);
		memcgsim_kfree(plain);
		memcgsim___free_pages(page, 0);
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/*
 * Models: T-06, O-08. Neighbours in one slab may be several memcgs'; and an object of one that is gone
 * is its parent's.
 */
static void each_object_has_its_own_owner(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *of_a = memcgsim_kmalloc(1024, ACCOUNT), *of_b, *of_nobody;

	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "b", u->task), 0);
	of_b = memcgsim_kmalloc(1024, ACCOUNT);
	assert_ptr_equal(memcgsim_virt_to_head_page(u->machine, of_a),
			 memcgsim_virt_to_head_page(u->machine, of_b));
	assert_ptr_equal(owner(of_a), unit_memcg(u, "a"));
	assert_ptr_equal(owner(of_b), unit_memcg(u, "b"));
	unit_rmdir(u, "a");
	assert_ptr_equal(owner(of_a), u->machine->root_memcg);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	of_nobody = memcgsim_kmalloc(1024, ACCOUNT); /* between them, and its slot is empty */
	assert_ptr_equal(memcgsim_virt_to_head_page(u->machine, of_nobody),
			 memcgsim_virt_to_head_page(u->machine, of_b));
	assert_null(owner(of_nobody));
	memcgsim_kfree(of_nobody);
	memcgsim_kfree(of_a);
	memcgsim_kfree(of_b);
}

/*
 * Models: T-04, V-01. What lies in areas of single pages is whose its page is; the narrower question does
 * not know such addresses.
 */
static void vmalloc_address_leads_to_its_pages_memcg(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *area = memcgsim___vmalloc(10000, ACCOUNT);
	char *plain = memcgsim___vmalloc(10000, MEMCGSIM_GFP_KERNEL);
	void *object = memcgsim_kmalloc(100, ACCOUNT);

	assert_non_null(area);
	assert_non_null(plain);
	memcgsim_rcu_read_lock();
	assert_ptr_equal(memcgsim_mem_cgroup_from_obj(area), unit_memcg(u, "a"));
	assert_ptr_equal(memcgsim_mem_cgroup_from_obj(area + 9999), unit_memcg(u, "a"));
	assert_null(memcgsim_mem_cgroup_from_obj(plain));
	assert_ptr_equal(memcgsim_mem_cgroup_from_obj(object), unit_memcg(u, "a"));
	unit_allow_bugs(u, 2);
	assert_null(memcgsim_mem_cgroup_from_slab_obj(area));
	assert_null(memcgsim_mem_cgroup_from_obj(&u));
	memcgsim_rcu_read_unlock();
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	memcgsim_vfree(area);
	memcgsim_vfree(plain);
	memcgsim_kfree(object);
}

/* Models: T-03, T-04. Outside a read section a WARN; an address of nobody's memory is a misuse. */
static void wrong_questions_are_reported(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = memcgsim_kmalloc(8, ACCOUNT);

	unit_allow_bugs(u, 1);
	assert_ptr_equal(memcgsim_mem_cgroup_from_slab_obj(object), unit_memcg(u, "a"));
	unit_assert_bug(u, MEMCGSIM_WARN);
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_mem_cgroup_from_slab_obj(&u));
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(address_leads_to_its_memcg),
		unit_case(each_object_has_its_own_owner),
		unit_case(vmalloc_address_leads_to_its_pages_memcg),
		unit_case(wrong_questions_are_reported),
	};

	return cmocka_run_group_tests_name("from_obj", tests, NULL, NULL);
}
