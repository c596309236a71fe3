/* SPDX-License-Identifier: MIT */
/*
 * alloc/page_alloc: the front door of frames, with its charge, and everything that may come to it
 * wrong.
 */
#include "unit.h"

#include "frames/page.h"
#include "memcg/folio.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT
#define COMP	MEMCGSIM___GFP_COMP

static struct memcgsim_page *alloc(memcgsim_gfp_t gfp, unsigned int order)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(gfp, order);

	assert_non_null(page);
	return page;
}

/*
 * Models: charge.h. A page that is free, of another order or full of objects is reported, not
 * charged: nothing has changed.
 */
static void charge_of_what_is_no_page_of_ours_is_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 0);
	void *object = memcgsim_kmalloc(64, KERNEL);
	struct memcgsim_page *slab = memcgsim_virt_to_head_page(u->machine, object);

	unit_allow_bugs(u, 5);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(page, KERNEL, 3), -EINVAL);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(page, KERNEL, 64), -EINVAL);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(slab, KERNEL, 0), -EINVAL);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(NULL, KERNEL, 0), -EINVAL);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 4);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(page, KERNEL, 0), -EINVAL);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim_kfree(object);
}

/*
 * Models: B-02. Beyond the largest order: NULL and a WARN, once; with NOWARN just NULL.
 */
static void alloc_beyond_the_largest_order_warns_and_fails(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_null(memcgsim_alloc_pages(KERNEL | MEMCGSIM___GFP_NOWARN, 11));
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_alloc_pages(KERNEL, 11));
	assert_null(memcgsim_alloc_pages(KERNEL, 200));
	unit_assert_bug(u, MEMCGSIM_WARN);
}

/*
 * Models: B-15. One reference, on the head; a block of loose frames has tails that know
 * nothing of it.
 */
static void loose_block_has_one_reference_and_plain_tails(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 3);

	(void)u;
	assert_int_equal(memcgsim_page_count(page), 1);
	for (unsigned int i = 1; i < 8; i++) {
		assert_int_equal(memcgsim_page_count(page + i), 0);
		assert_false(msim_page_is_tail(page + i));
		assert_ptr_equal(msim_compound_head(page + i), page + i);
	}
	memcgsim___free_pages(page, 3);
	assert_int_equal(memcgsim_page_count(page), 0);
}

/*
 * Models: B-15. A compound block's tails lead to the head, by the fast way and by the slow
 * one.
 */
static void compound_block_has_tails_that_name_the_head(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (unsigned int order = 1; order <= MEMCGSIM_MAX_PAGE_ORDER; order++) {
		struct memcgsim_page *page = alloc(KERNEL | COMP, order),
				     *tail = page + (1UL << order) - 1;

		assert_ptr_equal(msim_compound_head(tail), page);
		assert_ptr_equal(tail->mapping, MSIM_TAIL_MAPPING);
		assert_ptr_equal(memcgsim_virt_to_head_page(
					 u->machine, memcgsim_page_address(u->machine, tail)),
				 page);
		memcgsim___free_pages(page, order);
		assert_false(msim_page_is_tail(tail));
		assert_null(tail->mapping);
	}
}

/*
 * Models: B-16. With ZERO every frame of the block is zero, whatever its last owner wrote.
 */
static void zeroed_block_is_zero_throughout(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 2), *again;
	unsigned char *memory = memcgsim_page_address(u->machine, page);
	unsigned long dirty = 0;

	memset(memory, 0xa5, MEMCGSIM_PAGE_SIZE << 2);
	memcgsim___free_pages(page, 2);
	again = alloc(KERNEL | MEMCGSIM___GFP_ZERO, 2);
	assert_ptr_equal(again, page); /* last in, first out (B-42) */
	for (unsigned long i = 0; i < MEMCGSIM_PAGE_SIZE << 2; i++)
		dirty += memory[i] != 0;
	assert_int_equal(dirty, 0);
	memcgsim___free_pages(again, 2);
}

