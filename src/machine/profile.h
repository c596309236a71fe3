/* SPDX-License-Identifier: MIT */
/*
 * Which kernel a machine behaves as.
 */
#ifndef MSIM_MACHINE_PROFILE_H
#define MSIM_MACHINE_PROFILE_H

/* 0; -EOPNOTSUPP for a kernel version that is not modelled. */
int msim_profile_check(const char *name);

#endif /* MSIM_MACHINE_PROFILE_H */
