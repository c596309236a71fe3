/* SPDX-License-Identifier: MIT */
/*
 * alloc/user_cache: caches that somebody creates, their objects and their end.
 */
#include "unit.h"

#include "alloc/kmem_cache.h"
#include "memcg/memcg_data.h"
#include "memcg/stat.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT
#define RCU	MEMCGSIM_SLAB_TYPESAFE_BY_RCU
#define LINE	MEMCGSIM_SLAB_HWCACHE_ALIGN

enum { NR = 100 };

static struct memcgsim_kmem_cache *make_cache(struct unit *u, unsigned int size_bytes,
					      memcgsim_slab_flags_t flags)
{
	struct memcgsim_kmem_cache *cache =
		memcgsim_kmem_cache_create(u->machine, "test", size_bytes, 0, flags, NULL);

	assert_non_null(cache);
	return cache;
}

static long slab_bytes(struct unit *u, const char *path)
{
	return msim_stat_read(unit_memcg(u, path)).slab_bytes;
}

/* What a constructor leaves in an object: a count of how often it was constructed, and a mark. */
struct thing {
	unsigned long constructed;
	unsigned long mark;
};

static void construct(void *object)
{
	struct thing *thing = object;

	thing->constructed = thing->mark == 0x1234 ? thing->constructed + 1 : 1;
	thing->mark = 0x1234;
}

/*
 * Models: calculate_sizes(), O-14. What an object costs: its size with alignment, and with room for
 * a pointer behind it where free objects must stay whole; and 8 bytes for its slot.
 */
static void objects_cost_size_alignment_and_pointer(void **state)
{
	static const struct {
		unsigned int size, align;
		memcgsim_slab_flags_t flags;
		void (*ctor)(void *object);
		unsigned int stride;
	} row[] = {
		{ 1, 0, 0, NULL, 8 },
		{ 20, 0, 0, NULL, 24 },
		{ 24, 32, 0, NULL, 32 },
		{ 20, 4, 0, NULL, 24 },
		{ 20, 0, LINE, NULL, 32 },
		{ 33, 0, LINE, NULL, 64 },
		{ 65, 0, LINE, NULL, 128 },
		{ 100, 256, LINE, NULL, 256 },
		{ 16, 0, 0, construct, 24 },
		{ 64, 0, RCU, NULL, 72 },
		{ 64, 0, RCU | LINE, NULL, 128 },
		{ 20, 0, LINE, construct, 32 },
		{ 5000, 4096, 0, NULL, 8192 },
	};
	struct unit *u = unit_world(state, NULL);

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct memcgsim_kmem_cache *cache = memcgsim_kmem_cache_create(
			u->machine, "sized", row[i].size, row[i].align, row[i].flags, row[i].ctor);
		unsigned int align = row[i].align > 8 ? row[i].align : 8;
		char *object = memcgsim_kmem_cache_alloc(cache, ACCOUNT);

		assert_int_equal(memcgsim_kmem_cache_size(cache), row[i].size);
		assert_string_equal(memcgsim_kmem_cache_name(cache), "sized");
		assert_int_equal(slab_bytes(u, "a"), row[i].stride + 8);
		assert_int_equal(memcgsim_ksize(object), row[i].flags & RCU ? 64 : row[i].stride);
		assert_int_equal((unsigned long)object % align, 0);
		memcgsim_kmem_cache_free(cache, object);
		memcgsim_kmem_cache_destroy(cache);
	}
}

/*
 * Models: kmem_cache_create(). What is out of range gives NULL and is reported; what is just within
 * works.
 */
static void arguments_out_of_range_are_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim *m = u->machine;
	const unsigned int most = MEMCGSIM_KMALLOC_MAX_SIZE;
	struct memcgsim_kmem_cache *cache;
	void *object;

	unit_allow_bugs(u, 7);
	assert_null(memcgsim_kmem_cache_create(m, NULL, 8, 0, 0, NULL));
	assert_null(memcgsim_kmem_cache_create(m, "zero", 0, 0, 0, NULL));
	assert_null(memcgsim_kmem_cache_create(m, "large", most + 1, 0, 0, NULL));
	assert_null(memcgsim_kmem_cache_create(m, "large", most, 0, RCU, NULL));
	assert_null(memcgsim_kmem_cache_create(m, "align", 8, 24, 0, NULL));
	assert_null(memcgsim_kmem_cache_create(m, "align", 8, 8192, 0, NULL));
	assert_null(memcgsim_kmem_cache_create(m, "flags", 8, 0, 0x80, NULL));
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 7);
	cache = make_cache(u, most, MEMCGSIM_SLAB_ACCOUNT);
	object = memcgsim_kmem_cache_alloc(cache, KERNEL);
	assert_non_null(object);
	memset(object, 1, most);
	assert_int_equal(slab_bytes(u, "a"), most + 8);
	memcgsim_kmem_cache_free(cache, object);
	assert_int_equal(memcgsim_kmem_cache_shrink(cache), 0);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kmem_cache_create(). A name that is taken is a WARN each time, and the cache is made;
 * taken it is only while its cache stands.
 */
