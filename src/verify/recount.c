/* SPDX-License-Identifier: MIT */
/*
 * Owns the table of parties and the bitmap of charged frames. Called by verify/ledger between two
 * steps, when nobody runs: everything is read as it is.
 *
 * Some things are nobody's for a while, by the kernel's own order of things, and are left out until
 * they are somebody's again: what then is missing is in the hand of whoever works on them. They are
 * the base references of a memcg whose offlining has begun, and what a dead objcg's byte stocks left
 * over, once its release runs.
 */
#include "verify/recount.h"

#include <stdlib.h>

#include "explore/arena.h"
#include "frames/page.h"
#include "history/page_cgroup.h"
#include "memcg/css.h"
#include "memcg/memcg_data.h"
#include "memcg/ref.h"

#define PAGE_BYTES ((long)MEMCGSIM_PAGE_SIZE)
#define RESERVED   ((const struct memcgsim_mem_cgroup *)1UL) /* what memcg/id puts in its table */

bool msim_recount_open(struct msim_recount *count, struct memcgsim *machine)
{
	count->machine = machine;
	count->nr_words = (machine->config.nr_pages + MSIM_WORD_BITS - 1) / MSIM_WORD_BITS;
	count->charged = calloc(count->nr_words, sizeof(*count->charged));
	return count->charged;
}

void msim_recount_close(struct msim_recount *count)
{
	free(count->charged);
}

static void note_charge(struct msim_recount *count, const struct memcgsim_page *page)
{
	unsigned long pfn = msim_pfn(count->machine, page);
	unsigned long bit = 1UL << pfn % MSIM_WORD_BITS;

	if (page->memcg_data)
		count->charged[pfn / MSIM_WORD_BITS] |= bit;
	else
		count->charged[pfn / MSIM_WORD_BITS] &= ~bit;
}

static long order_frames(unsigned long flags)
{
	return 1L << ((flags & MSIM_PG_ORDER_MASK) >> MSIM_PG_ORDER_SHIFT);
}

/* How many frames a page with these words stands for. */
static long frames_of(unsigned long flags, int references)
{
	return references > 0 ? order_frames(flags) : 0;
}

void msim_recount_wrote(struct msim_recount *count, const struct memcgsim_page *page,
			const volatile void *word, uint64_t old)
{
	if (word == &page->memcg_data)
		note_charge(count, page);
	else if (word == &page->flags)
		count->allocated +=
			frames_of(page->flags, page->_refcount) - frames_of(old, page->_refcount);
	else if (word == &page->_refcount)
		count->allocated +=
			frames_of(page->flags, page->_refcount) - frames_of(page->flags, (int)old);
}

void msim_recount_find(struct msim_recount *count)
{
	for (unsigned long pfn = 0; pfn < count->machine->zone.frontier_pfn; pfn++) {
		const struct memcgsim_page *page = &count->machine->pages[pfn];

		note_charge(count, page);
		count->allocated += frames_of(page->flags, page->_refcount);
	}
}

/* Guards, which are a debugging aid, are put aside for good as far as this is concerned. */
static void count_frames(struct msim_recount *count)
{
	const struct msim_zone *zone = &count->machine->zone;
	const struct msim_cpu *cpu;
	long listed = 0;

	for (unsigned int order = 0; order < MEMCGSIM_NR_PAGE_ORDERS; order++)
		listed += (long)zone->free_area[order].nr_free << order;
	msim_for_each_cpu (count->machine, cpu)
		listed += (long)cpu->pcp.count_pages;
	count->nowhere =
		(long)zone->frontier_pfn - (long)zone->leaked_pages - listed - count->allocated;
}

/* ---- parties ---- */

static unsigned char *slot_of(struct msim_recount *count, const void *key)
{
	unsigned int i = (unsigned int)(((unsigned long)key >> 6) * 0x9e3779b97f4a7c15u >> 56);

	while (count->hash[i] && count->parties[count->hash[i] - 1].key != key)
		i = (i + 1) % MSIM_PARTY_HASH;
	return &count->hash[i];
}

struct msim_party *msim_recount_of(struct msim_recount *count, const void *key)
{
	unsigned char *slot = slot_of(count, key);

	return *slot ? &count->parties[*slot - 1] : NULL;
}

/* The party of a thing that is there: with nothing yet, if this tour has not met it. */
static struct msim_party *meet(struct msim_recount *count, const void *key, bool is_memcg)
{
	unsigned char *slot = slot_of(count, key);
	struct msim_party *party;

