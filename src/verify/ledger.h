/* SPDX-License-Identifier: MIT */
/*
 * Who has what in his hand: what an actor has charged and not yet recorded, which references it has
 * and nobody holds. No operation says so itself. Between two looks one actor has run, so whatever has
 * changed in between is its doing: what its counters, less what is recorded, have become more is in
 * its hand. So the equations of the census hold at every schedule point, with what is in hands.
 */
#ifndef MSIM_VERIFY_LEDGER_H
#define MSIM_VERIFY_LEDGER_H

#include "explore/schedule.h"
#include "verify/recount.h"

struct msim_ledger {
	struct msim_recount count;
	struct msim_recount first; /* as each schedule finds it */
	bool has_first;
	long last[MSIM_PARTIES][MSIM_NR_ACCOUNTS];
	long hand[MSIM_PARTIES][MSIM_NR_ACCOUNTS][MSIM_ACTORS];
	long last_nowhere;
	long frames[MSIM_ACTORS]; /* on their way from one place to another */
	char text[MEMCGSIM_FAILURE_BYTES];
};

/* False without memory. */
bool msim_ledger_open(struct msim_ledger *ledger, struct memcgsim *machine);
void msim_ledger_close(struct msim_ledger *ledger);

/* A schedule begins: all hands are empty. */
void msim_ledger_begin(struct msim_ledger *ledger);

/*
 * Whatever has changed since the last look is @actor's doing. @settled: it holds no CPU's lock and no
 * page's, and so has given back nothing that is still recorded; @idle: it is between operations. NULL,
 * or which equation does not hold.
 */
const char *msim_ledger_look(struct msim_ledger *ledger, unsigned int actor, bool settled,
			     bool idle);

#endif /* MSIM_VERIFY_LEDGER_H */