static void taken_name_is_a_warning(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *first = make_cache(u, 8, 0), *second, *third;

	unit_allow_bugs(u, 2);
	second = make_cache(u, 16, 0);
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_ptr_equal(u->bugs[0].object, second);
	third = make_cache(u, 24, 0);
	unit_assert_bug(u, MEMCGSIM_WARN);
	memcgsim_kmem_cache_destroy(first);
	memcgsim_kmem_cache_destroy(second);
	memcgsim_kmem_cache_destroy(third);
	memcgsim_kmem_cache_destroy(make_cache(u, 8, 0));
	memcgsim_kmem_cache_destroy(NULL);
}

/*
 * Models: setup_object(). The constructor runs once for each object of a slab, when the slab is
 * made: what an object is freed as, it is found as.
 */
static void objects_are_constructed_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = memcgsim_kmem_cache_create(
		u->machine, "thing", sizeof(struct thing), 0, 0, construct);
	struct thing *thing = memcgsim_kmem_cache_alloc(cache, KERNEL);
	struct msim_slab *slab = msim_slab_of(u->machine, thing);

	for (unsigned int i = 0; i < cache->nr_objects; i++) {
		struct thing *any = (void *)(slab->base + i * cache->size_bytes);

		assert_int_equal(any->constructed, 1);
	}
	thing->constructed = 77;
	memcgsim_kmem_cache_free(cache, thing);
	assert_ptr_equal(memcgsim_kmem_cache_alloc(cache, KERNEL), thing);
	assert_int_equal(thing->constructed, 77);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* also by way of its slab */
	assert_int_equal(thing->mark, 0x1234);
	memcgsim_kmem_cache_free(cache, thing);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: new_slab(). Zeroing what was constructed makes no sense, and is a WARN, once.
 */
static void zeroing_the_constructed_is_a_warning(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *plain = make_cache(u, 40, 0);
	struct memcgsim_kmem_cache *cache =
		memcgsim_kmem_cache_create(u->machine, "thing", 40, 0, 0, construct);
	unsigned char *object = memcgsim_kmem_cache_alloc(plain, KERNEL);

	memset(object, 0xff, 40);
	memcgsim_kmem_cache_free(plain, object);
	assert_ptr_equal(memcgsim_kmem_cache_zalloc(plain, KERNEL), object);
	for (unsigned int i = 0; i < 40; i++)
		assert_int_equal(object[i], 0);
	memcgsim_kmem_cache_free(plain, object);
	unit_allow_bugs(u, 1);
	object = memcgsim_kmem_cache_zalloc(cache, KERNEL);
	memcgsim_kmem_cache_free(cache, object);
	object = memcgsim_kmem_cache_zalloc(cache, KERNEL);
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_int_equal(((struct thing *)object)->mark, 0);
	memcgsim_kmem_cache_free(cache, object);
	memcgsim_kmem_cache_destroy(plain);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: cache_from_obj(). Freed to the wrong cache: a WARN each time, and the object goes back
 * where it is from. Freed twice, or what is no object's start: reported, nothing freed.
 */
static void object_of_another_cache_is_a_warning(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 64, MEMCGSIM_SLAB_ACCOUNT);
	char *object = memcgsim_kmem_cache_alloc(cache, KERNEL);
	char *other = memcgsim_kmalloc(64, ACCOUNT), *third = memcgsim_kmalloc(64, ACCOUNT);

	assert_int_equal(slab_bytes(u, "a"), 3 * 72);
	unit_allow_bugs(u, 2);
	memcgsim_kmem_cache_free(cache, other);
	memcgsim_kmem_cache_free_bulk(cache, 1, (void **)&third);
	unit_assert_bugs(u, MEMCGSIM_WARN, 2);
	assert_int_equal(slab_bytes(u, "a"), 72);
	assert_ptr_equal(memcgsim_kmalloc(64, ACCOUNT), third); /* kmalloc's again */
	memcgsim_kfree(third);
	memcgsim_kmem_cache_free(cache, object);
	unit_allow_bugs(u, 4);
	memcgsim_kmem_cache_free(cache, object);
	memcgsim_kmem_cache_free(cache, object + 8);
	memcgsim_kmem_cache_free(cache, NULL);
	memcgsim_kmem_cache_free(NULL, third);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 4);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kfree(). It frees objects of caches too, to the CPU's next allocation.
 */
