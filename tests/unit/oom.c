/* SPDX-License-Identifier: MIT */
/*
 * memcg/oom: when somebody dies, who, and what is counted for it. The numbers are a real kernel's
 * (section 17, tests/kernel/recordings/edge-oom*).
 */
#include "unit.h"

#include "memcg/charge.h"
#include "memcg/oom.h"
#include "memcg/page_counter.h"

/* What the hook was asked and answers; @gives_back pages of @from are freed on the way. */
static struct scene {
	unsigned long calls;
	struct memcgsim_mem_cgroup *memcg;
	unsigned int order;
	struct memcgsim_task *victims[4]; /* one a call, the last one for ever */
	struct memcgsim_mem_cgroup *from;
	unsigned long gives_back;
} scene;

static struct memcgsim_task *oom(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				 memcgsim_gfp_t gfp, unsigned int order, void *arg)
{
	unsigned long nth = scene.calls++;

	(void)gfp;
	(void)arg;
	scene.memcg = memcg;
	scene.order = order;
	if (scene.gives_back)
		msim_page_counter_uncharge(machine, &scene.from->memory, scene.gives_back);
	return scene.victims[nth < 4 ? nth : 3];
}

/* A world whose hook always answers with @victim. */
static void answer(struct unit *u, struct memcgsim_task *victim)
{
	struct memcgsim_hooks hooks = { .oom = oom };

	memset(&scene, 0, sizeof(scene));
	for (int i = 0; i < 4; i++)
		scene.victims[i] = victim;
	memcgsim_set_hooks(u->machine, &hooks);
}

static int try_charge(struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	return msim_try_charge(msim_ctx(), memcg, MEMCGSIM_GFP_KERNEL, nr_pages);
}

static void uncharge(struct unit *u, struct memcgsim_mem_cgroup *memcg, unsigned long nr_pages)
{
	msim_page_counter_uncharge(u->machine, &memcg->memory, nr_pages);
}

static void assert_events(const struct memcgsim_mem_cgroup *memcg, unsigned long max,
			  unsigned long oom_events, unsigned long kills, unsigned long group_kills)
{
	assert_int_equal(memcg->events[MSIM_EVENT_MAX], max);
	assert_int_equal(memcg->events[MSIM_EVENT_OOM], oom_events);
	assert_int_equal(memcg->events[MSIM_EVENT_OOM_KILL], kills);
	assert_int_equal(memcg->events[MSIM_EVENT_OOM_GROUP_KILL], group_kills);
}

/* Models: C-14, C-04 (16), section 17: a charge of up to 8 pages that ends in self-OOM, 35 / 36. */
static void section_17_self_oom(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, 64), 0);
	answer(u, u->task);
	assert_int_equal(try_charge(a, 8), -ENOMEM);
	assert_events(a, 35, 1, 1, 0);
	assert_int_equal(a->memory.failcnt, 36);
	assert_int_equal(a->memory.usage, 64);
	assert_int_equal(scene.calls, 1);
	assert_ptr_equal(scene.memcg, a);
	assert_int_equal(scene.order, 3);
	assert_true(memcgsim_fatal_signal_pending(u->task));
	assert_true(memcgsim_tsk_is_oom_victim(u->task));
	/* The dying caller kills nobody any more, and is not refused for ever: it may charge what there is. */
	assert_int_equal(try_charge(a, 1), -ENOMEM);
	assert_events(a, 35 + 35, 2, 1, 0);
	assert_int_equal(scene.calls, 1);
	uncharge(u, a, 64);
}

/* Models: C-14. Above order 3 there is no OOM, and no event. */
static void large_charge_kills_nobody(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, 64), 0);
	answer(u, u->task);
	assert_int_equal(try_charge(a, 9), -ENOMEM); /* order 4 */
	assert_events(a, 18, 0, 0, 0);
	assert_int_equal(scene.calls, 0);
	uncharge(u, a, 64);
}

/* Models: C-14. What the victim gives back is enough: the charge goes on, with new retries. */
static void charge_succeeds_once_the_victim_has_paid(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_task *other = unit_fork(u, "a");

	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, 64), 0);
	answer(u, other);
	scene.from = a;
	scene.gives_back = 4;
	assert_int_equal(try_charge(a, 2), 0);
	assert_events(a, 18, 1, 1, 0);
	assert_true(memcgsim_tsk_is_oom_victim(other));
	assert_false(memcgsim_fatal_signal_pending(u->task));
	assert_int_equal(a->memory.usage, 62);
	uncharge(u, a, 62);
}

/*
 * Models: C-14. A second victim is asked for after new retries: 18 + 17 events, then the caller itself, and
 * 17 more (edge-oomtie).
 */
static void second_victim_is_the_caller(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, 64), 0);
	answer(u, u->task);
	scene.victims[0] = unit_fork(u, "a");
	assert_int_equal(try_charge(a, 1), -ENOMEM);
	assert_events(a, 52, 2, 2, 0);
	uncharge(u, a, 64);
}

