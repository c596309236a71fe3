/* SPDX-License-Identifier: MIT */
/*
 * verify/check: every invariant that is evaluated is broken once, by one internal word, and must be
 * the one that speaks; repaired, everything is silent again. An invariant without a case here fails
 * the first test (LAW 5).
 */
#include "unit.h"

#include "frames/page.h"
#include "memcg/memcg_data.h"

/*
 *   root -- a -- b          task1 is in a, runs on CPU 0 and holds one of each below
 *             `- (c)        c is gone, its object lives on: a has inherited its objcg
 */
struct scene {
	struct unit *u;
	struct memcgsim_mem_cgroup *a, *b;
	struct memcgsim_page *kernel, *user, *compound; /* order 0, order 0, order 2 */
	void *object, *of_c, *percpu, *of_cache, *area;
	struct memcgsim_kmem_cache *cache;
	memcgsim_swp_entry_t slot;
	/* what a case has put aside */
	unsigned long word;
	struct memcgsim_page *page;
};

/*
 * Everything that the cases corrupt exists here: a page of each kind, an object, an objcg that was
 * inherited, and frames on the CPU's lists and in the zone's.
 */
static struct scene scene(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_task *in_c;
	struct scene s = { 0 };

	config.nr_cpus = 2;
	config.nr_swap_pages = 4;
	s.u = unit_world(state, &config);
	unit_write(s.u, "a/cgroup.subtree_control", ""); /* tasks here: nothing is given yet */
	unit_mkdir(s.u, "p");
	unit_write(s.u, "p/cgroup.subtree_control", "+memory");
	unit_mkdir(s.u, "p/b");
	unit_mkdir(s.u, "p/c");
	in_c = unit_fork(s.u, "p/c");
	assert_int_equal(memcgsim_switch_to(in_c), 0);
	s.of_c = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(memcgsim_do_exit(in_c), 0);
	unit_rmdir(s.u, "p/c");
	assert_int_equal(memcgsim_switch_to(s.u->task), 0);
	s.kernel = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	s.compound = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL | MEMCGSIM___GFP_COMP, 2);
	s.user = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	s.object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	s.percpu = memcgsim___alloc_percpu_gfp(64, 0, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	s.area = memcgsim___vmalloc(8192, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	s.cache = memcgsim_kmem_cache_create(s.u->machine, "scene", 100, 0, 0, NULL);
	s.of_cache = memcgsim_kmem_cache_alloc(s.cache, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	assert_int_equal(memcgsim___mem_cgroup_charge(s.user, MEMCGSIM_GFP_KERNEL), 0);
	memcgsim_folio_add_lru(s.user);
	memcgsim_folio_lock(s.user);
	s.slot = memcgsim_folio_alloc_swap(s.user);
	memcgsim_folio_unlock(s.user);
	s.a = unit_memcg(s.u, "a");
	s.b = unit_memcg(s.u, "p/b");
	return s;
}

/* Gives back what the scene took. */
static void end(struct scene *s)
{
	memcgsim_kfree(s->object);
	memcgsim_kmem_cache_free(s->cache, s->of_cache);
	memcgsim_kmem_cache_destroy(s->cache);
	memcgsim_free_percpu(s->percpu);
	memcgsim_vfree(s->area);
	memcgsim_kfree(s->of_c);
	memcgsim_put_swap_folio(s->user, s->slot);
	memcgsim_folio_put(s->user);
	memcgsim___free_pages(s->compound, 2);
	memcgsim___free_pages(s->kernel, 0);
}

/* ---- the words ---- */

static char nobody[64] msim_cacheline;

#define CPU0(s) ((s)->u->machine->cpus[0])
#define CPU1(s) ((s)->u->machine->cpus[1])
#define ZONE(s) ((s)->u->machine->zone)

/* Pairs of functions: what a case does, and what undoes it. */
#define WORD_CASE(name, word_, change)                                                             \
	static void break_##name(struct scene *s)                                                  \
	{                                                                                          \
		s->word = (unsigned long)(word_);                                                  \
		change;                                                                            \
	}                                                                                          \
	static void mend_##name(struct scene *s)                                                   \
	{                                                                                          \
		(word_) = (__typeof__(word_))s->word;                                              \
	}

/* A page of CPU 0's own free list, and a free block that the buddy allocator has listed. */
static struct memcgsim_page *on_pcp(struct scene *s)
{
	return msim_list_first(&CPU0(s).pcp.lists[MEMCGSIM_MIGRATE_UNMOVABLE], struct memcgsim_page,
			       lru);
}

static struct memcgsim_page *listed(struct scene *s, unsigned int *ret_order)
{
	for (unsigned int order = 0; order < MEMCGSIM_MAX_PAGE_ORDER; order++) {
		struct msim_list *list =
			&ZONE(s).free_area[order].free_list[MEMCGSIM_MIGRATE_UNMOVABLE];

		*ret_order = order;
		if (!msim_list_empty(list))
			return msim_list_first(list, struct memcgsim_page, lru);
	}
	return NULL;
}

/* c's objcg, which p has since c was removed. */
static struct memcgsim_obj_cgroup *inherited(struct scene *s)
{
	return msim_list_first(&unit_memcg(s->u, "p")->objcg_list, struct memcgsim_obj_cgroup,
			       node);
}

static struct msim_slab *slab_of(struct scene *s, const void *object)
{
	return memcgsim_virt_to_head_page(s->u->machine, object)->slab;
}

/* The second page of the only vmalloc area. */
static struct memcgsim_page *area_page(struct scene *s)
{
	return memcgsim_vmalloc_to_page(s->u->machine, (char *)s->area + 4096);
}

/* The only per-CPU object there is. */
static struct msim_pcpu_object *percpu(struct scene *s)
{
	return msim_list_first(&s->u->machine->pcpu.live, struct msim_pcpu_object, node);
}

/* What the slab notes of the object: allocated, in a magazine, or which is free after it. */
static unsigned short *state_of(struct scene *s, const void *object)
{
	struct msim_slab *slab = slab_of(s, object);

	return &slab->next[((const char *)object - slab->base) / slab->cache->size_bytes];
}

/*
 * One line a case: its name, the word, and what breaks it. Each is chosen so that evaluating the
 * rest of the catalogue stays safe: a pointer is replaced by another that can be read, a count
 * moves by little.
 */
WORD_CASE(tag, s->user->memcg_data, s->user->memcg_data = (unsigned long)nobody)
WORD_CASE(tag_tail, s->compound[1].memcg_data, s->compound[1].memcg_data = (unsigned long)s->a)
WORD_CASE(noboth, on_pcp(s)->memcg_data, on_pcp(s)->memcg_data = (unsigned long)s->a)
WORD_CASE(compound, s->compound[1].compound_head,
	  s->compound[1].compound_head = (unsigned long)s->user | 1)
WORD_CASE(ref_id, s->b->id_refs, s->b->id_refs++)
WORD_CASE(id_life, s->u->machine->memcg_ids[77], s->u->machine->memcg_ids[77] = s->b)
/* counters: the first serves I-COUNTER at Q and I-COUNTER0 at Q0 */
WORD_CASE(counter, s->a->memory.usage, s->a->memory.usage++)
WORD_CASE(obj_pages, s->a->objcg->nr_charged_bytes, s->a->objcg->nr_charged_bytes += 8)
WORD_CASE(hier, s->b->memory.usage, s->b->memory.usage += 1000)
WORD_CASE(nonneg, s->b->memory.usage, s->b->memory.usage = -1)
WORD_CASE(watermark, s->a->memory.watermark, s->a->memory.watermark = 0)
WORD_CASE(prot, s->a->memory.min_usage, s->a->memory.min_usage++)
WORD_CASE(limit, s->b->memory.max, s->b->memory.max = -1)
WORD_CASE(kmem, s->a->kmem_pages, s->a->kmem_pages++)
WORD_CASE(stat, s->a->slab_bytes, s->a->slab_bytes -= 8)
WORD_CASE(stat_percpu, s->a->stats[MSIM_STAT_PERCPU_BYTES], s->a->stats[MSIM_STAT_PERCPU_BYTES]++)
WORD_CASE(stat_vmalloc, s->a->stats[MSIM_STAT_VMALLOC_PAGES],
	  s->a->stats[MSIM_STAT_VMALLOC_PAGES]--)
WORD_CASE(stat_lru, s->a->stats[MSIM_STAT_LRU_PAGES + MEMCGSIM_LRU_INACTIVE_FILE],
	  s->a->stats[MSIM_STAT_LRU_PAGES + MEMCGSIM_LRU_INACTIVE_FILE]++)
WORD_CASE(vmalloc_page, area_page(s)->memcg_data, area_page(s)->memcg_data = 0)
/* per-CPU objects are charged, hold their objcg, and take bytes of its pages */
WORD_CASE(percpu_size, percpu(s)->full_bytes, percpu(s)->full_bytes += 4096)
WORD_CASE(percpu_bytes, percpu(s)->full_bytes, percpu(s)->full_bytes += 4)
WORD_CASE(percpu_owner, percpu(s)->objcg, percpu(s)->objcg = NULL)
/* references, and who is what: a CPU's share of a count is as good as the count */
WORD_CASE(ref_objcg, CPU1(s).refs[s->a->objcg->ref.index], CPU1(s).refs[s->a->objcg->ref.index]++)
WORD_CASE(ref_css, CPU1(s).refs[s->b->ref.index], CPU1(s).refs[s->b->ref.index]--)
WORD_CASE(free_eventual, s->b->online, s->b->online = false)
WORD_CASE(task_objcg, s->u->task->objcg, s->u->task->objcg = 0)
WORD_CASE(task_exit, s->u->task->exiting, s->u->task->exiting = true)
WORD_CASE(mm, s->u->task->mm->owner, s->u->task->mm->owner = NULL)
WORD_CASE(reparent, inherited(s)->memcg, inherited(s)->memcg = s->a)
WORD_CASE(tree, s->b->memory.parent, s->b->memory.parent = &s->a->memory)
/* stocks, per-CPU lists, the zone: CPU 1 has nothing of its own, so anything there is wrong */
WORD_CASE(stock, CPU1(s).stock.nr_pages, CPU1(s).stock.nr_pages = 1)
WORD_CASE(pcp, CPU0(s).pcp.count_pages, CPU0(s).pcp.count_pages++)
WORD_CASE(pcp_high, CPU1(s).pcp.count_pages, CPU1(s).pcp.count_pages = 1000)
WORD_CASE(pcp_nochg, on_pcp(s)->mapcount_or_type, on_pcp(s)->mapcount_or_type = 1)
WORD_CASE(pages, ZONE(s).frontier_pfn, ZONE(s).frontier_pfn++)
WORD_CASE(buddy, s->compound[3].mapcount_or_type,
	  s->compound[3].mapcount_or_type = (MSIM_PGTY_BUDDY << 24) + 1)
WORD_CASE(buddy_type, ZONE(s).block_types[0], ZONE(s).block_types[0] = MEMCGSIM_MIGRATE_MOVABLE)
WORD_CASE(buddy_count, ZONE(s).free_area[3].nr_free, ZONE(s).free_area[3].nr_free++)
WORD_CASE(vec, *state_of(s, s->object), *state_of(s, s->object) = MSIM_OBJECT_CACHED)
WORD_CASE(vec_cache, *state_of(s, s->of_cache), *state_of(s, s->of_cache) = MSIM_OBJECT_CACHED)
/* LRU lists: the mark, which list it says, how long the list is, and whose page it is */
WORD_CASE(lru_mark, s->user->flags, s->user->flags &= ~MSIM_PG_LRU)
WORD_CASE(lru_stray, s->kernel->flags, s->kernel->flags |= MSIM_PG_LRU)
WORD_CASE(lru_list, s->user->flags, s->user->flags |= MSIM_PG_ACTIVE)
WORD_CASE(lru_size, s->a->lruvec.nr_pages[0], s->a->lruvec.nr_pages[0]++)
WORD_CASE(lru_memcg, s->user->memcg_data, s->user->memcg_data = (unsigned long)s->b)
WORD_CASE(lru_dead, s->b->lruvec.nr_pages[0], s->b->lruvec.nr_pages[0]++)
/* swap: the counter, and what the only slot has recorded */
WORD_CASE(swap, s->a->swap.usage, s->a->swap.usage++)
WORD_CASE(swap_record, s->u->machine->swap.slots[1].id, s->u->machine->swap.slots[1].id = s->b->id)
WORD_CASE(swap_lost, s->u->machine->swap.slots[1].id, s->u->machine->swap.slots[1].id = 99)
WORD_CASE(stat_swap, s->a->stats[MSIM_STAT_SWAP_PAGES], s->a->stats[MSIM_STAT_SWAP_PAGES]++)

/*
 * The other half of a free block, which is in use, is made to look like a free block of the same
 * order.
 */
static void break_buddy_max(struct scene *s)
{
	unsigned int order;
	struct memcgsim_page *block = listed(s, &order);

	s->page = &s->u->machine->pages[msim_pfn(s->u->machine, block) ^ (1UL << order)];
	s->word = s->page->private;
	s->page->private = order;
	s->page->mapcount_or_type += MSIM_PGTY_BUDDY << 24;
	s->page->mapcount_or_type++;
}

static void mend_buddy_max(struct scene *s)
{
	s->page->private = s->word;
	s->page->mapcount_or_type--;
	s->page->mapcount_or_type -= MSIM_PGTY_BUDDY << 24;
}

/* ---- of machines of 2012 to 2014, where a holds the user page by its record ---- */

static struct msim_page_cgroup *record_of(struct scene *s)
{
	return &s->u->machine->page_cgroups[msim_pfn(s->u->machine, s->user)];
}

static void break_memsw(struct scene *s)
{
	s->a->v1->memsw.usage += MEMCGSIM_PAGE_SIZE;
}

static void mend_memsw(struct scene *s)
{
	s->a->v1->memsw.usage -= MEMCGSIM_PAGE_SIZE;
}

static void break_counter_v1(struct scene *s)
{
	s->a->v1->res.usage += MEMCGSIM_PAGE_SIZE;
}

static void mend_counter_v1(struct scene *s)
{
	s->a->v1->res.usage -= MEMCGSIM_PAGE_SIZE;
}

static void break_record_lock(struct scene *s)
{
	record_of(s)->flags |= MSIM_PCG_LOCK;
}

static void mend_record_lock(struct scene *s)
{
	record_of(s)->flags &= ~MSIM_PCG_LOCK;
}

static void break_record(struct scene *s)
{
	record_of(s)->mem_cgroup = (struct memcgsim_mem_cgroup *)s->user;
}

static void mend_record(struct scene *s)
{
	record_of(s)->mem_cgroup = s->a;
}

#define CASE(id_, name)                                                                            \
	{                                                                                          \
		id_, break_##name, mend_##name                                                     \
	}

struct broken {
	const char *id;
	void (*breaks)(struct scene *s);
	void (*mends)(struct scene *s);
};

static const struct broken cases_v1[] = {
	CASE("I-MEMSW", memsw),
	CASE("I-COUNTER", counter_v1),
	CASE("I-RECORD", record_lock),
	CASE("I-RECORD", record),
};

static const struct broken cases[] = {
	CASE("I-TAG", tag),
	CASE("I-TAG-TAIL", tag_tail),
	CASE("I-NOBOTH", noboth),
	CASE("I-COMPOUND", compound),
	CASE("I-ID-LIFE", id_life),
	CASE("I-REF-ID", ref_id),
	CASE("I-REF-ID", swap_record),
	CASE("I-COUNTER", counter),
	CASE("I-COUNTER", percpu_size),
	CASE("I-COUNTER0", counter),
	CASE("I-OBJ-PAGES", obj_pages),
	CASE("I-OBJ-PAGES", percpu_bytes),
	CASE("I-HIER", hier),
	CASE("I-NONNEG", nonneg),
	CASE("I-WATERMARK", watermark),
	CASE("I-KMEM", kmem),
	CASE("I-KMEM", percpu_size),
	CASE("I-KMEM", vmalloc_page),
	CASE("I-STAT", stat),
	CASE("I-STAT", stat_percpu),
	CASE("I-STAT", stat_vmalloc),
	CASE("I-STAT", stat_lru),
	CASE("I-STAT", stat_swap),
	CASE("I-STAT", vmalloc_page),
	CASE("I-REF-OBJCG", ref_objcg),
	CASE("I-REF-OBJCG", percpu_owner),
	CASE("I-REF-CSS", ref_css),
	CASE("I-FREE-EVENTUAL", free_eventual),
	CASE("I-TASK-OBJCG", task_objcg),
	CASE("I-TASK-EXIT", task_exit),
	CASE("I-MM", mm),
	CASE("I-REPARENT", reparent),
	CASE("I-TREE", tree),
	CASE("I-STOCK", stock),
	CASE("I-PCP", pcp),
	CASE("I-PCP-HIGH", pcp_high),
	CASE("I-PCP-NOCHG", pcp_nochg),
	CASE("I-PAGES", pages),
	CASE("I-BUDDY", buddy),
	CASE("I-BUDDY-MAX", buddy_max),
	CASE("I-BUDDY-TYPE", buddy_type),
	CASE("I-BUDDY-COUNT", buddy_count),
	CASE("I-VEC", vec),
	CASE("I-VEC", vec_cache),
	CASE("I-PROT", prot),
	CASE("I-LIMIT", limit),
	CASE("I-LRU", lru_mark),
	CASE("I-LRU", lru_stray),
	CASE("I-LRU", lru_list),
	CASE("I-LRU", lru_size),
	CASE("I-LRU", lru_memcg),
	CASE("I-LRU-DEAD", lru_dead),
	CASE("I-SWAP", swap),
	CASE("I-SWAP", swap_record),
	CASE("I-SWAP", swap_lost),
};

#define NR_CASES    (sizeof(cases) / sizeof(cases[0]))
#define NR_CASES_V1 (sizeof(cases_v1) / sizeof(cases_v1[0]))

/* ---- the tests ---- */

/* What the reports of one evaluation were. */
struct hearing {
	const char *wanted;
	long reports;
	long of_wanted;
	bool complete; /* every report had an object and a sentence, and two numbers that differ */
};

static void hear(const struct memcgsim_violation *violation, void *arg)
{
	struct hearing *hearing = arg;

	hearing->reports++;
	hearing->of_wanted += !strcmp(violation->id, hearing->wanted);
	hearing->complete &= violation->object[0] && violation->detail &&
			     violation->expected != violation->found;
}

/*
 * Models: LAW 5. The table above has a line for each invariant that is evaluated.
 */
static void every_evaluated_invariant_has_a_case(void **state)
{
	const struct memcgsim_invariant *invariant;
	size_t count;

	(void)state;
	invariant = memcgsim_invariants(&count);
	for (size_t i = 0; i < count; i++) {
		bool found = invariant[i].why_not;

		for (size_t k = 0; k < NR_CASES; k++)
			found |= !strcmp(cases[k].id, invariant[i].id);
		for (size_t k = 0; k < NR_CASES_V1; k++)
			found |= !strcmp(cases_v1[k].id, invariant[i].id);
		if (!found)
			fail_msg("%s is evaluated, and nothing here breaks it", invariant[i].id);
	}
}

/* The level from which an invariant is evaluated. */
static enum memcgsim_check_level level_of(const char *id)
{
	const struct memcgsim_invariant *invariant;
	size_t count;

	invariant = memcgsim_invariants(&count);
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(invariant[i].id, id)) {
			assert_null(invariant[i].why_not);
			return invariant[i].level;
		}
	}
	fail_msg("%s is no invariant", id);
	return MEMCGSIM_CHECK_Q;
}

