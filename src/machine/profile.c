/* SPDX-License-Identifier: MIT */
/*
 * Owns the kernel versions that are modelled, and what each does its own way. Called at creation.
 * What is not in a table every version does as v6.12.
 */
#include "machine/profile.h"

#include <string.h>

#include <memcgsim/machine.h>

#include "alloc/kmem_memcg.h"
#include "alloc/page_alloc.h"
#include "history/from_obj.h"
#include "history/kmem_life.h"
#include "history/kmem_v1.h"
#include "history/memcg_v1.h"
#include "history/memsw.h"
#include "history/move.h"
#include "history/objcg_posted.h"
#include "history/pages_v3_16.h"
#include "history/pages_v3_17.h"
#include "history/user_page.h"
#include "memcg/folio.h"
#include "memcg/lru.h"
#include "memcg/migrate.h"
#include "memcg/swap.h"

/*
 * What a page type clears in the word, before types were bytes; in SLUB's slabs nothing, whose mark is a
 * flag (B-07).
 */
static const unsigned int types_v5_10[MSIM_NR_PGTYS] = {
	[MSIM_PGTY_BUDDY - MSIM_PGTY_BUDDY] = 0x080,  [MSIM_PGTY_OFFLINE - MSIM_PGTY_BUDDY] = 0x100,
	[MSIM_PGTY_KMEMCG - MSIM_PGTY_BUDDY] = 0x200, [MSIM_PGTY_TABLE - MSIM_PGTY_BUDDY] = 0x400,
	[MSIM_PGTY_GUARD - MSIM_PGTY_BUDDY] = 0x800,
};
static const unsigned int types_v5_11[MSIM_NR_PGTYS] = {
	[MSIM_PGTY_BUDDY - MSIM_PGTY_BUDDY] = 0x080,
	[MSIM_PGTY_OFFLINE - MSIM_PGTY_BUDDY] = 0x100,
	[MSIM_PGTY_TABLE - MSIM_PGTY_BUDDY] = 0x200,
	[MSIM_PGTY_GUARD - MSIM_PGTY_BUDDY] = 0x400,
};

/* A free block's word was -128, and no other type was known. */
static const unsigned int types_v3[MSIM_NR_PGTYS] = {
	[MSIM_PGTY_BUDDY - MSIM_PGTY_BUDDY] = 0x07f,
};

/*
 * Whose a user page is, what ends that, and who is charged for swap: its word, or a record beside it as
 * of that version.
 */
#define USER_PAGES_BY_WORD                                                                         \
	.user_memcg = msim_user_memcg_of_word, .charge_folio = msim_charge_folio,                  \
	.uncharge_folio = msim_uncharge_folio, .uncharge_batch = msim_uncharge_batch,              \
	.replace = msim_charge_replacement, .charge_swap = msim_charge_swap,                       \
	.uncharge_swap = msim_uncharge_swap_counter
#define USER_PAGES_BY_RECORD(version)                                                              \
	.user_memcg = msim_user_memcg_v1, .charge_folio = msim_charge_folio_v1,                    \
	.uncharge_folio = msim_uncharge_folio_v##version,                                          \
	.uncharge_batch = msim_uncharge_batch_v1, .migrate = msim_migrate_v##version,              \
	.replace = msim_replace_v##version, .pages = &msim_pages_v##version,                       \
	.uncharge_swap = msim_uncharge_swap_v1, .swapin_uncharges = true,                          \
	.can_attach = msim_can_attach_v1, .attach = msim_attach_v1

/* Machines of 2012 to 2014, and how long a memcg of theirs lives on for its kernel pages. */
#define BYTE_COUNTERS                                                                              \
	.v1 = true, .type_bits = types_v3, .memcg_create = msim_memcg_v1_create,                   \
	.memcg_online = msim_memcg_v1_online, .memcg_offline = msim_memcg_v1_offline,              \
	.memcg_free = msim_memcg_v1_free, .charge_kmem_page = msim_charge_page_v1,                 \
	.uncharge_kmem_page = msim_uncharge_page_v1, .split_kmem_page = msim_split_page_v1
#define KMEM_LIFE(version)                                                                         \
	.uncharge_kmem = msim_uncharge_kmem_##version, .kmem_destroy = msim_kmem_destroy_##version