	if (!*slot) {
		if (count->nr_parties == MSIM_PARTIES) {
			count->full = true;
			return &count->parties[MSIM_PARTIES - 1];
		}
		party = &count->parties[count->nr_parties++];
		*party = (struct msim_party){ .key = key, .is_memcg = is_memcg };
		*slot = (unsigned char)count->nr_parties;
	}
	party = &count->parties[*slot - 1];
	if (party->tour != count->tour) {
		party->tour = count->tour;
		party->bytes = 0;
		party->memsw_bytes = 0;
		party->holders = 0;
		party->id_holders = 0;
		party->swap_slots = 0;
	}
	return party;
}

/* Whoever is named by a page, a slot, a stock or a task; @wrong if nobody lists him. */
static struct msim_party *named(struct msim_recount *count, const void *key, const char *wrong)
{
	struct msim_party *party = msim_recount_of(count, key);

	if (party && party->tour == count->tour)
		return party;
	if (!count->full)
		count->wrong = wrong;
	return &count->nobody;
}

/* ---- who there is ---- */

static bool is_known(const struct msim_recount *count, const struct memcgsim_obj_cgroup *objcg)
{
	return objcg && msim_arena_what(objcg) == MSIM_GRANULE_LIVE &&
	       objcg->machine == count->machine;
}

/* @holders: references that the memcg that leads to it has on it. */
static void meet_objcg(struct msim_recount *count, const struct memcgsim_obj_cgroup *objcg,
		       unsigned int holders)
{
	struct msim_party *party;
	bool first;

	if (!is_known(count, objcg))
		return;
	party = msim_recount_of(count, objcg);
	first = !party || party->tour != count->tour;
	party = meet(count, objcg, false);
	party->holders += holders;
	if (!first)
		return;
	party->holders += objcg->holds;
	/* Once its release runs the rest is on its way to a stock. */
	if (objcg->ref.index || objcg->ref.count > 0 || objcg->work.queued)
		party->bytes += objcg->nr_charged_bytes;
}

/* Whether its offlining has not begun: on v1 machines what is queued next, while it has a directory. */
static bool is_whole(const struct memcgsim_mem_cgroup *memcg)
{
	return memcg->online || memcg->objcg ||
	       (memcg->v1 && memcg->v1->css_refs > 0 && memcg->work.queued);
}

/* Whether the memcg's base references are still its own, and not in the hand of who ends it. */
static bool has_base(const struct memcgsim_mem_cgroup *memcg)
{
	return memcg->v1 ? !memcg->v1->gone : is_whole(memcg);
}

/* The one reference of kernel pages: its own, or that of whoever clears the bit DEAD. */
static bool has_kmem_ref(const struct memcgsim_mem_cgroup *memcg)
{
	const struct msim_memcg_v1 *v1 = memcg->v1;

	return v1 && !memcg->machine->variant->kmem_ref_each &&
	       v1->kmem_accounted & MSIM_KMEM_ACTIVE &&
	       (!v1->gone || v1->kmem_accounted & MSIM_KMEM_DEAD);
}

/* The same of its id, which is published last. */
static bool has_id_base(const struct memcgsim_mem_cgroup *memcg)
{
	return is_whole(memcg) && memcg->id && memcg->machine->memcg_ids[memcg->id] == memcg;
}

/* A reserved id is nobody's yet, and one that is being freed nobody's any more. */
static void check_id(struct msim_recount *count, const struct memcgsim_mem_cgroup *memcg)
{
	const struct memcgsim_mem_cgroup *found = count->machine->memcg_ids[memcg->id];

	if (memcg->id == 0 || found == memcg || found == RESERVED)
		return;
	count->wrong = "I-ID does not hold: an id that a memcg has leads to another";
}

static void meet_memcg(struct msim_recount *count, const struct memcgsim_mem_cgroup *memcg)
{
	struct msim_party *party = meet(count, memcg, true);
	struct msim_list *pos;

	party->holders += has_base(memcg) + has_kmem_ref(memcg) + (memcg->id != 0) + memcg->holds;
	party->id_holders += has_id_base(memcg) + memcg->id_holds;
	party->bytes += memcg->lost_pages * PAGE_BYTES;
	check_id(count, memcg);
	if (memcg->parent)
		meet(count, memcg->parent, true)->holders++;
	meet_objcg(count, memcg->objcg, 1);
	meet_objcg(count, memcg->orig_objcg, 1);
	msim_list_for_each (pos, &memcg->objcg_list)
		meet_objcg(count, msim_list_entry(pos, struct memcgsim_obj_cgroup, node), 0);
	if (memcg->cost_objcg) {
		meet_objcg(count, memcg->cost_objcg, 1);
		meet(count, memcg->cost_objcg, false)->bytes += (long)memcg->cost_bytes;
	}
}

