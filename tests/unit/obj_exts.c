/* SPDX-License-Identifier: MIT */
/*
 * alloc/obj_exts: the vectors of owners, and the charge of objects one by one and in bulk.
 */
#include "unit.h"

#include "alloc/obj_exts.h"
#include "memcg/stat.h"
#include "seam/fault.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

enum { NR = 10 };

/* Called by its size. */
static struct memcgsim_kmem_cache *make_cache(struct unit *u, unsigned int size_bytes,
					      memcgsim_slab_flags_t flags)
{
	struct memcgsim_kmem_cache *cache;
	char name[16];

	snprintf(name, sizeof(name), "%u", size_bytes);
	cache = memcgsim_kmem_cache_create(u->machine, name, size_bytes, 0, flags, NULL);

	assert_non_null(cache);
	return cache;
}

static long slab_bytes(struct unit *u, const char *path)
{
	return msim_stat_read(unit_memcg(u, path)).slab_bytes;
}

static struct msim_slab *slab_of(struct unit *u, void *object)
{
	return msim_slab_of(u->machine, object);
}

static struct memcgsim_obj_cgroup *owner_of(struct unit *u, void *object)
{
	struct msim_slab *slab = slab_of(u, object);
	struct memcgsim_obj_cgroup **owners = msim_slab_owners(slab);

	return owners ? owners[msim_object_index(slab, object)] : NULL;
}

static void fail_vectors(struct unit *u, bool fail)
{
	assert_int_equal(
		memcgsim_fault_probability(u->machine, MEMCGSIM_FAULT_VECTOR, fail ? 1000000 : 0),
		0);
}

/*
 * Models: T-08. A cache whose objects are all charged gets its vector with the slab; another when
 * the first object of the slab is charged. Until a memcg exists nobody gets one.
 */
static void vector_comes_with_the_slab_or_with_the_first_charge(void **state)
{
	struct unit *u = unit_machine(state, NULL);
	struct memcgsim_kmem_cache *early, *always, *some;
	void *object[4];

	early = make_cache(u, 64, MEMCGSIM_SLAB_ACCOUNT);
	unit_run(u, 0, NULL);
	object[0] = memcgsim_kmem_cache_alloc(early, KERNEL);
	assert_int_equal(slab_of(u, object[0])->page->memcg_data, 0);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	always = make_cache(u, 56, MEMCGSIM_SLAB_ACCOUNT);
	some = make_cache(u, 48, 0);
	object[1] = memcgsim_kmem_cache_alloc(always, KERNEL); /* nobody pays, and yet */
	assert_non_null(msim_slab_owners(slab_of(u, object[1])));
	unit_run(u, 0, unit_fork(u, "a"));
	object[2] = memcgsim_kmem_cache_alloc(some, KERNEL);
	assert_int_equal(slab_of(u, object[2])->page->memcg_data, 0);
	object[3] = memcgsim_kmem_cache_alloc(some, ACCOUNT);
	assert_ptr_equal(slab_of(u, object[3]), slab_of(u, object[2]));
	assert_null(owner_of(u, object[2]));
	assert_ptr_equal(owner_of(u, object[3]), unit_memcg(u, "a")->objcg);
	assert_int_equal(slab_bytes(u, "a"), 56);
	memcgsim_kmem_cache_free_bulk(NULL, 4, object);
	assert_int_equal(slab_bytes(u, "a"), 0);
	memcgsim_kmem_cache_destroy(early);
	memcgsim_kmem_cache_destroy(always);
	memcgsim_kmem_cache_destroy(some);
}

/*
 * Models: O-14, T-01, T-08. No memory for the vector: the slab is marked, which reads as no vector;
 * the object is there, nobody's, and its bytes are given back. The next charge makes the vector in
 * place of the mark, and the first object stays nobody's.
 */
static void vector_failure_leaves_the_object_unaccounted(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *first, *second;

	fail_vectors(u, true);
	first = memcgsim_kmalloc(64, ACCOUNT);
	assert_non_null(first);
	fail_vectors(u, false);
	assert_int_equal(slab_of(u, first)->page->memcg_data, MSIM_MEMCG_DATA_OBJEXTS);
	assert_null(msim_slab_owners(slab_of(u, first)));
	assert_int_equal(slab_bytes(u, "a"), 0);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4096); /* a page for it, all of it back */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	second = memcgsim_kmalloc(64, ACCOUNT);
	assert_ptr_equal(slab_of(u, first), slab_of(u, second));
	assert_int_equal(slab_bytes(u, "a"), 72);
	memcgsim_kfree(first);
	assert_int_equal(slab_bytes(u, "a"), 72);
	memcgsim_kfree(second);
	assert_int_equal(slab_bytes(u, "a"), 0);
}

