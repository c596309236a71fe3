/* SPDX-License-Identifier: MIT */
/*
 * Owns the names of the kernel versions that are modelled: v6.12, so far. Called at creation.
 */
#include "machine/profile.h"

#include <errno.h>
#include <string.h>

int msim_profile_check(const char *name)
{
	return name && !strcmp(name, "v6.12") ? 0 : -EOPNOTSUPP;
}
