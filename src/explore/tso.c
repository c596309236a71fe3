/* SPDX-License-Identifier: MIT */
/*
 * Owns the store buffers. The model is that of Sewell, Sarkar, Owens, Nardelli, Myreen, "x86-TSO: a
 * rigorous and usable programmer's model for x86 multiprocessors", CACM 2010.
 *
 * When a store reaches memory is not decided by steps of the buffer, of which there would be as many
 * as stores, but only when somebody looks at its word: then each actor that has a store to it
 * waiting may have it reach memory now, with all that are in front of it, or later. That loses
 * nothing. A store that reaches memory commutes with every step of others but a load of its word,
 * a read-modify-write of it, and another store to it that reaches memory; so in any execution it can
 * be delayed until the next of these, until its own actor drains its buffer, or until the end: and
 * at each of them all orders in which waiting stores could have come are a choice.
 *
 * A lock that is given back is a store too: what is behind it in the buffer reaches memory after
 * it. The lock is free for others at once, and who takes it has the buffer drained up to there.
 */
#include "explore/tso.h"

#include <string.h>

#include "base/assert.h"
#include "explore/happens.h"
#include "explore/step.h"

#define MAX_STORES 64 /* that wait: then the first one has to go; CPUs have 50 and more */

struct store {
	volatile void *word;
	unsigned int size_bytes; /* 0: a lock was given back */
	unsigned int number;	 /* of all stores of the schedule */
	unsigned char value[8];
	struct msim_clock clock;
};

struct buffer {
	struct store stores[MAX_STORES];
	unsigned int first, nr; /* a ring */
	bool is_draining;
};

static struct buffer buffers[MSIM_ACTORS];
static unsigned int nr_stores;

static void tso_begin(void)
{
	nr_stores = 0;
	for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
		buffers[i].first = 0;
		buffers[i].nr = 0;
		buffers[i].is_draining = false;
	}
}

static struct store *nth(struct buffer *buffer, unsigned int n)
{
	return &buffer->stores[(buffer->first + n) % MAX_STORES];
}

/* How many stores have to go until one to @word has gone, the first one or the last; 0: none. */
static unsigned int waiting(struct buffer *buffer, const volatile void *word, bool last)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < buffer->nr && (last || !found); i++) {
		const struct store *store = nth(buffer, i);

		if (store->size_bytes && store->word == word)
			found = i + 1;
	}
	return found;
}

static void drain(struct msim_run *run, unsigned int actor, unsigned int count);

#define NOBODY MSIM_ACTORS

/* Those who have a store to @word waiting that may go, the one with the oldest first. */
static unsigned int candidates_of(const struct msim_run *run, const volatile void *word,
				  unsigned int but, unsigned int *candidates)
{
	unsigned int nr = 0, oldest = UINT32_MAX;

	for (unsigned int i = 0; i < run->nr_actors; i++) {
		unsigned int count =
			i == but || buffers[i].is_draining ? 0 : waiting(&buffers[i], word, false);

		if (!count)
			continue;
		candidates[nr++] = i;
		if (nth(&buffers[i], count - 1)->number < oldest) {
			oldest = nth(&buffers[i], count - 1)->number;
			candidates[nr - 1] = candidates[0];
			candidates[0] = i;
		}
	}
	return nr;
}

/*
 * Somebody looks at @word: any of the stores to it may have reached memory by now, in any order; but
 * not those of @but. The first choice is always the order in which they were made, up to the one
 * that is number @now.
 */
static void look(struct msim_run *run, const volatile void *word, unsigned int but,
		 unsigned int now)
{
	unsigned int chosen, choices[MSIM_ACTORS + 1];

	do {
		unsigned int nr = candidates_of(run, word, but, choices), count;

		if (nr == 0)
			return;
		choices[nr] = NOBODY;
		count = waiting(&buffers[choices[0]], word, false);
		if (nth(&buffers[choices[0]], count - 1)->number > now) {
			choices[nr] = choices[0];
			choices[0] = NOBODY;
		}
		chosen = choices[msim_run_choose(run, nr + 1)];
		if (chosen != NOBODY)
			drain(run, chosen, waiting(&buffers[chosen], word, false));
	} while (chosen != NOBODY);
}

/* The first @count stores of a buffer reach memory; before each, others may to the same word. */
static void drain(struct msim_run *run, unsigned int actor, unsigned int count)
{
	struct buffer *buffer = &buffers[actor];

	msim_assert(!buffer->is_draining);
	buffer->is_draining = true;
	while (count--) {
		struct store *store = nth(buffer, 0);

		if (store->size_bytes) {
			look(run, store->word, actor, store->number);
			msim_copy_word(store->word, store->value, store->size_bytes);
			*msim_happens_of(store->word) = store->clock;
		}
		buffer->first = (buffer->first + 1) % MAX_STORES;
		buffer->nr--;
	}
	buffer->is_draining = false;
}

static void drain_all(struct msim_run *run, unsigned int actor)
{
	drain(run, actor, buffers[actor].nr);
}

