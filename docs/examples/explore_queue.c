/* SPDX-License-Identifier: MIT */
/*
 * A queue of several producers and one consumer, without a lock, and whether it is right: every
 * interleaving is tried. The first version looks for a free place and takes it in two steps; the
 * explorer finds who comes in between, and draws it. The second takes the place by one exchange,
 * and no schedule is left in which it fails.
 *
 * Without -DMEMCGSIM_EXPLORE the MEMCGSIM_X_... are the compiler's own atomics: what is explored is
 * what ships. That flag comes with libmemcgsim-explore's pkg-config file.
 */
#include <stdio.h>

#include <memcgsim/explore.h>

#define PLACES 4

struct queue {
	unsigned int tail;	     /* places that are taken, by producers */
	unsigned int places[PLACES]; /* 0: nothing is there yet */
	unsigned int head;	     /* the consumer's own */
};

/* Another producer may see the same tail before it is written. */
static bool push_in_two_steps(struct queue *queue, unsigned int value)
{
	unsigned int tail = MEMCGSIM_X_LOAD(&queue->tail, RELAXED);

	if (tail == PLACES)
		return false;
	MEMCGSIM_X_STORE(&queue->tail, tail + 1, RELAXED);
	MEMCGSIM_X_STORE(&queue->places[tail], value, RELEASE);
	return true;
}

static bool push(struct queue *queue, unsigned int value)
{
	unsigned int tail = MEMCGSIM_X_LOAD(&queue->tail, RELAXED);

	do {
		if (tail == PLACES)
			return false;
	} while (!MEMCGSIM_X_CMPXCHG(&queue->tail, &tail, tail + 1, RELAXED));
	MEMCGSIM_X_STORE(&queue->places[tail], value, RELEASE);
	return true;
}

/* 0: nothing has come yet. A place that is taken but empty is waited for, not passed over. */
static unsigned int pop(struct queue *queue)
{
	unsigned int value = 0;

	if (queue->head < PLACES)
		value = MEMCGSIM_X_LOAD(&queue->places[queue->head], ACQUIRE);
	if (value)
		queue->head++;
	return value;
}

/* ---- the actors; the judge at the end; and the subjects that they make ---- */

struct world {
	struct queue queue;
	unsigned int popped; /* a bit per value */
};

static const unsigned int one = 1, two = 2;

static const char *hasty_producer(void *world, const void *value)
{
	push_in_two_steps(&((struct world *)world)->queue, *(const unsigned int *)value);
	return NULL;
}

static const char *producer(void *world, const void *value)
{
	push(&((struct world *)world)->queue, *(const unsigned int *)value);
	return NULL;
}

static const char *consumer(void *arg, const void *unused)
{
	struct world *world = arg;

	(void)unused;
	for (int i = 0; i < 2; i++)
		world->popped |= 1u << pop(&world->queue);
	return NULL;
}

static const char *nothing_is_lost(void *arg, const void *unused)
{
	struct world *world = arg;
	unsigned int value;

	(void)unused;
	while ((value = pop(&world->queue)))
		world->popped |= 1u << value;
	return (world->popped & 6) == 6 ? NULL : "a value was pushed and never came out";
}

static const struct memcgsim_subject hasty = {
	.name = "hasty",
	.claim = "what is pushed is popped",
	.state_bytes = sizeof(struct world),
	.finally = nothing_is_lost,
	.actors = { { .name = "first producer", .body = hasty_producer, .arg = &one },
		    { .name = "second producer", .body = hasty_producer, .arg = &two },
		    { .name = "consumer", .body = consumer } },
};

static const struct memcgsim_subject right = {
	.name = "right",
	.claim = "what is pushed is popped",
	.state_bytes = sizeof(struct world),
	.finally = nothing_is_lost,
	.actors = { { .name = "first producer", .body = producer, .arg = &one },
		    { .name = "second producer", .body = producer, .arg = &two },
		    { .name = "consumer", .body = consumer } },
};

int main(void)
{
	const struct memcgsim_ladder ladder = { .out = stdout };
	struct memcgsim_explore_result result;

	if (memcgsim_explore(&hasty, NULL, &result) != 1)
		return 1;
	printf("In two steps: %s, after %lu schedules\n\n", result.failure, result.schedules);
	if (memcgsim_replay(&hasty, result.token, &ladder, &result) != 1)
		return 1;

	if (memcgsim_explore(&right, NULL, &result) != 0)
		return 1;
	printf("\nBy an exchange: %lu schedules of %lu classes, and there are %sothers\n",
	       result.schedules, result.classes, result.exhausted ? "no " : "");
	return !result.exhausted;
}
