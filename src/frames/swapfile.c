/* SPDX-License-Identifier: MIT */
/*
 * Owns the swap area (swap.lock, rank MSIM_RANK_SWAP). Called by the swap cache and by who frees what
 * was swapped out; records are read and written by who charges, each by one access. Keeps what I-SWAP
 * counts. Models mm/swapfile.c, and swap_cgroup_record() and its kin, mm/swap_cgroup.c (U-08, U-09).
 */
#include "frames/swapfile.h"

#include <errno.h>

#include "base/lazy.h"
#include "frames/page.h"

static size_t slots_bytes(const struct memcgsim *machine)
{
	return machine->swap.nr_slots * sizeof(struct msim_swap_slot);
}

int msim_swapfile_init(struct memcgsim *machine)
{
	struct msim_swap *swap = &machine->swap;

	msim_spin_init(&swap->lock, MSIM_RANK_SWAP);
	if (machine->config.nr_swap_pages == 0)
		return 0;
	swap->nr_slots = machine->config.nr_swap_pages + 1; /* 0 is none */
	swap->slots = msim_lazy_map(slots_bytes(machine));
	if (!swap->slots)
		return -ENOMEM;
	swap->lowest_free = 1;
	msim_store_relaxed(&swap->nr_free, machine->config.nr_swap_pages);
	return 0;
}

void msim_swapfile_destroy(struct memcgsim *machine)
{
	msim_lazy_unmap(machine->swap.slots, slots_bytes(machine));
}

/* ---- under the lock ---- */

static void count_free(struct msim_swap *swap, long change)
{
	unsigned long free = msim_load_relaxed(&swap->nr_free);

	msim_store_relaxed(&swap->nr_free, free + (unsigned long)change);
}

static bool all_free(const struct msim_swap *swap, unsigned long entry, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		if (swap->slots[entry + i].map)
			return false;
	}
	return true;
}

/* The lowest place for @nr slots; 0: there is none. */
static unsigned long find(const struct msim_swap *swap, unsigned long nr)
{
	unsigned long entry = (swap->lowest_free + nr - 1) & ~(nr - 1);

	while (entry + nr <= swap->nr_slots && !all_free(swap, entry, nr))
		entry += nr;
	return entry + nr <= swap->nr_slots ? entry : 0;
}

/* ---- slots ---- */

unsigned long msim_swap_alloc(struct memcgsim *machine, unsigned long nr)
{
	struct msim_swap *swap = &machine->swap;
	unsigned long entry;

	if (swap->nr_slots == 0)
		return 0;
	msim_spin_lock(&swap->lock);
	entry = find(swap, nr);
	for (unsigned long i = 0; entry && i < nr; i++) {
		msim_assert(!swap->slots[entry + i].folio);
		swap->slots[entry + i].map = MSIM_SWAP_HAS_CACHE;
	}
	if (entry)
		count_free(swap, -(long)nr);
	if (entry && entry + nr > swap->frontier)
		swap->frontier = entry + nr;
	if (nr == 1) /* larger ones leave gaps */
		swap->lowest_free = entry ? entry + 1 : swap->nr_slots;
	msim_spin_unlock(&swap->lock);
	return entry;
}

bool msim_swap_duplicate(struct memcgsim *machine, unsigned long entry)
{
	struct msim_swap_slot *slot = &machine->swap.slots[entry];
	bool there;

	msim_spin_lock(&machine->swap.lock);
	there = slot->map && !(slot->map & MSIM_SWAP_GOING);
	slot->map += there;
	msim_spin_unlock(&machine->swap.lock);
	return there;
}

int msim_swap_claim(struct memcgsim *machine, unsigned long entry)
{
	struct msim_swap_slot *slot = &machine->swap.slots[entry];
	int err = 0;

	msim_spin_lock(&machine->swap.lock);
	if (!slot->map || slot->map & MSIM_SWAP_GOING)
		err = -ENOENT;
	else if (slot->map & MSIM_SWAP_HAS_CACHE)
		err = -EEXIST;
	else
		slot->map |= MSIM_SWAP_HAS_CACHE;
	msim_spin_unlock(&machine->swap.lock);
	return err;
}

