/* SPDX-License-Identifier: MIT */
/*
 * The free pages that each CPU keeps for itself: last in, first out (B-42).
 */
#ifndef MSIM_FRAMES_PCP_H
#define MSIM_FRAMES_PCP_H

#include "types.h"
#include "seam/percpu.h"

void msim_pcp_init(struct msim_cpu *cpu);

/* Inside a section of the CPU: the page freed last, or NULL if the list is empty. */
static msim_always_inline struct memcgsim_page *msim_pcp_pop(struct msim_cpu *cpu,
							     unsigned int order)
{
	struct msim_list *list = &cpu->pcp.lists[order];
	struct memcgsim_page *page;

	msim_assert_section(cpu);
	if (unlikely(msim_list_empty(list)))
		return NULL;
	page = msim_list_first(list, struct memcgsim_page, lru);
	msim_list_del(&page->lru);
	cpu->pcp.count_pages -= 1UL << order;
	return page;
}

/* Inside a section: whether a block of that order may be kept. */
static msim_always_inline bool msim_pcp_has_room(const struct msim_cpu *cpu, unsigned int order)
{
	return likely(cpu->pcp.count_pages + (1UL << order) <= cpu->pcp.high_pages);
}

/* Inside a section, and there is room: keeps a block in its free state. */
static msim_always_inline void msim_pcp_push(struct msim_cpu *cpu, struct memcgsim_page *page,
					     unsigned int order)
{
	msim_assert_section(cpu);
	msim_list_add(&page->lru, &cpu->pcp.lists[order]);
	cpu->pcp.count_pages += 1UL << order;
}

/*
 * 2^order free frames from this CPU's list or the buddy allocator, or NULL. Any context, no
 * section.
 */
struct memcgsim_page *msim_rmqueue(struct msim_ctx *ctx, unsigned int order);

/* Up to @count single frames, appended to @list: what can be had at once. */
void msim_rmqueue_bulk(struct msim_ctx *ctx, unsigned long count, struct msim_list *list);

/* Takes 2^order frames in their free state. Any context, no section. */
void msim_free_frames(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order);

/* Inside a section: everything back to the buddy allocator. */
void msim_pcp_drain(struct msim_cpu *cpu);

#endif /* MSIM_FRAMES_PCP_H */
