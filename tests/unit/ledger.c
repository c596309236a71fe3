/* SPDX-License-Identifier: MIT */
/*
 * verify/recount and verify/ledger: each equation broken, by an operation that loses something or
 * takes another's; and what looks like a breach and is none.
 */
#include "watched.h"

#include <memcgsim/css.h>

#include "frames/page.h"
#include "frames/swapfile.h"
#include "memcg/css.h"
#include "memcg/id.h"
#include "memcg/kmem.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
#include "memcg/page_counter.h"
#include "memcg/stock.h"
#include "memcg/swap.h"
#include "seam/percpu.h"

/* How often something was seen, in all schedules: they do not put it back. */
static unsigned long seen;

/* ---- what any actor may do ---- */

static const char *use_page(struct watched *world, memcgsim_gfp_t gfp, unsigned int order)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(gfp, order);

	(void)world;
	if (page)
		memcgsim___free_pages(page, order);
	return NULL;
}

static const char *kernel_page(struct watched *world)
{
	return use_page(world, MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
}

static const char *user_page(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	(void)world;
	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	memcgsim_folio_put(page);
	return NULL;
}

static const char *object(struct watched *world)
{
	(void)world;
	memcgsim_kfree(memcgsim_kmalloc(512, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	return NULL;
}

/* A charge that the page outlives; twice, so that the second one is from the stock. */
static const char *charged_for_a_while(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

	(void)world;
	if (!page)
		return "no page was to be had";
	for (unsigned int i = 0; i < 2; i++) {
		if (memcgsim___memcg_kmem_charge_page(page, MEMCGSIM_GFP_KERNEL, 0))
			return "a charge was refused";
		memcgsim___memcg_kmem_uncharge_page(page, 0);
	}
	memcgsim___free_pages(page, 0);
	return NULL;
}

static const char *references(struct watched *world)
{
	memcgsim_css_get(world->a);
	memcgsim_mem_cgroup_id_get_many(world->a, 2);
	memcgsim_mem_cgroup_id_put_many(world->a, 2);
	memcgsim_css_put(world->a);
	return NULL;
}

static const char *cgroup_comes_and_goes(struct watched *world)
{
	const char *name = msim_ctx()->cpu->id ? "c" : "d";

	if (memcgsim_cgroup_mkdir(world->sim, name) || memcgsim_cgroup_rmdir(world->sim, name))
		return "no cgroup could be made, or it could not be removed";
	memcgsim_run_work(world->sim); /* perhaps all of it before anybody has another look */
	return NULL;
}

static const char *moved(struct watched *world)
{
	return memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[0]) ? "it stays" : NULL;
}

/* A whole block, split under the eyes of others, and freed in parts. */
static const char *split_block(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 2);

	(void)world;
	if (!page)
		return "no block was to be had";
	memcgsim_split_page(page, 2);
	for (unsigned int i = 0; i < 4; i++)
		memcgsim___free_pages(&page[i], 0);
	return NULL;
}

/* Whatever is in use, and whoever is just charging it. */
static const char *lock_strangers(struct watched *world)
{
	for (unsigned int pfn = 0; pfn < 4; pfn++) {
		struct memcgsim_page *page = memcgsim_pfn_to_page(world->sim, pfn);

		if (!memcgsim_folio_try_get(page))
			continue;
		if (memcgsim_folio_trylock(page))
			memcgsim_folio_unlock(page);
		memcgsim_folio_put(page);
	}
	return NULL;
}

static const char *swap_out_and_in(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	(void)world;
	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	memcgsim_folio_lock(page);
	if (!memcgsim_add_to_swap(page) || !memcgsim_folio_free_swap(page))
		return "no slot was to be had";
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
	return NULL;
}

/* Models: nothing of the kernel's. */
static void whatever_is_right_passes(void **state)
{
	static const char *(*const bodies[])(struct watched * world) = {
		kernel_page,	       user_page, object,      charged_for_a_while, references,
		cgroup_comes_and_goes, moved,	  split_block, swap_out_and_in,
	};

	(void)state;
	for (size_t i = 0; i < msim_array_size(bodies); i++) {
		for (size_t k = 0; k < msim_array_size(bodies); k++) {
			struct watched_case what = { .bodies = { bodies[i], bodies[k] } };

			watched_assert(&what, NULL);
		}
	}
}

/* ---- broken ---- */

static const char *lose_charge(struct watched *world)
{
	msim_page_counter_charge(&world->a->memory, 1);
	return kernel_page(world);
}

/* For a while: at its end nobody is the poorer. */
static const char *uncharge_held(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	msim_page_counter_uncharge(world->sim, &world->a->memory, 1);
	msim_page_counter_charge(&world->a->memory, 1);
	memcgsim_folio_put(page);
	return NULL;
}

static const char *charge_half_way(struct watched *world)
{
	msim_add_return(&world->a->memory.usage, 1);
	return NULL;
}

/* Models: I-COUNTER. */
static void charges_are_recorded(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { lose_charge, kernel_page } },
		       "I-COUNTER does not hold");
	watched_assert(&(struct watched_case){ .bodies = { uncharge_held, kernel_page } },
		       "4096 bytes charged were given back that are recorded still");
	watched_assert(&(struct watched_case){ .bodies = { charge_half_way, kernel_page } },
		       "I-COUNTER does not hold for a: 4096 bytes charged are nowhere recorded");
}

