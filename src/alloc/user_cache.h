/* SPDX-License-Identifier: MIT */
/*
 * Caches that the library's users create; the public door is memcgsim/kmem_cache.h.
 */
#ifndef MSIM_ALLOC_USER_CACHE_H
#define MSIM_ALLOC_USER_CACHE_H

#include "types.h"

/*
 * Destroys the caches that still stand, none of which has an object; returns how many nobody has
 * destroyed. Nobody inside.
 */
unsigned long msim_user_cache_sweep(struct msim_ctx *ctx);

#endif /* MSIM_ALLOC_USER_CACHE_H */
