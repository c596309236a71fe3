/* SPDX-License-Identifier: MIT */
/*
 * The swap area: slots, who refers to them, and whose memcg's id each has recorded. It knows nothing
 * of what that means; who charges does.
 */
#ifndef MSIM_FRAMES_SWAPFILE_H
#define MSIM_FRAMES_SWAPFILE_H

#include "types.h"

int msim_swapfile_init(struct memcgsim *machine);
void msim_swapfile_destroy(struct memcgsim *machine);

/* Whether there are such slots. */
static inline bool msim_swap_valid(const struct memcgsim *machine, unsigned long entry)
{
	return entry > 0 && entry < machine->swap.nr_slots;
}

/*
 * The first of @nr slots side by side, free until now, and aligned to that power of two: they are the
 * swap cache's. 0: there are none.
 */
unsigned long msim_swap_alloc(struct memcgsim *machine, unsigned long nr);

/* One more page table refers to a slot; false if nobody does so far. */
bool msim_swap_duplicate(struct memcgsim *machine, unsigned long entry);

/* The swap cache is to have it: 0; -ENOENT for a free slot, -EEXIST if it has it already. */
int msim_swap_claim(struct memcgsim *machine, unsigned long entry);

/* Whether the cache has it, and no page for it. */
bool msim_swap_is_claimed(struct memcgsim *machine, unsigned long entry);

/*
 * One reference less: a page table's, or the swap cache's for MSIM_SWAP_HAS_CACHE. 0; -EINVAL if there
 * is none; 1 if it was the last: then nobody else gets the slot before the caller has taken away what
 * is recorded and calls msim_swap_release().
 */
int msim_swap_drop(struct memcgsim *machine, unsigned long entry, unsigned int reference);
void msim_swap_release(struct memcgsim *machine, unsigned long entry);

/* Page tables that refer to a slot. */
unsigned int msim_swap_count(struct memcgsim *machine, unsigned long entry);

/* The swap cache's page of some slots; NULL: none from now on. They are the cache's. */
void msim_swap_set_folio(struct memcgsim *machine, unsigned long entry, unsigned long nr,
			 struct memcgsim_page *page);

/* That of a slot, with a reference; NULL: none, or it is about to leave. */
struct memcgsim_page *msim_swap_get_folio(struct memcgsim *machine, unsigned long entry);

/* ---- the record ---- */

/* Whose id a slot has recorded; 0: nobody's. Acquire: what it leads to is looked at under RCU. */
unsigned int msim_swap_id(struct memcgsim *machine, unsigned long entry);

/* Records another, and returns the one before. */
unsigned int msim_swap_record(struct memcgsim *machine, unsigned long entry, unsigned int id);

/* The same if it was @old; whether it was. */
bool msim_swap_record_cmpxchg(struct memcgsim *machine, unsigned long entry, unsigned int old,
			      unsigned int id);

#endif /* MSIM_FRAMES_SWAPFILE_H */
