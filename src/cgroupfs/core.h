/* SPDX-License-Identifier: MIT */
/*
 * What a file of a cgroup is, and the files named cgroup.*.
 */
#ifndef MSIM_CGROUPFS_CORE_H
#define MSIM_CGROUPFS_CORE_H

#include <stdio.h>

#include "types.h"

/*
 * Where a file is, and what reading and writing it does; under the cgroup mutex where nothing else is
 * said.
 */
struct msim_file {
	const char *name;
	bool needs_memcg;
	bool on_root;
	/* NULL: cannot be read. */
	void (*show)(FILE *out, struct memcgsim_cgroup *cgroup);
	/* NULL: cannot be written. @text has no blanks around it. 0 or a negative errno. */
	int (*write)(struct msim_ctx *ctx, struct memcgsim_cgroup *cgroup, const char *text);
	/* Why it cannot be read just now; 0, or NULL, if nothing forbids it. */
	int (*vet_show)(const struct memcgsim_cgroup *cgroup);
	/* Instead of @write, what may take long and ask upwards: the memcg is held, the mutex is not. */
	int (*write_memcg)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			   const char *text);
};

/* In no order; ends with one without a name. */
extern const struct msim_file msim_core_files[];

#endif /* MSIM_CGROUPFS_CORE_H */
