/* SPDX-License-Identifier: MIT */
/*
 * The files memory.* of v1 machines.
 */
#ifndef MSIM_CGROUPFS_FILES_V1_H
#define MSIM_CGROUPFS_FILES_V1_H

#include "cgroupfs/core.h"
#include "types.h"

/* Up to the one without a name. */
extern const struct msim_file msim_files_v1[];

/* Names of those that are not modelled, up to NULL. */
extern const char *const msim_left_out_v1[];

#endif /* MSIM_CGROUPFS_FILES_V1_H */