/* Whoever has a store to @word waiting has none afterwards. */
static void drain_word(struct msim_run *run, const volatile void *word)
{
	for (unsigned int i = 0; i < run->nr_actors; i++)
		drain(run, i, waiting(&buffers[i], word, true));
}

/* ---- accesses ---- */

/* Whether anybody but the current actor has a store to @word waiting. */
static bool is_others(const struct msim_run *run, const volatile void *word)
{
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (i != run->current->index && waiting(&buffers[i], word, false))
			return true;
	}
	return false;
}

static const volatile void *tso_load(struct msim_run *run, const struct memcgsim_point *point,
				     const volatile void *word)
{
	struct buffer *own = &buffers[run->current->index];
	unsigned int waits;

	if (is_others(run, word)) /* else it makes no difference whether the own one still waits */
		look(run, word, NOBODY, nr_stores);
	waits = waiting(own, word, true);
	if (waits) {
		struct store *store = nth(own, waits - 1);

		if (store->size_bytes == point->size_bytes)
			return store->value;
		drain(run, run->current->index, waits); /* no part of it is forwarded */
	}
	msim_happens_load(run, point->order, msim_happens_of(word));
	return word;
}

static struct store *push(struct msim_run *run, volatile void *word, unsigned int size_bytes)
{
	struct buffer *own = &buffers[run->current->index];
	struct store *store;

	if (own->nr == MAX_STORES)
		drain(run, run->current->index, 1);
	store = nth(own, own->nr++);
	store->word = word;
	store->size_bytes = size_bytes;
	store->number = ++nr_stores;
	return store;
}

static void tso_rmw(struct msim_run *run, const struct memcgsim_point *point, volatile void *word)
{
	drain_all(run, run->current->index);
	look(run, word, NOBODY, nr_stores);
	msim_happens_rmw(run, point->order, msim_happens_of(word));
}

static volatile void *tso_store(struct msim_run *run, const struct memcgsim_point *point,
				volatile void *word)
{
	struct store *store;

	if (point->order == __ATOMIC_SEQ_CST) { /* an exchange */
		drain_all(run, run->current->index);
		look(run, word, NOBODY, nr_stores);
		msim_happens_store(run, point->order, msim_happens_of(word));
		return word;
	}
	store = push(run, word, point->size_bytes);
	msim_happens_store(run, point->order, &store->clock);
	return store->value;
}

static void tso_fence(struct msim_run *run, const struct memcgsim_point *point)
{
	bool everywhere = point->op == MEMCGSIM_OP_MEMBARRIER ||
			  point->op == MEMCGSIM_OP_GP_BEGIN || point->op == MEMCGSIM_OP_GP_END;

	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (everywhere || i == run->current->index)
			drain_all(run, i);
	}
}

static void tso_release(struct msim_run *run, const volatile void *lock)
{
	if (buffers[run->current->index].nr)
		push(run, (volatile void *)lock, 0);
}

static void tso_acquire(struct msim_run *run, const volatile void *lock)
{
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		struct buffer *buffer = &buffers[i];

		for (unsigned int n = buffer->nr; n > 0; n--) {
			if (nth(buffer, n - 1)->size_bytes || nth(buffer, n - 1)->word != lock)
				continue;
			drain(run, i, n);
			break;
		}
	}
}

static bool tso_may_change(const struct msim_run *run, const volatile void *word)
{
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (waiting(&buffers[i], word, false))
			return true;
	}
	return false;
}

static void tso_see_newest(struct msim_run *run, const struct memcgsim_point *point,
			   const volatile void *word)
{
	drain_word(run, word);
	if (point->op == MEMCGSIM_OP_WAIT)
		msim_happens_load(run, point->order, msim_happens_of(word));
}

/* Plain accesses do not wait, and are made with memory as it is: so it has to be up to date. */
static void tso_plain(struct msim_run *run, const volatile void *address, size_t bytes)
{
	const volatile char *begin = address;

	for (unsigned int i = 0; i < run->nr_actors; i++) {
		struct buffer *buffer = &buffers[i];
		unsigned int count = 0;

		for (unsigned int n = 0; n < buffer->nr; n++) {
			const struct store *store = nth(buffer, n);
			const volatile char *word = store->word;

			if (store->size_bytes && word < begin + bytes &&
			    word + store->size_bytes > begin)
				count = n + 1;
		}
		drain(run, i, count);
	}
}

static void tso_finish(struct msim_run *run)
{
	for (unsigned int i = 0; i < run->nr_actors; i++)
		drain_all(run, i);
}

const struct msim_memory msim_tso = {
	.begin = tso_begin,
	.load = tso_load,
	.store = tso_store,
	.rmw = tso_rmw,
	.fence = tso_fence,
	.release = tso_release,
	.acquire = tso_acquire,
	.interrupt = drain_all,
	.may_change = tso_may_change,
	.see_newest = tso_see_newest,
	.plain = tso_plain,
	.finish = tso_finish,
};
