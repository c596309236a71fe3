/* SPDX-License-Identifier: MIT */
/*
 * A race as a subject of the explorer.
 */
#ifndef MSIM_TESTS_RACE_SUBJECT_H
#define MSIM_TESTS_RACE_SUBJECT_H

#include <memcgsim/explore.h>

#include "support/race.h"

/* @ret stands for @race, and for no other one at the same time. */
void race_subject(const struct race *race, struct memcgsim_subject *ret);

#endif /* MSIM_TESTS_RACE_SUBJECT_H */