static const char *lose_memcg_reference(struct watched *world)
{
	msim_css_get_ctx(msim_ctx(), world->a);
	return NULL;
}

static const char *put_page_reference(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	msim_css_put_ctx(msim_ctx(), world->a);
	return kernel_page(world);
}

/* Models: I-REF-CSS. */
static void memcg_references_have_holders(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { lose_memcg_reference, user_page } },
		       "I-REF-CSS does not hold for a: 1 references are nowhere recorded");
	watched_assert(&(struct watched_case){ .bodies = { put_page_reference, user_page } },
		       "I-REF-CSS does not hold for a");
}

static const char *lose_objcg_reference(struct watched *world)
{
	struct msim_section section = msim_section_enter(msim_ctx());

	msim_objcg_get(section.cpu, world->a->objcg);
	msim_section_leave(&section);
	return kernel_page(world);
}

static const char *put_task_reference(struct watched *world)
{
	if (kernel_page(world)) /* the task has one by now */
		return "no page was to be had";
	msim_objcg_put_ctx(msim_ctx(), world->a->objcg);
	return kernel_page(world);
}

/* Models: I-REF-OBJCG. */
static void objcg_references_have_holders(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { lose_objcg_reference, kernel_page } },
		       "I-REF-OBJCG does not hold for a");
	watched_assert(&(struct watched_case){ .bodies = { put_task_reference, kernel_page } },
		       "I-REF-OBJCG does not hold for a");
}

static const char *lose_id_reference(struct watched *world)
{
	msim_memcg_id_get_many(world->a, 1);
	return NULL;
}

/* Models: I-REF-ID. */
static void id_references_have_holders(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { lose_id_reference, references } },
		       "I-REF-ID does not hold for a: 1 references on the id");
}

static const char *lose_slot(struct watched *world)
{
	msim_page_counter_charge(&world->a->swap, 1);
	return NULL;
}

/* The slot is its ancestor's, and so is the reference on the id, but the memcg itself is charged: B26. */
static const char *record_another(struct watched *world)
{
	struct memcgsim_mem_cgroup *root = world->a->parent;
	unsigned long entry = msim_swap_alloc(world->sim, 1);

	msim_page_counter_charge(&world->a->swap, 1);
	msim_memcg_id_get_many(root, 1);
	msim_swap_assign(root, entry, 1);
	msim_swap_unassign(msim_ctx(), entry, 1);
	(void)msim_swap_drop(world->sim, entry, MSIM_SWAP_HAS_CACHE);
	msim_swap_release(world->sim, entry);
	return NULL;
}

/* Models: I-SWAP, U-08, U-09. */
static void slots_are_recorded(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { lose_slot, swap_out_and_in } },
		       "I-SWAP does not hold for a: 1 slots of swap are nowhere recorded");
	watched_assert(&(struct watched_case){ .bodies = { record_another, swap_out_and_in } },
		       "I-SWAP does not hold for a: 1 slots of swap are nowhere recorded");
}

