/* SPDX-License-Identifier: MIT */
/*
 * alloc/slab: objects, their owners, and what is none.
 */
#include "unit.h"

#include "alloc/slab.h"
#include "memcg/memcg_data.h"
#include "memcg/stat.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static const unsigned long buckets[] = { 8,   16,  32,	 64,   96,   128, 192,
					 256, 512, 1024, 2048, 4096, 8192 };

#define NR_BUCKETS (sizeof(buckets) / sizeof(buckets[0]))

static void *alloc(size_t bytes, memcgsim_gfp_t gfp)
{
	void *object = memcgsim_kmalloc(bytes, gfp);

	assert_non_null(object);
	return object;
}

static long slab_bytes(struct unit *u, const char *path)
{
	return msim_stat_read(unit_memcg(u, path)).slab_bytes;
}

static struct msim_slab *slab_of(struct unit *u, void *object)
{
	return memcgsim_virt_to_head_page(u->machine, object)->slab;
}

/*
 * Models: kmalloc(). The smallest bucket that holds it, at every size there is.
 */
static void every_size_lies_in_the_smallest_bucket(void **state)
{
	struct unit *u = unit_world(state, NULL);
	size_t bucket = 0;

	for (unsigned long size = 1; size <= MEMCGSIM_KMALLOC_MAX_CACHE_SIZE; size++) {
		void *object = memcgsim_kmalloc(size, KERNEL);

		bucket += size > buckets[bucket];
		if (!object || slab_of(u, object)->cache->size_bytes != buckets[bucket])
			fail_msg("size %lu is not in bucket %lu", size, buckets[bucket]);
		memcgsim_kfree(object);
	}
}

/*
 * Models: O-14. At every edge of every bucket an accounted object costs its bucket and a
 * pointer.
 */
static void accounted_object_costs_its_bucket_and_eight_bytes(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (size_t b = 0; b < NR_BUCKETS; b++) {
		unsigned long sizes[] = { b ? buckets[b - 1] + 1 : 1, buckets[b] };

		for (size_t i = 0; i < 2; i++) {
			void *object = alloc(sizes[i], ACCOUNT);

			assert_int_equal(slab_bytes(u, "a"), buckets[b] + 8);
			assert_int_equal((unsigned long)object % (buckets[b] & -buckets[b]), 0);
			memset(object, 0xee, sizes[i]); /* usable to the last byte */
			memcgsim_kfree(object);
			assert_int_equal(slab_bytes(u, "a"), 0);
		}
	}
}

/*
 * Models: O-15, T-06. The slot of the object names its owner while it lives, and the owner
 * is held.
 */
static void slot_names_the_owner_while_the_object_lives(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_obj_cgroup *objcg, **owners;
	void *object = alloc(64, ACCOUNT);
	struct msim_slab *slab = slab_of(u, object);
	unsigned int index = msim_object_index(slab, object);
	long refs;

	objcg = unit_memcg(u, "a")->objcg;
	owners = msim_word_objcgs(slab->page->memcg_data);
	assert_non_null(owners);
	assert_ptr_equal(owners[index], objcg);
	refs = unit_refs(u, &objcg->ref);
	memcgsim_kfree(object);
	assert_null(owners[index]);
	assert_int_equal(unit_refs(u, &objcg->ref), refs - 1);
}

/*
 * Models: T-07. Plain objects lie in slabs of their own, which never get a vector.
 */
static void plain_objects_have_no_vector(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *plain = alloc(64, KERNEL), *accounted = alloc(64, ACCOUNT);

	assert_ptr_not_equal(slab_of(u, plain), slab_of(u, accounted));
	assert_int_equal(slab_of(u, plain)->page->memcg_data, 0);
	assert_int_equal(slab_bytes(u, "a"), 72);
	memcgsim_kfree(plain);
	memcgsim_kfree(accounted);
}

/*
 * Models: O-14. A refused charge frees the object again: NULL, and nothing has changed.
 */
