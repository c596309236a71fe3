/* SPDX-License-Identifier: MIT */
/*
 * The files of a cgroup.
 */
#ifndef MSIM_CGROUPFS_FILES_H
#define MSIM_CGROUPFS_FILES_H

#include <stdio.h>

#include "types.h"

/* Where a file is, and what reading and writing it does; both under the cgroup mutex. */
struct msim_file {
	const char *name;
	bool needs_memcg;
	bool on_root;
	void (*show)(FILE *out, struct memcgsim_cgroup *cgroup);
	/* NULL: cannot be written. @text has no blanks around it. 0 or a negative errno. */
	int (*write)(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text);
};

/* The file of that name in @cgroup, or NULL if it has none. */
const struct msim_file *msim_file_find(const struct memcgsim_cgroup *cgroup, const char *name,
				       size_t length);

#endif /* MSIM_CGROUPFS_FILES_H */