static const char *limit_of_one(struct watched *world)
{
	return memcgsim_cgroupfs_write(world->sim, "a/memory.max", "4096") ? "no limit" : NULL;
}

/* The limit is looked at, and then the charge is added: two may fit where one does. */
static const char *check_then_add(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	struct memcgsim_mem_cgroup *memcg = world->a;

	if (!page)
		return "no page was to be had";
	if (msim_load_relaxed(&memcg->memory.usage) < msim_load_relaxed(&memcg->memory.max)) {
		msim_add_return(&memcg->memory.usage, 1);
		msim_add_return(&memcg->parent->memory.usage, 1);
		msim_css_get_ctx(msim_ctx(), memcg);
		msim_store_relaxed(&page->memcg_data, (unsigned long)memcg);
	}
	memcgsim_folio_put(page);
	return NULL;
}

/* Models: I-LIMIT. */
static void nothing_is_recorded_beyond_a_limit(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .setup = limit_of_one,
					       .bodies = { check_then_add, check_then_add } },
		       "I-LIMIT does not hold for a: 8192 bytes are charged, the limit is 1 pages");
	watched_assert(
		&(struct watched_case){ .setup = limit_of_one, .bodies = { check_then_add, NULL } },
		NULL);
}

static const char *name_nobody(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page)
		return "no page was to be had";
	msim_store_relaxed(&page->memcg_data, (unsigned long)world->tasks[0]);
	return kernel_page(world);
}

/* Models: I-TAG. */
static void words_name_who_is_there(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { name_nobody, kernel_page } }, "I-TAG");
}

static const char *lose_frame(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

	if (!page)
		return "no page was to be had";
	msim_store_relaxed(&page->_refcount, 0);
	return kernel_page(world);
}

/* For a while. */
static const char *use_listed_frame(struct watched *world)
{
	for (unsigned long pfn = 0; pfn < world->sim->zone.frontier_pfn; pfn++) {
		struct memcgsim_page *page = &world->sim->pages[pfn];

		if (!msim_page_has_type(page, MSIM_PGTY_BUDDY))
			continue;
		msim_store_relaxed(&page->_refcount, 1);
		msim_store_relaxed(&page->_refcount, 0);
		return NULL;
	}
	return "every page is in use";
}

/* Models: I-PAGES. */
static void frames_are_in_one_place(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { lose_frame, kernel_page } },
		       "I-PAGES does not hold: 1 frames are nowhere");
	watched_assert(&(struct watched_case){ .setup = kernel_page,
					       .bodies = { use_listed_frame, user_page } },
		       "I-PAGES does not hold: 1 frames are in two places");
}

/* The next to come are given what "a" has. */
static const char *free_index(struct watched *world)
{
	struct memcgsim *sim = world->sim;

	sim->ref_free[sim->nr_ref_free++] = world->a->ref.index;
	return memcgsim_cgroup_mkdir(sim, "c") ? "no cgroup could be made" : NULL;
}

/* Models: I-FREE-ONCE. */
static void counters_are_recycled_once(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { free_index, kernel_page } },
		       "I-FREE-ONCE does not hold: two count references in one place");
}

static const char *take_id(struct watched *world)
{
	msim_store_release(&world->sim->memcg_ids[world->a->id], world->b);
	return NULL;
}

/* Models: I-ID. */
static void ids_lead_to_their_memcg(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { take_id, kernel_page } }, "I-ID");
}

/* ---- allowed deviations: each is seen to happen, and nobody minds ---- */

static void assert_seen(const struct watched_case *what)
{
	seen = 0;
	watched_assert(what, NULL);
	assert_int_not_equal(seen, 0);
}

static const char *limit_of_four(struct watched *world)
{
	return memcgsim_cgroupfs_write(world->sim, "a/memory.max", "16384") ? "no limit" : NULL;
}

static const char *four_pages(struct watched *world)
{
	return use_page(world, MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_NORETRY, 2);
}

static const char *one_page_refused(struct watched *world)
{
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_NORETRY, 0);

	(void)world;
	if (page)
		memcgsim___free_pages(page, 0);
	return NULL;
}

static const char *see_overshoot(struct watched *world)
{
	seen += world->a->memory.usage > world->a->memory.max;
	return NULL;
}

