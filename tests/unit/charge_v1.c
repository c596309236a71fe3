/* SPDX-License-Identifier: MIT */
/*
 * history/charge_v1: two currencies at once, and what is tried before a charge is refused.
 */
#include "unit_v1.h"

#include "history/charge_v1.h"
#include "history/res_counter.h"

static int charge(struct unit *u, memcgsim_gfp_t gfp, unsigned long nr_pages)
{
	return msim_try_charge_v1(msim_ctx(), unit_memcg(u, "a"), gfp, nr_pages);
}

static void uncharge(struct unit *u, unsigned long nr_mem, unsigned long nr_memsw)
{
	msim_uncharge_v1(msim_ctx(), unit_memcg(u, "a"), nr_mem, nr_memsw);
}

static void assert_usage(struct unit *u, long mem, long memsw)
{
	const struct msim_memcg_v1 *v1 = unit_memcg(u, "a")->v1;

	assert_int_equal(v1->res.usage, mem * UNIT_PAGE);
	assert_int_equal(v1->memsw.usage, memsw * UNIT_PAGE);
}

/* Models: Y-01. A charge is of memory and of memory and swap; what goes may be of one alone. */
static void both_are_charged(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.17");

	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 3), 0);
	assert_usage(u, 3, 3);
	assert_int_equal(u->machine->root_memcg->v1->memsw.usage, 3 * UNIT_PAGE);
	uncharge(u, 2, 0);
	assert_usage(u, 1, 3);
	uncharge(u, 1, 3);
	assert_usage(u, 0, 0);
	assert_int_equal(u->machine->root_memcg->v1->res.usage, 0);
}

/* Models: Y-01. Whichever refuses, the other is as it was. */
static void a_refusal_leaves_no_trace(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.17");
	struct msim_memcg_v1 *v1 = unit_memcg(u, "a")->v1;

	assert_int_equal(msim_res_counter_set_limit(&v1->memsw, 2 * UNIT_PAGE), 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 3), -ENOMEM);
	assert_usage(u, 0, 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 2), 0);
	uncharge(u, 2, 2);
	assert_int_equal(msim_res_counter_set_limit(&v1->res, UNIT_PAGE), 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_ATOMIC, 2), -ENOMEM);
	assert_usage(u, 0, 0);
}

/* Models: Y-01. The root is never charged for anything of its own. */
static void the_root_is_free(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.16");

	assert_int_equal(
		msim_try_charge_v1(msim_ctx(), u->machine->root_memcg, MEMCGSIM_GFP_KERNEL, 5), 0);
	msim_uncharge_v1(msim_ctx(), u->machine->root_memcg, 5, 5);
	assert_int_equal(u->machine->root_memcg->v1->res.usage, 0);
}

struct reclaim {
	struct unit *u;
	unsigned long calls, frees;
	struct memcgsim_mem_cgroup *of;
};

static unsigned long reclaim_hook(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				  unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	struct reclaim *reclaim = arg;

	(void)machine, (void)nr_pages, (void)gfp;
	reclaim->calls++;
	reclaim->of = memcg;
	if (!reclaim->frees)
		return 0;
	uncharge(reclaim->u, reclaim->frees, reclaim->frees);
	return reclaim->frees;
}

/* Models: Y-01. Reclaim is asked of whose limit it was, five times more if it finds nothing. */
static void reclaim_makes_room(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.16");
	struct reclaim reclaim = { .u = u };
	struct memcgsim_hooks hooks = { .memcg_reclaim = reclaim_hook, .arg = &reclaim };

	memcgsim_set_hooks(u->machine, &hooks);
	assert_int_equal(msim_res_counter_set_limit(&unit_memcg(u, "a")->v1->res, 2 * UNIT_PAGE),
			 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 2), 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), -ENOMEM);
	assert_int_equal(reclaim.calls, 6);
	assert_ptr_equal(reclaim.of, unit_memcg(u, "a"));
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_NORETRY, 1), -ENOMEM);
	assert_int_equal(reclaim.calls, 7);
	assert_int_equal(charge(u, MEMCGSIM_GFP_NOWAIT, 1), -ENOMEM);
	assert_int_equal(reclaim.calls, 7);
	reclaim.frees = 1;
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), 0);
	assert_usage(u, 2, 2);
	uncharge(u, 2, 2);
}

/* Models: Y-04. Who must not fail, and who is dying, is told so instead of being refused. */
static void some_are_let_by(void **state)
{
	struct unit *u = unit_v1_world(state, "v3.16");

	assert_int_equal(msim_res_counter_set_limit(&unit_memcg(u, "a")->v1->res, 0), 0);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_NOFAIL, 1), -EINTR);
	memcgsim_send_sigkill(u->task);
	assert_int_equal(charge(u, MEMCGSIM_GFP_KERNEL, 1), -EINTR);
	assert_usage(u, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(both_are_charged), unit_case(a_refusal_leaves_no_trace),
		unit_case(the_root_is_free), unit_case(reclaim_makes_room),
		unit_case(some_are_let_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
