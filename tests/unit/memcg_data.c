/* SPDX-License-Identifier: MIT */
/*
 * memcg/memcg_data: what each form of the tagged word reads as.
 */
#include "unit.h"

#include "memcg/memcg_data.h"

static char target[64] msim_cacheline; /* something to point to, with its low bits free */

#define TARGET ((unsigned long)target)

/* Models: T-01. The word 0 is nobody's, whoever asks. */
static void zero_is_nobody(void **state)
{
	(void)state;
	assert_null(msim_word_objcg(0));
	assert_null(msim_word_memcg(0));
	assert_null(msim_word_objcgs(0));
}

/* Models: T-02. Without tags it is a memcg and nothing else. */
static void untagged_word_is_a_memcg(void **state)
{
	(void)state;
	assert_ptr_equal(msim_word_memcg(TARGET), target);
	assert_null(msim_word_objcg(TARGET));
	assert_null(msim_word_objcgs(TARGET));
}

/*
 * Models: T-02, T-05. KMEM says that the pointer is an objcg; it comes out without its
 * tag.
 */
static void kmem_word_is_an_objcg(void **state)
{
	(void)state;
	assert_ptr_equal(msim_word_objcg(TARGET | MSIM_MEMCG_DATA_KMEM), target);
	assert_null(msim_word_memcg(TARGET | MSIM_MEMCG_DATA_KMEM));
	assert_null(msim_word_objcgs(TARGET | MSIM_MEMCG_DATA_KMEM));
}

/* Models: T-06. OBJEXTS says that it is a slab's vector. */
static void objexts_word_is_a_vector(void **state)
{
	(void)state;
	assert_ptr_equal(msim_word_objcgs(TARGET | MSIM_MEMCG_DATA_OBJEXTS), target);
	assert_null(msim_word_memcg(TARGET | MSIM_MEMCG_DATA_OBJEXTS));
	assert_null(msim_word_objcg(TARGET | MSIM_MEMCG_DATA_OBJEXTS));
}

/*
 * Models: T-01. The bit alone is the marker of a vector that could not be had: it reads as
 * none.
 */
static void objexts_bit_alone_is_no_vector(void **state)
{
	(void)state;
	assert_null(msim_word_objcgs(MSIM_MEMCG_DATA_OBJEXTS));
}

/* Models: T-07. Both tags exclude each other: such a word is nobody's. */
static void both_tags_are_nobody(void **state)
{
	unsigned long word = TARGET | MSIM_MEMCG_DATA_KMEM | MSIM_MEMCG_DATA_OBJEXTS;

	(void)state;
	assert_null(msim_word_objcg(word));
	assert_null(msim_word_memcg(word));
	assert_null(msim_word_objcgs(word));
}

/*
 * Models: section 2's table, row 5.13 ... 6.12: kernel page, user page and slab page of
 * one task.
 */
static void words_in_use_name_objcg_memcg_and_vector(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	void *object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	struct memcgsim_page *slab = memcgsim_virt_to_head_page(u->machine, object);

	assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_page_memcg_data(kernel),
			 (unsigned long)unit_memcg(u, "a")->objcg | MEMCGSIM_MEMCG_DATA_KMEM);
	assert_int_equal(memcgsim_page_memcg_data(user), (unsigned long)unit_memcg(u, "a"));
	assert_int_equal(memcgsim_page_memcg_data(slab) & MSIM_MEMCG_DATA_FLAGS,
			 MEMCGSIM_MEMCG_DATA_OBJEXTS);
	memcgsim___free_pages(kernel, 0);
	memcgsim_folio_put(user);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(zero_is_nobody),
		unit_case(untagged_word_is_a_memcg),
		unit_case(kmem_word_is_an_objcg),
		unit_case(objexts_word_is_a_vector),
		unit_case(objexts_bit_alone_is_no_vector),
		unit_case(both_tags_are_nobody),
		unit_case(words_in_use_name_objcg_memcg_and_vector),
	};

	return cmocka_run_group_tests_name("memcg_data", tests, NULL, NULL);
}
