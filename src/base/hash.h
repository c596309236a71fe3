/* SPDX-License-Identifier: MIT */
/*
 * Hash tables of items that bear their own link, for questions that a list answers too slowly once
 * a machine is large. Not shared: whoever owns the table's lock owns every link. Only questions are
 * asked of them, nobody goes through one, so no order depends on where the host puts things.
 */
#ifndef MSIM_BASE_HASH_H
#define MSIM_BASE_HASH_H

#include <stddef.h>

#include "base/assert.h"
#include "base/compiler.h"

#define MSIM_HASH_FIRST 16 /* buckets that a table is born with */

struct msim_hash_node {
	struct msim_hash_node *next;
	unsigned long hash;
};

/*
 * Owner's lock. All-zero is an empty table. It doubles when it is full, and only becomes slower
 * where the host has no memory for that: adding never fails.
 */
struct msim_hash {
	struct msim_hash_node *first[MSIM_HASH_FIRST];
	struct msim_hash_node **buckets; /* NULL: @first */
	size_t nr_buckets;		 /* a power of two; 0: those of @first */
	size_t count;
};

void msim_hash_add(struct msim_hash *table, struct msim_hash_node *node, unsigned long hash);

/* @node is in it. */
void msim_hash_del(struct msim_hash *table, struct msim_hash_node *node);

/* Nothing is in it any more. */
void msim_hash_destroy(struct msim_hash *table);

/* The first node with that hash, and the one after @node; NULL if there is none. */
struct msim_hash_node *msim_hash_find(const struct msim_hash *table, unsigned long hash);
struct msim_hash_node *msim_hash_next(const struct msim_hash_node *node);

/* Hashes: of a number or an address, and of bytes on top of one. */
static inline unsigned long msim_hash_long(unsigned long value)
{
	value ^= value >> 32;
	value *= 0x9e3779b97f4a7c15u; /* 2^64 by the golden ratio: high bits hang on low ones ... */
	return value ^ (value >> 32); /* ... and here low bits, which choose the bucket, on high */
}

static inline unsigned long msim_hash_bytes(unsigned long hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = msim_hash_long(hash ^ (unsigned char)bytes[i]);
	return hash;
}

#endif /* MSIM_BASE_HASH_H */
