/* SPDX-License-Identifier: MIT */
/*
 * A schedule in words: what each row of its ladder says.
 */
#ifndef MSIM_EXPLORE_ROWS_H
#define MSIM_EXPLORE_ROWS_H

#include "explore/schedule.h"

struct msim_row {
	unsigned int actor;
	unsigned long number; /* of the step; 0: it is none, and so has no value */
	bool quiet;	      /* stands for what is not shown, or for what nobody can see */
	bool written;	      /* the value is what the step made it */
	bool changed;	      /* it is another one than in the row that showed the word last */
	char what[128];
	char value[40];
	char place[72];
};

/* In the order of the schedule, to be given back by free(); NULL if there is no memory. */
struct msim_row *msim_rows(const struct msim_run *run, bool full, size_t *ret_nr);

#endif /* MSIM_EXPLORE_ROWS_H */
