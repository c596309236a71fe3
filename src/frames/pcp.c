/* SPDX-License-Identifier: MIT */
/*
 * Owns the per-CPU page lists, each under its CPU's section, and moves pages between them and the
 * buddy allocator in batches (zone->lock inside the section). Called by the front doors. Keeps
 * I-PCP, I-PCP-HIGH and I-PCP-NOCHG. Models rmqueue_pcplist(), free_unref_page() and
 * free_pcppages_bulk() (B-42 ... B-44).
 */
#include "frames/pcp.h"

#include "frames/buddy.h"
#include "frames/page.h"
#include "seam/percpu.h"

void msim_pcp_init(struct msim_cpu *cpu)
{
	const struct memcgsim_config *config = &cpu->machine->config;

	for (unsigned int order = 0; order < MSIM_PCP_ORDERS; order++)
		msim_list_init(&cpu->pcp.lists[order]);
	cpu->pcp.high_pages = config->pcp_high_pages;
	cpu->pcp.batch_pages = config->pcp_batch_pages;
}

static void refill(struct msim_cpu *cpu, unsigned int order)
{
	struct msim_pcp *pcp = &cpu->pcp;
	unsigned long blocks = pcp->batch_pages >> order;
	unsigned long got;

	msim_assert_section(cpu);
	msim_assert(order < MSIM_PCP_ORDERS);
	if (order > 0 && blocks < 2)
		blocks = 2;
	if (pcp->count_pages + (blocks << order) > pcp->high_pages)
		blocks = 1;
	got = msim_buddy_alloc_bulk(cpu->machine, order, blocks, &pcp->lists[order]);
	pcp->count_pages += got << order;
}

/* Gives back the coldest pages, beginning with the list of @order, until a batch is gone. */
static void flush(struct msim_cpu *cpu, unsigned int order, unsigned long nr_pages)
{
	struct msim_pcp *pcp = &cpu->pcp;
	unsigned long freed = 0;

	msim_assert_section(cpu);
	for (unsigned int i = 0; i < MSIM_PCP_ORDERS && freed < nr_pages; i++) {
		unsigned int o = (order + i) % MSIM_PCP_ORDERS;
		struct msim_list batch;

		msim_list_init(&batch);
		while (freed < nr_pages && !msim_list_empty(&pcp->lists[o])) {
			struct memcgsim_page *page =
				msim_list_last(&pcp->lists[o], struct memcgsim_page, lru);

			msim_list_del(&page->lru);
			msim_list_add_tail(&page->lru, &batch);
			freed += 1UL << o;
		}
		msim_buddy_free_bulk(cpu->machine, &batch, o);
	}
	msim_assert(freed <= pcp->count_pages);
	pcp->count_pages -= freed;
}

void msim_pcp_drain(struct msim_cpu *cpu)
{
	msim_assert_section(cpu);
	flush(cpu, 0, cpu->pcp.count_pages);
	msim_assert(cpu->pcp.count_pages == 0);
}

/* The last resort before failing: what lies on the CPUs' lists may merge into enough. */
static void drain_all_pages(struct memcgsim *machine)
{
	struct msim_cpu *cpu;

	msim_visit_all(machine);
	msim_for_each_cpu (machine, cpu)
		msim_pcp_drain(cpu);
	msim_unvisit_all(machine);
}

static bool pcp_allowed_order(struct msim_ctx *ctx, unsigned int order)
{
	return order < MSIM_PCP_ORDERS && (1UL << order) <= ctx->machine->config.pcp_high_pages;
}

static struct memcgsim_page *pop_or_refill(struct msim_cpu *cpu, unsigned int order)
{
	struct memcgsim_page *page = msim_pcp_pop(cpu, order);

	if (page)
		return page;
	refill(cpu, order);
	return msim_pcp_pop(cpu, order);
}

struct memcgsim_page *msim_rmqueue(struct msim_ctx *ctx, unsigned int order)
{
	struct memcgsim_page *page;
	struct msim_section section;

	if (pcp_allowed_order(ctx, order)) {
		section = msim_section_enter(ctx);
		page = pop_or_refill(section.cpu, order);
		msim_section_leave(&section);
		if (page)
			return page;
	} else {
		page = msim_buddy_alloc(ctx->machine, order);
		if (page)
			return page;
	}
	drain_all_pages(ctx->machine);
	return msim_buddy_alloc(ctx->machine, order);
}

void msim_rmqueue_bulk(struct msim_ctx *ctx, unsigned long count, struct msim_list *list)
{
	struct msim_section section;

	if (!pcp_allowed_order(ctx, 0)) {
		(void)msim_buddy_alloc_bulk(ctx->machine, 0, count, list);
		return;
	}
	section = msim_section_enter(ctx);
	for (unsigned long got = 0; got < count; got++) {
		struct memcgsim_page *page = pop_or_refill(section.cpu, 0);

		if (!page)
			break;
		msim_list_add_tail(&page->lru, list);
	}
	msim_section_leave(&section);
}

void msim_free_frames(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	struct msim_section section;

	msim_assert(msim_page_is_clean(page));
	if (!pcp_allowed_order(ctx, order)) {
		msim_buddy_free(ctx->machine, page, order);
		return;
	}
	section = msim_section_enter(ctx);
	if (!msim_pcp_has_room(section.cpu, order))
		flush(section.cpu, order, section.cpu->pcp.batch_pages);
	if (msim_pcp_has_room(section.cpu, order))
		msim_pcp_push(section.cpu, page, order);
	else
		msim_buddy_free(ctx->machine, page, order);
	msim_section_leave(&section);
}
