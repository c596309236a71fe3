/* SPDX-License-Identifier: MIT */
/*
 * The tagged word of a page: who is charged for it. Read once, always: between two loads the word
 * may turn from nothing into a vector (T-04).
 */
#ifndef MSIM_MEMCG_MEMCG_DATA_H
#define MSIM_MEMCG_MEMCG_DATA_H

#include "types.h"
#include "frames/page.h"

#define MSIM_MEMCG_DATA_OBJEXTS MEMCGSIM_MEMCG_DATA_OBJEXTS
#define MSIM_MEMCG_DATA_KMEM	MEMCGSIM_MEMCG_DATA_KMEM
#define MSIM_MEMCG_DATA_FLAGS	(MSIM_MEMCG_DATA_OBJEXTS | MSIM_MEMCG_DATA_KMEM)

/* The objcg of a kernel page's word, or NULL for any other word (T-05, T-07). */
static inline struct memcgsim_obj_cgroup *msim_word_objcg(unsigned long word)
{
	if ((word & MSIM_MEMCG_DATA_FLAGS) != MSIM_MEMCG_DATA_KMEM)
		return NULL;
	return (struct memcgsim_obj_cgroup *)(word & ~MSIM_MEMCG_DATA_FLAGS);
}

/* The memcg of a user page's word, or NULL for any other word (T-02). */
static inline struct memcgsim_mem_cgroup *msim_word_memcg(unsigned long word)
{
	if (word & MSIM_MEMCG_DATA_FLAGS)
		return NULL;
	return (struct memcgsim_mem_cgroup *)word;
}

/*
 * For slow halves, on any machine. The objcg that a kernel page's word names, and the memcg that a
 * word names itself, and pins: a user page's, and in kernels before 5.13 a kernel page's too.
 */
static inline struct memcgsim_obj_cgroup *msim_kmem_objcg(const struct memcgsim *machine,
							  unsigned long word)
{
	return machine->variant->kmem_names_memcg ? NULL : msim_word_objcg(word);
}

static inline struct memcgsim_mem_cgroup *msim_pinned_memcg(const struct memcgsim *machine,
							    unsigned long word)
{
	if (machine->variant->kmem_names_memcg && !(word & MSIM_MEMCG_DATA_OBJEXTS))
		word &= ~MSIM_MEMCG_DATA_KMEM;
	return msim_word_memcg(word);
}

/*
 * Likewise: whether the page allocator has to uncharge @page, whose word was read as @word. A bit of the
 * word, and of older kernels a page type beside it (T-05).
 */
static inline bool msim_is_kmem(const struct memcgsim *machine, const struct memcgsim_page *page,
				unsigned long word)
{
	if (!MSIM_MEMCG)
		return false;
	if (unlikely(machine->variant->kmem_is_type))
		return word && msim_page_is_type(page, MSIM_PGTY_KMEMCG);
	return (word & MSIM_MEMCG_DATA_FLAGS) == MSIM_MEMCG_DATA_KMEM;
}

/* The word of a kernel page that is charged to a memcg itself; and its mark, where that is a type. */
static inline void msim_mark_kmem(const struct memcgsim *machine, struct memcgsim_page *page,
				  unsigned long word)
{
	msim_store_relaxed(&page->memcg_data, word);
	if (unlikely(machine->variant->kmem_is_type))
		msim_store_relaxed(&page->mapcount_or_type,
				   msim_type_bits_word(msim_page_type_bits(page) |
						       msim_type_bit(MSIM_PGTY_KMEMCG)));
}

/*
 * Nobody is charged for the block any more. One store, of the whole word, was the point of the tag: a type
 * takes another (T-09).
 */
static inline void msim_clear_memcg_data(const struct memcgsim *machine,
					 struct memcgsim_page *block)
{
	unsigned int others;

	msim_store_relaxed(&block->memcg_data, 0);
	if (likely(!machine->variant->kmem_is_type) || !msim_page_is_type(block, MSIM_PGTY_KMEMCG))
		return;
	others = msim_page_type_bits(block) & ~msim_type_bit(MSIM_PGTY_KMEMCG);
	msim_store_relaxed(&block->mapcount_or_type, msim_type_bits_word(others));
}

/*
 * The owners of a slab's objects, or NULL if it has none yet; bit 0 alone means the same (T-01,
 * T-06).
 */
static inline struct memcgsim_obj_cgroup **msim_word_objcgs(unsigned long word)
{
	if ((word & MSIM_MEMCG_DATA_FLAGS) != MSIM_MEMCG_DATA_OBJEXTS)
		return NULL;
	return (struct memcgsim_obj_cgroup **)(word & ~MSIM_MEMCG_DATA_FLAGS);
}

/*
 * The memcg behind an objcg that the caller has a reference on. Outside RCU read sections a WARN: the
 * memcg may be gone when the caller looks at it.
 */
struct memcgsim_mem_cgroup *msim_objcg_memcg(struct memcgsim *machine,
					     struct memcgsim_obj_cgroup *objcg);

#endif /* MSIM_MEMCG_MEMCG_DATA_H */
