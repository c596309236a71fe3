/* SPDX-License-Identifier: MIT */
/*
 * Seed 002: task->objcg, so that a charge need not look up who pays.
 */
#include <errno.h>

#include "cli/experiment.h"

static int run(struct findings *findings)
{
	struct exploration update;

	if (!explore(findings, (const char *[]){ "objcg_update", "--strategy", "dpor", NULL },
		     &update))
		return -EINTR;
	findings_add(findings, &(struct row){
				       .claim = "no update is lost if task migration is racing "
						"against objcg pointer update",
				       .source = "commit message, rule 3",
				       .after = exploration_figure(&update),
				       .holds = !update.failed,
			       });
	return 0;
}

const struct experiment experiment_002 = {
	.seed = "002",
	.title = "a direct objcg pointer in task_struct",
	.before = "v5.11",
	.after = "v6.12",
	.run = run,
};
