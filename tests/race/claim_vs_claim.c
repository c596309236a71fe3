/* SPDX-License-Identifier: MIT */
/*
 * Two threads of one CPU want to run the same task, and to be the CPU's interrupt. One at a time is:
 * the other is told that it is busy, and what the one has done is seen by whoever is next. Holds O-12,
 * I-STOCK-OWNER.
 *
 *   CPU 0:  one, other      switch_to(task); alone; switch_to(NULL); irq_enter(); alone; irq_exit()
 */
#include "support/race.h"

#include <errno.h>

enum { AS_TASK, AS_IRQ, INSIDE }; /* of counts: two words for who is inside, and one to look at */

static race_verdict setup(struct race_world *world)
{
	return memcgsim_fork(world->sim, NULL, &world->tasks[0]) ? "the task could not be made"
								 : NULL;
}

/* Says so in a plain word for a while: whoever else is there sees it, or races. */
static bool alone(struct race_world *world, unsigned int as)
{
	bool found = world->counts[as];

	world->counts[as] = 1;
	(void)MEMCGSIM_X_LOAD(&world->counts[INSIDE], RELAXED);
	world->counts[as] = 0;
	return !found;
}

static race_verdict claimer(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		bool fine = true;
		int err = memcgsim_switch_to(world->tasks[0]);

		if (!err)
			fine = alone(world, AS_TASK) && memcgsim_switch_to(NULL) == 0;
		if (!fine || (err && err != -EBUSY))
			return "two threads ran one task";
		err = memcgsim_irq_enter();
		if (!err)
			fine = alone(world, AS_IRQ) && memcgsim_irq_exit() == 0;
		if (!fine || (err && err != -EBUSY))
			return "a CPU was in two interrupts";
	}
	return NULL;
}

RACE(claim_vs_claim) = {
	.name = "claim_vs_claim",
	.claim = "a task is run, and a CPU interrupted, by one thread at a time",
	.setup = setup,
	.threads = {
		{ "one", claimer, 0, -1 },
		{ "other", claimer, 0, -1 },
	},
};
