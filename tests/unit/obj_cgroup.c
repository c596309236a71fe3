/* SPDX-License-Identifier: MIT */
/*
 * alloc/obj_cgroup: the public way of charging bytes: what comes to it wrong, and that its fast
 * halves and its slow ones do the same. The numbers of the byte stock are in objcg.c.
 */
#include "unit.h"

#define KERNEL MEMCGSIM_GFP_KERNEL

/* The objcg of "a", with a reference that the test puts. */
static struct unit *world(void **state, struct memcgsim_obj_cgroup **ret_objcg)
{
	struct unit *u = unit_world(state, NULL);

	*ret_objcg = memcgsim_get_obj_cgroup_from_current();
	assert_non_null(*ret_objcg);
	return u;
}

/*
 * Models: O-04. Sizes that the kernel's int could not hold are refused, and so is nothing
 * at all.
 */
static void sizes_out_of_range_are_refused(void **state)
{
	static const size_t wrong[] = { 0, 1UL << 31, ~0UL };
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		unit_allow_bugs(u, 2);
		assert_int_equal(memcgsim_obj_cgroup_charge(objcg, KERNEL, wrong[i]), -EINVAL);
		memcgsim_obj_cgroup_uncharge(objcg, wrong[i]);
		unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	}
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: objcg.h. No objcg, or another machine's: misuse, and nothing happens; putting
 * none is nothing.
 */
static void objcg_of_nobody_or_elsewhere_is_misuse(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);
	struct memcgsim *other, *here = objcg->machine;

	unit_allow_bugs(u, 2);
	assert_int_equal(memcgsim_obj_cgroup_charge(NULL, KERNEL, 8), -EINVAL);
	memcgsim_obj_cgroup_uncharge(NULL, 8);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	memcgsim_obj_cgroup_put(NULL);

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	objcg->machine = other; /* as if it came from there */
	unit_allow_bugs(u, 3);
	assert_int_equal(memcgsim_obj_cgroup_charge(objcg, KERNEL, 8), -EINVAL);
	memcgsim_obj_cgroup_uncharge(objcg, 8);
	memcgsim_obj_cgroup_put(objcg);
	objcg->machine = here;
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 3);
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim_obj_cgroup_put(objcg);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
}

/*
 * Models: objcg.h. A thread that is not bound charges nothing and puts nothing.
 */
static void unbound_thread_charges_nothing(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);
	long refs = unit_refs(u, &objcg->ref);

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_obj_cgroup_charge(objcg, KERNEL, 8), -EINVAL);
	memcgsim_obj_cgroup_uncharge(objcg, 8);
	memcgsim_obj_cgroup_put(objcg);
	assert_int_equal(unit_refs(u, &objcg->ref), refs);
	unit_run(u, 0, u->task);
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-04, O-05. The same sequence by the fast halves and, with a site armed, by the
 * slow ones.
 */
static void fast_and_slow_halves_agree(void **state)
{
	static const long steps[] = { 100, 3000, -100, 5000, 996, -5000, 4096, -3000, -996, -4096 };
	unsigned long bytes[2][10], pages[2][10];
	struct memcgsim_obj_cgroup *objcg;

	for (int slow = 0; slow < 2; slow++) {
		struct unit *u = world(state, &objcg);

		if (slow) /* armed, and never reached */
			assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1000),
					 0);
		for (int i = 0; i < 10; i++) {
			if (steps[i] > 0)
				assert_int_equal(
					memcgsim_obj_cgroup_charge(objcg, KERNEL, (size_t)steps[i]),
					0);
			else
				memcgsim_obj_cgroup_uncharge(objcg, (size_t)-steps[i]);
			bytes[slow][i] = unit_stock(u, 0)->nr_bytes;
			pages[slow][i] = unit_stock(u, 0)->nr_pages;
		}
		assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
		memcgsim_obj_cgroup_put(objcg);
		assert_int_equal(unit_teardown(state), 0);
		u->broken = true; /* it is gone */
	}
	assert_memory_equal(bytes[0], bytes[1], sizeof(bytes[0]));
	assert_memory_equal(pages[0], pages[1], sizeof(pages[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(sizes_out_of_range_are_refused),
		unit_case(objcg_of_nobody_or_elsewhere_is_misuse),
		unit_case(unbound_thread_charges_nothing),
		unit_case(fast_and_slow_halves_agree),
	};

	return cmocka_run_group_tests_name("obj_cgroup", tests, NULL, NULL);
}