/*
 * Models: O-14. In bulk the sum is charged at once: 4 pages and the rest for ten of 1608 bytes, not
 * ten times a page. Each has its slot and its reference.
 */
static void bulk_is_charged_at_once(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 1600, MEMCGSIM_SLAB_ACCOUNT);
	struct memcgsim_obj_cgroup *objcg = unit_memcg(u, "a")->objcg;
	void *objects[NR];
	long refs;

	memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* the task and the stock know the objcg */
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	refs = unit_refs(u, &objcg->ref);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, NR, objects), NR);
	assert_int_equal(unit_stock(u, 0)->nr_pages, 64 - 4);
	assert_int_equal(unit_stock(u, 0)->nr_bytes, 4 * 4096 - NR * 1608);
	assert_int_equal(slab_bytes(u, "a"), NR * 1608);
	assert_int_equal(unit_refs(u, &objcg->ref), refs + NR + 1); /* and the stock's */
	for (unsigned int i = 0; i < NR; i++)
		assert_ptr_equal(owner_of(u, objects[i]), objcg);
	memcgsim_kmem_cache_free_bulk(cache, NR, objects);
	assert_int_equal(slab_bytes(u, "a"), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(unit_refs(u, &objcg->ref), refs);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: O-14. The charge of a bulk is refused: none of its objects is left, and nothing is
 * charged.
 */
static void refused_bulk_is_freed_whole(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 1024, MEMCGSIM_SLAB_ACCOUNT);
	void *objects[NR];

	unit_write(u, "a/memory.max", "8192"); /* seven would fit, the sum does not */
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, KERNEL, NR, objects), 0);
	assert_int_equal(unit_usage(u, "a"), 0);
	assert_int_equal(slab_bytes(u, "a"), 0);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_kmem_cache_destroy(cache); /* without a WARN: nothing is left in it */
}

/*
 * Models: O-14. Of a bulk over two slabs, one with a vector and one that cannot get any: those in
 * the first are charged, the bytes of the others are given back.
 */
static void bulk_is_charged_for_those_that_have_a_slot(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 4096, 0); /* eight a slab */
	void *first = memcgsim_kmem_cache_alloc(cache, ACCOUNT), *objects[NR];
	unsigned int charged = 0;

	fail_vectors(u, true);
	assert_int_equal(memcgsim_kmem_cache_alloc_bulk(cache, ACCOUNT, NR, objects), NR);
	fail_vectors(u, false);
	for (unsigned int i = 0; i < NR; i++)
		charged += owner_of(u, objects[i]) != NULL;
	assert_int_equal(charged, 7);
	assert_int_equal(slab_bytes(u, "a"), (1 + 7) * 4104);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	memcgsim_kmem_cache_free(cache, first);
	memcgsim_kmem_cache_free_bulk(cache, NR, objects);
	assert_int_equal(slab_bytes(u, "a"), 0);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: O-15. In bulk each object is uncharged from its own owner, wherever that has gone; one
 * that nobody is charged for uncharges nothing.
 */
static void bulk_free_uncharges_each_from_its_owner(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_kmem_cache *cache = make_cache(u, 256, 0);
	void *objects[3];

	unit_mkdir(u, "b");
	objects[0] = memcgsim_kmem_cache_alloc(cache, ACCOUNT);
	objects[1] = memcgsim_kmem_cache_alloc(cache, KERNEL);
	unit_run(u, 0, unit_fork(u, "b"));
	objects[2] = memcgsim_kmem_cache_alloc(cache, ACCOUNT);
	assert_int_equal(slab_bytes(u, "a"), 264);
	assert_int_equal(slab_bytes(u, "b"), 264);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	memcgsim_kmem_cache_free_bulk(cache, 3, objects);
	assert_int_equal(slab_bytes(u, "a"), 0);
	assert_int_equal(slab_bytes(u, "b"), 0);
	memcgsim_kmem_cache_destroy(cache);
}

