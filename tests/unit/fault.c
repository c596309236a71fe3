/* SPDX-License-Identifier: MIT */
/*
 * seam/fault: sites that fail on demand; and every operation of the library against every site,
 * until it succeeds.
 */
#include "unit.h"

#include "memcg/stat.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/*
 * Models: fail_page_alloc. The n-th call from now fails, and only that one.
 */
static void nth_call_fails_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page[4];
	unsigned long failed;

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 3), 0);
	for (int i = 0; i < 4; i++)
		page[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim_fault_calls(u->machine, MEMCGSIM_FAULT_PAGE, &failed), 4);
	assert_int_equal(failed, 1);
	for (int i = 0; i < 4; i++)
		assert_true((page[i] == NULL) == (i == 2));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	for (int i = 0; i < 4; i++) {
		if (page[i])
			memcgsim___free_pages(page[i], 0);
	}
}

/*
 * Models: fault.h. While a site is armed no fast path runs: calls that a list could serve
 * are counted too.
 */
static void armed_site_turns_the_fast_paths_off(void **state)
{
	struct unit *u = unit_world(state, NULL);

	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0), 0); /* fills the list */
	assert_int_equal(u->machine->cpus[0].lock.closed, u->machine->force_sticky);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 100), 0);
	assert_int_equal(u->machine->cpus[0].lock.closed, 1);
	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0), 0);
	assert_int_equal(memcgsim_fault_calls(u->machine, MEMCGSIM_FAULT_PAGE, NULL), 1);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(u->machine->faults_armed, 0);
}

/* Models: fault.h. Arming anew starts the count again. */
static void arming_starts_a_new_count(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 1), 0);
	assert_int_equal(memcgsim_fault_calls(u->machine, MEMCGSIM_FAULT_PAGE, NULL), 0);
	assert_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0));
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
}

/* Models: fault.h. Sites and probabilities out of range. */
static void arguments_out_of_range_are_refused(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	enum memcgsim_fault_site none = MEMCGSIM_NR_FAULT_SITES;

	assert_int_equal(memcgsim_fault_nth(u->machine, none, 1), -EINVAL);
	assert_int_equal(memcgsim_fault_nth(u->machine, (enum memcgsim_fault_site) - 1, 1),
			 -EINVAL);
	assert_int_equal(memcgsim_fault_probability(u->machine, none, 1), -EINVAL);
	assert_int_equal(memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_PAGE, 1000001),
			 -EINVAL);
	assert_int_equal(memcgsim_fault_calls(u->machine, none, NULL), 0);
	assert_int_equal(u->machine->faults_armed, 0);
}

/*
 * Which of 256 allocations fail, as bits, with that seed and probability. On a machine of its own,
 * so that nothing but the seed tells one run from another.
 */
static void failures(uint64_t seed, unsigned int per_million, uint64_t bits[4])
{
	struct memcgsim_config config = unit_config();
	struct unit *u;
	void *state;

	config.seed = seed;
	u = unit_world(&state, &config);
	memset(bits, 0, 4 * sizeof(bits[0]));
	assert_int_equal(memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_PAGE, per_million),
			 0);
	for (unsigned int i = 0; i < 256; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

		if (page)
			memcgsim___free_pages(page, 0);
		else
			bits[i / 64] |= 1UL << (i % 64);
	}
	assert_int_equal(memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(unit_teardown(&state), 0);
}

/* How many failed. */
static unsigned int count_bits(const uint64_t bits[4])
{
	unsigned int count = 0;

	for (int i = 0; i < 4; i++)
		count += (unsigned int)__builtin_popcountl(bits[i]);
	return count;
}

/*
 * Models: LAW 7. Same seed, same failures; another seed, others; their number about what
 * was asked.
 */
