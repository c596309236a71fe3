/* SPDX-License-Identifier: MIT */
/*
 * What memcgsim-explore is linked with to explore.
 */
#ifndef MSIM_CLI_SUBJECTS_H
#define MSIM_CLI_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include <memcgsim/explore.h>

struct subject {
	struct memcgsim_subject subject;
	bool broken; /* wrong on purpose, so that a failure can be looked at: none of `all` */
};

/* NULL behind the last. Valid until the next call. */
const struct subject *subject_at(size_t index);

/* NULL: none of that name. Valid as long. */
const struct subject *subject_named(const char *name);

#endif /* MSIM_CLI_SUBJECTS_H */
