/* SPDX-License-Identifier: MIT */
/*
 * Which kernel a machine behaves as.
 */
#ifndef MSIM_MACHINE_PROFILE_H
#define MSIM_MACHINE_PROFILE_H

#include "types.h"

/* NULL for a kernel version that is not modelled. */
const struct msim_variant *msim_profile_find(const char *name);

#endif /* MSIM_MACHINE_PROFILE_H */