static void meet_all(struct msim_recount *count)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &count->machine->memcgs)
		meet_memcg(count, msim_list_entry(pos, struct memcgsim_mem_cgroup, node));
	/*
	 * Without orig_objcg one that is being handed up is listed nowhere for a moment, when it has
	 * still its memcg's reference.
	 */
	for (unsigned int i = 0; i < count->nr_parties; i++) {
		const struct msim_party *party = &count->parties[i];
		const struct memcgsim_obj_cgroup *objcg = party->key;

		if (!party->is_memcg && party->tour + 1 == count->tour && is_known(count, objcg) &&
		    (objcg->ref.index || objcg->ref.count > 0))
			meet_objcg(count, objcg, 0);
	}
}

/* ---- what is charged to them, and who holds them ---- */

static void count_slab(struct msim_recount *count, const struct memcgsim_page *page)
{
	struct memcgsim_obj_cgroup **owners = msim_word_objcgs(page->memcg_data);
	const struct msim_slab *slab = page->slab;

	/* The vector goes before the word does, and so does the slab. */
	if (!owners || !slab || msim_arena_what(owners) != MSIM_GRANULE_LIVE)
		return;
	for (unsigned int i = 0; i < slab->cache->nr_objects; i++) {
		struct msim_party *party;

		if (likely(!owners[i]))
			continue;
		party = named(count, owners[i],
			      "I-TAG does not hold: a slot names nobody that is there");
		party->holders++;
		party->bytes += slab->cache->full_bytes;
	}
}

/* Returns how many frames the block has that begins with @page, which is charged. */
static unsigned long count_block(struct msim_recount *count, const struct memcgsim_page *page)
{
	unsigned long word = page->memcg_data;
	unsigned long nr_pages = (unsigned long)order_frames(page->flags);
	const struct memcgsim_mem_cgroup *memcg = msim_pinned_memcg(count->machine, word);
	struct msim_party *party;

	if (msim_page_has_type(page, MSIM_PGTY_BUDDY))
		count->wrong = "I-NOBOTH does not hold: a page is free and charged";
	if (word & MSIM_MEMCG_DATA_OBJEXTS) {
		count_slab(count, page);
		return nr_pages;
	}
	party = named(count, (const void *)(word & ~MSIM_MEMCG_DATA_FLAGS),
		      "I-TAG does not hold: a page names nobody that is there");
	party->holders++;
	if (word & MSIM_MEMCG_DATA_KMEM || !memcg || memcg->parent)
		party->bytes += (long)nr_pages * PAGE_BYTES;
	return nr_pages;
}

static void count_pages(struct msim_recount *count)
{
	unsigned long pfn = 0; /* no frame below it is looked at any more */

	for (size_t i = 0; i < count->nr_words; i++) {
		unsigned long left = count->charged[i];

		while (left) {
			unsigned long next =
				i * MSIM_WORD_BITS + (unsigned long)__builtin_ctzl(left);

			left &= left - 1;
			if (next >= pfn)
				pfn = next + count_block(count, &count->machine->pages[next]);
		}
	}
}

/* v1: the record beside the page. */
static void count_record(struct msim_recount *count, const struct memcgsim_page *page)
{
	const struct msim_page_cgroup *pc = msim_page_cgroup(count->machine, page);
	long bytes = order_frames(page->flags) * PAGE_BYTES;
	struct msim_party *party;

	if (!(pc->flags & MSIM_PCG_USED))
		return;
	if (page->_refcount <= 0 && msim_page_has_type(page, MSIM_PGTY_BUDDY))
		count->wrong = "I-NOBOTH does not hold: a page is free and charged";
	party = named(count, pc->mem_cgroup,
		      "I-RECORD does not hold: a record names nobody that is there");
	party->holders += pc->flags & MSIM_PCG_KMEM ? count->machine->variant->kmem_ref_each : 1;
	if (pc->mem_cgroup->parent) { /* the root's own pages are not counted */
		party->bytes += msim_pcg_holds_mem(pc->flags) ? bytes : 0;
		party->memsw_bytes += msim_pcg_holds_memsw(pc->flags) ? bytes : 0;
	}
}

static void count_records(struct msim_recount *count)
{
	for (unsigned long pfn = 0; pfn < count->machine->zone.frontier_pfn; pfn++)
		count_record(count, &count->machine->pages[pfn]);
}

static void count_stocks(struct msim_recount *count)
{
	const struct msim_cpu *cpu;

	msim_for_each_cpu (count->machine, cpu) {
		const struct msim_stock *stock = &cpu->stock;

		if (stock->cached) {
			struct msim_party *party =
				named(count, stock->cached,
				      "I-STOCK does not hold: a stock caches nobody that is there");

			party->holders++;
			party->bytes += (long)stock->nr_pages * PAGE_BYTES;
		}
		if (stock->cached_objcg) {
			struct msim_party *party =
				named(count, stock->cached_objcg,
				      "I-STOCK does not hold: a stock caches nobody that is there");

			party->holders++;
			party->bytes += (long)stock->nr_bytes;
		}
	}
}