static void kfree_frees_objects_of_caches(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 200, MEMCGSIM_SLAB_ACCOUNT);
	void *object = memcgsim_kmem_cache_alloc(cache, KERNEL);

	memcgsim_kfree(object);
	assert_int_equal(slab_bytes(u, "a"), 0);
	assert_ptr_equal(memcgsim_kmem_cache_alloc(cache, KERNEL), object);
	memcgsim_kfree(object);
	unit_allow_bugs(u, 1);
	memcgsim_kfree(object);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kmem_cache_alloc_bulk(). All or nothing: frames run out in the middle, and what was taken
 * is back.
 */
static void bulk_is_all_or_nothing(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 1000, 0);
	void *objects[NR];

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 4), 0);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, NR, objects), 0);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_PAGE, 0), 0);
	assert_int_equal(memcgsim_kmem_cache_shrink(cache), 0);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, NR, objects), NR);
	for (unsigned int i = 0; i < NR; i++)
		memset(objects[i], (int)i, 1000);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(((unsigned char *)objects[i])[999], i);
	memcgsim_kmem_cache_free_bulk(cache, NR, objects);
	assert_int_equal(
		memcgsim_kmem_cache_alloc_bulk(cache, KERNEL | MEMCGSIM___GFP_ZERO, NR, objects),
		NR);
	for (unsigned int i = 0; i < NR; i++)
		assert_int_equal(((unsigned char *)objects[i])[999], 0);
	memcgsim_kmem_cache_free_bulk(cache, NR, objects);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, 0, objects), 0);
	unit_allow_bugs(u, 2);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, 1UL << 31, objects), 0);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(NULL, KERNEL, 1, objects), 0);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kmem_cache_shrink(). 0 once no slab is left: what lies in the magazines of CPUs is given
 * back too.
 */
static void shrinking_empties_the_magazines(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_kmem_cache *cache;
	void *objects[NR];
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	cache = make_cache(u, 500, 0);
	assert_int_equal(memcgsim_kmem_cache_shrink(cache), 0);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, NR, objects), NR);
	assert_null(cache->magazines[1]); /* not before it is used there */
	memcgsim_kmem_cache_free_bulk(cache, NR / 2, objects);
	unit_run(u, 1, u->task);
	memcgsim_kmem_cache_free(cache, memcgsim_kmem_cache_alloc(cache, KERNEL));
	assert_non_null(cache->magazines[1]);
	assert_int_equal(memcgsim_kmem_cache_shrink(cache), 1);
	assert_int_equal(cache->nr_empty, 0);
	memcgsim_kmem_cache_free_bulk(cache, NR / 2, objects + NR / 2);
	assert_int_equal(memcgsim_kmem_cache_shrink(cache), 0);
	assert_true(msim_list_empty(&cache->slabs));
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kmem_cache_destroy(). Objects are left: a WARN that names the cache, each time. They can be
 * freed all the same; the cache's name is free again.
 */
static void destroying_with_objects_is_a_warning(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 128, MEMCGSIM_SLAB_ACCOUNT);
	struct memcgsim_kmem_cache *again;
	void *object = memcgsim_kmem_cache_alloc(cache, KERNEL), *other;

	unit_allow_bugs(u, 2);
	memcgsim_kmem_cache_destroy(cache);
	unit_assert_bug(u, MEMCGSIM_WARN);
	assert_string_equal(u->bugs[0].what,
			    "kmem_cache_destroy test: Slab cache still has objects");
	again = make_cache(u, 128, 0); /* no WARN: the name is not taken */
	other = memcgsim_kmem_cache_alloc(again, KERNEL);
	memcgsim_kmem_cache_destroy(again); /* of the same name, and told again */
	unit_assert_bug(u, MEMCGSIM_WARN);
	unit_allow_bugs(u, 1);
	memcgsim_kmem_cache_destroy(cache); /* twice */
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	assert_int_equal(slab_bytes(u, "a"), 136);
	memcgsim_kmem_cache_free(cache, object);
	memcgsim_kfree(other);
	assert_int_equal(slab_bytes(u, "a"), 0);
}

