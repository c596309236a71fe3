/* SPDX-License-Identifier: MIT */
/*
 * memcg/kmem: kernel pages and bytes, the slow way: straight through the functions under the front
 * doors.
 */
#include "unit.h"

#include "memcg/kmem.h"
#include "memcg/objcg.h"

static struct memcgsim_obj_cgroup *objcg_of(struct unit *u, const char *path)
{
	return unit_memcg(u, path)->objcg;
}

static int charge_bytes(struct memcgsim_obj_cgroup *objcg, memcgsim_gfp_t gfp, unsigned long bytes)
{
	return msim_objcg_charge_bytes(msim_ctx(), objcg, gfp, bytes, 0);
}

static void uncharge_bytes(struct memcgsim_obj_cgroup *objcg, unsigned long bytes)
{
	msim_objcg_uncharge_bytes(msim_ctx(), objcg, bytes, 0);
}

static void uncharge_pages(struct memcgsim_obj_cgroup *objcg, unsigned long nr_pages)
{
	struct msim_section section;

	msim_rcu_read_lock();
	section = msim_section_enter(msim_ctx());
	msim_objcg_uncharge_pages(section.cpu, objcg, nr_pages);
	msim_section_leave(&section);
	msim_rcu_read_unlock();
}

/*
 * Models: O-04, C-03. Charged to the memcg behind the objcg, counted as kernel pages, and
 * no reference kept.
 */
static void charge_pages_charges_the_memcg_behind(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(msim_objcg_charge_pages(msim_ctx(), a->objcg, MEMCGSIM_GFP_KERNEL, 3), 0);
	assert_int_equal(a->memory.usage, 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 61);
	assert_int_equal(unit_stock(u, 0)->kmem_pages, 3);
	assert_int_equal(unit_refs(u, &a->ref), 4); /* base, id, css_set, stock */
	uncharge_pages(a->objcg, 3);
	assert_int_equal(unit_stock(u, 0)->kmem_pages, 0);
}

/*
 * Models: C-10, section 17. A freed kernel page goes into the stock; the counter does not
 * move.
 */
static void uncharged_kernel_page_becomes_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(msim_objcg_charge_pages(msim_ctx(), a->objcg, MEMCGSIM_GFP_KERNEL, 1), 0);
	uncharge_pages(a->objcg, 1);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	assert_int_equal(a->memory.usage, 64);
}

/*
 * Models: C-10, C-09. Uncharging beyond the batch empties the stock, and the statistics
 * follow all the same.
 */
static void uncharge_pages_beyond_the_batch_goes_to_the_counter(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(msim_objcg_charge_pages(msim_ctx(), a->objcg, MEMCGSIM_GFP_KERNEL, 2), 0);
	assert_int_equal(msim_objcg_charge_pages(msim_ctx(), a->objcg, MEMCGSIM_GFP_KERNEL, 64), 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 62);
	uncharge_pages(a->objcg, 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 0);
	assert_null(unit_stock(u, 0)->cached);
	assert_int_equal(a->memory.usage, 2);
	assert_int_equal(a->kmem_pages, 2);
	uncharge_pages(a->objcg, 2);
}

/*
 * Models: O-04, I-FAIL-UNDO. A refusal leaves counters, statistics, both stocks and
 * references as they were.
 */
static void refused_charge_changes_nothing(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "4096");
	assert_int_equal(charge_bytes(a->objcg, MEMCGSIM_GFP_NOWAIT, 96), 0);
	assert_int_equal(charge_bytes(a->objcg, MEMCGSIM_GFP_NOWAIT, 4001), -ENOMEM);
	assert_int_equal(msim_objcg_charge_pages(msim_ctx(), a->objcg, MEMCGSIM_GFP_NOWAIT, 1),
			 -ENOMEM);
	assert_int_equal(a->memory.usage, 1);
	assert_int_equal(a->kmem_pages, 1);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4000);
	assert_int_equal(unit_refs(u, &a->ref), 3);
	assert_int_equal(unit_refs(u, &a->objcg->ref), 3); /* own, orig, byte stock */
	uncharge_bytes(a->objcg, 96);
}

/*
 * Models: O-04, O-05, section 17. Charging may not flush the byte stock, uncharging may:
 * together not neutral.
 */