/* Whole; broken: its id speaks; mended: whole. */
static void speaks(struct scene *s, const struct broken *broken, enum memcgsim_check_level level)
{
	struct hearing hearing = { .wanted = broken->id, .complete = true };
	long found;

	broken->breaks(s);
	found = memcgsim_check(s->u->machine, level, hear, &hearing);
	broken->mends(s);
	if (hearing.of_wanted == 0)
		fail_msg("%s was broken and said nothing", broken->id);
	assert_int_equal(found, hearing.reports);
	assert_true(hearing.complete);
	unit_assert_checked(s->u, level);
}

/* Models: LAW 5. Those that only machines of 2012 to 2014 have, and that are other words there. */
static void those_of_old_machines_speak_too(void **state)
{
	struct memcgsim_config config = unit_config();
	struct scene s = { 0 };

	config.profile = "v3.17";
	s.u = unit_world(state, &config);
	s.a = unit_memcg(s.u, "a");
	s.user = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	assert_int_equal(memcgsim___mem_cgroup_charge(s.user, MEMCGSIM_GFP_KERNEL), 0);
	for (size_t i = 0; i < NR_CASES_V1; i++)
		speaks(&s, &cases_v1[i], level_of(cases_v1[i].id));
	memcgsim_folio_put(s.user);
}

