/* SPDX-License-Identifier: MIT */
/*
 * memcg/split: the charge of a block, told to each of its frames.
 */
#include "unit.h"

#include "frames/page.h"
#include "memcg/split.h"

/*
 * Models: B-33, section 17. Kernel memory: each tail gets the head's word, and a reference on the objcg with
 * it; nobody is charged anew.
 */
static void kernel_block_gives_each_tail_its_word_and_a_reference(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 2);
	struct msim_ref *ref = &unit_memcg(u, "a")->objcg->ref;
	long before = unit_refs(u, ref), usage = unit_usage(u, "a");

	msim_split_page_memcg(msim_ctx(), page, 2);
	assert_int_equal(unit_refs(u, ref) - before, 3);
	assert_int_equal(unit_usage(u, "a"), usage);
	for (int i = 1; i < 4; i++)
		assert_int_equal(page[i].memcg_data, page[0].memcg_data);
	msim_split_frames(page, 2); /* the other half of split_page() */
	for (int i = 0; i < 4; i++)
		memcgsim___free_pages(&page[i], 0);
}

/* Models: B-33, B-07. Where a kernel page's mark is a type, each tail gets that too. */
static void tails_get_the_type_of_old(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page;
	struct unit *u;

	config.profile = "v5.10";
	u = unit_world(state, &config);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 2);
	memcgsim_split_page(page, 2);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(page[i].memcg_data, (unsigned long)unit_memcg(u, "a"));
		assert_true(memcgsim_PageKmemcg(&page[i]));
	}
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 4);
	for (int i = 0; i < 4; i++)
		memcgsim___free_pages(&page[i], 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_usage(u, "a"), 0);
}

/* Models: B-33. User memory: the references are the memcg's. */
static void user_block_takes_references_on_the_memcg(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 1);
	long before;

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_KERNEL), 0);
	before = unit_refs(u, &unit_memcg(u, "a")->ref);
	memcgsim_split_page(page, 1);
	assert_int_equal(unit_refs(u, &unit_memcg(u, "a")->ref) - before, 1);
	assert_int_equal(page[1].memcg_data, (unsigned long)unit_memcg(u, "a"));
	memcgsim_folio_put(&page[0]);
	memcgsim_folio_put(&page[1]);
}

/* Models: B-33. Nobody pays: nothing is written. */
static void uncharged_block_stays_uncharged(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 1);

	(void)u;
	msim_split_page_memcg(msim_ctx(), page, 1);
	assert_int_equal(page[1].memcg_data, 0);
	memcgsim___free_pages(page, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(kernel_block_gives_each_tail_its_word_and_a_reference),
		unit_case(tails_get_the_type_of_old),
		unit_case(user_block_takes_references_on_the_memcg),
		unit_case(uncharged_block_stays_uncharged),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
