/* SPDX-License-Identifier: MIT */
/*
 * The buddy allocator: blocks of 2^order frames, naturally aligned, merged when both halves are
 * free.
 */
#ifndef MSIM_FRAMES_BUDDY_H
#define MSIM_FRAMES_BUDDY_H

#include "types.h"

void msim_buddy_init(struct memcgsim *machine);

/* A block as it lay on the free lists, or NULL. */
struct memcgsim_page *msim_buddy_alloc(struct memcgsim *machine, unsigned int order);

/*
 * Up to @count blocks, appended to @list in rising addresses as far as the lists allow; how many.
 */
unsigned long msim_buddy_alloc_bulk(struct memcgsim *machine, unsigned int order,
				    unsigned long count, struct msim_list *list);

/* Takes back a block in its free state (frames/page.h). */
void msim_buddy_free(struct memcgsim *machine, struct memcgsim_page *page, unsigned int order);

/* The same for every page on @list, all of one order. */
void msim_buddy_free_bulk(struct memcgsim *machine, struct msim_list *list, unsigned int order);

#endif /* MSIM_FRAMES_BUDDY_H */