/*
 * Models: LAW 5. Whole; broken: its id speaks; mended: whole. Those of Q0 after the drain
 * that the level makes.
 */
static void every_invariant_speaks_when_broken_and_is_silent_when_whole(void **state)
{
	struct scene s = scene(state);

	for (size_t i = 0; i < NR_CASES; i++) {
		enum memcgsim_check_level level = level_of(cases[i].id);

		unit_assert_checked(s.u, level);
		if (level ==
		    MEMCGSIM_CHECK_Q) { /* a drain before may have emptied what the case is about */
			memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0), 0);
			unit_assert_checked(s.u, level);
		}
		speaks(&s, &cases[i], level);
	}
	end(&s);
}

/*
 * Models: the catalogue. Ids are unique, each has an equation, and those that are
 * evaluated stand first.
 */
static void catalogue_is_in_order(void **state)
{
	const struct memcgsim_invariant *invariant;
	bool later = false;
	size_t count;

	(void)state;
	invariant = memcgsim_invariants(&count);
	assert_true(count >= NR_CASES);
	for (size_t i = 0; i < count; i++) {
		assert_true(invariant[i].equation[0] != '\0');
		assert_true(!later || invariant[i].why_not);
		later |= invariant[i].why_not != NULL;
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(invariant[i].id, invariant[k].id);
	}
}

