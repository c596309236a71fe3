/* SPDX-License-Identifier: MIT */
/*
 * seam/hooks: what a hook is told, what it may do, and whom it runs as.
 */
#include "unit.h"

#include "seam/hooks.h"

/* What a test's hooks were asked, and what they are to answer. */
struct asked {
	struct unit *u;
	unsigned long calls;
	struct memcgsim_mem_cgroup *memcg;
	unsigned long nr_pages;
	unsigned int order;
	memcgsim_gfp_t gfp;
	bool memalloc;
	struct memcgsim_task *victim;
};

static void note(struct asked *asked, memcgsim_gfp_t gfp)
{
	asked->calls++;
	asked->gfp = gfp;
	asked->memalloc = *msim_current_flags(msim_ctx()) & MSIM_PF_MEMALLOC;
	/* nothing is held: whatever takes a lock may be called */
	unit_assert_file(asked->u, "a/memory.max", "max\n");
}

static unsigned long page_reclaim(struct memcgsim *machine, memcgsim_gfp_t gfp, unsigned int order,
				  void *arg)
{
	struct asked *asked = arg;

	assert_ptr_equal(machine, asked->u->machine);
	note(asked, gfp);
	asked->order = order;
	return 7;
}

static unsigned long memcg_reclaim(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				   unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	struct asked *asked = arg;

	assert_ptr_equal(machine, asked->u->machine);
	note(asked, gfp);
	asked->memcg = memcg;
	asked->nr_pages = nr_pages;
	return 5;
}

static struct memcgsim_task *oom(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				 memcgsim_gfp_t gfp, unsigned int order, void *arg)
{
	struct asked *asked = arg;

	assert_ptr_equal(machine, asked->u->machine);
	note(asked, gfp);
	asked->memcg = memcg;
	asked->order = order;
	return asked->victim;
}

static struct asked *set_hooks(struct unit *u)
{
	static struct asked asked;
	struct memcgsim_hooks hooks = {
		.page_reclaim = page_reclaim,
		.memcg_reclaim = memcg_reclaim,
		.oom = oom,
		.arg = &asked,
	};

	asked = (struct asked){ .u = u, .victim = u->task };
	memcgsim_set_hooks(u->machine, &hooks);
	return &asked;
}

/* Models: hooks.h. A machine without hooks finds nothing and nobody. */
static void nobody_is_asked_by_default(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct msim_ctx *ctx = msim_ctx();

	assert_int_equal(msim_hook_page_reclaim(ctx, MEMCGSIM_GFP_KERNEL, 0), 0);
	assert_int_equal(msim_hook_memcg_reclaim(ctx, unit_memcg(u, "a"), 1, MEMCGSIM_GFP_KERNEL),
			 0);
	assert_null(msim_hook_oom(ctx, unit_memcg(u, "a"), MEMCGSIM_GFP_KERNEL, 0));
}

/* Models: hooks.h. Each hook hears what it is about, and its answer is the answer. */
static void hooks_are_told_what_it_is_about(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct asked *asked = set_hooks(u);
	struct msim_ctx *ctx = msim_ctx();

	assert_int_equal(msim_hook_page_reclaim(ctx, MEMCGSIM_GFP_ATOMIC, 3), 7);
	assert_int_equal(asked->order, 3);
	assert_int_equal(asked->gfp, MEMCGSIM_GFP_ATOMIC);
	assert_int_equal(msim_hook_memcg_reclaim(ctx, a, 32, MEMCGSIM_GFP_KERNEL), 5);
	assert_ptr_equal(asked->memcg, a);
	assert_int_equal(asked->nr_pages, 32);
	asked->memcg = NULL;
	assert_ptr_equal(msim_hook_oom(ctx, a, MEMCGSIM_GFP_USER, 2), u->task);
	assert_ptr_equal(asked->memcg, a);
	assert_int_equal(asked->order, 2);
	assert_int_equal(asked->gfp, MEMCGSIM_GFP_USER);
	memcgsim_set_hooks(u->machine, NULL);
	assert_null(msim_hook_oom(ctx, a, MEMCGSIM_GFP_USER, 2));
	assert_int_equal(asked->calls, 3);
}

/* Models: C-04 (4). Who reclaims has PF_MEMALLOC meanwhile, and afterwards what it had before. */
static void reclaim_runs_with_memalloc(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct asked *asked = set_hooks(u);
	struct msim_ctx *ctx = msim_ctx();

	(void)msim_hook_page_reclaim(ctx, MEMCGSIM_GFP_KERNEL, 0);
	assert_true(asked->memalloc);
	assert_int_equal(u->task->flags, 0);
	u->task->flags = MSIM_PF_MEMALLOC;
	(void)msim_hook_memcg_reclaim(ctx, a, 1, MEMCGSIM_GFP_KERNEL);
	assert_true(asked->memalloc);
	assert_int_equal(u->task->flags, MSIM_PF_MEMALLOC);
	u->task->flags = 0;
	(void)msim_hook_oom(ctx, a, MEMCGSIM_GFP_KERNEL, 0);
	assert_false(asked->memalloc);
}

/* Models: hooks.h. Who cannot but hold a lock asks nobody. */
static void callers_that_hold_a_lock_ask_nobody(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct asked *asked = set_hooks(u);
	struct msim_ctx *ctx = msim_ctx();

	ctx->hooks_off++;
	assert_int_equal(msim_hook_page_reclaim(ctx, MEMCGSIM_GFP_KERNEL, 0), 0);
	assert_int_equal(msim_hook_memcg_reclaim(ctx, unit_memcg(u, "a"), 1, MEMCGSIM_GFP_KERNEL),
			 0);
	assert_null(msim_hook_oom(ctx, unit_memcg(u, "a"), MEMCGSIM_GFP_KERNEL, 0));
	ctx->hooks_off--;
	assert_int_equal(asked->calls, 0);
}

