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

/* ---- the public look ---- */

/* One page of each kind, of unit_world()'s task. */
struct kinds {
	struct unit *u;
	struct memcgsim_mem_cgroup *a;
	struct memcgsim_page *kernel, *user, *free_of_charge, *slab;
	void *object;
};

static struct kinds kinds(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();
	struct kinds k;

	config.profile = profile;
	k.u = unit_world(state, &config);
	k.a = unit_memcg(k.u, "a");
	k.kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_COMP, 2);
	k.user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, 1);
	k.free_of_charge = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	k.object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	k.slab = memcgsim_virt_to_head_page(k.u->machine, k.object);
	assert_int_equal(memcgsim___mem_cgroup_charge(k.user, MEMCGSIM_GFP_USER), 0);
	return k;
}

static void drop(struct kinds *k)
{
	memcgsim___free_pages(k->kernel, 2);
	memcgsim_folio_put(k->user);
	memcgsim___free_pages(k->free_of_charge, 0);
	memcgsim_kfree(k->object);
}

static const char *const profiles[] = { "v6.12", "v5.11", "v5.10" };
#define for_each_profile(i) for (unsigned int i = 0; i < 3; i++)
/* The assertions about tags came with the tag KMEM. */
#define for_each_tagging_profile(i) for (unsigned int i = 0; i < 2; i++)

/* The end of one profile's turn in a test. */
static void end(struct kinds *k, void **state)
{
	drop(k);
	assert_int_equal(unit_teardown(state), 0);
	*state = NULL;
}

/* Models: T-02. User and kernel pages lead to their memcg, whatever bits the word has; in every version. */
static void page_leads_to_its_memcg(void **state)
{
	for_each_profile(i)
	{
		struct kinds k = kinds(state, profiles[i]);

		memcgsim_rcu_read_lock();
		assert_ptr_equal(memcgsim_folio_memcg(k.user), k.a);
		assert_ptr_equal(memcgsim_folio_memcg(k.kernel), k.a);
		assert_ptr_equal(memcgsim_page_memcg(k.user + 1), k.a); /* a tail: its head's */
		assert_ptr_equal(memcgsim_page_memcg(k.kernel + 3), k.a);
		assert_ptr_equal(memcgsim_page_memcg_rcu(k.kernel), k.a);
		assert_ptr_equal(memcgsim_page_memcg_rcu(k.user), k.a);
		assert_ptr_equal(memcgsim_page_memcg_check(k.kernel), k.a);
		assert_ptr_equal(memcgsim_page_memcg_check(k.user), k.a);
		assert_null(memcgsim_folio_memcg(k.free_of_charge));
		assert_null(memcgsim_page_memcg_rcu(k.free_of_charge));
		assert_null(memcgsim_page_memcg_check(k.free_of_charge));
		memcgsim_rcu_read_unlock();
		end(&k, state);
	}
}

/* Models: T-02, T-03. A slab page is not charged as a page: asking is a simulated VM_BUG. */
static void slab_page_must_not_be_asked(void **state)
{
	for_each_profile(i)
	{
		struct kinds k = kinds(state, profiles[i]);
		void *plain = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL); /* no vector there */

		unit_allow_bugs(k.u, 4);
		memcgsim_rcu_read_lock();
		assert_null(memcgsim_folio_memcg(memcgsim_virt_to_head_page(k.u->machine, plain)));
		assert_null(memcgsim_folio_memcg(k.slab));
		assert_null(memcgsim_page_memcg(k.slab));
		assert_null(memcgsim_page_memcg_rcu(k.slab));
		memcgsim_rcu_read_unlock();
		unit_assert_bugs(k.u, MEMCGSIM_VM_BUG, 4);
		memcgsim_kfree(plain);
		end(&k, state);
	}
}

