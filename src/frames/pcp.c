/* SPDX-License-Identifier: MIT */
/*
 * Owns the per-CPU page lists, each under its CPU's section, and moves pages between them and the
 * buddy allocator in batches (zone->lock inside the section). Called by the front doors. Keeps
 * I-PCP, I-PCP-HIGH and I-PCP-NOCHG. Models rmqueue_pcplist(), nr_pcp_alloc(), free_unref_page(),
 * nr_pcp_free() and free_pcppages_bulk() (B-10, B-42 ... B-45).
 */
#include "frames/pcp.h"

#include "frames/buddy.h"
#include "frames/fallback.h"
#include "frames/page.h"
#include "seam/percpu.h"

#define BATCH_SCALE_MAX 5 /* a refill grows to this power of two times the batch */

void msim_pcp_init(struct msim_cpu *cpu)
{
	const struct memcgsim_config *config = &cpu->machine->config;

	for (unsigned int i = 0; i < MSIM_PCP_LISTS; i++)
		msim_list_init(&cpu->pcp.lists[i]);
	cpu->pcp.high_pages = config->pcp_high_pages;
	cpu->pcp.batch_pages = config->pcp_batch_pages;
}

/* ---- from the zone ---- */

/* How many blocks an empty list takes: ever more single ones while nobody frees any (B-44). */
static unsigned long refill_blocks(struct msim_pcp *pcp, unsigned int order)
{
	unsigned long pages = pcp->batch_pages;

	if (pcp->high_pages < pcp->batch_pages)
		return 1;
	if (order == 0) {
		unsigned long most = pcp->batch_pages;

		if (pcp->high_pages > pcp->count_pages + 2 * pcp->batch_pages)
			most = pcp->high_pages - pcp->count_pages - pcp->batch_pages;
		pages <<= pcp->alloc_factor;
		if (pages <= most && pcp->alloc_factor < BATCH_SCALE_MAX)
			pcp->alloc_factor++;
		if (pages > most)
			pages = most;
	}
	if (pages <= 1)
		return 1;
	return pages >> order > 2 ? pages >> order : 2;
}

static struct memcgsim_page *pop_or_refill(struct msim_cpu *cpu, unsigned int order,
					   unsigned int type, unsigned int flags)
{
	struct msim_pcp *pcp = &cpu->pcp;
	unsigned int index = msim_pcp_index(order, type);

	msim_assert_section(cpu);
	if (msim_list_empty(&pcp->lists[index])) {
		unsigned long got =
			msim_zone_alloc_bulk(cpu->machine, order, refill_blocks(pcp, order),
					     &pcp->lists[index], type, flags);

		pcp->count_pages += got << order;
	}
	return msim_pcp_pop(cpu, order, type);
}

/* ---- back to the zone ---- */

/*
 * The coldest pages, beginning with the list @index and going on to the next when it is empty,
 * until @nr_pages are gone.
 */
static void flush(struct msim_cpu *cpu, unsigned int index, unsigned long nr_pages)
{
	struct msim_pcp *pcp = &cpu->pcp;
	unsigned long before = pcp->count_pages;

	msim_assert_section(cpu);
	if (nr_pages > before)
		nr_pages = before;
	msim_spin_lock(&cpu->machine->zone.lock);
	while (before - pcp->count_pages < nr_pages) {
		struct memcgsim_page *page;

		if (msim_list_empty(&pcp->lists[index])) {
			index = (index + 1) % MSIM_PCP_LISTS;
			continue;
		}
		page = msim_list_last(&pcp->lists[index], struct memcgsim_page, lru);
		msim_list_del(&page->lru);
		pcp->count_pages -= 1UL << msim_pcp_order(index);
		msim_buddy_put(cpu->machine, page, msim_pcp_order(index));
	}
	msim_spin_unlock(&cpu->machine->zone.lock);
}