/* Models: I-LIMIT, P-02. */
static void charges_may_overshoot(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){ .setup = limit_of_four,
					    .bodies = { four_pages, one_page_refused },
					    .always = see_overshoot });
}

/* Both are refused; one count of it is lost. */
static const char *no_room(struct watched *world)
{
	return memcgsim_cgroupfs_write(world->sim, "a/memory.max", "0") ? "no limit" : NULL;
}

static const char *refused(struct watched *world)
{
	struct msim_page_counter *fail;

	return msim_page_counter_try_charge(world->sim, &world->a->memory, 1, &fail)
		       ? "there was no room"
		       : NULL;
}

static const char *refused_and_counted(struct watched *world)
{
	const char *wrong = refused(world);

	if (!wrong && ++world->nr_done == 2)
		seen += world->a->memory.failcnt < 2;
	return wrong;
}

static const char *see_protected_late(struct watched *world)
{
	seen += world->a->memory.min_usage + world->b->memory.min_usage !=
		world->a->parent->memory.children_min_usage;
	return NULL;
}

static const char *protect(struct watched *world)
{
	return memcgsim_cgroupfs_write(world->sim, "a/memory.min", "16384") ? "no setting" : NULL;
}

/* Models: P-01, P-06, P-09. */
static void racy_counts_may_be_behind(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){
		.setup = no_room, .bodies = { refused_and_counted, refused_and_counted } });
	assert_seen(&(struct watched_case){ .setup = protect,
					    .bodies = { user_page, user_page },
					    .always = see_protected_late });
}

static const char *see_child_above_parent(struct watched *world)
{
	seen += world->a->memory.usage > world->a->parent->memory.usage;
	return NULL;
}

/* Models: I-HIER. */
static void child_may_be_above_its_parent(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){ .bodies = { user_page, user_page },
					    .always = see_child_above_parent });
}

static const char *replaced(struct watched *world)
{
	struct memcgsim_page *old = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	struct memcgsim_page *new_page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	(void)world;
	if (!old || !new_page || memcgsim___mem_cgroup_charge(old, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(new_page);
	memcgsim_mem_cgroup_replace_folio(old, new_page);
	memcgsim_folio_unlock(new_page);
	memcgsim_folio_unlock(old);
	memcgsim_folio_put(old);
	memcgsim_folio_put(new_page);
	return NULL;
}

static const char *migrated(struct watched *world)
{
	struct memcgsim_page *old = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	struct memcgsim_page *new_page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	(void)world;
	if (!old || !new_page || memcgsim___mem_cgroup_charge(old, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(new_page);
	memcgsim_mem_cgroup_migrate(old, new_page);
	memcgsim_folio_unlock(new_page);
	memcgsim_folio_unlock(old);
	memcgsim_folio_put(old);
	memcgsim_folio_put(new_page);
	return NULL;
}

static const char *see_both_named(struct watched *world)
{
	unsigned long nr = 0;

	for (unsigned long pfn = 0; pfn < world->sim->zone.frontier_pfn; pfn++)
		nr += world->sim->pages[pfn].memcg_data == (unsigned long)world->a;
	seen += nr > 1;
	return NULL;
}

/* Models: I-REPL, I-MIG. */
static void replacement_may_charge_both(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){
		.setup = limit_of_one, .bodies = { replaced, NULL }, .always = see_overshoot });
	assert_seen(
		&(struct watched_case){ .bodies = { migrated, NULL }, .always = see_both_named });
}

/* Models: I-MIG, I-REPL. */
static void locks_of_others_change_nothing(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { user_page, lock_strangers } }, NULL);
	watched_assert(&(struct watched_case){ .bodies = { kernel_page, lock_strangers } }, NULL);
	watched_assert(&(struct watched_case){ .bodies = { migrated, lock_strangers } }, NULL);
	watched_assert(&(struct watched_case){ .bodies = { replaced, lock_strangers } }, NULL);
}

/* Charges the task's own memcg, and leaves what it brought in the stock; but "a" is on its way out. */
static const char *leave_and_remove(struct watched *world)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[i]))
			return "a task could not be moved";
	}
	return memcgsim_cgroup_rmdir(world->sim, "a") ? "it could not be removed" : NULL;
}