/*
 * Models: B-30. Only the first struct page is tagged, compound or not; the charge is for
 * all frames.
 */
static void accounted_block_is_tagged_on_its_head_only(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (unsigned int comp = 0; comp < 2; comp++) {
		struct memcgsim_page *page = alloc(ACCOUNT | (comp ? COMP : 0), 2);

		assert_int_equal(memcgsim_page_memcg_data(page),
				 (unsigned long)unit_memcg(u, "a")->objcg |
					 MEMCGSIM_MEMCG_DATA_KMEM);
		for (unsigned int i = 1; i < 4; i++)
			assert_int_equal(memcgsim_page_memcg_data(page + i), 0);
		assert_int_equal(unit_stock(u, 0)->nr_pages, 60);
		memcgsim___free_pages(page, 2);
		assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	}
}

/*
 * Models: B-30. Without ACCOUNT, or without a task, nobody is charged and the page is
 * there all the same.
 */
static void unaccounted_page_has_no_word(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page[2];

	page[0] = alloc(KERNEL, 0);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	page[1] = alloc(ACCOUNT, 0); /* D3: nobody to charge */
	assert_int_equal(memcgsim_page_memcg_data(page[0]), 0);
	assert_int_equal(memcgsim_page_memcg_data(page[1]), 0);
	assert_int_equal(unit_usage(u, "a"), 0);
	memcgsim___free_pages(page[0], 0);
	memcgsim___free_pages(page[1], 0);
}

/*
 * Models: B-30. The charge comes after the page: refused, the page goes back and no
 * counter has moved.
 */
static void refused_charge_gives_the_page_back(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned long pcp = 0;

	unit_write(u, "a/memory.max", "0");
	for (unsigned int order = 0; order < 5; order++) {
		assert_null(memcgsim_alloc_pages(ACCOUNT, order));
		assert_int_equal(unit_usage(u, "a"), 0);
	}
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* I-PAGES: none is lost */
	pcp = u->machine->cpus[0].pcp.count_pages;
	assert_int_equal(pcp, 0);
	assert_int_equal(u->machine->zone.free_pages, u->machine->zone.frontier_pfn);
}

/*
 * Models: B-31, C-10. Freeing uncharges by the word, on whichever CPU, for whichever task.
 */
static void page_is_uncharged_from_who_paid(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page;
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	page = alloc(ACCOUNT, 0);
	unit_mkdir(u, "b");
	unit_run(u, 1, unit_fork(u, "b"));
	memcgsim___free_pages(page, 0);
	assert_ptr_equal(unit_stock(u, 1)->cached, unit_memcg(u, "a"));
	assert_int_equal(unit_stock(u, 1)->nr_pages, 1);
	assert_int_equal(unit_usage(u, "a"), 64);
	assert_int_equal(u->machine->cpus[1].pcp.count_pages,
			 1); /* the frame stays there, too (B-42) */
}

/*
 * Models: B-31. The last put frees and uncharges, an earlier one does neither.
 */
static void page_with_another_holder_stays_charged(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT, 0);

	page->_refcount++;
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_not_equal(memcgsim_page_memcg_data(page), 0);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_page_memcg_data(page), 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
}

/*
 * Models: B-35. A page freed twice is free: reported, and not put on a list again.
 */
static void double_free_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (unsigned int order = 0; order <= 4;
	     order += 4) { /* by way of the CPU's list, and of the buddy's */
		struct memcgsim_page *page = alloc(ACCOUNT, order);

		memcgsim___free_pages(page, order);
		unit_allow_bugs(u, 1);
		memcgsim___free_pages(page, order);
		unit_assert_bug(u, MEMCGSIM_VM_BUG);
		assert_ptr_equal(u->bugs[0].object, page);
	}
}

/*
 * Models: __free_pages(). An order that it was not allocated with: misuse, and the block
 * stays allocated.
 */
