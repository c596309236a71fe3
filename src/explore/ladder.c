/* SPDX-License-Identifier: MIT */
/*
 * Owns the drawing of a schedule.
 */
#include "explore/ladder.h"

void msim_ladder_print(const struct msim_run *run, const struct memcgsim_ladder *how)
{
	FILE *out = how->out;

	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (step->silent != MSIM_STEP)
			continue;
		fprintf(out, "%4zu %-12s %s(%s) %s:%d = %lx\n", i,
			run->actors[step->actor].spec->name, step->op.point->name,
			step->op.point->text, step->op.point->file, step->op.point->line,
			(unsigned long)step->value);
	}
}
