/* SPDX-License-Identifier: MIT */
/*
 * Who took the references that the library's user holds: what a leak report names. The counts
 * themselves are with the memcg or objcg; this is their story, told as well as the host's memory
 * allows.
 */
#ifndef MSIM_MEMCG_TAKER_H
#define MSIM_MEMCG_TAKER_H

#include "types.h"

void msim_takers_init(struct memcgsim *machine);
void msim_takers_destroy(struct memcgsim *machine);

/* The calling thread took @nr references on @object, a memcg or an objcg, or on the memcg's id. */
void msim_taker_took(struct memcgsim *machine, enum msim_taken what, const void *object, long nr);

/* It put them: its own if it has any, else somebody's. Anywhere but under the rank of bugs. */
void msim_taker_put(struct memcgsim *machine, enum msim_taken what, const void *object, long nr);

/* It would have put more than there were. */
void msim_taker_put_extra(struct memcgsim *machine, enum msim_taken what, const void *object,
			  long nr);

/* @object is about to be freed: what is still said of it is said of something that is gone. */
void msim_taker_forget(struct memcgsim *machine, const void *object);

#endif /* MSIM_MEMCG_TAKER_H */
