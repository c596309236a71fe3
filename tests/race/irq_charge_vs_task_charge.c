/* SPDX-License-Identifier: MIT */
/*
 * A task and interrupts of its CPU charge from the same stock, each for another memcg, while the
 * task is moved. What an interrupt allocates is charged to its scope or to nobody, what the task
 * allocates never to the interrupt's; nothing of the stock is lost. Holds O-12, O-13, I-STOCK,
 * I-STOCK-OWNER, I-COUNTER, I-CHARGE-WHO.
 *
 *   /  root --+-- a      CPU 0 runs the task in a or b
 *             |-- b      CPU 1 moves it
 *             `-- i      the scope of CPU 0's interrupts
 */
#include "support/race.h"

#include "memcg/memcg_data.h"
#include "types.h"

static race_verdict setup(struct race_world *world)
{
	struct memcgsim_mem_cgroup *memcg;

	if (race_mkdir(world, "a") || race_mkdir(world, "b") || race_mkdir(world, "i"))
		return "the cgroups could not be made";
	if (race_fork(world, 0, "a") || memcgsim_mem_cgroup_from_path(world->sim, "i", &memcg))
		return "the task could not be made";
	world->objects[0] = memcg; /* held until the end */
	return NULL;
}

/* Charges a page and an object; NULL, or what is wrong with whom the page is charged to. */
static race_verdict charge(struct race_world *world, bool scope_pays, bool nobody_pays)
{
	const struct memcgsim_mem_cgroup *scope = world->objects[0];
	struct memcgsim_page *page =
		memcgsim_alloc_pages(MEMCGSIM_GFP_ATOMIC | MEMCGSIM___GFP_ACCOUNT, 0);
	void *object = memcgsim_kmalloc(100, MEMCGSIM_GFP_ATOMIC | MEMCGSIM___GFP_ACCOUNT);
	struct memcgsim_obj_cgroup *objcg;
	race_verdict verdict = NULL;

	if (!page || !object)
		return "an allocation was refused"; /* the round is over: what is left is swept */
	objcg = msim_word_objcg(memcgsim_page_memcg_data(page));
	if (nobody_pays ? objcg != NULL : scope_pays != (objcg == scope->orig_objcg))
		verdict = "a page was charged to somebody else";
	if (!nobody_pays && !objcg)
		verdict = "a page was charged to nobody";
	memcgsim___free_pages(page, 0);
	memcgsim_kfree(object);
	return verdict;
}

static race_verdict task(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++)
		verdict = charge(world, false, false);
	return verdict;
}

static race_verdict interrupt(struct race_world *world)
{
	race_verdict verdict = NULL;

	for (unsigned int i = 0; i < world->loops && !verdict; i++) {
		struct memcgsim_mem_cgroup *old;

		verdict = charge(world, false, true);
		if (verdict)
			break;
		old = memcgsim_set_active_memcg(world->objects[0]);
		verdict = charge(world, true, false);
		if (memcgsim_set_active_memcg(old) != world->objects[0])
			verdict = "the scope of the CPU was changed by somebody";
	}
	return verdict;
}

static race_verdict mover(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		if (memcgsim_cgroup_attach_task(world->sim, i % 2 ? "a" : "b", world->tasks[0]))
			return "the task could not be moved";
		if (RACE_NTH(i, 4) && memcgsim_drain_all_stock(world->sim, "/"))
			return "the stocks could not be drained";
	}
	return NULL;
}

static race_verdict let_go(struct race_world *world)
{
	memcgsim_mem_cgroup_put(world->objects[0]);
	return NULL;
}

RACE(irq_charge_vs_task_charge) = {
	.name = "irq_charge_vs_task_charge",
	.claim = "an interrupt is paid by its scope or by nobody, a task never by an interrupt's scope",
	.setup = setup,
	.threads = {
		{ "task", task, 0, 0 },
		{ "mover", mover, 1, -1 },
	},
	.irqs = {
		{ "interrupt", interrupt, 0, -1 },
	},
	.finally = let_go,
};
