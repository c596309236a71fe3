/* SPDX-License-Identifier: MIT */
/*
 * alloc/kmem_cache: slabs of equal objects, and the magazine of free ones on each CPU.
 */
#include "unit.h"

#include "alloc/kmem_cache.h"

#define KERNEL MEMCGSIM_GFP_KERNEL

static void *alloc(size_t bytes)
{
	void *object = memcgsim_kmalloc(bytes, KERNEL);

	assert_non_null(object);
	return object;
}

static struct msim_slab *slab_of(struct unit *u, void *object)
{
	return msim_slab_of(u->machine, object);
}

/*
 * Models: msim_kmem_cache. Index of every object's start; what is no start is none's,
 * wherever it points.
 */
static void index_is_that_of_the_objects_start(void **state)
{
	static const size_t sizes[] = { 8, 96, 192, 1024, 8192 };
	struct unit *u = unit_world(state, NULL);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *object = alloc(sizes[i]);
		struct msim_slab *slab = slab_of(u, object);
		unsigned int nr = slab->cache->nr_objects;

		for (unsigned int k = 0; k < nr; k++) {
			char *start = slab->base + k * sizes[i];

			assert_int_equal(msim_object_index(slab, start), k);
			assert_true(msim_object_index(slab, start + 1) >= nr);
			assert_true(msim_object_index(slab, start + sizes[i] - 1) >= nr);
		}
		assert_true(msim_object_index(slab, slab->base + nr * sizes[i]) >= nr);
		memcgsim_kfree(object);
	}
}

/*
 * Models: O-19. A slab has as many objects as fit, eight where the order allows, and every
 * page leads to it.
 */
static void slab_holds_what_fits(void **state)
{
	struct unit *u = unit_world(state, NULL);

	for (unsigned int i = 0; i < MSIM_NR_CACHES; i++) {
		const struct memcgsim_kmem_cache *cache = &u->machine->caches[i];
		unsigned long bytes = MEMCGSIM_PAGE_SIZE << cache->order;

		assert_int_equal(cache->index, i);
		assert_int_equal(cache->nr_objects, bytes / cache->size_bytes);
		assert_true(cache->nr_objects >= 8 || cache->order == 3);
		assert_int_equal(cache->full_bytes, cache->size_bytes + 8); /* O-14 */
	}
	{
		char *object = alloc(8192);
		struct msim_slab *slab = slab_of(u, object);

		for (unsigned int page = 0; page < 8; page++)
			assert_ptr_equal(slab->page[page].slab, slab);
		memcgsim_kfree(object);
	}
}

/*
 * Models: slab.h. Whether an address is a live object's: not before it is allocated, not
 * after it is freed.
 */
static void object_is_live_between_allocation_and_free(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *object = alloc(64);
	unsigned int index = 0;

	assert_ptr_equal(msim_live_object(u->machine, object, &index), slab_of(u, object));
	assert_int_equal(index, msim_object_index(slab_of(u, object), object));
	assert_null(msim_live_object(u->machine, object + 8, &index));
	assert_null(msim_live_object(u->machine, object + 64,
				     &index)); /* the next one, which is free */
	assert_null(msim_live_object(u->machine, u, &index));
	memcgsim_kfree(object);
	assert_null(msim_live_object(u->machine, object, &index));
}

/*
 * Models: slab.h. A magazine refills by half of what it holds, so that frees have room.
 */
static void magazine_refills_by_half(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = alloc(8);
	struct memcgsim_kmem_cache *cache = slab_of(u, object)->cache;
	struct msim_magazine *magazine = u->machine->cpus[0].magazines[cache->index];

	assert_int_equal(magazine->nr, MSIM_MAGAZINE / 2 - 1);
	memcgsim_kfree(object);
	assert_int_equal(magazine->nr, MSIM_MAGAZINE / 2);
	assert_ptr_equal(alloc(8), object); /* last in, first out */
	memcgsim_kfree(object);
}

/*
 * Models: slab.h. Full, it gives its coldest half back, and none is lost or given twice.
 */
static void full_magazine_gives_its_coldest_back(void **state)
{
	enum { NR = 200 };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache;
	struct msim_magazine *magazine;
	void *object[NR];

	for (unsigned int i = 0; i < NR; i++)
		object[i] = alloc(16);
	cache = slab_of(u, object[0])->cache;
	magazine = u->machine->cpus[0].magazines[cache->index];
	for (unsigned int i = 0; i < NR; i++) {
		memcgsim_kfree(object[i]);
		assert_true(magazine->nr <= MSIM_MAGAZINE);
		assert_ptr_equal(magazine->objects[magazine->nr - 1], object[i]);
	}
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(magazine->nr, 0);
	assert_int_equal(msim_list_first(&cache->slabs, struct msim_slab, node)->nr_free,
			 cache->nr_objects);
}

/*
 * Models: slab.h. An empty cache gives its pages back, but for a few slabs kept for the
 * next burst.
 */
static void empty_slabs_are_given_back(void **state)
{
	enum { NR = 512 };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache;
	void *object[NR];

	for (unsigned int i = 0; i < NR; i++)
		object[i] = alloc(1024);
	cache = slab_of(u, object[0])->cache;
	assert_true(msim_list_count(&cache->slabs) >= NR / cache->nr_objects);
	for (unsigned int i = 0; i < NR; i++)
		memcgsim_kfree(object[i]);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_true(msim_list_count(&cache->slabs) <=
		    12); /* two, and those that the magazine had pieces of */
}

/*
 * Models: slab.h. Slabs with free objects stand first: a cache without any says so by its
 * first slab.
 */
static void slabs_with_free_objects_stand_first(void **state)
{
	enum { NR = 64 };
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache;
	unsigned long nr_slabs;
	bool full_seen = false;
	struct msim_list *pos;
	void *object[NR];

	for (unsigned int i = 0; i < NR; i++)
		object[i] = alloc(2048);
	cache = slab_of(u, object[0])->cache;
	for (unsigned int i = 0; i < NR; i += 16)
		memcgsim_kfree(object[i]);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* back into their slabs */
	msim_list_for_each (pos, &cache->slabs) {
		bool full = msim_list_entry(pos, struct msim_slab, node)->nr_free == 0;

		assert_false(full_seen && !full);
		full_seen |= full;
	}
	assert_true(full_seen);
	/* so what is free is found, and no slab is added for it */
	nr_slabs = msim_list_count(&cache->slabs);
	for (unsigned int i = 0; i < NR; i += 16)
		object[i] = alloc(2048);
	assert_int_equal(msim_list_count(&cache->slabs), nr_slabs);
	for (unsigned int i = 0; i < NR; i++)
		memcgsim_kfree(object[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(index_is_that_of_the_objects_start),
		unit_case(slab_holds_what_fits),
		unit_case(object_is_live_between_allocation_and_free),
		unit_case(magazine_refills_by_half),
		unit_case(full_magazine_gives_its_coldest_back),
		unit_case(empty_slabs_are_given_back),
		unit_case(slabs_with_free_objects_stand_first),
	};

	return cmocka_run_group_tests_name("kmem_cache", tests, NULL, NULL);
}
