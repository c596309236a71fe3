/* SPDX-License-Identifier: MIT */
/*
 * Memory as the declared orders of C11 allow: a word has a history, and a load may read anything in
 * it that is not known to be outdated.
 */
#ifndef MSIM_EXPLORE_VIEWS_H
#define MSIM_EXPLORE_VIEWS_H

#include "explore/schedule.h"

extern const struct msim_memory msim_views;

#endif /* MSIM_EXPLORE_VIEWS_H */