/* Models: C-14. Nobody is killed if there is room by the time that it is looked at again. */
static void room_by_now_spares_everybody(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	answer(u, u->task);
	unit_write(u, "a/memory.max", "32K");
	assert_true(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 3));
	assert_int_equal(scene.calls, 0);
	unit_write(u, "a/memory.max", "28K");
	assert_true(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 3));
	assert_int_equal(scene.calls, 1);
}

/* Models: C-14. A dying caller counts as helped: its own memory will do. */
static void dying_caller_counts_as_helped(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	answer(u, NULL);
	unit_write(u, "a/memory.max", "0");
	assert_false(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	memcgsim_send_sigkill(u->task);
	assert_true(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(scene.calls, 1);
	assert_events(a, 0, 0, 0, 0);
}

/* Models: C-04 (7). Whose memory has been reaped gets no more: no event, no reclaim. */
static void reaped_victim_is_refused_at_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");

	unit_write(u, "a/memory.max", "4K");
	memcgsim_oom_reap_task(u->task);
	assert_int_equal(try_charge(a, 2), -ENOMEM);
	assert_events(a, 0, 0, 0, 0);
	assert_int_equal(a->memory.failcnt, 2);
	assert_int_equal(try_charge(a, 1), 0); /* what there is, it may have */
	uncharge(u, a, 1);
}

/*
 * Models: C-17
 *
 *   root -- a(limit) -- b(victim)
 *
 * MAX and OOM belong to whose limit it is, OOM_KILL to whose task it is; hierarchically to all above.
 */
static void kill_belongs_to_the_victims_memcg(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_mem_cgroup *a, *b;
	struct memcgsim_task *victim;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_run(u, 0, NULL);
	victim = unit_fork(u, "a/b");
	a = unit_memcg(u, "a");
	b = unit_memcg(u, "a/b");
	unit_write(u, "a/memory.max", "0");
	answer(u, victim);
	scene.victims[1] = NULL;
	assert_int_equal(try_charge(b, 1), -ENOMEM);
	assert_ptr_equal(scene.memcg, a);
	assert_int_equal(a->events_local[MSIM_EVENT_OOM], 2);
	assert_int_equal(b->events[MSIM_EVENT_OOM], 0);
	assert_int_equal(a->events_local[MSIM_EVENT_OOM_KILL], 0);
	assert_int_equal(a->events[MSIM_EVENT_OOM_KILL], 1);
	assert_int_equal(b->events_local[MSIM_EVENT_OOM_KILL], 1);
}

/* Models: C-17, C-18, section 17: oom.group with 2 tasks, oom_kill 3 and oom_group_kill 1. */
static void section_17_oom_group_with_two_tasks(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_task *second = unit_fork(u, "a"), *elsewhere = unit_fork(u, "/");

	unit_write(u, "a/memory.oom.group", "1");
	unit_write(u, "a/memory.max", "256K");
	assert_int_equal(try_charge(a, 64), 0);
	answer(u, second);
	assert_int_equal(try_charge(a, 1), -ENOMEM);
	assert_events(a, 35, 1, 3, 1);
	assert_true(memcgsim_tsk_is_oom_victim(u->task));
	assert_true(memcgsim_tsk_is_oom_victim(second));
	assert_false(memcgsim_tsk_is_oom_victim(elsewhere));
	uncharge(u, a, 64);
}

/*
 * Models: C-18
 *
 *   root -- a(group) -- b(group, limit) -- c      victim and one with -1000 in c, a bystander in a's d
 *                   `-- d
 *
 * The group is the highest one up to the memcg that is out of memory: b, not a; and not who may not be killed.
 */
static void group_is_the_highest_within_the_domain(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_task *victim, *spared, *bystander;
	struct memcgsim_mem_cgroup *a, *b, *c;

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	unit_mkdir(u, "a/d");
	unit_write(u, "a/b/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b/c");
	a = unit_memcg(u, "a");
	b = unit_memcg(u, "a/b");
	c = unit_memcg(u, "a/b/c");
	victim = unit_fork(u, "a/b/c");
	spared = unit_fork(u, "a/b/c");
	bystander = unit_fork(u, "a/d");
	assert_int_equal(memcgsim_set_oom_score_adj(spared, -1000), 0);
	unit_write(u, "a/memory.oom.group", "1");
	unit_write(u, "a/b/memory.oom.group", "1");
	unit_write(u, "a/b/memory.max", "0");
	unit_run(u, 0, NULL);
	answer(u, victim);
	assert_true(msim_out_of_memory(msim_ctx(), b, MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(b->events_local[MSIM_EVENT_OOM_GROUP_KILL], 1);
	assert_int_equal(a->events_local[MSIM_EVENT_OOM_GROUP_KILL], 0);
	assert_int_equal(c->events_local[MSIM_EVENT_OOM_KILL], 2); /* the victim, twice */
	assert_false(memcgsim_tsk_is_oom_victim(spared));
	assert_false(memcgsim_tsk_is_oom_victim(bystander));
	/* Nobody may choose it either. */
	scene.victims[1] = spared;
	assert_false(msim_out_of_memory(msim_ctx(), b, MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(c->events_local[MSIM_EVENT_OOM_KILL], 2);
}

/* Models: C-14. Chosen again, a victim is taken as reaped in between; then it helps nobody any more. */
static void nobody_dies_twice(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_task *victim = unit_fork(u, "a"), *dying = unit_fork(u, "a");

	unit_write(u, "a/memory.max", "0");
	answer(u, victim);
	assert_true(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	assert_true(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	assert_false(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	assert_events(a, 0, 0, 1, 0);
	/* One who is dying anyway is only waited for. */
	memcgsim_send_sigkill(dying);
	answer(u, dying);
	assert_true(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	assert_true(memcgsim_tsk_is_oom_victim(dying));
	assert_events(a, 0, 0, 1, 0);
}

/* Models: hooks.h. Whoever is no task of the subtree cannot be its victim. */
static void victim_from_elsewhere_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_task *elsewhere = unit_fork(u, "/");

	unit_write(u, "a/memory.max", "0");
	answer(u, elsewhere);
	unit_allow_bugs(u, 2);
	assert_false(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	assert_false(memcgsim_tsk_is_oom_victim(elsewhere));
	assert_int_equal(memcgsim_do_exit(elsewhere), 0);
	assert_false(msim_out_of_memory(msim_ctx(), a, MEMCGSIM_GFP_KERNEL, 0));
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
}

/* Models: oom.h. The range of oom_score_adj. */
static void oom_score_adj_has_a_range(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(memcgsim_set_oom_score_adj(u->task, -1001), -EINVAL);
	assert_int_equal(memcgsim_set_oom_score_adj(u->task, 1001), -EINVAL);
	assert_int_equal(memcgsim_set_oom_score_adj(u->task, 1000), 0);
	assert_int_equal(memcgsim_set_oom_score_adj(u->task, -1000), 0);
}

struct found {
	struct memcgsim_task *tasks[4];
	int count;
	int stop_at;
};

static int find(struct memcgsim_task *task, void *arg)
{
	struct found *found = arg;

	found->tasks[found->count++] = task;
	return found->count == found->stop_at ? 7 : 0;
}

/* Models: oom.h. All tasks of a subtree, until somebody has seen enough. */
static void scan_visits_the_subtree(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_task *second = unit_fork(u, "a"), *elsewhere = unit_fork(u, "/");
	struct found found = { .stop_at = -1 };

	assert_int_equal(memcgsim_mem_cgroup_scan_tasks(a, find, &found), 0);
	assert_int_equal(found.count, 2);
	assert_ptr_equal(found.tasks[0], u->task);
	assert_ptr_equal(found.tasks[1], second);
	found = (struct found){ .stop_at = 2 };
	assert_int_equal(memcgsim_mem_cgroup_scan_tasks(u->machine->root_memcg, find, &found), 7);
	assert_ptr_equal(found.tasks[0], elsewhere);
	assert_ptr_equal(found.tasks[1], u->task);
}

/* Models: oom.h. Memcg by memcg, as the tree goes: neither as tasks nor as cgroups were made. */
static void scan_follows_the_tree(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *in_d, *second_in_d, *in_c;
	struct found found = { .stop_at = -1 };

	unit_mkdir(u, "r");
	unit_write(u, "r/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "r/b");
	unit_mkdir(u, "r/c");
	unit_write(u, "r/b/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "r/b/d");
	in_c = unit_fork(u, "r/c");
	second_in_d = unit_fork(u, "r/c");
	in_d = unit_fork(u, "r/b/d");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "r/b/d", second_in_d), 0);
	assert_int_equal(memcgsim_mem_cgroup_scan_tasks(unit_memcg(u, "r"), find, &found), 0);
	assert_int_equal(found.count, 3);
	assert_ptr_equal(found.tasks[0], in_d);
	assert_ptr_equal(found.tasks[1], second_in_d);
	assert_ptr_equal(found.tasks[2], in_c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(section_17_self_oom),
		unit_case(large_charge_kills_nobody),
		unit_case(charge_succeeds_once_the_victim_has_paid),
		unit_case(second_victim_is_the_caller),
		unit_case(room_by_now_spares_everybody),
		unit_case(dying_caller_counts_as_helped),
		unit_case(reaped_victim_is_refused_at_once),
		unit_case(kill_belongs_to_the_victims_memcg),
		unit_case(section_17_oom_group_with_two_tasks),
		unit_case(group_is_the_highest_within_the_domain),
		unit_case(nobody_dies_twice),
		unit_case(victim_from_elsewhere_is_misuse),
		unit_case(oom_score_adj_has_a_range),
		unit_case(scan_visits_the_subtree),
		unit_case(scan_follows_the_tree),
	};

	return cmocka_run_group_tests_name("oom", tests, NULL, NULL);
}
