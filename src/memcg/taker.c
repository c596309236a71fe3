/* SPDX-License-Identifier: MIT */
/*
 * Owns the records of takers (takers.lock, which nests inside everything but the record of bugs):
 * one for each thread's identity, CPU and pid, and thing that it holds. Called where the user takes
 * and puts references, never by the library's own. Without memory for a record the references are
 * counted all the same, and remain anonymous.
 */
#include "memcg/taker.h"

#include "base/heap.h"
#include "seam/thread.h"

void msim_takers_init(struct memcgsim *machine)
{
	msim_spin_init(&machine->takers.lock, MSIM_RANK_TAKERS);
	msim_list_init(&machine->takers.all);
}

static void drop(struct msim_takers *takers, struct msim_taker *taker)
{
	msim_hash_del(&takers->by_object, &taker->by_object);
	msim_list_del(&taker->node);
	msim_heap_free(taker);
}

void msim_takers_destroy(struct memcgsim *machine)
{
	struct msim_takers *takers = &machine->takers;

	while (!msim_list_empty(&takers->all))
		drop(takers, msim_list_first(&takers->all, struct msim_taker, node));
	msim_hash_destroy(&takers->by_object);
}

/* What a record of the calling thread would say. */
static struct msim_taker myself(const struct memcgsim *machine, enum msim_taken what,
				const void *object)
{
	const struct msim_ctx *ctx = msim_ctx();
	struct msim_taker me = { .what = what, .object = object, .cpu = -1 };

	if (ctx && ctx->machine == machine && !ctx->guest) {
		me.cpu = (int)ctx->cpu->id;
		me.pid = ctx->task->pid; /* 0: no task's */
	}
	return me;
}

static bool same_thing(const struct msim_taker *a, const struct msim_taker *b)
{
	return a->what == b->what && a->object == b->object;
}

static bool same_taker(const struct msim_taker *a, const struct msim_taker *b)
{
	return same_thing(a, b) && a->cpu == b->cpu && a->pid == b->pid;
}

/* Of the records that are @like: the taker's own, or, if anybody's will do, one that has some. */
static struct msim_taker *find(const struct msim_takers *takers, const struct msim_taker *like,
			       bool anybody)
{
	struct msim_hash_node *node;

	node = msim_hash_find(&takers->by_object, msim_hash_long((unsigned long)like->object));
	for (; node; node = msim_hash_next(node)) {
		struct msim_taker *taker = msim_container_of(node, struct msim_taker, by_object);

		if (anybody ? same_thing(taker, like) && taker->count > 0 : same_taker(taker, like))
			return taker;
	}
	return NULL;
}

static void change(struct msim_takers *takers, const struct msim_taker *me, long change)
{
	struct msim_taker *spare = msim_heap_alloc(sizeof(*spare)), *taker;

	msim_spin_lock(&takers->lock);
	taker = find(takers, me, false);
	if (!taker && spare) {
		taker = spare;
		*taker = *me;
		msim_hash_add(&takers->by_object, &taker->by_object,
			      msim_hash_long((unsigned long)me->object));
		msim_list_add_tail(&taker->node, &takers->all);
		spare = NULL;
	}
	if (taker) {
		taker->count += change;
		if (taker->count == 0)
			drop(takers, taker);
	}
	msim_spin_unlock(&takers->lock);
	msim_heap_free(spare);
}

void msim_taker_took(struct memcgsim *machine, enum msim_taken what, const void *object, long nr)
{
	struct msim_taker me = myself(machine, what, object);

	change(&machine->takers, &me, nr);
}

void msim_taker_put_extra(struct memcgsim *machine, enum msim_taken what, const void *object,
			  long nr)
{
	struct msim_taker me = myself(machine, what, object);

	change(&machine->takers, &me, -nr);
}

void msim_taker_put(struct memcgsim *machine, enum msim_taken what, const void *object, long nr)
{
	struct msim_takers *takers = &machine->takers;
	struct msim_taker me = myself(machine, what, object), *taker;

	msim_spin_lock(&takers->lock);
	while (nr > 0) {
		long some;

		taker = find(takers, &me, false);
		if (!taker || taker->count <= 0)
			taker = find(takers, &me, true);
		if (!taker) /* an anonymous one's */
			break;
		some = taker->count < nr ? taker->count : nr;
		nr -= some;
		taker->count -= some;
		if (taker->count == 0)
			drop(takers, taker);
	}
	msim_spin_unlock(&takers->lock);
}

void msim_taker_forget(struct memcgsim *machine, const void *object)
{
	struct msim_takers *takers = &machine->takers;
	unsigned long hash = msim_hash_long((unsigned long)object);
	struct msim_hash_node *node, *next;

	msim_spin_lock(&takers->lock);
	for (node = msim_hash_find(&takers->by_object, hash); node; node = next) {
		struct msim_taker *taker = msim_container_of(node, struct msim_taker, by_object);

		next = msim_hash_next(node);
		if (taker->object != object)
			continue;
		msim_hash_del(&takers->by_object, &taker->by_object);
		taker->object = NULL;
		msim_hash_add(&takers->by_object, &taker->by_object, msim_hash_long(0));
	}
	msim_spin_unlock(&takers->lock);
}
