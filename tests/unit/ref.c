/* SPDX-License-Identifier: MIT */
/*
 * memcg/ref: references on the stack, in a machine of two CPUs.
 */
#include "unit.h"

static struct unit *two_cpus(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_machine(state, &config);
	unit_run(u, 0, NULL);
	return u;
}

static struct msim_cpu *cpu(struct unit *u, unsigned int id)
{
	return &u->machine->cpus[id];
}

/* The three operations, each as a visitor of the CPU. */
static void ref_get(struct unit *u, unsigned int id, struct msim_ref *ref)
{
	msim_cpu_visit(cpu(u, id));
	msim_ref_get(cpu(u, id), ref);
	msim_cpu_unvisit(cpu(u, id));
}

static bool ref_tryget(struct unit *u, unsigned int id, struct msim_ref *ref)
{
	bool got;

	msim_cpu_visit(cpu(u, id));
	got = msim_ref_tryget(cpu(u, id), ref);
	msim_cpu_unvisit(cpu(u, id));
	return got;
}

static bool ref_put(struct unit *u, unsigned int id, struct msim_ref *ref)
{
	bool last;

	msim_cpu_visit(cpu(u, id));
	last = msim_ref_put(cpu(u, id), ref);
	msim_cpu_unvisit(cpu(u, id));
	return last;
}

/* The owner's own put, after which nothing is left. */
static void end(struct unit *u, struct msim_ref *ref)
{
	if (ref->index)
		msim_ref_kill(u->machine, ref, 1);
	assert_true(ref_put(u, 0, ref));
}

/*
 * Models: percpu_ref (O-01). The owner's one reference is in the atomic word, the rest
 * beside it.
 */
static void new_ref_has_one_reference_and_counters_of_its_own(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref one, two;

	msim_ref_init(u->machine, &one);
	msim_ref_init(u->machine, &two);
	assert_int_not_equal(one.index, 0);
	assert_int_not_equal(one.index, two.index);
	assert_int_equal(unit_refs(u, &one), 1);
	end(u, &one);
	end(u, &two);
}

/*
 * Models: percpu_ref. Taken here, dropped there: one CPU's part goes negative, the sum is
 * right.
 */
static void get_and_put_on_different_cpus_cancel(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;

	msim_ref_init(u->machine, &ref);
	ref_get(u, 0, &ref);
	ref_get(u, 0, &ref);
	assert_int_equal(unit_refs(u, &ref), 3);
	assert_false(ref_put(u, 1, &ref));
	assert_false(ref_put(u, 1, &ref));
	assert_int_equal(unit_refs(u, &ref), 1);
	assert_int_equal(cpu(u, 1)->refs[ref.index], -2);
	end(u, &ref);
}

/*
 * Models: percpu_ref_kill (O-08). Both CPUs' parts are in the word afterwards, and the
 * last put shows.
 */
static void kill_folds_the_counters_and_the_last_put_tells(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;

	msim_ref_init(u->machine, &ref);
	ref_get(u, 0, &ref);
	ref_get(u, 1, &ref);
	msim_ref_kill(u->machine, &ref, 1);
	assert_int_equal(ref.index, 0);
	assert_int_equal(ref.count, 3);
	assert_int_equal(unit_refs(u, &ref), 3);
	assert_false(ref_put(u, 0, &ref));
	assert_false(ref_put(u, 1, &ref));
	assert_true(ref_put(u, 0, &ref));
}

/*
 * Models: percpu_ref_kill. The counters go back clean: who gets the index next starts from
 * nothing.
 */
static void index_of_a_killed_ref_is_reused_clean(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref old, young;
	unsigned int index;

	msim_ref_init(u->machine, &old);
	index = old.index;
	ref_get(u, 1, &old);
	msim_ref_kill(u->machine, &old, 1);
	msim_ref_init(u->machine, &young);
	assert_int_equal(young.index, index);
	assert_int_equal(unit_refs(u, &young), 1);
	assert_false(ref_put(u, 0, &old));
	end(u, &old);
	end(u, &young);
}

/*
 * Models: percpu_ref_kill. The second kill finds nothing to fold, and gives no index back
 * twice.
 */
static void killing_twice_does_nothing(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;
	unsigned int nr_free;

	msim_ref_init(u->machine, &ref);
	msim_ref_kill(u->machine, &ref, 1);
	nr_free = u->machine->nr_ref_free;
	msim_ref_kill(u->machine, &ref, 1);
	assert_int_equal(u->machine->nr_ref_free, nr_free);
	assert_int_equal(ref.count, 1);
	end(u, &ref);
}