static void random_failures_are_the_seeds(void **state)
{
	uint64_t one[4], again[4], other[4];

	(void)state;
	print_message("seeds 5 and 6\n");
	failures(5, 250000, one);
	failures(5, 250000, again);
	failures(6, 250000, other);
	assert_memory_equal(one, again, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_in_range(count_bits(one), 32, 96);
	failures(5, 1000000, one);
	assert_int_equal(count_bits(one), 256);
	failures(5, 0, one);
	assert_int_equal(count_bits(one), 0);
}

/* ---- every operation against every site ---- */

/*
 *   root -- a -- n        a: the task; n: a directory that may become a memcg
 *      |--- p -- q        p gives memory, has a cost, and q a task
 *      `--- t             where tasks go
 */
struct stage {
	struct unit *u;
	struct memcgsim_task *in_q, *made;
	struct memcgsim_page *page;
	void *object;
	size_t size_bytes; /* of the object: another for each site, so that each meets an empty cache */
};

/* Each operation's two functions: what may fail, with its errno; and what takes a success back. */
static int do_mkdir(struct stage *s)
{
	return memcgsim_cgroup_mkdir(s->u->machine, "p/x");
}

static void undo_mkdir(struct stage *s)
{
	unit_rmdir(s->u, "p/x");
}

static int do_fork(struct stage *s)
{
	return memcgsim_fork(s->u->machine, NULL, &s->made);
}

static void undo_fork(struct stage *s)
{
	assert_int_equal(memcgsim_do_exit(s->made), 0);
}

static int do_attach(struct stage *s)
{
	return memcgsim_cgroup_attach_task(s->u->machine, "t", s->u->task);
}

static void undo_attach(struct stage *s)
{
	assert_int_equal(memcgsim_cgroup_attach_task(s->u->machine, "a", s->u->task), 0);
}

/* Allocations: NULL is their -ENOMEM. */
static int do_kmalloc(struct stage *s)
{
	s->object = memcgsim_kmalloc(s->size_bytes, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static int do_kmalloc_large(struct stage *s)
{
	s->object = memcgsim_kmalloc(20000, ACCOUNT);
	return s->object ? 0 : -ENOMEM;
}

static void undo_kmalloc(struct stage *s)
{
	memcgsim_kfree(s->object);
}

static int do_alloc(struct stage *s)
{
	s->page = memcgsim_alloc_pages(ACCOUNT, 2);
	return s->page ? 0 : -ENOMEM;
}

static void undo_alloc(struct stage *s)
{
	memcgsim___free_pages(s->page, 2);
}

/* A user page fails in two places: without the page, and with the page but without its charge. */
static int do_user(struct stage *s)
{
	s->page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_COMP, 2);
	if (!s->page)
		return -ENOMEM;
	if (memcgsim___mem_cgroup_charge(s->page, MEMCGSIM_GFP_KERNEL)) {
		memcgsim_folio_put(s->page);
		return -ENOMEM;
	}
	return 0;
}

static void undo_user(struct stage *s)
{
	memcgsim_folio_put(s->page);
}

/*
 * Two children get memcgs, with a cost each, and three tasks new css_sets: many places to fail, one
 * to undo.
 */
static int do_enable(struct stage *s)
{
	return memcgsim_cgroupfs_write(s->u->machine, "p/q/cgroup.subtree_control", "+memory");
}

static void undo_enable(struct stage *s)
{
	unit_write(s->u, "p/q/cgroup.subtree_control", "-memory");
}

/* Here nothing is made but css_sets, for the tasks below q: all of them, or none moves. */
static int do_disable(struct stage *s)
{
	return memcgsim_cgroupfs_write(s->u->machine, "p/cgroup.subtree_control", "-memory");
}

static void undo_disable(struct stage *s)
{
	memcgsim_run_work(s->u->machine); /* the old one's id is free again */
	unit_write(s->u, "p/cgroup.subtree_control", "+memory");
}

/*
 * Which sites an operation passes is part of the table: an operation that never fails where it
 * should has lost its check for failure, or its fault site.
 */
static const struct operation {
	const char *name;
	int (*act)(struct stage *s);
	void (*undo)(struct stage *s);
	unsigned int fails_at; /* bit per site that must have made it fail at least once */
} operations[] = {
#define BIT(site) (1u << MEMCGSIM_FAULT_##site)
	{ "mkdir", do_mkdir, undo_mkdir, BIT(OBJECT) | BIT(CHARGE) },
	{ "fork", do_fork, undo_fork, BIT(OBJECT) },
	{ "attach", do_attach, undo_attach, BIT(OBJECT) },
	{ "kmalloc", do_kmalloc, undo_kmalloc, BIT(OBJECT) | BIT(PAGE) | BIT(CHARGE) },
	{ "kmalloc large", do_kmalloc_large, undo_kmalloc, BIT(PAGE) | BIT(CHARGE) },
	{ "alloc_pages", do_alloc, undo_alloc, BIT(PAGE) | BIT(CHARGE) },
	{ "user page", do_user, undo_user, BIT(PAGE) | BIT(CHARGE) },
	{ "enable memory", do_enable, undo_enable, BIT(OBJECT) | BIT(CHARGE) },
	{ "disable memory", do_disable, undo_disable, BIT(OBJECT) },
};

/*
 * The tree above, with three tasks below q, whose effective memcg changes with q's and p's
 * subtree_control.
 */
static struct stage build(void **state)
{
	struct memcgsim_config config = unit_config();
	struct stage s = { 0 };

	config.child_cost_bytes = 5000;
	config.child_cost_slab_bytes = 1000;
	s.u = unit_world(state, &config);
	unit_mkdir(s.u, "t");
	unit_mkdir(s.u, "p");
	unit_write(s.u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(s.u, "p/q");
	unit_mkdir(s.u, "p/q/r");
	unit_mkdir(s.u, "p/q/s");
	unit_mkdir(s.u, "p/q/r/deep");
	s.in_q = unit_fork(s.u, "p/q/r"); /* effective: q's (G-10) */
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

/* Lets the n-th call of @site fail, n from 1, until none does. Whether any failed the operation. */
static bool until_it_succeeds(struct stage *s, const struct operation *op,
			      enum memcgsim_fault_site site)
{
	struct memcgsim *machine = s->u->machine;
	bool any = false;

	for (unsigned long n = 1; n < 100; n++) {
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
			any = true;
		} else {
			op->undo(s);
		}
		/* first as it stands, stocks and all; then drained, compared */
		unit_assert_checked(s->u, MEMCGSIM_CHECK_Q);
		after = take_picture(s->u);
		assert_memory_equal(&before, &after, sizeof(before));
		if (!failed)
			return any;
	}
	fail_msg("%s still meets site %d after 100 calls", op->name, (int)site);
	return any;
}

/*
 * Models: SQLite's loop: fail the n-th until it succeeds. I-FAIL-UNDO, and every invariant
 * after each failure.
 */
static void every_operation_survives_every_failure(void **state)
{
	struct stage s = build(state);

	/* the task's objcg is looked up once, so that its reference is in every picture */
	memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT));
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		for (unsigned int site = 0; site < MEMCGSIM_NR_FAULT_SITES; site++) {
			bool any;

			s.size_bytes = 2048u >> site;
			print_message("%s, site %u\n", operations[i].name, site);
			any = until_it_succeeds(&s, &operations[i], (enum memcgsim_fault_site)site);
			assert_int_equal(any, (operations[i].fails_at >> site) & 1);
			if (operations[i].act ==
			    do_attach) /* back home, but the word is to be looked up */
				memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(nth_call_fails_once),
		unit_case(armed_site_turns_the_fast_paths_off),
		unit_case(arming_starts_a_new_count),
		unit_case(arguments_out_of_range_are_refused),
		unit_case(random_failures_are_the_seeds),
		unit_case(every_operation_survives_every_failure),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
