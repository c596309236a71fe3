/* SPDX-License-Identifier: MIT */
/*
 * Which steps of two actors do not commute, and which of those could have come in the other order.
 */
#ifndef MSIM_EXPLORE_DEPEND_H
#define MSIM_EXPLORE_DEPEND_H

#include "explore/arena.h"
#include "explore/schedule.h"

static inline bool msim_is_membarrier(const struct msim_op *op)
{
	return op->point->op == MEMCGSIM_OP_MEMBARRIER;
}

/* That two steps do not commute. Same-CPU interrupts are looked at elsewhere. */
static inline bool msim_dependent(const struct msim_op *a, const struct msim_op *b)
{
	/* It orders all that anybody has done, plain accesses too, against its own actor's. */
	if (msim_is_membarrier(a) || msim_is_membarrier(b))
		return true;
	/* Which sections a grace period waits for. */
	if (a->point->op == MEMCGSIM_OP_GP_BEGIN)
		return b->point->op == MEMCGSIM_OP_RCU_READ_LOCK;
	if (a->point->op == MEMCGSIM_OP_RCU_READ_LOCK)
		return b->point->op == MEMCGSIM_OP_GP_BEGIN;
	if (!a->word || !b->word)
		return false;
	if (a->point->op == MEMCGSIM_OP_FREE || b->point->op == MEMCGSIM_OP_FREE)
		return msim_arena_block(a->word) &&
		       msim_arena_block(a->word) == msim_arena_block(b->word);
	if (a->word != b->word)
		return false;
	return msim_op_writes(a) || msim_op_writes(b);
}

/* Of dependent steps: that either could come first. Else the one makes the other possible. */
static inline bool msim_may_be_reversed(const struct msim_op *earlier, const struct msim_op *later)
{
	if (earlier->point->op == MEMCGSIM_OP_UNLOCK)
		return later->point->op != MEMCGSIM_OP_LOCK;
	if (later->point->op == MEMCGSIM_OP_UNLOCK)
		return earlier->point->op != MEMCGSIM_OP_LOCK;
	return true;
}

static inline bool msim_takes(const struct msim_op *op)
{
	return op->point->op == MEMCGSIM_OP_LOCK || op->point->op == MEMCGSIM_OP_TRYLOCK;
}

/* Actors of one CPU, one of them an interrupt: the order of all their steps matters. */
static inline bool msim_same_cpu(const struct msim_run *run, unsigned int a, unsigned int b)
{
	const struct memcgsim_actor *one = run->actors[a].spec, *other = run->actors[b].spec;

	if (!run->has_irqs || a == b)
		return false;
	if (one->kind == MEMCGSIM_ACTOR_WORK || other->kind == MEMCGSIM_ACTOR_WORK)
		return false;
	return one->cpu == other->cpu &&
	       (one->kind == MEMCGSIM_ACTOR_IRQ || other->kind == MEMCGSIM_ACTOR_IRQ);
}

#endif /* MSIM_EXPLORE_DEPEND_H */
