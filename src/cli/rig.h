/* SPDX-License-Identifier: MIT */
/*
 * The rig: a machine, tasks and slots, and what each command of a scenario does to them.
 */
#ifndef MSIM_CLI_RIG_H
#define MSIM_CLI_RIG_H

#include <memcgsim/memcgsim.h>

#include "cli/scenario.h"

struct rig;

/* 0 or a negative errno. */
int rig_create(const struct memcgsim_config *config, struct rig **ret_rig);
void rig_destroy(struct rig *rig);

/*
 * Runs one command. Its answer, as the recordings print it, in a buffer that the next call reuses.
 */
const char *rig_run(struct rig *rig, const struct command *command);

struct memcgsim *rig_machine(struct rig *rig);

/* What the kernel of the recordings charges a parent for each child: the rig's default. */
#define RIG_CHILD_COST_BYTES	    7288
#define RIG_CHILD_COST_SLAB_BYTES   3088
#define RIG_CHILD_COST_PERCPU_BYTES 4200

#endif /* MSIM_CLI_RIG_H */