static void charge_and_uncharge_are_not_neutral_for_the_byte_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg = objcg_of(u, "a");

	assert_int_equal(charge_bytes(objcg, MEMCGSIM_GFP_KERNEL, 96), 0);
	assert_int_equal(charge_bytes(objcg, MEMCGSIM_GFP_KERNEL, 4104), 0);
	assert_int_equal(unit_stock(u, 0)->nr_bytes,
			 4000 + 4088); /* nearly two pages, and none goes */
	assert_int_equal(unit_stock(u, 0)->nr_pages, 61);
	assert_int_equal(charge_bytes(objcg, MEMCGSIM_GFP_KERNEL, 8), 0);
	uncharge_bytes(objcg, 8);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4000 + 4088 - 4096); /* one went */
	assert_int_equal(unit_stock(u, 0)->nr_pages, 62);
	uncharge_bytes(objcg, 96 + 4104);
}

/*
 * Models: C-05, section 17. A forced charge brings no pages into stock, but the rest of
 * its page does enter.
 */
static void forced_charge_keeps_its_remainder_only(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "0");
	assert_int_equal(charge_bytes(a->objcg, MEMCGSIM_GFP_ATOMIC, 100), 0);
	assert_int_equal(a->memory.usage, 1);
	assert_null(unit_stock(u, 0)->cached);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 3996);
	assert_int_equal(a->events[MSIM_EVENT_MAX], 1);
	uncharge_bytes(a->objcg, 100);
}

/*
 * Models: O-14, O-15, O-17. Slab bytes are those of objects: charged and uncharged beside
 * the rest.
 */
static void slab_bytes_follow_their_objects(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg = objcg_of(u, "a");
	struct msim_ctx *ctx = msim_ctx();

	assert_int_equal(msim_objcg_charge_bytes(ctx, objcg, MEMCGSIM_GFP_KERNEL, 100, 72), 0);
	assert_int_equal(unit_stock(u, 0)->slab_bytes, 72);
	assert_int_equal(msim_objcg_charge_bytes(ctx, objcg, MEMCGSIM_GFP_KERNEL, 72, 72),
			 0); /* a hit */
	assert_int_equal(unit_stock(u, 0)->slab_bytes, 144);
	msim_objcg_uncharge_bytes(ctx, objcg, 100, 72);
	msim_objcg_uncharge_bytes(ctx, objcg, 72, 72);
	assert_int_equal(unit_stock(u, 0)->slab_bytes, 0);
}

/*
 * Models: O-03, O-08, O-09
 *
 *   root -- a -- b      b's objcg is held, and b removed
 *
 * What is charged through it now is a's.
 */
static void charge_through_a_reparented_objcg_goes_to_the_parent(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg;

	unit_mkdir(u, "p");
	unit_write(u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "p/c");
	assert_int_equal(memcgsim_switch_to(unit_fork(u, "p/c")), 0);
	objcg = memcgsim_get_obj_cgroup_from_current();
	assert_ptr_equal(objcg, objcg_of(u, "p/c"));
	assert_int_equal(memcgsim_do_exit(memcgsim_current()), 0);
	unit_rmdir(u, "p/c");
	assert_int_equal(charge_bytes(objcg, MEMCGSIM_GFP_KERNEL, 4096), 0);
	assert_int_equal(unit_usage(u, "p"), 64);
	assert_ptr_equal(unit_stock(u, 0)->cached, unit_memcg(u, "p"));
	uncharge_bytes(objcg, 4096);
	memcgsim_obj_cgroup_put(objcg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(charge_pages_charges_the_memcg_behind),
		unit_case(uncharged_kernel_page_becomes_stock),
		unit_case(uncharge_pages_beyond_the_batch_goes_to_the_counter),
		unit_case_v6_12(refused_charge_changes_nothing),
		unit_case(charge_and_uncharge_are_not_neutral_for_the_byte_stock),
		unit_case(forced_charge_keeps_its_remainder_only),
		unit_case(slab_bytes_follow_their_objects),
		unit_case(charge_through_a_reparented_objcg_goes_to_the_parent),
	};

	return cmocka_run_group_tests_name("kmem", tests, NULL, NULL);
}