static void refused_object_is_freed_again(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_write(u, "a/memory.max", "0");
	assert_null(memcgsim_kmalloc(100, ACCOUNT));
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(slab_bytes(u, "a"), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
}

/*
 * Models: O-15. Whoever frees it, wherever: the owner is uncharged, and the object is that
 * CPU's next one.
 */
static void object_freed_on_another_cpu_uncharges_its_owner(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;
	void *object;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	object = alloc(512, ACCOUNT);
	unit_mkdir(u, "b");
	unit_run(u, 1, unit_fork(u, "b"));
	memcgsim_kfree(object);
	assert_int_equal(slab_bytes(u, "a"), 0);
	assert_ptr_equal(unit_stock(u, 1)->cached_objcg, unit_memcg(u, "a")->objcg);
	assert_int_equal(unit_stock(u, 1)->nr_bytes, 520);
	assert_ptr_equal(alloc(512, ACCOUNT), object); /* last in, first out */
	assert_int_equal(slab_bytes(u, "b"), 520);
	memcgsim_kfree(object);
}

/*
 * Models: slab.h. A second free is always found, also where the object lies in a magazine
 * or its slab.
 */
static void double_free_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = alloc(32, ACCOUNT);

	memcgsim_kfree(object);
	unit_allow_bugs(u, 1);
	memcgsim_kfree(object);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* empties the magazines */
	unit_allow_bugs(u, 1);
	memcgsim_kfree(object);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(slab_bytes(u, "a"), 0);
}

/*
 * Models: slab.h. Inside an object, behind the last one, in a tail page of a slab, and
 * where nothing is.
 */
static void free_of_what_is_no_object_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *object = alloc(96, KERNEL), *large = alloc(20000, KERNEL), *big = alloc(8192, KERNEL);
	struct memcgsim_page *page = memcgsim_alloc_pages(KERNEL, 0);
	struct msim_slab *slab = slab_of(u, object);
	void *wrong[] = {
		object + 1,
		object + 48,
		slab->base + 96 * slab->cache->nr_objects, /* what is left over at its end */
		large + 4096,
		big + 4096,
		memcgsim_page_address(u->machine, page), /* a page, but not kmalloc's */
		u,					 /* not the machine's memory at all */
		(void *)~0UL,
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		unit_allow_bugs(u, 1);
		memcgsim_kfree(wrong[i]);
		unit_assert_bug(u, MEMCGSIM_MISUSE);
		assert_ptr_equal(u->bugs[0].object, wrong[i]);
	}
	memcgsim_kfree(object);
	memcgsim_kfree(large);
	memcgsim_kfree(big);
	memcgsim___free_pages(page, 0);
}

/*
 * Models: __free_pages(). The pages of a slab are not the caller's to free.
 */
static void free_pages_of_a_slab_is_misuse(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = alloc(8, KERNEL);

	unit_allow_bugs(u, 1);
	memcgsim___free_pages(memcgsim_virt_to_head_page(u->machine, object), 0);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_kfree(object);
}

/* Models: kmalloc(0), kfree(NULL). */
static void nothing_is_allocated_and_freed(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_ptr_equal(memcgsim_kmalloc(0, ACCOUNT), MEMCGSIM_ZERO_SIZE_PTR);
	memcgsim_kfree(MEMCGSIM_ZERO_SIZE_PTR);
	memcgsim_kfree(NULL);
	assert_int_equal(slab_bytes(u, "a"), 0);
}

/*
 * Models: kmalloc_large(), O-16. Beyond 8 KiB: whole pages, tagged as such, counted as
 * slab by their size.
 */
static void large_object_is_whole_pages(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = alloc(8193, ACCOUNT);
	struct memcgsim_page *page = memcgsim_virt_to_head_page(u->machine, object);

	assert_int_equal(page->memcg_data & MSIM_MEMCG_DATA_FLAGS, MSIM_MEMCG_DATA_KMEM);
	assert_int_equal(slab_bytes(u, "a"), 16384);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 60);
	memcgsim_kfree(object);
	assert_int_equal(slab_bytes(u, "a"), 0);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 60);
	unit_allow_bugs(u, 1);
	memcgsim_kfree(object); /* twice */
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	object = alloc(MEMCGSIM_KMALLOC_MAX_SIZE, KERNEL);
	memcgsim_kfree(object);
}

