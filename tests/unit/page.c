/* SPDX-License-Identifier: MIT */
/*
 * frames/page: one frame's structure, on a small array of the test's own.
 */
#include "unit.h"

#include "frames/page.h"

/* Frames as they are when never used: all zero. */
static struct memcgsim_page frames[8];

static struct memcgsim_page *fresh(void)
{
	memset(frames, 0, sizeof(frames));
	return frames;
}

/*
 * Models: B-17, I-FREE-STATE. All-zero is a valid free page: unmapped, without type,
 * reference, charge.
 */
static void zeroed_page_is_a_clean_one(void **state)
{
	struct memcgsim_page *page = fresh();

	(void)state;
	assert_true(msim_page_is_clean(page));
	assert_false(msim_page_is_tail(page));
	assert_false(msim_page_has_type(page, MSIM_PGTY_BUDDY));
	assert_false(msim_page_has_type(page, MSIM_PGTY_SLAB));
	assert_int_equal(msim_page_ref_count(page), 0);
	assert_ptr_equal(msim_compound_head(page), page);
}

/* Models: B-17. Each of the words that a free page must have clear. */
static void page_with_any_word_set_is_not_clean(void **state)
{
	(void)state;
	fresh()->memcg_data = 2;
	assert_false(msim_page_is_clean(frames));
	fresh()->flags = MSIM_PG_HEAD;
	assert_false(msim_page_is_clean(frames));
	fresh()->mapcount_or_type = 1;
	assert_false(msim_page_is_clean(frames));
	fresh()->_refcount = 1;
	assert_false(msim_page_is_clean(frames));
}

/*
 * Models: B-15. Loose frames: one reference on the first, the order noted there, nothing
 * on the others.
 */
static void prep_marks_the_first_frame_only(void **state)
{
	struct memcgsim_page *page = fresh();

	(void)state;
	msim_prep_new_page(page, 3, false);
	assert_int_equal(msim_page_ref_count(page), 1);
	assert_int_equal(msim_page_order(page), 3);
	for (unsigned int i = 1; i < 8; i++)
		assert_true(msim_page_is_clean(&page[i]) && !msim_page_is_tail(&page[i]));
	page->_refcount = 0;
	msim_unprep_page(page, 3);
	assert_true(msim_page_is_clean(page));
}

/*
 * Models: B-15. Compound: every tail names the head by its pointer with bit 0 set, and has
 * the tails' mapping.
 */
static void prep_of_a_compound_page_links_the_tails(void **state)
{
	struct memcgsim_page *page = fresh();

	(void)state;
	msim_prep_new_page(page, 2, true);
	for (unsigned int i = 1; i < 4; i++) {
		assert_true(msim_page_is_tail(&page[i]));
		assert_int_equal(page[i].compound_head, (unsigned long)page | 1);
		assert_ptr_equal(msim_compound_head(&page[i]), page);
		assert_ptr_equal(page[i].mapping, MSIM_TAIL_MAPPING);
		assert_int_equal(msim_page_ref_count(&page[i]), 0);
	}
	assert_false(msim_page_is_tail(&page[4])); /* the next block's */
	page->_refcount = 0;
	msim_unprep_page(page, 2);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(msim_page_is_clean(&page[i]) && !page[i].compound_head &&
			    !page[i].mapping);
}

/* Models: B-15. A compound page of one frame is none. */
static void compound_of_order_0_has_no_head_flag(void **state)
{
	(void)state;
	msim_prep_new_page(fresh(), 0, true);
	assert_int_equal(frames[0].flags & MSIM_PG_HEAD, 0);
}

/*
 * Models: B-07. The type is the top byte of the kernel's word, which is stored plus one; a
 * mapping is no type.
 */
static void type_is_the_top_byte_of_the_mapcount_word(void **state)
{
	struct memcgsim_page *page = fresh();

	(void)state;
	msim_page_set_type(page, MSIM_PGTY_SLAB);
	assert_true(msim_page_has_type(page, MSIM_PGTY_SLAB));
	assert_false(msim_page_has_type(page, MSIM_PGTY_BUDDY));
	assert_int_equal(page->mapcount_or_type - 1, 0xf5000000u);
	msim_page_clear_type(page);
	assert_int_equal(page->mapcount_or_type, 0);
	page->mapcount_or_type = 5; /* mapped five times (B-08) */
	assert_false(msim_page_has_type(page, MSIM_PGTY_SLAB));
	assert_false(msim_page_has_type(page, MSIM_PGTY_BUDDY));
}

/* Models: put_page_testzero(). Only the last one tells. */
static void last_put_tells(void **state)
{
	struct memcgsim_page *page = fresh();

	(void)state;
	page->_refcount = 2;
	assert_false(msim_page_put_testzero(page));
	assert_true(msim_page_put_testzero(page));
}

/*
 * Models: page.h. Elements of the array are valid; what lies between, before and behind
 * them is not.
 */
static void valid_page_is_an_element_of_the_array(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim *machine = u->machine;
	char *pages = (char *)machine->pages;
	unsigned long nr = machine->config.nr_pages;

	assert_true(msim_page_valid(machine, machine->pages));
	assert_true(msim_page_valid(machine, machine->pages + nr - 1));
	assert_false(msim_page_valid(machine, machine->pages + nr));
	assert_false(msim_page_valid(machine, machine->pages - 1));
	assert_false(msim_page_valid(machine, NULL));
	assert_false(msim_page_valid(machine, (void *)~0UL));
	for (unsigned int offset = 1; offset < 64; offset++)
		assert_false(msim_page_valid(machine, (void *)(pages + 640 + offset)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(zeroed_page_is_a_clean_one),
		unit_case(page_with_any_word_set_is_not_clean),
		unit_case(prep_marks_the_first_frame_only),
		unit_case(prep_of_a_compound_page_links_the_tails),
		unit_case(compound_of_order_0_has_no_head_flag),
		unit_case(type_is_the_top_byte_of_the_mapcount_word),
		unit_case(last_put_tells),
		unit_case(valid_page_is_an_element_of_the_array),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
