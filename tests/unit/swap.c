/* SPDX-License-Identifier: MIT */
/*
 * memcg/swap: whose slots are, by counter, record and reference; the doors are alloc/swap_state's.
 */
#include "unit.h"

#include "frames/swapfile.h"
#include "memcg/css.h"
#include "memcg/id.h"
#include "memcg/swap.h"

static struct unit *swap_world(void **state)
{
	struct memcgsim_config config = unit_config();

	config.nr_swap_pages = 8;
	return unit_world(state, &config);
}

static struct memcgsim_page *charged_page(unsigned int order)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, order);

	assert_non_null(page);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	return page;
}

static void release(struct memcgsim *machine, unsigned long entry, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		assert_int_equal(msim_swap_drop(machine, entry + i, MSIM_SWAP_HAS_CACHE), 1);
		msim_swap_release(machine, entry + i);
	}
}

/* Models: U-08, U-09, I-SWAP. Charged, recorded, counted and referred to; and all of it undone. */
static void slots_are_charged_and_uncharged(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a"), *root = u->machine->root_memcg;
	struct memcgsim_page *page = charged_page(1);
	unsigned long entry = msim_swap_alloc(u->machine, 2);
	long refs = a->id_refs;

	assert_int_equal(msim_charge_swap(msim_ctx(), page, entry), 0);
	assert_int_equal(a->swap.usage, 2);
	assert_int_equal(root->swap.usage, 2); /* the sum of all below */
	assert_int_equal(a->stats[MSIM_STAT_SWAP_PAGES], 2);
	assert_int_equal(a->id_refs, refs + 2);
	assert_int_equal(msim_swap_id(u->machine, entry + 1), a->id);
	msim_swap_unassign(msim_ctx(), entry + 1, 1);
	assert_int_equal(msim_swap_id(u->machine, entry + 1), 0);
	msim_swap_unassign(msim_ctx(), entry, 2); /* the second is nobody's already */
	assert_int_equal(a->swap.usage, 0);
	assert_int_equal(root->swap.usage, 0);
	assert_int_equal(a->stats[MSIM_STAT_SWAP_PAGES], 0);
	assert_int_equal(a->id_refs, refs);
	release(u->machine, entry, 2);
	memcgsim_folio_put(page);
}

/* Models: U-08. A page of nobody is nobody's in swap too: a WARN, as in the kernel. */
static void page_of_nobody_is_not_charged(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	unsigned long entry = msim_swap_alloc(u->machine, 1);

	unit_allow_bugs(u, 1);
	assert_int_equal(msim_charge_swap(msim_ctx(), page, entry), 0);
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_int_equal(msim_swap_id(u->machine, entry), 0);
	msim_swap_unassign(msim_ctx(), entry, 1);
	release(u->machine, entry, 1);
	memcgsim_folio_put(page);
}

/* Models: U-08. A slot that is somebody's already is a simulated VM_BUG. */
static void slot_has_one_owner(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = charged_page(0);
	unsigned long entry = msim_swap_alloc(u->machine, 1);

	assert_int_equal(msim_charge_swap(msim_ctx(), page, entry), 0);
	unit_allow_bugs(u, 1);
	assert_int_equal(msim_charge_swap(msim_ctx(), page, entry), 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	msim_swap_unassign(msim_ctx(), entry, 1);
	assert_int_equal(msim_swap_record(u->machine, entry, a->id), 0); /* what was overwritten */
	msim_swap_unassign(msim_ctx(), entry, 1);
	release(u->machine, entry, 1);
	memcgsim_folio_put(page);
}

/* Models: U-10, L-08. A record leads to its memcg while that is online, with a reference. */
static void record_leads_to_an_online_memcg(void **state)
{
	struct unit *u = swap_world(state);
	struct memcgsim_mem_cgroup *a = unit_memcg(u, "a");
	struct memcgsim_page *page = charged_page(0);
	unsigned long entry = msim_swap_alloc(u->machine, 1);
	long refs;

	assert_null(msim_swap_get_memcg(msim_ctx(), entry));
	assert_int_equal(msim_charge_swap(msim_ctx(), page, entry), 0);
	memcgsim_folio_put(page);
	refs = unit_refs(u, &a->ref);
	assert_ptr_equal(msim_swap_get_memcg(msim_ctx(), entry), a);
	assert_int_equal(unit_refs(u, &a->ref), refs + 1);
	msim_css_put_ctx(msim_ctx(), a);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "", u->task), 0);
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, "a"), 0);
	assert_null(msim_swap_get_memcg(msim_ctx(), entry)); /* from rmdir on */
	memcgsim_run_work(u->machine);
	assert_null(msim_swap_get_memcg(msim_ctx(), entry));
	assert_ptr_equal(msim_memcg_from_id(u->machine, msim_swap_id(u->machine, entry)), a);
	msim_swap_unassign(msim_ctx(), entry, 1);
	release(u->machine, entry, 1);
}

/* Models: U-12. A page of nobody, and the root's, meet no limit. */
static void root_has_no_limits(void **state)
{
	struct unit *u = swap_world(state);

	assert_false(msim_swap_is_full(u->machine, NULL));
	u->machine->root_memcg->swap.max = 0;
	assert_false(msim_swap_is_full(u->machine, u->machine->root_memcg));
	assert_int_equal(msim_swap_pages_left(u->machine->root_memcg), 8);
	u->machine->root_memcg->swap.max = MSIM_PAGE_COUNTER_MAX;
	u->machine->swap.nr_free = 3;
	assert_true(msim_swap_is_full(u->machine, NULL));
	u->machine->swap.nr_free = 8;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(slots_are_charged_and_uncharged),
		unit_case(page_of_nobody_is_not_charged),
		unit_case(slot_has_one_owner),
		unit_case(record_leads_to_an_online_memcg),
		unit_case(root_has_no_limits),
	};

	return cmocka_run_group_tests_name("swap", tests, NULL, NULL);
}
