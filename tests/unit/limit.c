/* SPDX-License-Identifier: MIT */
/*
 * memcg/limit: what a write to a limit does besides setting it, and the doors that hooks go through.
 */
#include "unit.h"

#include "memcg/charge.h"
#include "memcg/limit.h"
#include "memcg/oom.h"
#include "memcg/page_counter.h"

/* What reclaim was asked and gives: @gives pages a call from @from, as long as it has them. */
static struct scene {
	struct unit *u;
	struct memcgsim_mem_cgroup *from;
	unsigned long gives, left;
	unsigned long calls, killed;
	unsigned long asked[8];
	struct memcgsim_task *victim;
	bool signal; /* a fatal signal arrives with the first call */
} scene;

static unsigned long reclaim(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			     unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	unsigned long given = scene.gives < scene.left ? scene.gives : scene.left;

	(void)memcg;
	(void)arg;
	assert_int_equal(gfp, MEMCGSIM_GFP_KERNEL);
	if (scene.calls < msim_array_size(scene.asked))
		scene.asked[scene.calls] = nr_pages;
	scene.calls++;
	if (scene.signal)
		memcgsim_send_sigkill(scene.u->task);
	if (given)
		msim_page_counter_uncharge(machine, &scene.from->memory, given);
	scene.left -= given;
	return given;
}

static struct memcgsim_task *oom(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				 memcgsim_gfp_t gfp, unsigned int order, void *arg)
{
	(void)machine;
	(void)memcg;
	(void)gfp;
	(void)arg;
	assert_int_equal(order, 0);
	scene.killed++;
	return scene.victim;
}

/* A world where "a" has 100 pages, 28 of them in stock; reclaim gives @gives a call. */
static struct memcgsim_mem_cgroup *world(void **state, unsigned long gives)
{
	static const struct memcgsim_hooks hooks = { .memcg_reclaim = reclaim, .oom = oom };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	scene = (struct scene){ .u = u, .from = a, .gives = gives, .left = 72 };
	memcgsim_set_hooks(u->machine, &hooks);
	assert_int_equal(msim_try_charge(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 36), 0);
	assert_int_equal(msim_try_charge(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 28), 0);
	assert_int_equal(msim_try_charge(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 8), 0);
	assert_int_equal(a->memory.usage, 128);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 56);
	return a;
}

static void end(struct memcgsim_mem_cgroup *a)
{
	if (scene.left)
		msim_page_counter_uncharge(a->machine, &a->memory, scene.left);
}

/* Models: section 10.2 (high). Enough is enough: the drain alone reaches it, and nobody is asked. */
static void high_drains_first(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 0);

	unit_write(scene.u, "a/memory.high", "400K");
	assert_int_equal(a->memory.high, 100);
	assert_int_equal(a->memory.usage, 72);
	assert_int_equal(scene.calls, 0);
	unit_assert_file(scene.u, "a/memory.high", "409600\n");
	end(a);
}

/* Models: section 10.2 (high). Reclaim of what is over, 32 at least, until it is there. */
static void high_reclaims_until_it_is_reached(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 20);

	unit_write(scene.u, "a/memory.high", "40K");
	assert_int_equal(a->memory.usage, 0);
	assert_int_equal(scene.calls, 4);
	assert_int_equal(scene.asked[0], 62);
	assert_int_equal(scene.asked[1], 42);
	assert_int_equal(scene.asked[2], 32); /* 22 */
	end(a);
}

/* Models: section 10.2 (high). The 17th vain pass ends it: success all the same, no event, nobody dies. */
static void high_gives_up_after_17_vain_passes(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 0);

	scene.victim = scene.u->task;
	unit_write(scene.u, "a/memory.high", "0");
	assert_int_equal(scene.calls, 17);
	assert_int_equal(scene.killed, 0);
	assert_int_equal(a->memory.usage, 72);
	assert_int_equal(a->events[MSIM_EVENT_HIGH], 0);
	end(a);
}

/* Models: section 10.2 (high, max, reclaim). A fatal signal ends it; only memory.reclaim says so. */
static void fatal_signal_ends_the_loops(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 1);

	scene.signal = true;
	unit_write(scene.u, "a/memory.high", "0");
	assert_int_equal(scene.calls, 1);
	unit_write(scene.u, "a/memory.max", "0");
	assert_int_equal(scene.calls, 1);
	assert_int_equal(a->events[MSIM_EVENT_OOM], 0);
	assert_int_equal(memcgsim_cgroupfs_write(scene.u->machine, "a/memory.reclaim", "1M"),
			 -EINTR);
	assert_int_equal(scene.calls, 1);
	end(a);
}

