/* SPDX-License-Identifier: MIT */
/*
 * A task is killed while another CPU notes that its memory has been reaped: it bears both marks in
 * the end. Holds C-14, C-17.
 */
#include "support/race.h"

#include <memcgsim/oom.h>

#include "memcg/oom.h"
#include "types.h"

#define NR_TASKS RACE_SIZE(RACE_MAX_TASKS, 1)

static race_verdict setup(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_TASKS; i++) {
		if (memcgsim_fork(world->sim, NULL, &world->tasks[i]))
			return "the tasks could not be made";
	}
	return NULL;
}

static race_verdict killer(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_TASKS; i++)
		memcgsim_send_sigkill(world->tasks[i]);
	return NULL;
}

static race_verdict reaper(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_TASKS; i++)
		memcgsim_oom_reap_task(world->tasks[i]);
	return NULL;
}

static race_verdict both_marks_are_there(struct race_world *world)
{
	for (unsigned int i = 0; i < NR_TASKS; i++) {
		if (msim_load_relaxed(&world->tasks[i]->dying) !=
		    (MSIM_DYING_SIGKILL | MSIM_DYING_OOM_SKIP))
			return "a mark was lost";
	}
	return NULL;
}

RACE(kill_vs_reap) = {
	.name = "kill_vs_reap",
	.claim = "a task that two mark as dying bears the marks of both",
	.setup = setup,
	.threads = {
		{ "killer", killer, 0, -1 },
		{ "reaper", reaper, 1, -1 },
	},
	.finally = both_marks_are_there,
};