bool msim_swap_is_claimed(struct memcgsim *machine, unsigned long entry)
{
	const struct msim_swap_slot *slot = &machine->swap.slots[entry];
	bool claimed;

	msim_spin_lock(&machine->swap.lock);
	claimed = slot->map & MSIM_SWAP_HAS_CACHE && !slot->folio;
	msim_spin_unlock(&machine->swap.lock);
	return claimed;
}

static bool has(unsigned int map, unsigned int reference)
{
	if (reference == MSIM_SWAP_HAS_CACHE)
		return map & MSIM_SWAP_HAS_CACHE;
	return (map & ~MSIM_SWAP_HAS_CACHE & ~MSIM_SWAP_GOING) >= reference;
}

int msim_swap_drop(struct memcgsim *machine, unsigned long entry, unsigned int reference)
{
	struct msim_swap_slot *slot = &machine->swap.slots[entry];
	int result = -EINVAL;

	msim_spin_lock(&machine->swap.lock);
	if (has(slot->map, reference)) {
		slot->map -= reference;
		result = slot->map == 0;
		if (result)
			slot->map = MSIM_SWAP_GOING;
	}
	msim_spin_unlock(&machine->swap.lock);
	return result;
}

void msim_swap_release(struct memcgsim *machine, unsigned long entry)
{
	struct msim_swap *swap = &machine->swap;

	msim_spin_lock(&swap->lock);
	msim_assert(swap->slots[entry].map == MSIM_SWAP_GOING && !swap->slots[entry].folio);
	swap->slots[entry].map = 0;
	if (entry < swap->lowest_free)
		swap->lowest_free = entry;
	count_free(swap, 1);
	msim_spin_unlock(&swap->lock);
}

unsigned int msim_swap_count(struct memcgsim *machine, unsigned long entry)
{
	unsigned int map;

	msim_spin_lock(&machine->swap.lock);
	map = machine->swap.slots[entry].map;
	msim_spin_unlock(&machine->swap.lock);
	return map & ~MSIM_SWAP_HAS_CACHE & ~MSIM_SWAP_GOING;
}

/* ---- the swap cache's pages ---- */

void msim_swap_set_folio(struct memcgsim *machine, unsigned long entry, unsigned long nr,
			 struct memcgsim_page *page)
{
	msim_spin_lock(&machine->swap.lock);
	for (unsigned long i = 0; i < nr; i++) {
		msim_assert(machine->swap.slots[entry + i].map & MSIM_SWAP_HAS_CACHE);
		machine->swap.slots[entry + i].folio = page;
	}
	msim_spin_unlock(&machine->swap.lock);
}

struct memcgsim_page *msim_swap_get_folio(struct memcgsim *machine, unsigned long entry)
{
	struct memcgsim_page *page;

	msim_spin_lock(&machine->swap.lock);
	page = machine->swap.slots[entry].folio;
	/* The cache has references of its own, unless they are frozen. */
	if (page && !msim_page_ref_unless_zero(page))
		page = NULL;
	msim_spin_unlock(&machine->swap.lock);
	return page;
}

/* ---- the record ---- */

unsigned int msim_swap_id(struct memcgsim *machine, unsigned long entry)
{
	return msim_load_acquire(&machine->swap.slots[entry].id);
}

unsigned int msim_swap_record(struct memcgsim *machine, unsigned long entry, unsigned int id)
{
	return msim_xchg(&machine->swap.slots[entry].id, id);
}

bool msim_swap_record_cmpxchg(struct memcgsim *machine, unsigned long entry, unsigned int old,
			      unsigned int id)
{
	return msim_cmpxchg(&machine->swap.slots[entry].id, &old, id);
}
