/* SPDX-License-Identifier: MIT */
/*
 * Owns the machine that an experiment works on, and what it reads there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment.h"
#include "cli/verbs.h"

void demand(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "memcgsim experiment: %s\n", what);
	exit(MEMCGSIM_EXIT_USAGE);
}

void stage_mkdir(struct stage *stage, const char *path)
{
	size_t length = 0; /* of what is there already */

	while (path[length]) {
		char name[256];
		int err;

		snprintf(name, sizeof(name), "%.*s%scgroup.subtree_control", (int)length, path,
			 length ? "/" : "");
		demand(memcgsim_cgroupfs_write(stage->machine, name, "+memory") == 0,
		       "memory could not be enabled");
		length += length > 0;
		length += strcspn(path + length, "/");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		err = memcgsim_cgroup_mkdir(stage->machine, name);
		demand(err == 0 || err == -EEXIST, "no cgroup");
	}
}

void stage_set_config(struct stage *stage, const struct memcgsim_config *config, const char *path)
{
	demand(memcgsim_create(config, &stage->machine) == 0, "no machine of that profile");
	stage_mkdir(stage, path);
	demand(memcgsim_fork(stage->machine, NULL, &stage->task) == 0, "no task");
	if (*path)
		demand(memcgsim_cgroup_attach_task(stage->machine, path, stage->task) == 0,
		       "the task could not be moved");
	demand(memcgsim_thread_bind(stage->machine, 0, stage->task) == 0,
	       "the thread could not be bound");
}

void stage_set(struct stage *stage, const char *profile, const char *path)
{
	struct memcgsim_config config;

	memcgsim_config_init(&config);
	config.profile = profile;
	stage_set_config(stage, &config, path);
}

void stage_strike(struct stage *stage, struct memcgsim_leaks *ret_leaks)
{
	demand(memcgsim_do_exit(stage->task) == 0, "the task could not exit");
	demand(memcgsim_thread_unbind() == 0, "the thread could not be unbound");
	demand(memcgsim_destroy(stage->machine, ret_leaks) == 0,
	       "the machine could not be destroyed");
}

unsigned long stage_number(const struct stage *stage, const char *path)
{
	unsigned long number;
	char *text;

	demand(memcgsim_cgroupfs_read(stage->machine, path, &text) == 0, path);
	number = strtoul(text, NULL, 10);
	free(text);
	return number;
}

unsigned long stage_keyed(const struct stage *stage, const char *path, const char *key)
{
	size_t length = strlen(key);
	unsigned long number = 0;
	bool found = false;
	char *text;

	demand(memcgsim_cgroupfs_read(stage->machine, path, &text) == 0, path);
	for (const char *line = text; *line && !found; line += strcspn(line, "\n") + 1) {
		found = !strncmp(line, key, length) && line[length] == ' ';
		if (found)
			number = strtoul(line + length, NULL, 10);
		if (!strchr(line, '\n'))
			break;
	}
	free(text);
	demand(found, key);
	return number;
}
