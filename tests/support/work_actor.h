/* SPDX-License-Identifier: MIT */
/*
 * The actor that runs a machine's deferred work, whenever there is some, when nobody else does.
 */
#ifndef TESTS_SUPPORT_WORK_ACTOR_H
#define TESTS_SUPPORT_WORK_ACTOR_H

#include <memcgsim/explore.h>

#include "seam/work.h"

/* The body of an actor of the kind MEMCGSIM_ACTOR_WORK: it has no end. */
static inline _Noreturn void work_actor(struct memcgsim *machine)
{
	for (;;) {
		memcgsim_explore_wait(MEMCGSIM_POINT_("wait for work", "machine->work.busy",
						      MEMCGSIM_OP_WAIT, __ATOMIC_ACQUIRE, 1),
				      (const volatile unsigned char *)&machine->work.busy);
		msim_run_work(machine);
	}
}

#endif /* TESTS_SUPPORT_WORK_ACTOR_H */
