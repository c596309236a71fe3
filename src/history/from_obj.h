/* SPDX-License-Identifier: MIT */
/*
 * Whose an object is, as it was found out before 2020's fix: an operation of struct msim_variant.
 */
#ifndef MSIM_HISTORY_FROM_OBJ_H
#define MSIM_HISTORY_FROM_OBJ_H

#include "types.h"

/*
 * Apparent: the word is read to see that it is no vector, and read again to be returned as a memcg. If
 * the first object of the slab is charged in between, a vector is returned (T-04).
 */
struct memcgsim_mem_cgroup *msim_from_obj_read_twice(struct msim_ctx *ctx,
						     struct memcgsim_page *head, const void *p);

#endif /* MSIM_HISTORY_FROM_OBJ_H */
