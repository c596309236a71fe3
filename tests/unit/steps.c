/* SPDX-License-Identifier: MIT */
/*
 * verify/steps: words that change as they must not, stocks and lists that are not as they must be, a
 * charge to whom the task never belonged, and simulated bugs: each fails the schedule where it
 * happens.
 */
#include "watched.h"

#include <errno.h>

#include <memcgsim/css.h>

#include "frames/page.h"
#include "memcg/kmem.h"
#include "memcg/memcg_data.h"
#include "memcg/objcg.h"
#include "seam/percpu.h"

static const char *kernel_page(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	(void)world;
	if (!page)
		return "no page was to be had";
	memcgsim___free_pages(page, 0);
	return NULL;
}

/* ---- words ---- */

/* A user page of "a"'s, which the caller has locked or not, becomes "b"'s. */
static const char *rename_page(struct watched *world, bool locked)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	if (locked)
		memcgsim_folio_lock(page);
	msim_store_relaxed(&page->memcg_data, (unsigned long)world->b);
	msim_store_relaxed(&page->memcg_data, (unsigned long)world->a);
	if (locked)
		memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
	return NULL;
}

static const char *rename_unlocked(struct watched *world)
{
	return rename_page(world, false);
}

static const char *rename_locked(struct watched *world)
{
	return rename_page(world, true);
}

static const char *turn_into_vector(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	msim_store_relaxed(&page->memcg_data, (unsigned long)world | MSIM_MEMCG_DATA_OBJEXTS);
	return kernel_page(world);
}

/* Models: I-TAG-MONO. */
static void words_change_in_few_ways(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { rename_unlocked, kernel_page } },
		       "I-TAG-MONO does not hold");
	watched_assert(&(struct watched_case){ .bodies = { rename_locked, kernel_page } }, NULL);
	watched_assert(&(struct watched_case){ .bodies = { turn_into_vector, kernel_page } },
		       "its word named a memcg and names a vector");
}

static const char *charge_free_page(struct watched *world)
{
	for (unsigned long pfn = 0; pfn < world->sim->zone.frontier_pfn; pfn++) {
		struct memcgsim_page *page = &world->sim->pages[pfn];

		if (!msim_page_has_type(page, MSIM_PGTY_BUDDY))
			continue;
		msim_store_relaxed(&page->memcg_data, (unsigned long)world->a);
		return kernel_page(world);
	}
	return "every page is in use";
}

/* Freed with its charge: it becomes a free page before anybody looks at its word. */
static const char *free_charged_page(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return "no page was to be had";
	msim_page_set_type(page, MSIM_PGTY_BUDDY);
	return kernel_page(world);
}

/* Models: I-NOBOTH. */
static void free_pages_are_not_charged(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .setup = kernel_page,
					       .bodies = { charge_free_page, kernel_page } },
		       "it is free and charged");
	watched_assert(&(struct watched_case){ .bodies = { free_charged_page, kernel_page } },
		       "I-NOBOTH does not hold: a page is free and charged");
}

/* ---- CPUs ---- */

static const char *refer_to_listed_page(struct watched *world)
{
	struct msim_pcp *pcp = &world->sim->cpus[0].pcp;

	for (unsigned int i = 0; i < MSIM_PCP_LISTS; i++) {
		if (msim_list_empty(&pcp->lists[i]))
			continue;
		msim_store_relaxed(
			&msim_list_first(&pcp->lists[i], struct memcgsim_page, lru)->_refcount, 1);
		break;
	}
	return kernel_page(world);
}

/* Models: I-PCP-NOCHG. */
static void listed_pages_have_no_reference(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .setup = kernel_page,
					       .bodies = { refer_to_listed_page, NULL } },
		       "I-PCP-NOCHG does not hold");
}

static const char *write_stock(struct watched *world)
{
	if (kernel_page(world))
		return "no page was to be had";
	world->sim->cpus[1].stock.kmem_pages++;
	return kernel_page(world);
}

/* By whom has the lock, while others look on. */
static const char *write_stock_locked(struct watched *world)
{
	struct msim_cpu *cpu = &world->sim->cpus[1];

	msim_cpu_visit(cpu);
	cpu->stock.slab_bytes += cpu->stock.cached_objcg ? 1 : 0;
	(void)msim_load_relaxed(&cpu->stock.cached_objcg);
	cpu->stock.slab_bytes -= cpu->stock.cached_objcg ? 1 : 0;
	msim_cpu_unvisit(cpu);
	return NULL;
}

static const char *object(struct watched *world)
{
	(void)world;
	memcgsim_kfree(memcgsim_kmalloc(512, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	return NULL;
}

/* A memcg's that it caches. */
static const char *overfill_stock(struct watched *world)
{
	struct msim_cpu *cpu = &world->sim->cpus[0];

	if (kernel_page(world))
		return "no page was to be had";
	msim_cpu_visit(cpu);
	cpu->stock.nr_pages = cpu->stock.batch + 1;
	msim_cpu_unvisit(cpu);
	return NULL;
}

static const char *fill_nobodys_stock(struct watched *world)
{
	struct msim_cpu *cpu = &world->sim->cpus[0];

	msim_cpu_visit(cpu);
	cpu->stock.nr_pages = 1;
	msim_cpu_unvisit(cpu);
	return NULL;
}

/* Models: I-STOCK, I-STOCK-OWNER. */
static void stocks_are_their_lock_holders(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { write_stock, kernel_page } },
		       "I-STOCK-OWNER does not hold for CPU 1");
	watched_assert(&(struct watched_case){ .bodies = { write_stock_locked, object } }, NULL);
	watched_assert(&(struct watched_case){ .bodies = { overfill_stock, NULL } },
		       "I-STOCK does not hold for CPU 0");
	watched_assert(&(struct watched_case){ .bodies = { fill_nobodys_stock, NULL } },
		       "I-STOCK does not hold for CPU 0");
}

