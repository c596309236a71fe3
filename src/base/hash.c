/* SPDX-License-Identifier: MIT */
/*
 * Owns the buckets of hash tables; items and locks are their owners'. Chains, so that an item never
 * moves.
 */
#include "base/hash.h"

#include <string.h>

#include "base/heap.h"

static struct msim_hash_node **bucket_of(const struct msim_hash *table, unsigned long hash)
{
	if (!table->buckets)
		return (struct msim_hash_node **)&table->first[hash & (MSIM_HASH_FIRST - 1)];
	return &table->buckets[hash & (table->nr_buckets - 1)];
}

static size_t nr_buckets(const struct msim_hash *table)
{
	return table->buckets ? table->nr_buckets : MSIM_HASH_FIRST;
}

/* Twice as many buckets, if the host has them. */
static void grow(struct msim_hash *table)
{
	struct msim_hash bigger = { .nr_buckets = nr_buckets(table) * 2, .count = table->count };

	bigger.buckets = msim_heap_alloc(bigger.nr_buckets * sizeof(struct msim_hash_node *));
	if (!bigger.buckets)
		return;
	for (size_t i = 0; i < nr_buckets(table); i++) {
		struct msim_hash_node *node = *bucket_of(table, i), *next;

		for (; node; node = next) {
			struct msim_hash_node **head = bucket_of(&bigger, node->hash);

			next = node->next;
			node->next = *head;
			*head = node;
		}
	}
	msim_heap_free(table->buckets);
	*table = bigger;
}

void msim_hash_add(struct msim_hash *table, struct msim_hash_node *node, unsigned long hash)
{
	struct msim_hash_node **head;

	if (table->count >= nr_buckets(table))
		grow(table);
	head = bucket_of(table, hash);
	node->hash = hash;
	node->next = *head;
	*head = node;
	table->count++;
}

void msim_hash_del(struct msim_hash *table, struct msim_hash_node *node)
{
	struct msim_hash_node **link = bucket_of(table, node->hash);

	while (*link != node) {
		msim_assert(*link);
		link = &(*link)->next;
	}
	*link = node->next;
	node->next = NULL;
	table->count--;
}

void msim_hash_destroy(struct msim_hash *table)
{
	msim_assert(table->count == 0);
	msim_heap_free(table->buckets);
	memset(table, 0, sizeof(*table));
}

struct msim_hash_node *msim_hash_find(const struct msim_hash *table, unsigned long hash)
{
	struct msim_hash_node *node = *bucket_of(table, hash);

	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct msim_hash_node *msim_hash_next(const struct msim_hash_node *node)
{
	const unsigned long hash = node->hash;
	struct msim_hash_node *next = node->next;

	while (next && next->hash != hash)
		next = next->next;
	return next;
}
