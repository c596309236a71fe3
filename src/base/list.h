/* SPDX-License-Identifier: MIT */
/*
 * Doubly linked circular lists with the head inside the owner. Not shared: whoever owns the head's
 * lock owns every link. An all-zero link is on no list.
 */
#ifndef MSIM_BASE_LIST_H
#define MSIM_BASE_LIST_H

#include <stdbool.h>

#include "base/assert.h"

struct msim_list {
	struct msim_list *next;
	struct msim_list *prev;
};

static inline void msim_list_init(struct msim_list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool msim_list_empty(const struct msim_list *head)
{
	return head->next == head;
}

static inline void msim_list_insert(struct msim_list *item, struct msim_list *prev,
				    struct msim_list *next)
{
	msim_assert_full(prev->next == next && next->prev == prev);
	item->next = next;
	item->prev = prev;
	next->prev = item;
	prev->next = item;
}

static inline void msim_list_add(struct msim_list *item, struct msim_list *head)
{
	msim_list_insert(item, head, head->next);
}

static inline void msim_list_add_tail(struct msim_list *item, struct msim_list *head)
{
	msim_list_insert(item, head->prev, head);
}

static inline void msim_list_del(struct msim_list *item)
{
	msim_assert_full(item->next->prev == item && item->prev->next == item);
	item->next->prev = item->prev;
	item->prev->next = item->next;
	item->next = NULL;
	item->prev = NULL;
}

/* Moves everything on @from to the front of @to and leaves @from empty. */
static inline void msim_list_splice(struct msim_list *from, struct msim_list *to)
{
	if (msim_list_empty(from))
		return;
	from->next->prev = to;
	from->prev->next = to->next;
	to->next->prev = from->prev;
	to->next = from->next;
	msim_list_init(from);
}

static inline unsigned long msim_list_count(const struct msim_list *head)
{
	unsigned long count = 0;

	for (const struct msim_list *pos = head->next; pos != head; pos = pos->next)
		count++;
	return count;
}

#define msim_list_entry(ptr, type, member)  msim_container_of(ptr, type, member)
#define msim_list_first(head, type, member) msim_list_entry((head)->next, type, member)
#define msim_list_last(head, type, member)  msim_list_entry((head)->prev, type, member)
#define msim_list_for_each(pos, head)	    for (pos = (head)->next; pos != (head); pos = pos->next)

#endif /* MSIM_BASE_LIST_H */