static void free_with_the_wrong_order_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 1);

	for (unsigned int order = 0; order <= 2; order += 2) {
		unit_allow_bugs(u, 1);
		memcgsim___free_pages(page, order);
		unit_assert_bug(u, MEMCGSIM_MISUSE);
		assert_int_equal(memcgsim_page_count(page), 1);
	}
	memcgsim___free_pages(page, 1);
}

/* Models: B-15. A tail is nobody's to free. */
static void free_of_a_tail_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL | COMP, 1);

	unit_allow_bugs(u, 2);
	memcgsim___free_pages(page + 1, 0);
	memcgsim_folio_put(page + 1);
	unit_assert_bugs(u, MEMCGSIM_VM_BUG, 2);
	assert_int_equal(memcgsim_page_count(page), 1);
	memcgsim___free_pages(page, 1);
}

/*
 * Models: page.h. A pointer that is no page of this machine: recorded, never followed.
 */
static void free_of_what_is_no_page_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *pages = u->machine->pages;
	struct memcgsim_page *wrong[] = {
		NULL,
		(struct memcgsim_page *)((char *)pages + 8), /* inside a page */
		pages + u->machine->config.nr_pages,
		pages - 1,
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		unit_allow_bugs(u, 2);
		memcgsim___free_pages(wrong[i], 0);
		memcgsim_folio_put(wrong[i]);
		unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	}
}

/*
 * Models: page.h
 *
 *   machine A: a page      machine B: the thread is bound there, and frees A's page
 *
 * B records the misuse, A's page stays as it was.
 */
static void free_of_another_machines_page_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page;
	struct memcgsim *other;

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_thread_bind(other, 0, NULL), 0);
	page = alloc(KERNEL, 0);
	unit_run(u, 0, u->task);
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 0);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_thread_bind(other, 0, NULL), 0);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
}

/*
 * Models: page.h. A thread that is not bound gets nothing and breaks nothing.
 */
static void unbound_thread_gets_no_page(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT, 0);

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim_alloc_pages(KERNEL, 0));
	memcgsim___free_pages(page, 0);
	memcgsim_folio_put(page);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(page, KERNEL, 0), -EINVAL);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, KERNEL), -EINVAL);
	memcgsim___memcg_kmem_uncharge_page(page, 0);
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_not_equal(memcgsim_page_memcg_data(page), 0);
	unit_run(u, 0, u->task);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: B-35, V-03. A page that is still mapped is left out for good, though uncharged.
 */
static void free_of_a_mapped_page_leaks_it(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT, 0);

	page->mapcount_or_type = 1; /* mapped once */
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_memcg_data(page), 0); /* before the checks (B-31) */
	assert_int_equal(u->machine->cpus[0].pcp.count_pages, 62);
	assert_int_equal(u->machine->zone.leaked_pages, 1);
}

/*
 * Models: B-31. A user page that did not go through folio_put() is still charged: a bad
 * page, left out.
 */
static void free_of_a_charged_user_page_leaks_it(void **state)
{
	struct msim_uncharge_gather gather = { 0 };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 0);

	assert_int_equal(memcgsim___mem_cgroup_charge(page, KERNEL), 0);
	unit_allow_bugs(u, 1);
	memcgsim___free_pages(page, 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(memcgsim_page_memcg_data(page), (unsigned long)unit_memcg(u, "a"));
	unit_assert_checked(u,
			    MEMCGSIM_CHECK_Q0); /* its charge is known, and nobody's to give back */
	assert_int_equal(unit_usage(u, "a"), 1);
	msim_uncharge_folio(msim_ctx(), &gather, page); /* but ours, so that the cgroup can go */
	msim_uncharge_batch(msim_ctx(), &gather);
}

/*
 * Models: B-17. A page that is not as free ones are is left out, and the next one taken.
 */
