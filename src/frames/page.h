/* SPDX-License-Identifier: MIT */
/*
 * One frame's structure: finding it, its type word, its references, and making it ready for an
 * owner.
 */
#ifndef MSIM_FRAMES_PAGE_H
#define MSIM_FRAMES_PAGE_H

#include "types.h"

/*
 * What the tails of a compound page have for a mapping, so that nobody takes one for a page of a
 * file.
 */
#define MSIM_TAIL_MAPPING ((void *)0x400UL)

static inline unsigned long msim_pfn(const struct memcgsim *machine,
				     const struct memcgsim_page *page)
{
	return (unsigned long)(page - machine->pages);
}

/*
 * Whether @page is an element of the machine's array. Rotating the offset brings misaligned ones
 * out of range, so one comparison answers both questions.
 */
static inline bool msim_page_valid(const struct memcgsim *machine, const struct memcgsim_page *page)
{
	unsigned long offset = (unsigned long)page - (unsigned long)machine->pages;

	return ((offset >> 6) | (offset << 58)) < machine->config.nr_pages;
}

/*
 * The context, if the calling thread has one and @page is its machine's; what it is not is told, as
 * found by @caller.
 */
struct msim_ctx *msim_page_ctx(const struct memcgsim_page *page, const char *caller);

static inline struct memcgsim_page *msim_compound_head(struct memcgsim_page *page)
{
	return page->compound_head & 1 ? (struct memcgsim_page *)(page->compound_head - 1) : page;
}

static inline bool msim_page_is_tail(const struct memcgsim_page *page)
{
	return page->compound_head & 1;
}

/* For whoever has no more than a reference: the lock and LRU bits may be changing. */
static inline unsigned long msim_page_flags(const struct memcgsim_page *page)
{
	return msim_load_relaxed(&page->flags);
}

static inline unsigned int msim_page_order(const struct memcgsim_page *page)
{
	return (msim_page_flags(page) & MSIM_PG_ORDER_MASK) >> MSIM_PG_ORDER_SHIFT;
}

/* The lock and LRU bits, set and cleared by whoever has a reference. Whether @bit was set before. */
static inline bool msim_page_test_and_set(struct memcgsim_page *page, unsigned long bit)
{
	unsigned long flags = msim_page_flags(page);

	while (!(flags & bit)) {
		if (msim_cmpxchg(&page->flags, &flags, flags | bit))
			return false;
	}
	return true;
}

static inline bool msim_page_test_and_clear(struct memcgsim_page *page, unsigned long bit)
{
	unsigned long flags = msim_page_flags(page);

	while (flags & bit) {
		if (msim_cmpxchg(&page->flags, &flags, flags & ~bit))
			return true;
	}
	return false;
}

/* Whether it is anonymous memory's, by the low bit of its mapping. */
static inline bool msim_page_is_anon(const struct memcgsim_page *page)
{
	return (unsigned long)msim_load_relaxed(&page->mapping) & 1;
}

/*
 * The word that mapping counts in and types stand in (B-07); stored plus one, so that zero is
 * unmapped.
 */
static inline unsigned int msim_page_type(const struct memcgsim_page *page)
{
	return (msim_load_relaxed(&page->mapcount_or_type) - 1) >> 24;
}

static inline bool msim_page_has_type(const struct memcgsim_page *page, unsigned int type)
{
	return msim_page_type(page) == type;
}

static inline void msim_page_set_type(struct memcgsim_page *page, unsigned int type)
{
	msim_assert_full(msim_load_relaxed(&page->mapcount_or_type) == 0);
	msim_store_relaxed(&page->mapcount_or_type, (type << 24) + 1);
}

static inline void msim_page_clear_type(struct memcgsim_page *page)
{
	msim_store_relaxed(&page->mapcount_or_type, 0);
}

