/* SPDX-License-Identifier: MIT */
/*
 * Owns the record of simulated bugs (bug_lock, the last rank, so that a bug may be found anywhere).
 * Models VM_BUG_ON_PAGE() and WARN_ON_ONCE(): once per place and machine.
 */
#include "seam/bug.h"

#include <stdio.h>
#include <string.h>

#include "seam/thread.h"

/* Whether this place has warned before; remembers it if there is room. Under bug_lock. */
static bool warned_before(struct msim_bugs *bugs, const char *what, const char *function)
{
	for (unsigned int i = 0; i < bugs->nr_warned; i++) {
		if (!strcmp(bugs->warned[i].what, what) &&
		    !strcmp(bugs->warned[i].function, function))
			return true;
	}
	if (bugs->nr_warned < MSIM_MAX_BUGS) {
		bugs->warned[bugs->nr_warned].what = what;
		bugs->warned[bugs->nr_warned].function = function;
		bugs->nr_warned++;
	}
	return false;
}

static const char *const kinds[] = { "VM_BUG_ON", "WARN_ON_ONCE", "misuse" };

#ifdef MSIM_EXPLORE
/* Ends the schedule here, where it was found, unless somebody expects bugs and has a handler. */
static void fail_schedule(const struct msim_bugs *bugs, enum memcgsim_bug_kind kind,
			  const char *what, const char *function)
{
	char text[MEMCGSIM_FAILURE_BYTES];

	if (bugs->handler)
		return;
	snprintf(text, sizeof(text), "%s(%s) in %s()", kinds[kind], what, function);
	memcgsim_explore_fail(MEMCGSIM_ASSERTION, text);
}
#endif

/* @once: not if this place has spoken before. */
static void record(struct memcgsim *machine, enum memcgsim_bug_kind kind, bool once,
		   const char *what, const char *function, const void *object)
{
	struct msim_bugs *bugs = &machine->bugs;
	bool fresh;

	msim_spin_lock(&machine->bug_lock);
	fresh = !once || !warned_before(bugs, what, function);
	if (fresh) {
		bugs->ring[bugs->found % MSIM_MAX_BUGS] = (struct memcgsim_bug){
			.kind = kind,
			.what = what,
			.function = function,
			.object = object,
		};
		bugs->found++;
	}
	msim_spin_unlock(&machine->bug_lock);
#ifdef MSIM_EXPLORE
	if (fresh)
		fail_schedule(bugs, kind, what, function);
#endif
	if (fresh && msim_self && msim_self->held_ranks == 0 && MSIM_CHECKS > 0)
		msim_bugs_tell(machine);
}

void msim_bug(struct memcgsim *machine, enum memcgsim_bug_kind kind, const char *what,
	      const char *function, const void *object)
{
	record(machine, kind, kind == MEMCGSIM_WARN, what, function, object);
}

void msim_warn(struct memcgsim *machine, const char *what, const char *function, const void *object)
{
	record(machine, MEMCGSIM_WARN, false, what, function, object);
}

void msim_bugs_tell(struct memcgsim *machine)
{
	struct msim_bugs *bugs = &machine->bugs;

	for (;;) {
		struct memcgsim_bug bug;
		bool any;

		msim_spin_lock(&machine->bug_lock);
		if (bugs->found - bugs->told > MSIM_MAX_BUGS) {
			/* overrun: the oldest are lost, not their count */
			unsigned long lost = bugs->found - bugs->told - MSIM_MAX_BUGS;

			msim_add_relaxed(&bugs->unexpected, lost);
			bugs->told += lost;
		}
		any = bugs->told < bugs->found;
		if (any)
			bug = bugs->ring[bugs->told++ % MSIM_MAX_BUGS];
		msim_spin_unlock(&machine->bug_lock);
		if (!any)
			return;
		if (bugs->handler && bugs->handler(&bug, bugs->arg))
			continue;
		msim_add_relaxed(&bugs->unexpected, 1);
		if (!bugs->handler)
			fprintf(stderr, "memcgsim: %s(%s) in %s(), object %p\n", kinds[bug.kind],
				bug.what, bug.function, bug.object);
	}
}

void memcgsim_set_bug_handler(struct memcgsim *machine, memcgsim_bug_handler handler, void *arg)
{
	machine->bugs.handler = handler;
	machine->bugs.arg = arg;
}

unsigned long memcgsim_nr_bugs(struct memcgsim *machine)
{
	msim_bugs_tell(machine);
	return msim_load_relaxed(&machine->bugs.unexpected);
}