/* Models: T-02. A vector on a page that is no slab: a VM_BUG too. */
static void vector_on_a_plain_page_is_a_simulated_bug(void **state)
{
	struct kinds k = kinds(state, "v6.12");

	k.free_of_charge->memcg_data = TARGET | MSIM_MEMCG_DATA_OBJEXTS;
	unit_allow_bugs(k.u, 1);
	assert_null(memcgsim_folio_memcg(k.free_of_charge));
	unit_assert_bug(k.u, MEMCGSIM_VM_BUG);
	k.free_of_charge->memcg_data = 0;
	drop(&k);
}

/*
 * Models: T-03. page_memcg_rcu() outside a read section is a WARN, and no more. What the section is for:
 * the memcg behind an objcg lasts no longer.
 */
static void asking_outside_a_read_section_is_warned_of(void **state)
{
	struct kinds k = kinds(state, "v6.12");

	unit_allow_bugs(k.u, 2);
	assert_ptr_equal(memcgsim_page_memcg_rcu(k.user), k.a);
	assert_ptr_equal(memcgsim_folio_memcg(k.kernel), k.a);
	unit_assert_bugs(k.u, MEMCGSIM_WARN, 2);
	assert_ptr_equal(memcgsim_folio_memcg(k.user), k.a); /* whose page pins it */
	drop(&k);
}

/* Models: T-04. Any page may be asked: of a slab, with a vector or without, and of a tail, nobody. */
static void any_page_may_be_checked(void **state)
{
	for_each_profile(i)
	{
		struct kinds k = kinds(state, profiles[i]);
		void *plain = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL);

		memcgsim_rcu_read_lock();
		assert_null(memcgsim_page_memcg_check(k.slab));
		assert_null(
			memcgsim_page_memcg_check(memcgsim_virt_to_head_page(k.u->machine, plain)));
		assert_null(memcgsim_page_memcg_check(k.kernel + 1));
		assert_null(memcgsim_page_memcg_check(k.user + 1));
		memcgsim_rcu_read_unlock();
		memcgsim_kfree(plain);
		end(&k, state);
	}
}

/* Models: T-05. Only a kernel page is the page allocator's to uncharge; of a vector it is no question. */
static void kmem_is_the_kernel_pages_mark(void **state)
{
	for_each_tagging_profile(i)
	{
		struct kinds k = kinds(state, profiles[i]);

		assert_true(memcgsim_folio_memcg_kmem(k.kernel));
		assert_true(memcgsim_PageMemcgKmem(k.kernel + 2));
		assert_false(memcgsim_folio_memcg_kmem(k.user));
		assert_false(memcgsim_PageMemcgKmem(k.user + 1));
		assert_false(memcgsim_folio_memcg_kmem(k.free_of_charge));
		unit_allow_bugs(k.u, 3);
		assert_false(memcgsim_folio_memcg_kmem(k.slab));
		assert_false(memcgsim_PageMemcgKmem(k.slab));
		assert_false(memcgsim_folio_memcg_kmem(k.kernel + 1)); /* a tail */
		unit_assert_bugs(k.u, MEMCGSIM_VM_BUG, 3);
		end(&k, state);
	}
}

/* Models: T-06, T-07. The vector of a slab, by its slot; of other words a VM_BUG, or no vector. */
static void vector_is_the_slabs(void **state)
{
	for_each_tagging_profile(i)
	{
		struct kinds k = kinds(state, profiles[i]);
		struct memcgsim_obj_cgroup **owners = memcgsim_page_objcgs(k.slab);
		bool found = false;

		assert_non_null(owners);
		assert_ptr_equal(memcgsim_page_objcgs_check(k.slab), owners);
		for (unsigned int slot = 0; slot < k.slab->slab->cache->nr_objects; slot++)
			found |= owners[slot] == k.a->objcg;
		assert_true(found);
		assert_null(memcgsim_page_objcgs(k.free_of_charge)); /* 0 is no vector */
		assert_null(memcgsim_page_objcgs_check(k.free_of_charge));
		assert_null(memcgsim_page_objcgs_check(k.user));
		assert_null(memcgsim_page_objcgs_check(k.kernel));
		unit_allow_bugs(k.u, 4);
		assert_null(memcgsim_page_objcgs(k.user));
		assert_null(memcgsim_page_objcgs(k.kernel));
		k.free_of_charge->memcg_data =
			TARGET | MSIM_MEMCG_DATA_KMEM | MSIM_MEMCG_DATA_OBJEXTS;
		assert_null(memcgsim_page_objcgs(k.free_of_charge));
		assert_null(memcgsim_page_objcgs_check(k.free_of_charge));
		k.free_of_charge->memcg_data = 0;
		unit_assert_bugs(k.u, MEMCGSIM_VM_BUG, 4);
		end(&k, state);
	}
}