/*
 * Models: I-COUNTER0. The level Q leaves the stocks where they are; Q0 empties them.
 */
static void only_q0_drains(void **state)
{
	struct scene s = scene(state);

	unit_assert_checked(s.u, MEMCGSIM_CHECK_Q);
	assert_int_not_equal(CPU0(&s).stock.nr_pages, 0);
	assert_int_not_equal(CPU0(&s).pcp.count_pages, 0);
	unit_assert_checked(s.u, MEMCGSIM_CHECK_Q0);
	assert_null(CPU0(&s).stock.cached);
	assert_int_equal(CPU0(&s).pcp.count_pages, 0);
	end(&s);
}

/* Models: memcgsim_check(). Nobody need listen: the number is the same. */
static void violations_are_counted_without_a_listener(void **state)
{
	struct scene s = scene(state);
	long found;

	break_watermark(&s);
	found = memcgsim_check(s.u->machine, MEMCGSIM_CHECK_Q, NULL, NULL);
	mend_watermark(&s);
	assert_int_equal(found, 1);
	end(&s);
}

/*
 * Models: memcgsim_check(). A thread that is not bound may ask, and stays unbound.
 */
static void unbound_thread_may_check(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_null(msim_ctx());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(every_evaluated_invariant_has_a_case),
		unit_case(every_invariant_speaks_when_broken_and_is_silent_when_whole),
		unit_case(those_of_old_machines_speak_too),
		unit_case(catalogue_is_in_order),
		unit_case(only_q0_drains),
		unit_case(violations_are_counted_without_a_listener),
		unit_case(unbound_thread_may_check),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
