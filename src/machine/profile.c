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
#include "history/objcg_posted.h"
#include "memcg/lru.h"
#include "memcg/migrate.h"

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
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_move_charge,
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
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
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
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
	},
	{
		.name = "v6.6",
		.batch_pages = 64,
		.type_bits = types_v5_11,
		.charge_first = true,
		.fast = true, /* no task's word ever has an answer: each charge misses and looks */
		.charge_kmem_page = msim_charge_page_objcg,
		.uncharge_kmem_page = msim_uncharge_page_objcg,
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
	},
	{
		.name = "v5.11",
		.batch_pages = 32,
		.kmem_names_memcg = true,
		.type_bits = types_v5_11,
		.charge_first = true,
		.charge_kmem_page = msim_charge_page_memcg,
		.uncharge_kmem_page = msim_uncharge_page_memcg,
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
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
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
		.from_obj = msim_from_obj_read_twice,
	},
	{
		.name = "v3.8",
		.v1 = true,
		.type_bits = types_v3,
		.memcg_create = msim_memcg_v1_create,
		.memcg_online = msim_memcg_v1_online,
		.memcg_offline = msim_memcg_v1_offline,
		.memcg_free = msim_memcg_v1_free,
		.uncharge_kmem = msim_uncharge_kmem_v3_8,
		.kmem_destroy = msim_kmem_destroy_v3_8,
		.split_kmem_page = msim_split_page_v1,
		.charge_kmem_page = msim_charge_page_v1,
		.uncharge_kmem_page = msim_uncharge_page_v1,
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
	},
	{
		.name = "v3.7",
		.v1 = true,
		.type_bits = types_v3,
		.memcg_create = msim_memcg_v1_create,
		.memcg_online = msim_memcg_v1_online,
		.memcg_offline = msim_memcg_v1_offline,
		.memcg_free = msim_memcg_v1_free,
		.kmem_ref_each = true,
		.uncharge_kmem = msim_uncharge_kmem_v3_7,
		.kmem_destroy = msim_kmem_destroy_v3_7,
		.split_kmem_page = msim_split_page_v1,
		.charge_kmem_page = msim_charge_page_v1,
		.uncharge_kmem_page = msim_uncharge_page_v1,
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
	},
	{
		.name = "v3.8-posted",
		.v1 = true,
		.type_bits = types_v3,
		.memcg_create = msim_memcg_v1_create,
		.memcg_online = msim_memcg_v1_online,
		.memcg_offline = msim_memcg_v1_offline,
		.memcg_free = msim_memcg_v1_free,
		.uncharge_kmem = msim_uncharge_kmem_posted,
		.kmem_destroy = msim_kmem_destroy_posted,
		.split_kmem_page = msim_split_page_v1,
		.charge_kmem_page = msim_charge_page_v1,
		.uncharge_kmem_page = msim_uncharge_page_v1,
		.user_memcg = msim_user_memcg_of_word,
		.migrate = msim_charge_replacement,
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