/*
 * Models: section 10.2 (max), P-08. After 16 vain passes somebody dies for it; without anybody it stands all
 * the same, with one OOM event.
 */
static void max_kills_when_reclaim_is_in_vain(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 0);

	unit_write(scene.u, "a/memory.max", "4K");
	assert_int_equal(a->memory.max, 1);
	assert_int_equal(scene.calls, 16);
	assert_int_equal(a->events[MSIM_EVENT_OOM], 1);
	assert_int_equal(a->events[MSIM_EVENT_MAX], 0);
	assert_int_equal(a->events[MSIM_EVENT_OOM_KILL], 0);
	scene.calls = 0;
	scene.killed = 0;
	scene.victim = unit_fork(scene.u, "a");
	unit_write(scene.u, "a/memory.max", "4K");
	assert_int_equal(scene.calls, 16);
	assert_int_equal(a->events[MSIM_EVENT_OOM_KILL], 1);
	assert_int_equal(scene.killed, 3); /* killed, reaped, of no more help */
	end(a);
}

/* Models: section 10.2 (max). Passes that find something are not counted. */
static void max_reclaims_as_long_as_it_gets_on(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 2);

	scene.victim = scene.u->task;
	unit_write(scene.u, "a/memory.max", "8K");
	assert_int_equal(a->memory.usage, 2);
	assert_int_equal(scene.calls, 35);
	assert_int_equal(scene.killed, 0);
	end(a);
}

/*
 * Models: section 10.2 (reclaim). A quarter of what is left at a time, 32 at least; less than a page is nothing;
 * the 17th vain pass is EAGAIN, also after some success.
 */
static void reclaim_takes_a_quarter_at_a_time(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 40);

	unit_write(scene.u, "a/memory.reclaim", "4095");
	assert_int_equal(scene.calls, 0);
	unit_write(scene.u, "a/memory.reclaim", "280K");
	assert_int_equal(scene.calls, 2);
	assert_int_equal(scene.asked[0], 32); /* 70 / 4 */
	scene.gives = 0;
	scene.calls = 0;
	assert_int_equal(memcgsim_cgroupfs_write(scene.u->machine, "a/memory.reclaim", "1M"),
			 -EAGAIN);
	assert_int_equal(scene.calls, 17);
	assert_int_equal(scene.asked[0], 64);
	end(a);
}

/* Models: P-07. The door of v1's limits: refused below the usage, and no more than a counter holds. */
static void set_max_is_refused_below_the_usage(void **state)
{
	struct memcgsim_mem_cgroup *a = world(state, 0);

	assert_int_equal(memcgsim_page_counter_set_max(a, 127), -EBUSY);
	unit_assert_file(scene.u, "a/memory.max", "max\n");
	assert_int_equal(memcgsim_page_counter_set_max(a, 128), 0);
	assert_int_equal(a->memory.max, 128);
	assert_int_equal(memcgsim_page_counter_set_max(a, ~0UL), 0);
	unit_assert_file(scene.u, "a/memory.max", "max\n");
	assert_int_equal(scene.calls, 0);
	end(a);
}

/*
 * Models: P-11, P-12
 *
 *   root -- a(min 4M) -- b(min 256K, low 1M), used by 128 pages
 *                    `-- c, not used
 */
static void protection_is_of_the_subtree_below_the_target(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_mem_cgroup *a, *b, *c;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_mkdir(u, "a/c");
	unit_run(u, 0, NULL);
	a = unit_memcg(u, "a");
	b = unit_memcg(u, "a/b");
	c = unit_memcg(u, "a/c");
	unit_write(u, "a/memory.min", "4M");
	unit_write(u, "a/b/memory.min", "256K");
	unit_write(u, "a/memory.low", "128K");
	unit_write(u, "a/b/memory.low", "1M");
	assert_int_equal(msim_try_charge(msim_ctx(), b, MEMCGSIM_GFP_KERNEL, 128), 0);

	memcgsim_mem_cgroup_calculate_protection(NULL, a);
	memcgsim_mem_cgroup_calculate_protection(NULL, b);
	memcgsim_mem_cgroup_calculate_protection(NULL, c);
	assert_int_equal(a->memory.emin, 1024);
	assert_int_equal(b->memory.emin, 64);
	assert_int_equal(b->memory.elow, 32); /* 128 * 32 / 128: the parent has no more */
	assert_true(memcgsim_mem_cgroup_below_min(NULL, a));
	assert_false(memcgsim_mem_cgroup_below_min(NULL, b));
	assert_false(memcgsim_mem_cgroup_below_low(NULL, b));
	assert_true(memcgsim_mem_cgroup_below_min(NULL, c)); /* nothing is there */
	assert_true(memcgsim_mem_cgroup_below_low(NULL, c));
	assert_false(memcgsim_mem_cgroup_below_min(NULL, u->machine->root_memcg));
	assert_false(memcgsim_mem_cgroup_below_low(NULL, u->machine->root_memcg));

	/* a shrinks for its own sake: it is unprotected, and its child has all of its own setting */
	memcgsim_mem_cgroup_calculate_protection(a, a);
	memcgsim_mem_cgroup_calculate_protection(a, b);
	assert_false(memcgsim_mem_cgroup_below_min(a, a));
	assert_true(memcgsim_mem_cgroup_below_low(a, b));
	assert_int_equal(b->memory.elow, 256);

	unit_allow_bugs(u, 1);
	memcgsim_mem_cgroup_calculate_protection(b, a);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	msim_page_counter_uncharge(u->machine, &b->memory, 128);
}