/*
 * Models: L-02. tryget stands on any reference, dying or not, and on none it stands on
 * nothing.
 */
static void tryget_succeeds_until_the_last_reference_is_gone(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;

	msim_ref_init(u->machine, &ref);
	assert_true(ref_tryget(u, 1, &ref));
	msim_ref_kill(u->machine, &ref, 1);
	assert_true(ref_tryget(u, 0, &ref));
	assert_int_equal(ref.count, 3);
	assert_false(ref_put(u, 0, &ref));
	assert_false(ref_put(u, 0, &ref));
	assert_true(ref_put(u, 0, &ref));
	assert_false(ref_tryget(u, 0, &ref));
	assert_int_equal(ref.count, 0); /* and has not touched it */
}

/*
 * Models: I-REF-RESURRECT. A plain get claims to know of a reference; from zero that is a
 * bug.
 */
static void get_from_zero_is_a_simulated_bug(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;

	msim_ref_init(u->machine, &ref);
	end(u, &ref);
	unit_allow_bugs(u, 1);
	ref_get(u, 0, &ref);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
}

/*
 * Models: I-REF-POS. One put too many is reported, and is not taken for the last one
 * again.
 */
static void put_below_zero_is_a_simulated_bug(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;

	msim_ref_init(u->machine, &ref);
	end(u, &ref);
	unit_allow_bugs(u, 1);
	assert_false(ref_put(u, 0, &ref));
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_ptr_equal(u->bugs[0].object, &ref);
}

/*
 * Models: I-REF-POS. Per-CPU counters hide a put too many until they are folded: then it is
 * reported, and the owner's references are made good.
 */
static void kill_finds_a_put_too_many(void **state)
{
	struct unit *u = two_cpus(state);
	struct msim_ref ref;

	msim_ref_init(u->machine, &ref);
	assert_false(ref_put(u, 1, &ref));
	unit_allow_bugs(u, 1);
	msim_ref_kill(u->machine, &ref, 1);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(ref.count, 1);
	end(u, &ref);
}

/*
 * Models: percpu_ref. With every counter in use a reference is the atomic word from birth.
 */
static void exhausted_table_falls_back_to_the_atomic_word(void **state)
{
	struct unit *u = two_cpus(state);
	unsigned int next = u->machine->next_ref;
	struct msim_ref ref;

	u->machine->next_ref = MSIM_REF_INDICES;
	msim_ref_init(u->machine, &ref);
	u->machine->next_ref = next;
	assert_int_equal(ref.index, 0);
	ref_get(u, 1, &ref);
	assert_true(ref_tryget(u, 0, &ref));
	assert_int_equal(ref.count, 3);
	msim_ref_kill(u->machine, &ref, 1); /* nothing to fold */
	assert_int_equal(unit_refs(u, &ref), 3);
	assert_false(ref_put(u, 0, &ref));
	assert_false(ref_put(u, 1, &ref));
	assert_true(ref_put(u, 0, &ref));
}

/*
 * Models: O-02, L-05. A whole life without per-CPU counters: the fast paths miss, and everything
 * still adds up.
 *
 *   root -- a -- b      b: a page, an object; removed while they live
 */
static void memcgs_live_and_die_with_the_table_exhausted(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_page *page;
	void *object;

	u->machine->next_ref = MSIM_REF_INDICES;
	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	u->task = unit_fork(u, "a/b");
	unit_run(u, 0, u->task);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	object = memcgsim_kmalloc(100, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_non_null(page);
	assert_non_null(object);
	assert_int_equal(unit_memcg(u, "a/b")->objcg->ref.index, 0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	unit_rmdir(u, "a/b");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim___free_pages(page, 0);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(new_ref_has_one_reference_and_counters_of_its_own),
		unit_case(get_and_put_on_different_cpus_cancel),
		unit_case(kill_folds_the_counters_and_the_last_put_tells),
		unit_case(index_of_a_killed_ref_is_reused_clean),
		unit_case(killing_twice_does_nothing),
		unit_case(tryget_succeeds_until_the_last_reference_is_gone),
		unit_case(get_from_zero_is_a_simulated_bug),
		unit_case(put_below_zero_is_a_simulated_bug),
		unit_case(kill_finds_a_put_too_many),
		unit_case(exhausted_table_falls_back_to_the_atomic_word),
		unit_case(memcgs_live_and_die_with_the_table_exhausted),
	};

	return cmocka_run_group_tests_name("ref", tests, NULL, NULL);
}