/*
 * Models: O-17. An object's bytes wait in the stock with its objcg, which becomes the stock's also
 * if no byte of the charge was left over; a first sum waits whatever its size, more than a page does
 * not, and draining counts all.
 */
static void statistics_wait_in_the_stock(void **state)
{
	struct unit *u = unit_world(state, NULL);
	/* with its slot a whole page: nothing is left over for the byte stock */
	struct memcgsim_kmem_cache *whole = make_cache(u, 4088, MEMCGSIM_SLAB_ACCOUNT);
	struct memcgsim_mem_cgroup *memcg = unit_memcg(u, "a");
	struct msim_stock *stock = unit_stock(u, 0);
	void *object[4];

	object[0] = memcgsim_kmem_cache_alloc(whole, KERNEL);
	assert_ptr_equal(stock->cached_objcg, memcg->objcg);
	assert_int_equal(stock->nr_bytes, 0);
	assert_int_equal(stock->slab_bytes, 4096); /* exactly a page stays */
	assert_int_equal(memcg->slab_bytes, 0);
	object[1] = memcgsim_kmalloc(8192, ACCOUNT); /* more than a page: all of it is counted */
	assert_int_equal(stock->slab_bytes, 0);
	assert_int_equal(memcg->slab_bytes, 4096 + 8200);
	object[2] = memcgsim_kmalloc(8192, ACCOUNT); /* the first one waits all the same */
	assert_int_equal(stock->slab_bytes, 8200);
	assert_int_equal(memcg->slab_bytes, 4096 + 8200);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* drained */
	assert_int_equal(stock->slab_bytes, 0);
	assert_int_equal(memcg->slab_bytes, 4096 + 2 * 8200);
	object[3] = memcgsim_kmalloc(8, ACCOUNT);
	assert_int_equal(stock->slab_bytes, 16);
	unit_mkdir(u, "b");
	unit_run(u, 0, unit_fork(u, "b"));
	memcgsim_kfree(memcgsim_kmalloc(8, ACCOUNT)); /* another's: what waited is counted */
	assert_ptr_equal(stock->cached_objcg, unit_memcg(u, "b")->objcg);
	assert_int_equal(memcg->slab_bytes, 4096 + 2 * 8200 + 16);
	memcgsim_kmem_cache_free_bulk(NULL, 4, object);
	memcgsim_kmem_cache_destroy(whole);
}

/*
 * Models: O-17. On the way down as well: below minus a page it is counted.
 */
static void statistics_of_frees_wait_too(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *memcg = unit_memcg(u, "a");
	struct msim_stock *stock = unit_stock(u, 0);
	void *object[2];

	for (unsigned int i = 0; i < 2; i++)
		object[i] = memcgsim_kmalloc(4096, ACCOUNT);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(memcg->slab_bytes, 2 * 4104);
	memcgsim_kfree(object[0]);
	assert_int_equal(stock->slab_bytes, -4104);
	assert_int_equal(memcg->slab_bytes, 2 * 4104);
	memcgsim_kfree(object[1]);
	assert_int_equal(stock->slab_bytes, 0);
	assert_int_equal(memcg->slab_bytes, 0);
}

/*
 * Models: O-17. Without a byte stock nothing waits.
 */
static void statistics_without_a_stock_are_counted_at_once(void **state)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;
	void *object;

	config.no_byte_stock = true;
	u = unit_world(state, &config);
	object = memcgsim_kmalloc(100, ACCOUNT);
	assert_int_equal(unit_memcg(u, "a")->slab_bytes, 136);
	assert_null(unit_stock(u, 0)->cached_objcg);
	memcgsim_kfree(object);
	assert_int_equal(unit_memcg(u, "a")->slab_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(vector_comes_with_the_slab_or_with_the_first_charge),
		unit_case_v6_12(vector_failure_leaves_the_object_unaccounted),
		unit_case(bulk_is_charged_at_once),
		unit_case(refused_bulk_is_freed_whole),
		unit_case(bulk_is_charged_for_those_that_have_a_slot),
		unit_case(bulk_free_uncharges_each_from_its_owner),
		unit_case(statistics_wait_in_the_stock),
		unit_case(statistics_of_frees_wait_too),
		unit_case(statistics_without_a_stock_are_counted_at_once),
	};

	return cmocka_run_group_tests_name("obj_exts", tests, NULL, NULL);
}