/* How many pages a full list gives up: the more, the more have been freed at a stretch (B-44). */
static unsigned long flush_pages(struct msim_pcp *pcp)
{
	unsigned long nr = pcp->free_count_pages;

	if (nr < pcp->batch_pages)
		nr = pcp->batch_pages;
	if (pcp->high_pages <= pcp->batch_pages)
		nr = 1;
	else if (nr > pcp->high_pages - pcp->batch_pages)
		nr = pcp->high_pages - pcp->batch_pages;
	return nr;
}

void msim_pcp_drain(struct msim_cpu *cpu)
{
	msim_assert_section(cpu);
	flush(cpu, 0, cpu->pcp.count_pages);
	msim_assert(cpu->pcp.count_pages == 0);
}

void msim_drain_all_pages(struct memcgsim *machine)
{
	struct msim_cpu *cpu;

	msim_visit_all(machine);
	msim_for_each_cpu (machine, cpu)
		msim_pcp_drain(cpu);
	msim_unvisit_all(machine);
}

/* ---- for the front doors ---- */

bool msim_pcp_allows(const struct msim_ctx *ctx, unsigned int order)
{
	return (order < MSIM_PCP_ORDERS || order == MSIM_PCP_HUGE_ORDER) &&
	       ctx->machine->config.pcp_high_pages > 0;
}

struct memcgsim_page *msim_pcp_take(struct msim_ctx *ctx, unsigned int order, unsigned int type)
{
	struct msim_section section;
	struct memcgsim_page *page;

	if (!msim_pcp_allows(ctx, order))
		return NULL;
	section = msim_section_enter(ctx);
	page = msim_pcp_pop(section.cpu, order, type);
	if (page)
		msim_pcp_note_alloc(section.cpu);
	msim_section_leave(&section);
	return page;
}

struct memcgsim_page *msim_rmqueue(struct msim_ctx *ctx, unsigned int order, unsigned int type,
				   unsigned int flags)
{
	struct memcgsim_page *page;
	struct msim_section section;

	if (msim_pcp_allows(ctx, order)) {
		section = msim_section_enter(ctx);
		msim_pcp_note_alloc(section.cpu);
		page = pop_or_refill(section.cpu, order, type, flags);
		msim_section_leave(&section);
		if (page)
			return page;
	}
	return msim_zone_alloc(ctx->machine, order, type, flags);
}

void msim_rmqueue_bulk(struct msim_ctx *ctx, unsigned long count, struct msim_list *list,
		       unsigned int type, unsigned int flags)
{
	struct msim_section section;

	if (!msim_pcp_allows(ctx, 0)) {
		(void)msim_zone_alloc_bulk(ctx->machine, 0, count, list, type, flags);
		return;
	}
	section = msim_section_enter(ctx);
	for (unsigned long got = 0; got < count; got++) {
		struct memcgsim_page *page = pop_or_refill(section.cpu, 0, type, flags);

		if (!page)
			break;
		msim_list_add_tail(&page->lru, list);
	}
	msim_section_leave(&section);
}

void msim_free_frames(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned int order)
{
	unsigned int type = msim_page_migratetype(ctx->machine, page);
	struct msim_section section;
	struct msim_pcp *pcp;

	if (!msim_pcp_allows(ctx, order) || type == MEMCGSIM_MIGRATE_ISOLATE) {
		msim_buddy_free(ctx->machine, page, order);
		return;
	}
	if (type >= MEMCGSIM_MIGRATE_HIGHATOMIC)
		type = MEMCGSIM_MIGRATE_MOVABLE;
	section = msim_section_enter(ctx);
	pcp = &section.cpu->pcp;
	msim_pcp_push(section.cpu, page, order, type);
	if (pcp->free_count_pages > pcp->batch_pages << BATCH_SCALE_MAX)
		pcp->free_count_pages = pcp->batch_pages << BATCH_SCALE_MAX;
	if (pcp->count_pages >= pcp->high_pages)
		flush(section.cpu, msim_pcp_index(order, type), flush_pages(pcp));
	msim_section_leave(&section);
}