/* Models: P-11. With memory_recursiveprot the unclaimed rest goes down too. */
static void recursive_protection_is_the_machines(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_mem_cgroup *a, *b;
	struct unit *u;

	config.memory_recursiveprot = true;
	u = unit_machine(state, &config);
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_run(u, 0, NULL);
	a = unit_memcg(u, "a");
	b = unit_memcg(u, "a/b");
	unit_write(u, "a/memory.min", "128K");
	assert_int_equal(msim_try_charge(msim_ctx(), b, MEMCGSIM_GFP_KERNEL, 64), 0);
	memcgsim_mem_cgroup_calculate_protection(NULL, a);
	memcgsim_mem_cgroup_calculate_protection(NULL, b);
	assert_int_equal(b->memory.emin, 32);
	msim_page_counter_uncharge(u->machine, &b->memory, 64);
}

/* Models: P-10. An offline memcg protects nothing, and counts for nothing above. */
static void offline_memcg_protects_nothing(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	struct memcgsim_mem_cgroup *root = u->machine->root_memcg;

	unit_write(u, "a/memory.min", "1M");
	unit_write(u, "a/memory.low", "1M");
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	assert_int_equal(root->memory.children_min_usage, 1);
	assert_int_equal(root->memory.children_low_usage, 1);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a");
	assert_int_equal(root->memory.children_min_usage, 0);
	assert_int_equal(root->memory.children_low_usage, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	memcgsim_folio_put(page);
}

/* Models: C-16, C-17 (LOW). What only reclaim can know, a hook counts. */
static void events_can_be_counted_from_outside(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	assert_int_equal(memcgsim_memcg_memory_event(a, MEMCGSIM_MEMCG_LOW), 0);
	assert_int_equal(memcgsim_memcg_memory_event(a, MEMCGSIM_MEMCG_OOM_GROUP_KILL), 0);
	assert_int_equal(memcgsim_memcg_memory_event(a, (enum memcgsim_memcg_memory_event)6),
			 -EINVAL);
	unit_assert_file(u, "a/memory.events",
			 "low 1\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 1\n");
}

/* Another writer, at the worst moment. */
static unsigned long raise_limit(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				 unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	(void)memcg;
	(void)nr_pages;
	(void)gfp;
	(void)arg;
	assert_int_equal(memcgsim_cgroupfs_write(machine, "a/memory.max", "max"), 0);
	return 0;
}

/* Models: P-07. A limit that is raised while its writer still shrinks is that writer's end. */
static void raised_limit_ends_the_shrinking(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_hooks hooks = { .memcg_reclaim = raise_limit };
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	memcgsim_set_hooks(u->machine, &hooks);
	unit_write(u, "a/memory.max", "0");
	unit_assert_file(u, "a/memory.max", "max\n");
	unit_assert_file(u, "a/memory.events",
			 "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
	memcgsim___free_pages(page, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(high_drains_first),
		unit_case(high_reclaims_until_it_is_reached),
		unit_case(high_gives_up_after_17_vain_passes),
		unit_case(fatal_signal_ends_the_loops),
		unit_case(max_kills_when_reclaim_is_in_vain),
		unit_case(max_reclaims_as_long_as_it_gets_on),
		unit_case(reclaim_takes_a_quarter_at_a_time),
		unit_case(set_max_is_refused_below_the_usage),
		unit_case(protection_is_of_the_subtree_below_the_target),
		unit_case(recursive_protection_is_the_machines),
		unit_case(raised_limit_ends_the_shrinking),
		unit_case(offline_memcg_protects_nothing),
		unit_case(events_can_be_counted_from_outside),
	};

	return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