/*
 * Models: SLAB_TYPESAFE_BY_RCU. Objects are reused at once; the pages of a slab are freed only after
 * a grace period, and are this cache's until then, also when the cache has been destroyed.
 */
static void typesafe_slabs_wait_for_a_grace_period(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache =
		memcgsim_kmem_cache_create(u->machine, "safe", 64, 0, RCU, construct);
	struct memcgsim_page *page;
	struct thing *thing = memcgsim_kmem_cache_alloc(cache, ACCOUNT);

	page = memcgsim_virt_to_head_page(u->machine, thing);
	memcgsim_kmem_cache_free(cache, thing);
	assert_ptr_equal(memcgsim_kmem_cache_alloc(cache, ACCOUNT), thing);
	memcgsim_kmem_cache_free(cache, thing);
	memcgsim_kmem_cache_destroy(cache);
	assert_int_equal(memcgsim_page_count(page), 1);
	assert_ptr_equal(page->slab->cache, cache);
	assert_int_equal(thing->mark, 0x1234);
	memcgsim_synchronize_rcu(u->machine);
	assert_int_equal(memcgsim_page_count(page), 0);
	assert_int_equal(page->memcg_data, 0);
}

/*
 * Models: kmem_cache_alloc(). The memory for a CPU's magazine is wanting: objects come straight
 * from the slab, and go back there.
 */
static void cache_works_without_magazines(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 64, 0);
	void *object, *other;

	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 1), 0);
	object = memcgsim_kmem_cache_alloc(cache, ACCOUNT);
	assert_int_equal(memcgsim_fault_nth(u->machine, MEMCGSIM_FAULT_OBJECT, 0), 0);
	assert_non_null(object);
	assert_null(cache->magazines[0]);
	memcgsim_kmem_cache_free(cache, object);
	assert_null(msim_live_object(u->machine, object, &(unsigned int){ 0 }));
	assert_int_equal(cache->nr_empty, 1);
	other = memcgsim_kmem_cache_alloc(cache, ACCOUNT); /* this time there is memory */
	assert_non_null(cache->magazines[0]);
	memcgsim_kmem_cache_free(cache, other);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kmem_cache.h. What a CPU keeps of large objects is bounded: half a MiB, or one.
 */
static void magazines_of_large_objects_are_small(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 100000, 0);
	void *objects[NR];

	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, NR, objects), NR);
	for (unsigned int i = 0; i < NR; i++) {
		memcgsim_kmem_cache_free(cache, objects[i]);
		assert_true(cache->magazines[0]->magazine.nr <= 5);
	}
	assert_true(msim_list_count(&cache->slabs) <= 5 + 2);
	memcgsim_kmem_cache_destroy(cache);
	cache = make_cache(u, 1 << 20, 0);
	assert_int_equal(cache->magazine_objects, 1);
	for (unsigned int i = 0; i < 3; i++)
		memcgsim_kmem_cache_free(cache, memcgsim_kmem_cache_alloc(cache, KERNEL));
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: O-16. An object is charged later: once, to who asks; not one of kmalloc()'s plain caches;
 * a large one as a page.
 */