static const struct msim_variant variants[] = {
	{
		.name = "v6.12",
		.batch_pages = 64,
		.fast = true,
		.task_objcg = true,
		.orig_objcg = true,
		.vector_marker = true,
		.large_by_folio = true,
		.charge_kmem_page = msim_charge_page_objcg,
		.uncharge_kmem_page = msim_uncharge_page_objcg,
		.migrate = msim_move_charge,
		USER_PAGES_BY_WORD,
	},
	{
		.name = "v6.7-reviewed",
		.batch_pages = 64,
		.type_bits = types_v5_11,
		.fast = true,
		.task_objcg = true,
		.charge_first = true,
		.update_objcg = msim_posted_update_objcg,
		.charge_kmem_page = msim_charge_page_objcg,
		.uncharge_kmem_page = msim_uncharge_page_objcg,
		.migrate = msim_charge_replacement,
		USER_PAGES_BY_WORD,
	},
	{
		.name = "v6.7-posted",
		.batch_pages = 64,
		.type_bits = types_v5_11,
		.fast = true,
		.task_objcg = true,
		.charge_first = true,
		.mark_moved = msim_posted_mark_moved,
		.update_objcg = msim_posted_update_objcg,
		.charge_kmem_page = msim_charge_page_objcg,
		.uncharge_kmem_page = msim_uncharge_page_objcg,
		.migrate = msim_charge_replacement,
		USER_PAGES_BY_WORD,
	},
	{
		.name = "v6.6",
		.batch_pages = 64,
		.type_bits = types_v5_11,
		.charge_first = true,
		.fast = true, /* no task's word ever has an answer: each charge misses and looks */
		.charge_kmem_page = msim_charge_page_objcg,
		.uncharge_kmem_page = msim_uncharge_page_objcg,
		.migrate = msim_charge_replacement,
		USER_PAGES_BY_WORD,
	},
	{
		.name = "v5.11",
		.batch_pages = 32,
		.kmem_names_memcg = true,
		.type_bits = types_v5_11,
		.charge_first = true,
		.charge_kmem_page = msim_charge_page_memcg,
		.uncharge_kmem_page = msim_uncharge_page_memcg,
		.migrate = msim_charge_replacement,
		USER_PAGES_BY_WORD,
	},
	{
		.name = "v5.10",
		.batch_pages = 32,
		.kmem_names_memcg = true,
		.kmem_is_type = true,
		.charge_first = true,
		.type_bits = types_v5_10,
		.charge_kmem_page = msim_charge_page_memcg,
		.uncharge_kmem_page = msim_uncharge_page_memcg,
		.migrate = msim_charge_replacement,
		USER_PAGES_BY_WORD,
		.from_obj = msim_from_obj_read_twice,
	},
	{
		.name = "v3.17",
		BYTE_COUNTERS,
		KMEM_LIFE(v3_8),
		USER_PAGES_BY_RECORD(3_17),
		.swapout = msim_swapout_v3_17,
	},
	{
		.name = "v3.16",
		BYTE_COUNTERS,
		KMEM_LIFE(v3_8),
		USER_PAGES_BY_RECORD(3_16),
		.swapout = msim_uncharge_swapcache_v3_16,
	},
	{
		.name = "v3.8",
		BYTE_COUNTERS,
		KMEM_LIFE(v3_8),
		USER_PAGES_BY_RECORD(3_16),
		.swapout = msim_uncharge_swapcache_v3_16,
	},
	{
		.name = "v3.7",
		BYTE_COUNTERS,
		KMEM_LIFE(v3_7),
		.kmem_ref_each = true,
		USER_PAGES_BY_RECORD(3_16),
		.swapout = msim_uncharge_swapcache_v3_16,
	},
	{
		.name = "v3.8-posted",
		BYTE_COUNTERS,
		KMEM_LIFE(posted),
		USER_PAGES_BY_RECORD(3_16),
		.swapout = msim_uncharge_swapcache_v3_16,
	},
};

const struct msim_variant *msim_profile_find(const char *name)
{
	for (size_t i = 0; name && i < msim_array_size(variants); i++) {
		if (!strcmp(variants[i].name, name))
			return &variants[i];
	}
	return NULL;
}

const char *memcgsim_profile_name(unsigned int index)
{
	return index < msim_array_size(variants) ? variants[index].name : NULL;
}
