/* SPDX-License-Identifier: MIT */
/*
 * base/hash: a table against a list of what should be in it.
 */
#include "unit.h"

#include "base/hash.h"
#include "base/rng.h"

#define NR_ITEMS 5000

struct item {
	struct msim_hash_node node;
	unsigned long key;
	bool in;
};

static struct item items[NR_ITEMS];

static struct item *find(const struct msim_hash *table, unsigned long key)
{
	struct msim_hash_node *node = msim_hash_find(table, msim_hash_long(key));

	while (node && msim_container_of(node, struct item, node)->key != key)
		node = msim_hash_next(node);
	return node ? msim_container_of(node, struct item, node) : NULL;
}

/* Models: docs/design.md. All zero is an empty table, which owns nothing. */
static void new_table_is_empty(void **state)
{
	struct msim_hash table = { 0 };

	(void)state;
	assert_null(find(&table, 0));
	assert_null(find(&table, 1));
	msim_hash_destroy(&table);
}

/* Models: docs/design.md. What was added and not taken off is found, and nothing else; also while it grows. */
static void what_is_in_it_is_found(void **state)
{
	struct msim_hash table = { 0 };
	struct msim_rng rng = { .state = 7 };

	(void)state;
	for (unsigned int i = 0; i < NR_ITEMS; i++)
		items[i] = (struct item){ .key = 3 * (unsigned long)i };
	for (unsigned int i = 0; i < 4 * NR_ITEMS; i++) {
		struct item *item = &items[msim_rng_below(&rng, NR_ITEMS)];

		if (item->in)
			msim_hash_del(&table, &item->node);
		else
			msim_hash_add(&table, &item->node, msim_hash_long(item->key));
		item->in = !item->in;
		assert_true((find(&table, item->key) == item) == item->in);
		assert_null(find(&table, item->key + 1));
	}
	for (unsigned int i = 0; i < NR_ITEMS; i++) {
		assert_ptr_equal(find(&table, items[i].key), items[i].in ? &items[i] : NULL);
		if (items[i].in)
			msim_hash_del(&table, &items[i].node);
	}
	assert_int_equal(table.count, 0);
	msim_hash_destroy(&table);
}

/* Models: docs/design.md. Items of one hash are all found, one after the other. */
static void equal_hashes_live_side_by_side(void **state)
{
	struct msim_hash table = { 0 };
	unsigned int met = 0;

	(void)state;
	memset(items, 0, sizeof(items));
	for (unsigned int i = 0; i < 100; i++)
		msim_hash_add(&table, &items[i].node, i % 2);
	for (struct msim_hash_node *node = msim_hash_find(&table, 1); node;
	     node = msim_hash_next(node))
		met++;
	assert_int_equal(met, 50);
	for (unsigned int i = 0; i < 100; i++)
		msim_hash_del(&table, &items[i].node);
	msim_hash_destroy(&table);
}

/*
 * Models: docs/design.md. A table grows with what is in it: no chain gets long, also of keys that
 * differ in their high bits only, or of names.
 */
static void chains_stay_short(void **state)
{
	struct msim_hash table = { 0 };
	unsigned int longest = 0;
	char name[16];

	(void)state;
	memset(items, 0, sizeof(items));
	for (unsigned int i = 0; i < NR_ITEMS; i++) {
		unsigned long hash;

		snprintf(name, sizeof(name), "%u", i);
		hash = i % 2 ? msim_hash_long((unsigned long)i << 40)
			     : msim_hash_bytes(1, name, strlen(name));
		msim_hash_add(&table, &items[i].node, hash);
	}
	assert_true(table.nr_buckets >= NR_ITEMS);
	for (size_t i = 0; i < table.nr_buckets; i++) {
		unsigned int length = 0;

		for (struct msim_hash_node *node = table.buckets[i]; node; node = node->next)
			length++;
		longest = length > longest ? length : longest;
	}
	assert_in_range(longest, 1, 10);
	for (unsigned int i = 0; i < NR_ITEMS; i++)
		msim_hash_del(&table, &items[i].node);
	msim_hash_destroy(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_table_is_empty),
		cmocka_unit_test(what_is_in_it_is_found),
		cmocka_unit_test(equal_hashes_live_side_by_side),
		cmocka_unit_test(chains_stay_short),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