static struct memcgsim_task *changes_who_runs(struct memcgsim *machine,
					      struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp,
					      unsigned int order, void *arg)
{
	struct unit *u = arg;

	(void)machine;
	(void)memcg;
	(void)gfp;
	(void)order;
	assert_int_equal(memcgsim_thread_unbind(), -EBUSY);
	assert_int_equal(memcgsim_switch_to(NULL), -EBUSY);
	assert_int_equal(memcgsim_do_exit(u->task), -EBUSY);
	return NULL;
}

/* Models: hooks.h. The call that a hook interrupts goes on as the same task on the same CPU. */
static void hook_cannot_change_who_it_runs_as(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_hooks hooks = { .oom = changes_who_runs, .arg = u };

	memcgsim_set_hooks(u->machine, &hooks);
	(void)msim_hook_oom(msim_ctx(), unit_memcg(u, "a"), MEMCGSIM_GFP_KERNEL, 0);
	assert_ptr_equal(memcgsim_current(), u->task);
}

static unsigned long never_called(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				  unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	(void)machine;
	(void)memcg;
	(void)nr_pages;
	(void)gfp;
	(void)arg;
	fail();
	return 0;
}

/* Models: hooks.h. Who reads under RCU must not wait: it is told so, and the charge fails. */
static void read_section_asks_nobody(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_hooks hooks = { .memcg_reclaim = never_called };

	unit_write(u, "a/memory.max", "0");
	memcgsim_set_hooks(u->machine, &hooks);
	memcgsim_rcu_read_lock();
	unit_allow_bugs(u, 2); /* before the drain and after it */
	assert_null(memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_NORETRY |
						MEMCGSIM___GFP_NOWARN));
	memcgsim_rcu_read_unlock();
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
}

/* Charges as any code does, beyond the limit that it is asked about. */
static struct memcgsim_task *greedy_oom(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
					memcgsim_gfp_t gfp, unsigned int order, void *arg)
{
	unsigned long *depth = arg;

	(void)machine;
	(void)memcg;
	(void)order;
	assert_true(++*depth == 1);
	assert_null(memcgsim_alloc_pages(gfp | MEMCGSIM___GFP_ACCOUNT, 0));
	--*depth;
	return NULL;
}

/* Models: hooks.h, C-14. What the OOM killer itself charges is refused: it does not ask itself. */
static void oom_hook_is_not_asked_about_its_own_charges(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned long depth = 0;
	struct memcgsim_hooks hooks = { .oom = greedy_oom, .arg = &depth };

	unit_write(u, "a/memory.max", "0");
	memcgsim_set_hooks(u->machine, &hooks);
	for (unsigned int i = 0; i < 2; i++)
		assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0));
	assert_int_equal(depth, 0);
}

/* Calls itself what only a caller outside may. */
static unsigned long destroyer(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			       unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	int *err = arg;

	(void)memcg;
	(void)nr_pages;
	(void)gfp;
	*err = memcgsim_destroy(machine, NULL);
	return nr_pages;
}

/* Models: machine.h. A machine is not taken apart under a call that has not returned. */
static void hook_cannot_destroy_its_machine(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_hooks hooks = { .memcg_reclaim = destroyer };
	int err = 0;

	hooks.arg = &err;
	memcgsim_set_hooks(u->machine, &hooks);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "memory.reclaim", "4096"), 0);
	assert_int_equal(err, -EBUSY);
}

/* Models: C-04 (4). The scope nests, and a thread without a task has one of its own. */
static void noreclaim_scopes_nest(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned int outer = memcgsim_memalloc_noreclaim_save();
	unsigned int inner = memcgsim_memalloc_noreclaim_save();

	memcgsim_memalloc_noreclaim_restore(inner);
	assert_int_equal(u->task->flags, MSIM_PF_MEMALLOC);
	memcgsim_memalloc_noreclaim_restore(outer);
	assert_int_equal(u->task->flags, 0);

	assert_int_equal(memcgsim_switch_to(NULL), 0);
	outer = memcgsim_memalloc_noreclaim_save();
	assert_int_equal(u->machine->idle.flags, 0); /* which other threads run too */
	assert_int_equal(*msim_current_flags(msim_ctx()), MSIM_PF_MEMALLOC);
	memcgsim_memalloc_noreclaim_restore(outer);
	assert_int_equal(*msim_current_flags(msim_ctx()), 0);
}

/* Models: hooks.h. A thread that is not bound has no task to flag. */
static void unbound_noreclaim_does_nothing(void **state)
{
	(void)unit_machine(state, NULL);
	assert_int_equal(memcgsim_memalloc_noreclaim_save(), 0);
	memcgsim_memalloc_noreclaim_restore(MSIM_PF_MEMALLOC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(nobody_is_asked_by_default),
		unit_case(hooks_are_told_what_it_is_about),
		unit_case(reclaim_runs_with_memalloc),
		unit_case(callers_that_hold_a_lock_ask_nobody),
		unit_case(hook_cannot_change_who_it_runs_as),
		unit_case(read_section_asks_nobody),
		unit_case(oom_hook_is_not_asked_about_its_own_charges),
		unit_case(hook_cannot_destroy_its_machine),
		unit_case(noreclaim_scopes_nest),
		unit_case(unbound_noreclaim_does_nothing),
	};

	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
