/* SPDX-License-Identifier: MIT */
/*
 * Every operation against every fault site: the n-th call of the site fails, n from 1, until the
 * operation passes fewer. After each failure every invariant holds, and nothing has changed. The
 * operations stand in the files of rows, fault_nth_FLOOR.c.
 */
#include "fault_nth.h"

#include "memcg/stat.h"

#define MOST_CALLS 100 /* of one site in one operation */

/*
 * Functions whose Return: speaks of -ENOMEM or NULL and that have no row, with the reason:
 * tests/tidy (fault-rows) demands one or the other.
 */
static const struct {
	const char *function;
	const char *reason;
} without_row[] = {
	{ "memcgsim_create", "there is no machine yet whose sites could be armed" },
	{ "memcgsim_thread_bind", "the context is the host's memory, no site of the machine" },
	{ "memcgsim_check", "the census is the host's memory" },
	{ "memcgsim_cgroup_dump", "the text is the host's memory" },
	{ "memcgsim_holders_text", "the text is the host's memory" },
	{ "memcgsim_cgroupfs_read", "the text is the host's memory" },
	{ "memcgsim_get_obj_cgroup_from_current", "NULL is nobody; it allocates nothing" },
	{ "memcgsim_current_obj_cgroup", "NULL is nobody; it allocates nothing" },
	{ "memcgsim_get_mem_cgroup_from_mm", "NULL is for an unbound thread" },
	{ "memcgsim_set_active_memcg", "NULL is no scope" },
	{ "memcgsim_get_task_mm", "NULL is no mm" },
	{ "memcgsim_page_list_pop", "NULL is the end of the list" },
	{ "memcgsim_pfn_to_page", "NULL is no page" },
	{ "memcgsim_folio_memcg", "NULL is nobody" },
	{ "memcgsim_page_memcg", "NULL is nobody" },
	{ "memcgsim_page_memcg_rcu", "NULL is nobody" },
	{ "memcgsim_page_memcg_check", "NULL is nobody" },
	{ "memcgsim_page_objcgs", "NULL is no vector" },
	{ "memcgsim_page_objcgs_check", "NULL is no vector" },
	{ "memcgsim_mem_cgroup_from_slab_obj", "NULL is nobody" },
	{ "memcgsim_mem_cgroup_from_obj", "NULL is nobody" },
	{ "memcgsim_profile_name", "NULL is the end; it allocates nothing" },
	{ "memcgsim_virt_to_head_page", "NULL is no page" },
	{ "memcgsim_ksize", "NULL is an argument; it allocates nothing" },
	{ "memcgsim_kmem_cache_alloc", "as memcgsim_kmem_cache_zalloc(), which calls it" },
	{ "memcgsim_vmalloc", "as memcgsim___vmalloc(), which it calls" },
	{ "memcgsim_vmalloc_user", "as memcgsim___vmalloc(), by the same way" },
	{ "memcgsim___vmalloc_node_range", "as memcgsim___vmalloc(), which calls it" },
	{ "memcgsim_swap_cache_get_folio", "NULL is no page" },
	{ "memcgsim_vmalloc_to_page", "NULL is no page" },
	{ "memcgsim___alloc_percpu", "as memcgsim___alloc_percpu_gfp(), which it calls" },
	{ "memcgsim_current", "NULL is no task" },
	{ "memcgsim_this_machine", "NULL is no machine" },
	{ "memcgsim_mem_cgroup_from_id", "NULL is nobody; it allocates nothing" },
	{ "memcgsim_mem_cgroup_iter", "NULL is the end; it allocates nothing" },
	{ "memcgsim_mem_cgroup_move_charge", "only on other machines: tests/unit/move refuses it" },
	{ "memcgsim_explore", "the explorer's memory is the host's" },
	{ "memcgsim_replay", "the explorer's memory is the host's" },
	{ "memcgsim_explore_alloc", "the explorer's memory is the host's" },
	{ "memcgsim_explore_watch", "the explorer's memory is the host's" },
};

static const struct operation *const floors[] = {
	fault_rows_cgroup,
	fault_rows_memcg,
	fault_rows_alloc,
};
#define NR_FLOORS (sizeof(floors) / sizeof(floors[0]))

/* The stage of fault_nth.h. */
static struct stage build(void **state)
{
	struct memcgsim_config config = unit_config();
	struct stage s = { 0 };

	config.child_cost_bytes = 5000;
	config.child_cost_slab_bytes = 1000;
	config.nr_swap_pages = 1;
	s.u = unit_world(state, &config);
	unit_mkdir(s.u, "t");
	unit_mkdir(s.u, "p");
	unit_write(s.u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(s.u, "p/q");
	unit_mkdir(s.u, "p/q/r");
	unit_mkdir(s.u, "p/q/s");
	unit_mkdir(s.u, "p/q/r/deep");
	(void)unit_fork(s.u, "p/q/r"); /* effective: q's (G-10) */
	(void)unit_fork(s.u, "p/q/r/deep");
	(void)unit_fork(s.u, "p/q/s");
	return s;
}

/* What a failed operation must leave as it was; taken with every stock and list empty. */
struct picture {
	long memcgs, cgroups, ids;
	long usage, kernel_pages, slab_bytes, css_refs, objcg_refs; /* sums over all memcgs */
	struct msim_cgroup_stat stat;
};

/*
 * Draining first makes pictures comparable: what a failed attempt left in a stock or on a list is
 * no change.
 */
static struct picture take_picture(struct unit *u)
{
	struct picture p;
	struct msim_list *pos;

