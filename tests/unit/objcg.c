/* SPDX-License-Identifier: MIT */
/*
 * memcg/objcg: bytes charged ahead, and the life of who pays for them. Each test's objcg is that of
 * "a", where the task is; usage is in pages and starts with the batch of 64 that the first charge
 * brings.
 */
#include "unit.h"

#include "memcg/drain.h"
#include "memcg/objcg.h"

static struct unit *world(void **state, struct memcgsim_obj_cgroup **ret_objcg)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	*ret_objcg = memcgsim_get_obj_cgroup_from_current();
	assert_non_null(*ret_objcg);
	return u;
}

static void charge(struct memcgsim_obj_cgroup *objcg, size_t bytes)
{
	assert_int_equal(memcgsim_obj_cgroup_charge(objcg, MEMCGSIM_GFP_KERNEL, bytes), 0);
}

static void drain_cpu(struct unit *u, unsigned int cpu)
{
	msim_rcu_read_lock();
	msim_cpu_visit(&u->machine->cpus[cpu]);
	msim_drain_cpu(&u->machine->cpus[cpu]);
	msim_cpu_unvisit(&u->machine->cpus[cpu]);
	msim_rcu_read_unlock();
}

/* Models: O-02, section 17. Idle: the memcg's own and orig_objcg's. */
static void idle_objcg_has_two_references(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "idle");
	assert_int_equal(unit_refs(u, &unit_memcg(u, "idle")->objcg->ref), 2);
	assert_ptr_equal(unit_memcg(u, "idle")->orig_objcg, unit_memcg(u, "idle")->objcg);
	assert_null(u->machine->root_memcg->objcg); /* the root has none (O-11) */
}

/*
 * Models: O-02, C-12, section 17. One more for each task, page, object, stock.
 */
static void every_holder_adds_a_reference(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct msim_ref *ref = &unit_memcg(u, "a")->objcg->ref;
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	void *object;

	assert_int_equal(unit_refs(u, ref), 4); /* and the task, the page */
	object = memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(unit_refs(u, ref), 6); /* and the object, the byte stock */
	memcgsim_kfree(object);
	assert_int_equal(unit_refs(u, ref), 5); /* the stock keeps its own */
	memcgsim___free_pages(page, 0);
	assert_int_equal(unit_refs(u, ref), 4);
}

/*
 * Models: O-04. A miss charges whole pages and keeps the remainder; a hit touches no memcg
 * at all.
 */
static void charge_keeps_the_remainder_and_then_hits(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 100);
	assert_int_equal(unit_usage(u, "a"), 64);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 3996);
	charge(objcg, 3996);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	memcgsim_obj_cgroup_uncharge(objcg, 4096);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-04. Whole pages leave no remainder, and so do not even make the stock this
 * objcg's.
 */
static void charge_of_whole_pages_leaves_the_byte_stock_alone(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 8192);
	assert_null(unit_stock(u, 0)->cached_objcg);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 62);
	memcgsim_obj_cgroup_uncharge(objcg, 8192);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-04, section 17. What lies in the stock, if too little, is not used up: the new
 * remainder comes on top, and charging never flushes. 3872 bytes, then 4104 and 8200 charged:
 * 12048.
 */
static void charge_ignores_too_small_a_stock(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 224);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 3872);
	charge(objcg, 4104);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 3872 + 4088);
	charge(objcg, 8200);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 12048);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64 - 6);
	memcgsim_obj_cgroup_uncharge(objcg, 224 + 4104 + 8200);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-05, section 17. Uncharging keeps exactly a page in the stock; one byte more
 * and whole pages go.
 */
