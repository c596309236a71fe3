/* SPDX-License-Identifier: MIT */
/*
 * All schedules: depth first, every one of them or up to a number of preemptions; or with dynamic
 * partial-order reduction, at least one of each class that no order of independent steps tells
 * apart.
 */
#ifndef MSIM_EXPLORE_DPOR_H
#define MSIM_EXPLORE_DPOR_H

#include "explore/classes.h"
#include "explore/schedule.h"

/* What could have been done at one decision, or choice, of the schedule that is on top. */
struct msim_node {
	unsigned short enabled;
	unsigned short uninterrupted;
	unsigned short backtrack; /* to be tried ... */
	unsigned short sleep;	  /* ... but for these: tried, or shown elsewhere */
	unsigned char chosen;
	unsigned char current; /* who made the step before; MSIM_ACTORS: nobody */
	unsigned short preemptions;
	unsigned short nr_choices; /* a choice, not a decision: so many answers */
	unsigned short choice;
	struct msim_op pending[MSIM_ACTORS];
};

struct msim_dpor {
	bool reduce;  /* DPOR; else every schedule */
	bool classic; /* by the rule of 2005 */
	int bound;    /* preemptions at most; -1: any number */
	bool cut;     /* some schedule was left out by the bound */
	struct msim_node *nodes;
	size_t nr_nodes, max_nodes;
	size_t depth; /* while a schedule runs */

	bool count_classes;
	struct msim_classes classes;

	void *scratch; /* of the analysis */
	size_t scratch_bytes;
};

extern const struct msim_chooser msim_dpor_chooser;

/* 0 or -ENOMEM. */
int msim_dpor_open(struct msim_dpor *dpor, bool reduce, int bound);
void msim_dpor_close(struct msim_dpor *dpor);

/*
 * After a schedule, also one that failed: sees which steps of it race, and where others are to be
 * tried. Whether a schedule is left; the next one begins with the chooser.
 */
bool msim_dpor_next(struct msim_dpor *dpor, const struct msim_run *run);

#endif /* MSIM_EXPLORE_DPOR_H */