static const char *see_stock_of_offline(struct watched *world)
{
	for (unsigned int i = 0; i < 2; i++) {
		const struct memcgsim_mem_cgroup *cached = world->sim->cpus[i].stock.cached;

		seen += cached && !cached->online;
	}
	return NULL;
}

/* Models: I-FREE-EVENTUAL. */
static void stock_may_keep_an_offline_memcg(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){ .bodies = { leave_and_remove, kernel_page },
					    .always = see_stock_of_offline });
}

/*
 * An object of "a"'s is freed on the other CPU, and then "a" goes: what the two byte stocks had makes
 * a page together, which the dead objcg has until it is released.
 */
static const char *make_object(struct watched *world)
{
	world->object = memcgsim_kmalloc(512, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	return world->object ? NULL : "no object was to be had";
}

static const char *free_object(struct watched *world)
{
	memcgsim_kfree(world->object);
	return object(world); /* in "b" by then, perhaps: the stock lets go of the dead one */
}

static const char *leave_remove_and_forget(struct watched *world)
{
	const char *wrong = leave_and_remove(world);

	return wrong ? wrong : object(world); /* and so does the other stock, and the task */
}

static const char *see_page_of_dead(struct watched *world)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &world->sim->root_memcg->objcg_list) {
		const struct memcgsim_obj_cgroup *objcg =
			msim_list_entry(pos, struct memcgsim_obj_cgroup, node);

		seen += objcg->ref.count == 0 && !objcg->work.queued &&
			objcg->nr_charged_bytes >= (long)MEMCGSIM_PAGE_SIZE;
	}
	return NULL;
}

/* Models: I-OBJCG-BYTES, I-OBJ-PAGES. */
static void page_of_a_dead_objcg_is_given_back(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){ .setup = make_object,
					    .bodies = { leave_remove_and_forget, free_object },
					    .always = see_page_of_dead });
}

/* Of two schedules one charges where the task was, the other where it is. */
static const char *charged_somewhere(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	const struct memcgsim_obj_cgroup *objcg;

	if (!page)
		return "no page was to be had";
	objcg = msim_word_objcg(page->memcg_data);
	seen |= objcg == world->a->objcg ? 1 : objcg == world->b->objcg ? 2 : 4;
	memcgsim___free_pages(page, 0);
	return NULL;
}

/* Models: I-CHARGE-WHO. */
static void charge_beside_a_move_lands_on_either(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){ .bodies = { charged_somewhere, moved } });
	assert_int_equal(seen, 3);
}

static const char *see_stats_late(struct watched *world)
{
	for (unsigned int i = 0; i < 2; i++)
		seen += world->sim->cpus[i].stock.kmem_pages != 0;
	return NULL;
}

/* Models: I-STAT, I-KMEM. */
static void statistics_may_be_late(void **state)
{
	(void)state;
	assert_seen(&(struct watched_case){ .bodies = { charged_for_a_while, kernel_page },
					    .always = see_stats_late });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_right_passes),
		cmocka_unit_test(charges_are_recorded),
		cmocka_unit_test(memcg_references_have_holders),
		cmocka_unit_test(objcg_references_have_holders),
		cmocka_unit_test(id_references_have_holders),
		cmocka_unit_test(slots_are_recorded),
		cmocka_unit_test(nothing_is_recorded_beyond_a_limit),
		cmocka_unit_test(words_name_who_is_there),
		cmocka_unit_test(frames_are_in_one_place),
		cmocka_unit_test(counters_are_recycled_once),
		cmocka_unit_test(ids_lead_to_their_memcg),
		cmocka_unit_test(charges_may_overshoot),
		cmocka_unit_test(racy_counts_may_be_behind),
		cmocka_unit_test(child_may_be_above_its_parent),
		cmocka_unit_test(replacement_may_charge_both),
		cmocka_unit_test(locks_of_others_change_nothing),
		cmocka_unit_test(stock_may_keep_an_offline_memcg),
		cmocka_unit_test(page_of_a_dead_objcg_is_given_back),
		cmocka_unit_test(charge_beside_a_move_lands_on_either),
		cmocka_unit_test(statistics_may_be_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