/* ---- tasks ---- */

/* The first task has looked up who pays, and "b" has a css_set, the second's. */
static const char *in_two_cgroups(struct watched *world)
{
	if (memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[1]))
		return "it stays";
	return kernel_page(world);
}

/* Moved, but nobody told it to look. */
static const char *move_silently(struct watched *world)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &world->sim->csets) {
		struct msim_css_set *cset = msim_list_entry(pos, struct msim_css_set, node);

		if (cset->memcg == world->b)
			msim_store_release(&world->tasks[0]->cset, cset);
	}
	return NULL;
}

/* Models: I-TASK-OBJCG. */
static void moved_task_is_told(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .setup = in_two_cgroups,
					       .bodies = { kernel_page, move_silently } },
		       "I-TASK-OBJCG does not hold for pid 1");
	watched_assert(&(struct watched_case){ .setup = in_two_cgroups,
					       .bodies = { kernel_page, kernel_page } },
		       NULL);
}

/* Charges another's objcg for a page, in all other ways as it should be. */
static const char *charge_other(struct watched *world)
{
	struct memcgsim_obj_cgroup *objcg = world->b->objcg;
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	struct msim_section section;

	if (!page || msim_objcg_charge_pages(msim_ctx(), objcg, MEMCGSIM_GFP_KERNEL, 1))
		return "no page was to be had";
	section = msim_section_enter(msim_ctx());
	msim_objcg_get(section.cpu, objcg);
	msim_section_leave(&section);
	msim_store_relaxed(&page->memcg_data, (unsigned long)objcg | MSIM_MEMCG_DATA_KMEM);
	memcgsim___free_pages(page, 0);
	return NULL;
}

static const char *move_to_b(struct watched *world)
{
	return memcgsim_cgroup_attach_task(world->sim, "b", world->tasks[0]) ? "it stays" : NULL;
}

static const char *there_and_back(struct watched *world)
{
	const char *wrong = move_to_b(world);

	if (!wrong && memcgsim_cgroup_attach_task(world->sim, "a", world->tasks[0]))
		wrong = "it stays";
	return wrong;
}

/* Models: I-CHARGE-WHO. */
static void payer_is_where_the_task_was(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { charge_other, kernel_page } },
		       "I-CHARGE-WHO does not hold for pid");
	/* It has been there, so it may have been asked then. */
	watched_assert(&(struct watched_case){ .bodies = { kernel_page, there_and_back } }, NULL);
}

/* ---- simulated bugs ---- */

static const char *put_too_often(struct watched *world)
{
	memcgsim_css_put(world->a);
	return kernel_page(world);
}

static const char *free_page_twice(struct watched *world)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);

	(void)world;
	if (!page)
		return "no page was to be had";
	memcgsim___free_pages(page, 0);
	memcgsim___free_pages(page, 0);
	return NULL;
}

static const char *free_object_twice(struct watched *world)
{
	void *memory = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);

	(void)world;
	memcgsim_kfree(memory);
	memcgsim_kfree(memory);
	return NULL;
}

static const char *put_id_twice(struct watched *world)
{
	memcgsim_mem_cgroup_id_get_many(world->a, 1);
	memcgsim_mem_cgroup_id_put_many(world->a, 1);
	memcgsim_mem_cgroup_id_put_many(world->a, 1);
	return NULL;
}

/* What is used again without being freed has a state of its own to tell. Models: I-FREE-ONCE. */
static void recycled_things_are_given_back_once(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { free_page_twice, NULL } },
		       "memcgsim___free_pages()");
	watched_assert(&(struct watched_case){ .bodies = { free_object_twice, NULL } },
		       "memcgsim_kfree()");
	watched_assert(&(struct watched_case){ .bodies = { put_id_twice, NULL } },
		       "memcgsim_mem_cgroup_id_put_many()");
}

/* Models: I-REF-POS. */
static void bug_fails_at_once(void **state)
{
	(void)state;
	watched_assert(&(struct watched_case){ .bodies = { put_too_often, kernel_page } },
		       "misuse(more references on a memcg were put than taken) in "
		       "memcgsim_css_put()");
	watched_assert(&(struct watched_case){ .bodies = { put_too_often, kernel_page },
					       .expects_bugs = true },
		       NULL);
}

/* Models: nothing of the kernel's. */
static void watched_from_the_setup_on(void **state)
{
	struct memcgsim_config config;
	struct memcgsim *sim;

	(void)state;
	memcgsim_config_init(&config);
	config.nr_pages = 256;
	assert_int_equal(memcgsim_create(&config, &sim), 0);
	assert_int_equal(memcgsim_explore_watch(sim), -EINVAL);
	assert_int_equal(memcgsim_destroy(sim, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_change_in_few_ways),
		cmocka_unit_test(free_pages_are_not_charged),
		cmocka_unit_test(listed_pages_have_no_reference),
		cmocka_unit_test(stocks_are_their_lock_holders),
		cmocka_unit_test(moved_task_is_told),
		cmocka_unit_test(payer_is_where_the_task_was),
		cmocka_unit_test(recycled_things_are_given_back_once),
		cmocka_unit_test(bug_fails_at_once),
		cmocka_unit_test(watched_from_the_setup_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