static void alloc_skips_a_bad_page(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *bad = alloc(KERNEL, 0), *page;

	memcgsim___free_pages(bad, 0);
	bad->memcg_data = (unsigned long)unit_memcg(u, "a"); /* somebody scribbled on it */
	unit_allow_bugs(u, 1);
	page = alloc(KERNEL, 0);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_ptr_not_equal(page, bad);
	assert_int_equal(u->machine->zone.leaked_pages, 1);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: B-34, section 17
 *
 *   frames 0 1 2 3, loose and charged; somebody looks at 0
 *
 * The owner's free takes 1 ... 3; 0 keeps its tag, and gives back one page of the four when it is
 * put: three stay charged for ever, which the checks know. Removing the cgroup leaves them to the
 * parent.
 */
static void loose_block_under_a_speculative_reference_loses_its_charge(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT, 2);

	assert_true(memcgsim_folio_try_get(page));
	memcgsim___free_pages(page, 2);
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_int_not_equal(memcgsim_page_memcg_data(page), 0);
	assert_int_equal(msim_page_order(page), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_true(msim_page_has_type(page + 2, MSIM_PGTY_BUDDY)); /* 2 and 3 as a pair */
	assert_int_equal(page[2].private, 1);
	assert_true(msim_page_has_type(page + 1, MSIM_PGTY_BUDDY));
	assert_int_equal(unit_usage(u, "a"), 4);
	memcgsim_put_page(page);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 3);
	assert_int_equal(unit_memcg(u, "a")->lost_pages, 3);
	assert_int_equal(unit_memcg(u, "a")->lost_kmem_pages, 3);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* lets go of a's objcg (K-03) */
	unit_rmdir(u, "a");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->machine->root_memcg->lost_pages, 3);
}

/* Models: B-34. The other way round nothing is lost: the owner's free is the last. */
static void loose_block_that_was_looked_at_is_freed_whole(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT, 3);

	assert_true(memcgsim_folio_try_get(page));
	memcgsim_put_page(page);
	memcgsim___free_pages(page, 3);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(u->machine->zone.free_pages, 1024);
}

/* Models: B-34. A machine made to split the charge loses none, whoever is the last. */
static void split_charge_is_given_back_frame_by_frame(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page;
	struct unit *u;

	config.free_pages_splits_charge = true;
	u = unit_world(state, &config);
	for (unsigned int looked_at = 0; looked_at < 2; looked_at++) {
		page = alloc(ACCOUNT, 2);
		if (looked_at)
			assert_true(memcgsim_folio_try_get(page));
		memcgsim___free_pages(page, 2);
		unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
		assert_int_equal(unit_usage(u, "a"), looked_at);
		if (looked_at)
			memcgsim_put_page(page);
	}
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
	page = alloc(KERNEL, 2); /* uncharged: nothing to split */
	assert_true(memcgsim_folio_try_get(page));
	memcgsim___free_pages(page, 2);
	memcgsim_put_page(page);
}

/* Models: B-34, section 17. A compound page is one: its frames go when the last reference goes. */
static void compound_page_under_a_reference_stays_whole(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT | COMP, 2);

	assert_true(memcgsim_folio_try_get(page));
	memcgsim___free_pages(page, 2);
	assert_int_equal(msim_page_order(page), 2);
	memcgsim_put_page(page);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/*
 * Models: __memcg_kmem_charge_page(), C-10, T-09. A page of one's own is charged, and
 * uncharged, by hand.
 */
static void page_is_charged_and_uncharged_by_hand(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(KERNEL, 1);

	for (int i = 0; i < 2; i++) { /* the second time from the stock */
		assert_int_equal(memcgsim___memcg_kmem_charge_page(page, KERNEL, 1), 0);
		assert_int_equal(unit_stock(u, 0)->nr_pages, 62);
		memcgsim___memcg_kmem_uncharge_page(page, 1);
		assert_int_equal(memcgsim_page_memcg_data(page), 0);
		assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	}
	memcgsim___memcg_kmem_uncharge_page(page, 1); /* uncharged: left alone */
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64);
	memcgsim___free_pages(page, 1);
}