static void object_is_charged_later(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 120, 0);
	void *object = memcgsim_kmem_cache_alloc(cache, KERNEL);
	void *plain = memcgsim_kmalloc(120, KERNEL), *large = memcgsim_kmalloc(9000, KERNEL);

	assert_true(memcgsim_kmem_cache_charge(object, KERNEL));
	assert_int_equal(slab_bytes(u, "a"), 128);
	unit_mkdir(u, "b");
	unit_run(u, 0, unit_fork(u, "b"));
	assert_true(memcgsim_kmem_cache_charge(object, KERNEL)); /* a's already */
	assert_true(memcgsim_kmem_cache_charge(plain, KERNEL));
	assert_int_equal(slab_bytes(u, "a"), 128);
	assert_int_equal(slab_bytes(u, "b"), 0);
	assert_int_equal(msim_slab_of(u->machine, plain)->page->memcg_data, 0);
	assert_true(memcgsim_kmem_cache_charge(large, KERNEL));
	assert_true(memcgsim_kmem_cache_charge(large, KERNEL));
	assert_int_equal(slab_bytes(u, "b"), 16384);
	assert_int_equal(memcgsim_virt_to_head_page(u->machine, large)->memcg_data &
				 MSIM_MEMCG_DATA_FLAGS,
			 MSIM_MEMCG_DATA_KMEM);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_allow_bugs(u, 1);
	assert_false(memcgsim_kmem_cache_charge((char *)object + 8, KERNEL));
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_kfree(object);
	memcgsim_kfree(plain);
	memcgsim_kfree(large);
	assert_int_equal(slab_bytes(u, "a") + slab_bytes(u, "b"), 0);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: O-16. Refused: false, and the object is there, nobody's.
 */
static void refused_later_charge_leaves_the_object(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 120, 0);
	void *object = memcgsim_kmem_cache_alloc(cache, KERNEL);
	void *large = memcgsim_kmalloc(9000, KERNEL);

	unit_write(u, "a/memory.max", "0");
	assert_false(memcgsim_kmem_cache_charge(object, KERNEL));
	assert_false(memcgsim_kmem_cache_charge(large, KERNEL));
	assert_int_equal(unit_usage(u, "a"), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_kfree(large);
	memcgsim_kmem_cache_free(cache, object);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: kmem_cache.h. The lists are the machine's: a cache of another machine gives nothing. A
 * thread that is not bound gets nothing, but may make and unmake caches.
 */
static void cache_belongs_to_its_machine(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache;
	struct memcgsim *other;
	void *object;

	assert_int_equal(memcgsim_create(NULL, &other), 0);
	cache = memcgsim_kmem_cache_create(other, "elsewhere", 8, 0, 0, NULL);
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_kmem_cache_alloc(cache, KERNEL));
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	memcgsim_kmem_cache_destroy(cache);
	assert_int_equal(memcgsim_destroy(other, NULL), 0);

	cache = make_cache(u, 8, 0);
	object = memcgsim_kmem_cache_alloc(cache, KERNEL);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim_kmem_cache_alloc(cache, KERNEL));
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, 1, &object), 0);
	memcgsim_kmem_cache_free(cache, object);
	memcgsim_kmem_cache_free_bulk(cache, 1, &object);
	assert_false(memcgsim_kmem_cache_charge(object, KERNEL));
	unit_run(u, 0, u->task);
	memcgsim_kmem_cache_free(cache, object);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_kmem_cache_shrink(cache), 0);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: memcgsim_destroy(). A cache that nobody destroyed is told, and each object once.
 */
static void forgotten_caches_are_leaks(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_leaks leaks;
	void *objects[NR];

	assert_int_equal(
		memcgsim_kmem_cache_alloc_bulk(make_cache(u, 64, RCU), ACCOUNT, NR, objects), NR);
	unit_clear(u);
	u->broken = true; /* the teardown finds no machine */
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.caches, 1);
	assert_int_equal(leaks.objects, NR);
	assert_int_equal(leaks.pages, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(objects_cost_size_alignment_and_pointer),
		unit_case(arguments_out_of_range_are_refused),
		unit_case(taken_name_is_a_warning),
		unit_case(objects_are_constructed_once),
		unit_case(zeroing_the_constructed_is_a_warning),
		unit_case(object_of_another_cache_is_a_warning),
		unit_case(kfree_frees_objects_of_caches),
		unit_case(bulk_is_all_or_nothing),
		unit_case(shrinking_empties_the_magazines),
		unit_case(destroying_with_objects_is_a_warning),
		unit_case(typesafe_slabs_wait_for_a_grace_period),
		unit_case(cache_works_without_magazines),
		unit_case(magazines_of_large_objects_are_small),
		unit_case(object_is_charged_later),
		unit_case(refused_later_charge_leaves_the_object),
		unit_case(cache_belongs_to_its_machine),
		unit_case(forgotten_caches_are_leaks),
	};

	return cmocka_run_group_tests_name("user_cache", tests, NULL, NULL);
}