/*
 * Models: T-02, T-05, T-06, B-07. Without the tag there is nothing to assert about it: whether a page is the
 * allocator's to uncharge is asked of its type, of any page; and what has a vector's bit is taken for one.
 */
static void tags_are_not_looked_at_of_old(void **state)
{
	struct kinds k = kinds(state, "v5.10");
	struct memcgsim_obj_cgroup **owners = memcgsim_page_objcgs(k.slab);

	assert_true(memcgsim_folio_memcg_kmem(k.kernel));
	assert_true(memcgsim_PageMemcgKmem(k.kernel + 2));
	assert_false(memcgsim_folio_memcg_kmem(k.user));
	assert_false(memcgsim_folio_memcg_kmem(k.free_of_charge));
	assert_false(memcgsim_folio_memcg_kmem(k.slab));
	assert_non_null(owners);
	assert_ptr_equal(memcgsim_page_objcgs_check(k.slab), owners);
	assert_null(memcgsim_page_objcgs_check(k.user));
	assert_null(memcgsim_page_objcgs_check(k.kernel));
	k.free_of_charge->memcg_data = TARGET | MSIM_MEMCG_DATA_KMEM | MSIM_MEMCG_DATA_OBJEXTS;
	assert_null(memcgsim_folio_memcg(k.free_of_charge));
	assert_null(memcgsim_page_objcgs_check(k.free_of_charge));
	k.free_of_charge->memcg_data = 0;
	unit_allow_bugs(k.u, 2);
	assert_null(memcgsim_page_objcgs(k.user));
	assert_null(memcgsim_page_objcgs(k.kernel));
	unit_assert_bugs(k.u, MEMCGSIM_VM_BUG, 2);
	drop(&k);
}

/* Models: T-01, T-08. The mark of a vector that could not be had reads as none, whoever asks. */
static void mark_of_failure_is_no_vector(void **state)
{
	struct kinds k = kinds(state, "v6.12");
	unsigned long word = k.slab->memcg_data;

	k.slab->memcg_data = MEMCGSIM_MEMCG_DATA_OBJEXTS;
	assert_null(memcgsim_page_objcgs(k.slab));
	assert_null(memcgsim_page_objcgs_check(k.slab));
	memcgsim_rcu_read_lock();
	assert_null(memcgsim_page_memcg_check(k.slab));
	assert_null(memcgsim_mem_cgroup_from_slab_obj(k.object));
	memcgsim_rcu_read_unlock();
	k.slab->memcg_data = word;
	drop(&k);
}

/* Models: T-02, T-04. Pages of another machine, and addresses of none. */
static void foreign_pages_are_reported(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *foreign = (struct memcgsim_page *)target;

	unit_allow_bugs(u, 3);
	assert_null(memcgsim_page_memcg(foreign));
	assert_null(memcgsim_page_memcg_check(foreign));
	assert_null(memcgsim_page_objcgs(foreign));
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 3);
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
		unit_case(page_leads_to_its_memcg),
		unit_case(slab_page_must_not_be_asked),
		unit_case(vector_on_a_plain_page_is_a_simulated_bug),
		unit_case(asking_outside_a_read_section_is_warned_of),
		unit_case(any_page_may_be_checked),
		unit_case(kmem_is_the_kernel_pages_mark),
		unit_case(vector_is_the_slabs),
		unit_case(tags_are_not_looked_at_of_old),
		unit_case(mark_of_failure_is_no_vector),
		unit_case(foreign_pages_are_reported),
	};

	return cmocka_run_group_tests_name("memcg_data", tests, NULL, NULL);
}