/* Models: T-09. A charged page is not charged again. */
static void charging_a_charged_page_is_a_simulated_bug(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = alloc(ACCOUNT, 0);

	unit_allow_bugs(u, 1);
	assert_int_equal(memcgsim___memcg_kmem_charge_page(page, KERNEL, 0), -EINVAL);
	unit_assert_bug(u, MEMCGSIM_VM_BUG);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 63);
	memcgsim___free_pages(page, 0);
}

/* Models: page.h. Memory runs out by NULL, and all of it comes back. */
static void exhausted_memory_gives_null_and_recovers(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page[300];
	unsigned long got = 0;
	struct unit *u;

	config.nr_pages = 300;
	config.min_free_kbytes = 0;
	u = unit_world(state, &config);
	while (got < 300 && (page[got] = memcgsim_alloc_pages(ACCOUNT, 0)))
		got++;
	assert_int_equal(got, 300);
	assert_null(memcgsim_alloc_pages(ACCOUNT, 0));
	assert_int_equal(unit_memcg(u, "a")->kmem_pages + unit_stock(u, 0)->kmem_pages, 300);
	while (got > 0)
		memcgsim___free_pages(page[--got], 0);
	page[0] = alloc(KERNEL, 8); /* what lay on the CPU's list has merged again */
	memcgsim___free_pages(page[0], 8);
}

/*
 * Models: page_to_pfn() and its kin. Numbers, pages and addresses say the same.
 */
static void pfn_page_and_address_agree(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	for (unsigned long pfn = 0; pfn < 16384; pfn += 4097) {
		struct memcgsim_page *page = memcgsim_pfn_to_page(u->machine, pfn);
		char *address = memcgsim_page_address(u->machine, page);

		assert_int_equal(memcgsim_page_to_pfn(u->machine, page), pfn);
		assert_ptr_equal(memcgsim_virt_to_head_page(u->machine, address + 4095), page);
	}
	assert_null(memcgsim_pfn_to_page(u->machine, 16384));
	assert_null(memcgsim_virt_to_head_page(u->machine, u->machine->memory - 1));
	assert_null(memcgsim_virt_to_head_page(u->machine, u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(charge_of_what_is_no_page_of_ours_is_refused),
		unit_case(alloc_beyond_the_largest_order_warns_and_fails),
		unit_case(loose_block_has_one_reference_and_plain_tails),
		unit_case(compound_block_has_tails_that_name_the_head),
		unit_case(zeroed_block_is_zero_throughout),
		unit_case(accounted_block_is_tagged_on_its_head_only),
		unit_case(unaccounted_page_has_no_word),
		unit_case(refused_charge_gives_the_page_back),
		unit_case(page_is_uncharged_from_who_paid),
		unit_case(page_with_another_holder_stays_charged),
		unit_case(double_free_is_a_simulated_bug),
		unit_case(free_with_the_wrong_order_is_misuse),
		unit_case(free_of_a_tail_is_a_simulated_bug),
		unit_case(free_of_what_is_no_page_is_misuse),
		unit_case(free_of_another_machines_page_is_misuse),
		unit_case(unbound_thread_gets_no_page),
		unit_case(free_of_a_mapped_page_leaks_it),
		unit_case(free_of_a_charged_user_page_leaks_it),
		unit_case(alloc_skips_a_bad_page),
		unit_case(loose_block_under_a_speculative_reference_loses_its_charge),
		unit_case(loose_block_that_was_looked_at_is_freed_whole),
		unit_case(split_charge_is_given_back_frame_by_frame),
		unit_case(compound_page_under_a_reference_stays_whole),
		unit_case(page_is_charged_and_uncharged_by_hand),
		unit_case(charging_a_charged_page_is_a_simulated_bug),
		unit_case(exhausted_memory_gives_null_and_recovers),
		unit_case(pfn_page_and_address_agree),
	};

	return cmocka_run_group_tests_name("page_alloc", tests, NULL, NULL);
}
