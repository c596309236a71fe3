/* SPDX-License-Identifier: MIT */
/*
 * A schedule as a word on the command line: subject:memory:turns, each turn the number of steps since
 * the one before, a dot, and who goes on there (or what is chosen).
 */
#ifndef MSIM_EXPLORE_TOKEN_H
#define MSIM_EXPLORE_TOKEN_H

#include "explore/pick.h"

/* 0, or -E2BIG: then @token is empty. */
int msim_token_write(const struct msim_schedule *schedule, const char *subject,
		     enum memcgsim_memory memory, char *token, size_t size_bytes);

/* 0; -EINVAL: no token of @subject; -ENOMEM. */
int msim_token_read(const char *token, const char *subject, struct msim_schedule *ret_schedule,
		    enum memcgsim_memory *ret_memory);

#endif /* MSIM_EXPLORE_TOKEN_H */
