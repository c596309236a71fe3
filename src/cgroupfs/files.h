/* SPDX-License-Identifier: MIT */
/*
 * The files of a cgroup.
 */
#ifndef MSIM_CGROUPFS_FILES_H
#define MSIM_CGROUPFS_FILES_H

#include "cgroupfs/core.h"
#include "types.h"

/* The file of that name in @cgroup, or NULL if it has none. */
const struct msim_file *msim_file_find(const struct memcgsim_cgroup *cgroup, const char *name,
				       size_t length);

/*
 * Whether a file of that name is another version's than the machine's, or its own version's and not
 * modelled.
 */
bool msim_file_is_elsewhere(const struct memcgsim_cgroup *cgroup, const char *name, size_t length);

#endif /* MSIM_CGROUPFS_FILES_H */