static void count_swap(struct msim_recount *count)
{
	const struct msim_swap *swap = &count->machine->swap;

	for (unsigned long entry = 1; entry < swap->frontier; entry++) {
		const struct memcgsim_mem_cgroup *memcg;
		struct msim_party *party;

		if (!swap->slots[entry].id)
			continue;
		memcg = count->machine->memcg_ids[swap->slots[entry].id];
		party = named(count, memcg,
			      "I-SWAP does not hold: a slot names an id that nobody has");
		party->id_holders++;
		party->swap_slots += memcg && memcg != RESERVED && memcg->parent;
	}
}

static void count_others(struct msim_recount *count)
{
	struct memcgsim *machine = count->machine;
	struct msim_list *pos;

	msim_list_for_each (pos, &machine->tasks) {
		const struct memcgsim_task *task = msim_list_entry(pos, struct memcgsim_task, node);
		unsigned long word = task->objcg & ~MSIM_OBJCG_UPDATE_FLAG;

		if (word)
			named(count, (const void *)word,
			      "I-TASK-OBJCG does not hold: a task names nobody that is there")
				->holders++;
	}
	msim_list_for_each (pos, &machine->csets)
		named(count, msim_list_entry(pos, struct msim_css_set, node)->memcg,
		      "I-TASK-OBJCG does not hold: a css_set names nobody that is there")
			->holders++;
	msim_list_for_each (pos, &machine->pcpu.live) {
		const struct msim_pcpu_object *object =
			msim_list_entry(pos, struct msim_pcpu_object, node);
		struct msim_party *party;

		if (!object->objcg)
			continue;
		party = named(count, object->objcg,
			      "I-TAG does not hold: a per-CPU object names nobody that is there");
		party->holders++;
		party->bytes += object->full_bytes;
	}
}

/* ---- balances ---- */

static void balance_objcg(struct msim_recount *count, struct msim_party *party)
{
	const struct memcgsim_obj_cgroup *objcg = party->key;

	meet(count, objcg->memcg, true)->bytes += party->bytes;
	party->open[MSIM_ACCOUNT_REFS] = true;
	party->balance[MSIM_ACCOUNT_REFS] =
		msim_ref_read(count->machine, &objcg->ref) - party->holders;
}

/* What is uncharged from the parent stays with an offline child: its counter says nothing (O-09). */
static void balance_memcg(struct msim_recount *count, const struct memcgsim_mem_cgroup *memcg)
{
	struct msim_party *party = meet(count, memcg, true);

	party->open[MSIM_ACCOUNT_BYTES] = memcg->online;
	party->open[MSIM_ACCOUNT_MEMSW] = memcg->v1;
	party->open[MSIM_ACCOUNT_REFS] = memcg->parent;
	party->open[MSIM_ACCOUNT_ID] = true;
	party->balance[MSIM_ACCOUNT_BYTES] = memcg->memory.usage * PAGE_BYTES - party->bytes;
	if (memcg->v1) {
		party->balance[MSIM_ACCOUNT_BYTES] = (long)memcg->v1->res.usage - party->bytes;
		party->balance[MSIM_ACCOUNT_MEMSW] = (long)memcg->v1->memsw.usage -
						     party->memsw_bytes -
						     party->swap_slots * PAGE_BYTES;
	}
	party->balance[MSIM_ACCOUNT_REFS] =
		msim_ref_read(count->machine, &memcg->ref) - party->holders;
	party->balance[MSIM_ACCOUNT_ID] = memcg->id_refs - party->id_holders;
	party->open[MSIM_ACCOUNT_SWAP] = memcg->machine->variant->charge_swap;
	party->balance[MSIM_ACCOUNT_SWAP] = memcg->swap.usage - party->swap_slots;
	if (memcg->parent) {
		struct msim_party *above = meet(count, memcg->parent, true);

		above->bytes += party->bytes;
		above->memsw_bytes += party->memsw_bytes;
		above->swap_slots += party->swap_slots;
	}
}

void msim_recount_take(struct msim_recount *count)
{
	struct msim_list *pos, *head = &count->machine->memcgs;

	count->tour++;
	count->wrong = NULL;
	meet_all(count);
	if (count->machine->variant->v1)
		count_records(count);
	else
		count_pages(count);
	count_stocks(count);
	count_swap(count);
	count_others(count);
	count_frames(count);
	for (unsigned int i = 0; i < count->nr_parties; i++) {
		struct msim_party *party = &count->parties[i];

		if (party->tour == count->tour && !party->is_memcg)
			balance_objcg(count, party);
	}
	/* Parents stand before their children. */
	for (pos = head->prev; pos != head; pos = pos->prev)
		balance_memcg(count, msim_list_entry(pos, struct memcgsim_mem_cgroup, node));
}