/* The types that a page has on machines where a type is a bit; 0 for none, and for a byte. */
static inline unsigned int msim_page_type_bits(const struct memcgsim_page *page)
{
	unsigned int word = msim_load_relaxed(&page->mapcount_or_type) - 1;

	return word >> 24 == MSIM_PGTY_BITS ? word & 0xffffffu : 0;
}

static inline unsigned int msim_type_bit(unsigned int type)
{
	return 1u << (type - MSIM_PGTY_BUDDY);
}

/* The word of a page that has these types and no other. */
static inline unsigned int msim_type_bits_word(unsigned int bits)
{
	return bits ? (MSIM_PGTY_BITS << 24 | bits) + 1 : 0;
}

/* Whether @word, of a page without its plus one, has the type, beside others or not. */
static inline bool msim_type_word_has(unsigned int word, unsigned int type)
{
	return word >> 24 == type || (word >> 24 == MSIM_PGTY_BITS && type >= MSIM_PGTY_BUDDY &&
				      type < MSIM_PGTY_BITS && (word & msim_type_bit(type)));
}

/* For slow halves, on any machine. */
static inline bool msim_page_is_type(const struct memcgsim_page *page, unsigned int type)
{
	return msim_type_word_has(msim_load_relaxed(&page->mapcount_or_type) - 1, type);
}

static inline int msim_page_ref_count(const struct memcgsim_page *page)
{
	return msim_load_relaxed(&page->_refcount);
}

/* One more reference, unless there is none: who has only a pointer may ask. */
static inline bool msim_page_ref_unless_zero(struct memcgsim_page *page)
{
	int count = msim_page_ref_count(page);

	while (count > 0) {
		if (msim_cmpxchg(&page->_refcount, &count, count + 1))
			return true;
	}
	return false;
}

/* Whether the caller's was the last reference; acquires what earlier putters wrote. */
static inline bool msim_page_put_testzero(struct memcgsim_page *page)
{
	return msim_sub_return(&page->_refcount, 1) == 0;
}

/* Whose it is, as its word says; without a memory controller nobody looks, as nobody writes it. */
static inline unsigned long msim_page_word(const struct memcgsim_page *page)
{
	return MSIM_MEMCG ? msim_load_relaxed(&page->memcg_data) : 0;
}

/* Whether a page about to be handed out is as a free one must be (B-17, I-FREE-STATE). */
static inline bool msim_page_is_clean(const struct memcgsim_page *page)
{
	return !(msim_page_word(page) | msim_page_flags(page) |
		 msim_load_relaxed(&page->mapcount_or_type) | (unsigned long)page->mapping) &&
	       msim_page_ref_count(page) == 0;
}

/* The same of a block: the first frame of a large one speaks for the rest only if nobody cares. */
static msim_always_inline bool msim_frames_are_clean(const struct memcgsim_page *page,
						     unsigned int order)
{
	if (unlikely(!msim_page_is_clean(page)))
		return false;
	for (unsigned long i = 1; i < 1UL << order; i++) {
		if (unlikely(!msim_page_is_clean(&page[i])))
			return false;
	}
	return true;
}

/*
 * Turns 2^order free frames into an allocated block: one reference on the head, tails linked for
 * @compound.
 */
void msim_prep_new_page(struct memcgsim_page *page, unsigned int order, bool compound);

/* Turns an allocated block of loose frames into as many blocks of one, each with a reference. */
void msim_split_frames(struct memcgsim_page *page, unsigned int order);

/* The block stands for its first frame only from now on; the others are its owner's still. */
void msim_page_clear_order(struct memcgsim_page *page);

/* Makes frames look as if never used, whatever they look like. */
void msim_scrub_frames(struct memcgsim_page *page, unsigned int order);

/* The opposite of msim_prep_new_page(), except for the reference, which must be gone. */
void msim_unprep_page(struct memcgsim_page *page, unsigned int order);

#endif /* MSIM_FRAMES_PAGE_H */
