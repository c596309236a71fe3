/* SPDX-License-Identifier: MIT */
/*
 * The free pages that each CPU keeps for itself, a list for each order and type: last in, first out
 * (B-42).
 */
#ifndef MSIM_FRAMES_PCP_H
#define MSIM_FRAMES_PCP_H

#include "types.h"
#include "frames/pageblock.h"
#include "seam/percpu.h"

void msim_pcp_init(struct msim_cpu *cpu);

/* Which list: of a small order, or one of the two for huge pages. */
static msim_always_inline unsigned int msim_pcp_index(unsigned int order, unsigned int type)
{
	msim_assert_full(order < MSIM_PCP_ORDERS || order == MSIM_PCP_HUGE_ORDER);
	if (unlikely(order >= MSIM_PCP_ORDERS))
		return MSIM_PCP_HUGE_LIST + (type == MEMCGSIM_MIGRATE_MOVABLE);
	return order * MSIM_PCP_STRIDE + type;
}

/* The order of the blocks on a list. */
static inline unsigned int msim_pcp_order(unsigned int index)
{
	return index < MSIM_PCP_HUGE_LIST ? index / MSIM_PCP_STRIDE : MSIM_PCP_HUGE_ORDER;
}

/* Inside a section of the CPU: the page freed last, or NULL if the list is empty. */
static msim_always_inline struct memcgsim_page *msim_pcp_pop(struct msim_cpu *cpu,
							     unsigned int order, unsigned int type)
{
	struct msim_list *list = &cpu->pcp.lists[msim_pcp_index(order, type)];
	struct memcgsim_page *page;

	msim_assert_section(cpu);
	if (unlikely(msim_list_empty(list)))
		return NULL;
	page = msim_list_first(list, struct memcgsim_page, lru);
	msim_list_del(&page->lru);
	cpu->pcp.count_pages -= 1UL << order;
	return page;
}

/* Inside a section: whether a block of that order may be kept without a flush (B-44). */
static msim_always_inline bool msim_pcp_has_room(const struct msim_cpu *cpu, unsigned int order)
{
	return likely(cpu->pcp.count_pages + (1UL << order) < cpu->pcp.high_pages);
}

/* Inside a section: keeps a block in its free state. */
static msim_always_inline void msim_pcp_push(struct msim_cpu *cpu, struct memcgsim_page *page,
					     unsigned int order, unsigned int type)
{
	msim_assert_section(cpu);
	msim_list_add(&page->lru, &cpu->pcp.lists[msim_pcp_index(order, type)]);
	cpu->pcp.count_pages += 1UL << order;
	cpu->pcp.free_count_pages += 1UL << order;
	cpu->pcp.alloc_factor >>= 1;
}

/* Inside a section: an allocation, as the flush sees it, makes less of the frees before it. */
static msim_always_inline void msim_pcp_note_alloc(struct msim_cpu *cpu)
{
	cpu->pcp.free_count_pages >>= 1;
}

/* Whether this CPU's lists are on and serve the order. */
bool msim_pcp_allows(const struct msim_ctx *ctx, unsigned int order);

/* What lies on this CPU's list, or NULL. Any context, no section; so are those below. */
struct memcgsim_page *msim_pcp_take(struct msim_ctx *ctx, unsigned int order, unsigned int type);

/* 2^order free frames from this CPU's list, refilled, or from the buddy allocator; or NULL. */
struct memcgsim_page *msim_rmqueue(struct msim_ctx *ctx, unsigned int order, unsigned int type,
				   unsigned int flags);

/* Up to @count single frames, appended to @list: what can be had at once. */
void msim_rmqueue_bulk(struct msim_ctx *ctx, unsigned long count, struct msim_list *list,
		       unsigned int type, unsigned int flags);

/* Takes 2^order frames in their free state. */
void msim_free_frames(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);

/* Every CPU's lists back to the buddy allocator: what lies there may merge into enough. */
void msim_drain_all_pages(struct memcgsim *machine);

/* Inside a section: everything back to the buddy allocator. */
void msim_pcp_drain(struct msim_cpu *cpu);

#endif /* MSIM_FRAMES_PCP_H */