	memset(&p, 0, sizeof(p));
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	p.cgroups = (long)u->machine->nr_cgroups;
	p.ids = u->machine->lowest_free_id;
	p.stat = u->machine->root->stat;
	msim_list_for_each (pos, &u->machine->memcgs) {
		struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		p.memcgs++;
		p.usage += memcg->memory.usage;
		p.kernel_pages += memcg->kmem_pages;
		p.slab_bytes += memcg->slab_bytes;
		p.css_refs += unit_refs(u, &memcg->ref);
		p.objcg_refs += memcg->objcg ? unit_refs(u, &memcg->objcg->ref) : 0;
	}
	return p;
}

/* What one operation met at one site. */
struct tally {
	unsigned long failed;	 /* attempts that failed */
	unsigned long swallowed; /* ... that succeeded although a call of the site failed */
};

/* Lets the n-th call of @site fail, n from 1, until none does. */
static struct tally until_it_succeeds(struct stage *s, const struct operation *op,
				      enum memcgsim_fault_site site)
{
	struct memcgsim *machine = s->u->machine;
	struct tally tally = { 0 };

	for (unsigned long n = 1; n < MOST_CALLS; n++) {
		struct picture before = take_picture(s->u), after;
		unsigned long failed;
		int err;

		assert_int_equal(memcgsim_fault_nth(machine, site, n), 0);
		err = op->act(s);
		(void)memcgsim_fault_calls(machine, site, &failed);
		assert_int_equal(memcgsim_fault_nth(machine, site, 0), 0);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(failed, 1);
			tally.failed++;
		} else {
			tally.swallowed += failed;
			op->undo(s);
		}
		/* first as it stands, stocks and all; then drained, compared */
		unit_assert_checked(s->u, MEMCGSIM_CHECK_Q);
		after = take_picture(s->u);
		assert_memory_equal(&before, &after, sizeof(before));
		if (!failed)
			return tally;
	}
	fail_msg("%s still meets site %d after %d calls", op->function, (int)site, MOST_CALLS);
	return tally;
}

/* All sites against one operation; adds up what they did. */
static void every_site(struct stage *s, const struct operation *op, struct tally *ret_sum,
		       unsigned int *ret_sites)
{
	for (unsigned int site = 0; site < MEMCGSIM_NR_FAULT_SITES; site++) {
		struct tally tally;

		s->size_bytes = 2048u >> site;
		print_message("%s %s, site %u\n", op->function, op->which ? op->which : "", site);
		if (op->before)
			op->before(s);
		/* the task's objcg is looked up, so that its reference is in every picture */
		memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT));
		tally = until_it_succeeds(s, op, (enum memcgsim_fault_site)site);
		if (op->after)
			op->after(s);
		assert_int_equal(tally.failed > 0, (op->fails_at >> site) & 1);
		assert_int_equal(tally.swallowed > 0, (op->swallows_at >> site) & 1);
		ret_sum->failed += tally.failed;
		ret_sum->swallowed += tally.swallowed;
		*ret_sites += tally.failed + tally.swallowed > 0;
	}
}

/*
 * Models: SQLite's loop: fail the n-th until it succeeds. I-FAIL-UNDO, T-01, C-05, and every
 * invariant after each failure.
 */
static void every_operation_survives_every_failure(void **state)
{
	struct stage s = build(state);
	struct tally sum = { 0 };
	unsigned int operations = 0, sites = 0;

	for (size_t i = 0; i < NR_FLOORS; i++) {
		for (const struct operation *op = floors[i]; op->function; op++) {
			operations++;
			every_site(&s, op, &sum, &sites);
		}
	}
	print_message("%u operations passed %u sites: %lu failed, %lu went on without\n",
		      operations, sites, sum.failed, sum.swallowed);
}

/* Models: fault.h. What has no row says why, and has none. */
static void what_has_no_row_says_why(void **state)
{

	(void)state;
	for (size_t i = 0; i < sizeof(without_row) / sizeof(without_row[0]); i++) {
		assert_true(strlen(without_row[i].reason) > 10);
		for (size_t j = 0; j < NR_FLOORS; j++) {
			for (const struct operation *op = floors[j]; op->function; op++)
				assert_string_not_equal(op->function, without_row[i].function);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(every_operation_survives_every_failure),
		unit_case(what_has_no_row_says_why),
	};

	return cmocka_run_group_tests_name("fault_nth", tests, NULL, NULL);
}
