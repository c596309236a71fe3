/* SPDX-License-Identifier: MIT */
/*
 * alloc/slab_common: arrays, resizing, sizes.
 */
#include "unit.h"

#include "memcg/stat.h"

#define KERNEL	MEMCGSIM_GFP_KERNEL
#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

static unsigned long sum(const unsigned char *bytes, size_t nr)
{
	unsigned long total = 0;

	for (size_t i = 0; i < nr; i++)
		total += bytes[i];
	return total;
}

static long slab_bytes(struct unit *u)
{
	return msim_stat_read(unit_memcg(u, "a")).slab_bytes;
}

/* Models: kzalloc(), kcalloc(). What they give is zero, also where it was used before. */
static void zeroed_is_zero(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned char *object;

	(void)u;
	for (unsigned int round = 0; round < 2; round++) {
		object = round ? memcgsim_kcalloc(25, 4, KERNEL) : memcgsim_kzalloc(100, KERNEL);
		assert_non_null(object);
		assert_int_equal(sum(object, 128), 0);
		memset(object, 0x5a, 128);
		memcgsim_kfree(object);
	}
}

/* Models: kmalloc_array(), kcalloc(). A product that does not fit is refused, not cut off. */
static void product_that_overflows_is_refused(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object;

	(void)u;
	assert_null(memcgsim_kmalloc_array(1UL << 32, 1UL << 32, KERNEL));
	assert_null(
		memcgsim_kmalloc_array((1UL << 61) + 1, 8, KERNEL)); /* 8 is what is left of it */
	assert_null(memcgsim_kcalloc(~0UL, 2, KERNEL));
	object = memcgsim_kmalloc_array(3, 11, KERNEL);
	assert_int_equal(memcgsim_ksize(object), 64);
	memcgsim_kfree(object);
	assert_ptr_equal(memcgsim_kcalloc(0, 8, KERNEL), MEMCGSIM_ZERO_SIZE_PTR);
}

/* Models: ksize(). The bucket; whole pages of a large one; nothing of nothing. */
static void size_is_the_buckets(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = memcgsim_kmalloc(65, ACCOUNT), *large = memcgsim_kmalloc(8193, KERNEL);

	assert_int_equal(memcgsim_ksize(object), 96);
	assert_int_equal(memcgsim_ksize(large), 16384);
	assert_int_equal(memcgsim_ksize(NULL), 0);
	assert_int_equal(memcgsim_ksize(MEMCGSIM_ZERO_SIZE_PTR), 0);
	unit_allow_bugs(u, 2);
	assert_int_equal(memcgsim_ksize((char *)object + 8), 0);
	assert_int_equal(memcgsim_ksize(u), 0);
	unit_assert_bugs(u, MEMCGSIM_MISUSE, 2);
	memcgsim_kfree(object);
	memcgsim_kfree(large);
}

/* Models: krealloc(). What fits stays where it is, charged as it was; with ZERO its rest is zeroed. */
static void object_that_fits_stays(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned char *object = memcgsim_kmalloc(40, ACCOUNT);

	memset(object, 1, 64);
	assert_ptr_equal(memcgsim_krealloc(object, 64, KERNEL), object);
	assert_int_equal(sum(object, 64), 64);
	assert_ptr_equal(memcgsim_krealloc(object, 10, KERNEL | MEMCGSIM___GFP_ZERO), object);
	assert_int_equal(sum(object, 64), 10);
	assert_int_equal(slab_bytes(u), 72);
	memcgsim_kfree(object);
}

/* Models: krealloc(). A larger one has the contents, and the old one is gone; gfp says who pays. */
static void object_that_grows_moves(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned char *object = memcgsim_krealloc(NULL, 64, ACCOUNT), *grown, *large;

	memset(object, 1, 64);
	grown = memcgsim_krealloc(object, 65, KERNEL);
	assert_ptr_not_equal(grown, object);
	assert_int_equal(sum(grown, 64), 64);
	assert_int_equal(slab_bytes(u), 0);
	large = memcgsim_krealloc(grown, 100000, ACCOUNT);
	assert_int_equal(sum(large, 64), 64);
	assert_int_equal(slab_bytes(u), 131072);
	assert_ptr_equal(memcgsim_krealloc(large, 0, KERNEL), MEMCGSIM_ZERO_SIZE_PTR);
	object = memcgsim_krealloc(MEMCGSIM_ZERO_SIZE_PTR, 8, KERNEL);
	assert_non_null(object);
	memcgsim_kfree(object);
}

/* Models: krealloc(). Refused: NULL, and the old one is as it was. */
static void refused_growth_keeps_the_object(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned char *object = memcgsim_kmalloc(64, KERNEL);

	memset(object, 1, 64);
	unit_write(u, "a/memory.max", "0");
	assert_null(memcgsim_krealloc(object, 1000, ACCOUNT));
	assert_int_equal(sum(object, 64), 64);
	assert_int_equal(memcgsim_ksize(object), 64);
	memcgsim_kfree(object);
	unit_allow_bugs(u, 1);
	assert_null(memcgsim_krealloc(object, 1000, KERNEL)); /* what is none is not resized */
	unit_assert_bug(u, MEMCGSIM_MISUSE);
}

/* Models: kfree_sensitive(). The next one to have the memory reads zeros, to its last byte. */
static void freed_secrets_are_gone(void **state)
{
	struct unit *u = unit_world(state, NULL);
	unsigned char *object = memcgsim_kmalloc(40, KERNEL), *again;

	memset(object, 1, 64);
	memcgsim_kfree_sensitive(object);
	again = memcgsim_kmalloc(64, KERNEL);
	assert_ptr_equal(again, object);
	assert_int_equal(sum(again, 64), 0);
	memcgsim_kfree(again);
	memcgsim_kfree_sensitive(NULL);
	memcgsim_kfree_sensitive(MEMCGSIM_ZERO_SIZE_PTR);
	unit_allow_bugs(u, 1);
	memcgsim_kfree_sensitive(again);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
}

/* Models: slab.h. A thread that is not bound gets nothing, and frees nothing. */
static void unbound_thread_gets_nothing(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *object = memcgsim_kmalloc(8, KERNEL);

	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_null(memcgsim_krealloc(object, 100, KERNEL));
	assert_int_equal(memcgsim_ksize(object), 0);
	memcgsim_kfree_sensitive(object);
	unit_run(u, 0, u->task);
	memcgsim_kfree(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(zeroed_is_zero),	    unit_case(product_that_overflows_is_refused),
		unit_case(size_is_the_buckets),	    unit_case(object_that_fits_stays),
		unit_case(object_that_grows_moves), unit_case(refused_growth_keeps_the_object),
		unit_case(freed_secrets_are_gone),  unit_case(unbound_thread_gets_nothing),
	};

	return cmocka_run_group_tests_name("slab_common", tests, NULL, NULL);
}