/*
 * Models: kmalloc(), B-02. Larger than the largest block: NULL, with the page allocator's
 * own WARN.
 */
static void too_large_object_is_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_null(
		memcgsim_kmalloc(MEMCGSIM_KMALLOC_MAX_SIZE + 1, ACCOUNT | MEMCGSIM___GFP_NOWARN));
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_kmalloc(MEMCGSIM_KMALLOC_MAX_SIZE + 1, ACCOUNT));
	assert_null(memcgsim_kmalloc(~0UL, ACCOUNT));
	unit_assert_bug(u, MEMCGSIM_WARN);
}

/* Models: B-16. ZERO zeroes the whole bucket, small and large. */
static void zeroed_object_is_zero(void **state)
{
	static const size_t sizes[] = { 96, 20000 };
	struct unit *u = unit_world(state, NULL);

	(void)u;
	for (size_t i = 0; i < 2; i++) {
		unsigned char *object = alloc(sizes[i], KERNEL), *again;
		unsigned long dirty = 0;

		memset(object, 0xa5, sizes[i]);
		memcgsim_kfree(object);
		again = alloc(sizes[i], KERNEL | MEMCGSIM___GFP_ZERO);
		for (size_t k = 0; k < sizes[i]; k++)
			dirty += again[k] != 0;
		assert_int_equal(dirty, 0);
		memcgsim_kfree(again);
	}
}

/*
 * Models: O-19. Many objects: all different, whole, and the slabs' own pages charged to
 * nobody.
 */
static void many_objects_do_not_overlap(void **state)
{
	enum { NR = 1000, SIZE = 192 };
	struct unit *u = unit_world(state, NULL);
	unsigned char *object[NR];
	unsigned long wrong = 0;

	for (unsigned int i = 0; i < NR; i++) {
		object[i] = alloc(SIZE, ACCOUNT);
		memset(object[i], (int)(i % 251), SIZE);
	}
	assert_int_equal(slab_bytes(u, "a"), NR * 200);
	assert_int_equal(msim_stat_read(unit_memcg(u, "a")).kernel_pages,
			 49); /* 200000 bytes, rounded up */
	for (unsigned int i = 0; i < NR; i++) {
		wrong += object[i][0] != i % 251 || object[i][SIZE - 1] != i % 251;
		memcgsim_kfree(object[i]);
	}
	assert_int_equal(wrong, 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
}

/*
 * Models: slab.h. A thread that is not bound gets nothing and frees nothing.
 */
static void unbound_thread_gets_no_object(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = alloc(8, ACCOUNT);

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim_kmalloc(8, KERNEL));
	memcgsim_kfree(object);
	unit_run(u, 0, u->task);
	assert_int_equal(slab_bytes(u, "a"), 16);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(every_size_lies_in_the_smallest_bucket),
		unit_case(accounted_object_costs_its_bucket_and_eight_bytes),
		unit_case(slot_names_the_owner_while_the_object_lives),
		unit_case(plain_objects_have_no_vector),
		unit_case(refused_object_is_freed_again),
		unit_case(object_freed_on_another_cpu_uncharges_its_owner),
		unit_case(double_free_is_misuse),
		unit_case(free_of_what_is_no_object_is_misuse),
		unit_case(free_pages_of_a_slab_is_misuse),
		unit_case(nothing_is_allocated_and_freed),
		unit_case_v6_12(large_object_is_whole_pages),
		unit_case(too_large_object_is_refused),
		unit_case(zeroed_object_is_zero),
		unit_case(many_objects_do_not_overlap),
		unit_case(unbound_thread_gets_no_object),
	};

	return cmocka_run_group_tests_name("slab", tests, NULL, NULL);
}