static void uncharge_keeps_exactly_a_page_and_flushes_above(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 4096);
	charge(objcg, 4096);
	memcgsim_obj_cgroup_uncharge(objcg, 4096);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4096);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 62);
	memcgsim_obj_cgroup_uncharge(objcg, 1);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 1);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	memcgsim_obj_cgroup_uncharge(objcg, 4095);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-06, section 17
 *
 *   root -- a      6672 bytes in CPU 0's byte stock
 *      `--- b      5 pages in its page stock
 *
 * Draining the bytes puts one page into the page stock of a, evicting b; 2576 bytes wait in the
 * objcg.
 */
static void drain_moves_whole_pages_and_leaves_the_rest_in_the_objcg(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);
	struct memcgsim_page *page;

	charge(objcg, 4104);
	charge(objcg, 5608);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 6672);
	unit_mkdir(u, "b");
	assert_int_equal(memcgsim_switch_to(unit_fork(u, "b")), 0);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_ptr_equal(unit_stock(u, 0)->cached, unit_memcg(u, "b"));
	assert_int_equal(unit_usage(u, "a"), 4); /* its page stock went when b came */

	msim_rcu_read_lock();
	msim_cpu_visit(&u->machine->cpus[0]);
	msim_objcg_drain_bytes(&u->machine->cpus[0]);
	msim_cpu_unvisit(&u->machine->cpus[0]);
	msim_rcu_read_unlock();
	assert_ptr_equal(unit_stock(u, 0)->cached, unit_memcg(u, "a"));
	assert_int_equal(unit_stock(u, 0)->nr_pages, 1);
	assert_int_equal(objcg->nr_charged_bytes, 2576);
	assert_null(unit_stock(u, 0)->cached_objcg);
	assert_int_equal(unit_usage(u, "a"), 4);
	assert_int_equal(unit_usage(u, "b"), 1);
	memcgsim___free_pages(page, 0);
	memcgsim_obj_cgroup_uncharge(objcg, 4104 + 5608);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-05. Whoever caches an objcg anew takes over what a drain had left there.
 */
static void next_stock_takes_over_nr_charged_bytes(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 1096);
	drain_cpu(u, 0);
	assert_int_equal(objcg->nr_charged_bytes, 3000);
	assert_int_equal(unit_usage(u, "a"), 1);
	charge(objcg, 4000); /* the charge itself does not look there (O-04) */
	assert_int_equal(objcg->nr_charged_bytes, 0);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 3000 + 96);
	memcgsim_obj_cgroup_uncharge(objcg, 5096);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-05. Caching an objcg anew may flush even for a charge: then uncharging is
 * allowed.
 */
static void recached_objcg_flushes_what_it_took_over(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 1096);
	drain_cpu(u, 0);     /* 3000 wait */
	charge(objcg, 2000); /* leaves 2096: 5096 together, a page of it goes back */
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 1000);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	memcgsim_obj_cgroup_uncharge(objcg, 3096);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-05, C-12. Another objcg's bytes drive out the first one's, with its reference.
 */
static void refill_for_another_objcg_drains_the_first(void **state)
{
	struct memcgsim_obj_cgroup *first, *second;
	struct unit *u = world(state, &first);
	struct memcgsim_task *task;

	unit_mkdir(u, "b");
	task = unit_fork(u, "b");
	charge(first, 96);
	assert_int_equal(unit_refs(u, &first->ref), 5); /* own, orig, task, the test's, stock */
	assert_int_equal(memcgsim_switch_to(task), 0);
	second = memcgsim_get_obj_cgroup_from_current();
	charge(second, 96);
	assert_int_equal(unit_refs(u, &first->ref), 4);
	assert_int_equal(first->nr_charged_bytes, 4000);
	assert_ptr_equal(unit_stock(u, 0)->cached_objcg, second);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4000);
	memcgsim_obj_cgroup_uncharge(second, 96);
	memcgsim_obj_cgroup_put(second);
	memcgsim_obj_cgroup_uncharge(first, 96);
	memcgsim_obj_cgroup_put(first);
}

/*
 * Models: O-17. Slab bytes of the cached objcg wait in its stock, and arrive when it is
 * drained.
 */
static void slab_bytes_wait_in_the_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	void *object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	assert_int_equal(unit_stock(u, 0)->slab_bytes, 72);
	assert_int_equal(a->slab_bytes, 0);
	drain_cpu(u, 0);
	assert_int_equal(unit_stock(u, 0)->slab_bytes, 0);
	assert_int_equal(a->slab_bytes, 72);
	assert_int_equal(u->machine->root_memcg->slab_bytes, 72);
	memcgsim_kfree(object);
}

/*
 * Models: O-07
 *
 * Half a page's bytes come back on each of two CPUs: only together do they make the page. The
 * release of the last reference finds it and gives it back, in the parent's name.
 */
static void release_gives_whole_pages_back(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 100); /* CPU 0 keeps 3996 */
	unit_run(u, 1, u->task);
	memcgsim_obj_cgroup_uncharge(objcg, 60);
	unit_run(u, 0, u->task);
	memcgsim_obj_cgroup_uncharge(objcg, 40);
	drain_cpu(u, 0);
	drain_cpu(u, 1);
	assert_int_equal(objcg->nr_charged_bytes, 4096);
	assert_int_equal(u->machine->root_memcg->memory.usage, 1);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a");
	assert_int_equal(u->machine->root_memcg->memory.usage,
			 1); /* the test's reference keeps it */
	memcgsim_obj_cgroup_put(objcg);
	memcgsim_run_work(u->machine);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->root_memcg->memory.usage, 0);
}

/*
 * Models: O-07, I-OBJCG-BYTES. Bytes that make no whole page at the release are a WARN;
 * the pages still go.
 */
static void release_with_a_fraction_of_a_page_warns(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);

	charge(objcg, 4096);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a");
	objcg->nr_charged_bytes += 4096 + 8; /* 8 that nobody charged */
	unit_allow_bugs(u, 1);
	memcgsim_obj_cgroup_put(objcg);
	memcgsim_run_work(u->machine);
	unit_assert_bug(u, MEMCGSIM_WARN);
}

/*
 * Models: O-04, O-05. With the byte stock off, bytes gather in the objcg and leave it by
 * whole pages.
 */
static void byte_stock_off_gathers_in_the_objcg(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u;

	config.no_byte_stock = true;
	u = unit_world(state, &config);
	objcg = memcgsim_get_obj_cgroup_from_current();
	charge(objcg, 100);
	assert_null(unit_stock(u, 0)->cached_objcg);
	assert_int_equal(objcg->nr_charged_bytes, 3996);
	charge(objcg, 100);
	assert_int_equal(objcg->nr_charged_bytes, 3996 * 2 - 4096);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63); /* two taken, one returned */
	memcgsim_obj_cgroup_uncharge(objcg, 200);
	assert_int_equal(objcg->nr_charged_bytes, 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	memcgsim_obj_cgroup_put(objcg);
}

/*
 * Models: O-03. The memcg behind an objcg, with a reference of its own: an objcg pins
 * none.
 */
static void get_memcg_takes_a_reference(void **state)
{
	struct memcgsim_obj_cgroup *objcg;
	struct unit *u = world(state, &objcg);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *got;
	struct msim_section section;

	assert_int_equal(unit_refs(u, &a->ref), 3); /* base, id, css_set */
	msim_rcu_read_lock();
	section = msim_section_enter(msim_ctx());
	got = msim_objcg_get_memcg(section.cpu, objcg);
	msim_section_leave(&section);
	msim_rcu_read_unlock();
	assert_ptr_equal(got, a);
	assert_int_equal(unit_refs(u, &a->ref), 4);
	section = msim_section_enter(msim_ctx());
	msim_css_put(section.cpu, got);
	msim_section_leave(&section);
	memcgsim_obj_cgroup_put(objcg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case_v6_12(idle_objcg_has_two_references),
		unit_case_v6_12(every_holder_adds_a_reference),
		unit_case(charge_keeps_the_remainder_and_then_hits),
		unit_case(charge_of_whole_pages_leaves_the_byte_stock_alone),
		unit_case(charge_ignores_too_small_a_stock),
		unit_case(uncharge_keeps_exactly_a_page_and_flushes_above),
		unit_case(drain_moves_whole_pages_and_leaves_the_rest_in_the_objcg),
		unit_case(next_stock_takes_over_nr_charged_bytes),
		unit_case(recached_objcg_flushes_what_it_took_over),
		unit_case_v6_12(refill_for_another_objcg_drains_the_first),
		unit_case(slab_bytes_wait_in_the_stock),
		unit_case(release_gives_whole_pages_back),
		unit_case(release_with_a_fraction_of_a_page_warns),
		unit_case(byte_stock_off_gathers_in_the_objcg),
		unit_case(get_memcg_takes_a_reference),
	};

	return cmocka_run_group_tests_name("objcg", tests, NULL, NULL);
}
