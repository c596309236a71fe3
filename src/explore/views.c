/* SPDX-License-Identifier: MIT */
/*
 * Owns the histories of words: messages in modification order, the newest of which is what the word
 * itself holds. An actor may read any message but those that are older than one it knows: one whose
 * writing, or some reading of which, is visible to it. A store may come in front of messages that
 * the actor does not know, but not between a message and a read-modify-write that read it.
 *
 * After Kang, Hur, Lahav, Vafeiadis, Dreyer, "A promising semantics for relaxed-memory concurrency",
 * POPL 2017, without the promises; and with visibility by vector clocks, as in Norris, Demsky,
 * "CDSchecker", OOPSLA 2013. The order of sequentially consistent accesses is that of the schedule.
 */
#include "explore/views.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "explore/happens.h"
#include "explore/step.h"
#include "explore/words.h"

#define MESSAGES_PER_CHUNK 256
#define FIRST_LOCATIONS	   256
/* A loop that polls sees a store in the end: so often an actor may read the same outdated message. */
#define MAX_STALE_READS 4

struct message {
	struct message *older;
	unsigned char value[8];
	struct msim_clock clock; /* for who acquires it */
	unsigned char writer;	 /* MSIM_ACTORS: what was there before */
	bool seq_cst;
	bool attached; /* to the older one, which it read: nothing comes in between */
	uint32_t epoch;
	uint32_t read_at[MSIM_ACTORS]; /* each actor's first reading of it; 0: none */
	unsigned char stale_reads[MSIM_ACTORS];
};

struct location {
	const volatile void *word;
	unsigned int size_bytes;
	struct message *newest; /* NULL: whatever the word holds, everybody knows it */
};

static struct {
	struct msim_words words;
	struct location *locations;
	uint32_t nr_locations, max_locations;
	struct message **chunks;
	size_t nr_messages, max_messages;
	/* A message whose value is still to be taken from its word, where an instruction leaves it. */
	struct message *unsettled;
	struct message *newer;	   /* the one in front of it; NULL: none */
	struct location *location; /* its word's */
	bool is_exchange;	   /* that may have failed, and then has written nothing */
} views;

static void views_begin(void)
{
	msim_words_begin(&views.words);
	views.nr_locations = 0;
	views.nr_messages = 0;
	views.unsettled = NULL;
}

static void views_close(void)
{
	for (size_t i = 0; i < views.max_messages / MESSAGES_PER_CHUNK; i++)
		free(views.chunks[i]);
	free(views.chunks);
	free(views.locations);
	msim_words_close(&views.words);
	memset(&views, 0, sizeof(views));
}

static struct message *new_message(void)
{
	size_t chunk = views.nr_messages / MESSAGES_PER_CHUNK;
	struct message *message;

	if (views.nr_messages == views.max_messages) {
		views.chunks = realloc(views.chunks, (chunk + 1) * sizeof(*views.chunks));
		msim_assert(views.chunks);
		views.chunks[chunk] = malloc(MESSAGES_PER_CHUNK * sizeof(**views.chunks));
		msim_assert(views.chunks[chunk]);
		views.max_messages += MESSAGES_PER_CHUNK;
	}
	message = &views.chunks[chunk][views.nr_messages++ % MESSAGES_PER_CHUNK];
	memset(message, 0, sizeof(*message));
	return message;
}

/* ---- histories ---- */

static bool holds(const struct location *location, const struct message *message)
{
	return msim_read_word(location->word, location->size_bytes) ==
	       msim_read_word(message->value, location->size_bytes);
}

/* Takes what the last store, or read-modify-write, has left in its word. */
static void settle(void)
{
	struct message *message = views.unsettled;
	struct location *location = views.location;

	if (!message)
		return;
	views.unsettled = NULL;
	if (!views.is_exchange || !holds(location, message->older))
		msim_copy_word(message->value, location->word, location->size_bytes);
	else if (views.newer)
		views.newer->older = message->older;
	else
		location->newest = message->older;
	if (views.newer)
		msim_copy_word((volatile void *)location->word, location->newest->value,
			       location->size_bytes);
}

static struct location *new_location(const volatile void *word, unsigned int size_bytes)
{
	if (views.nr_locations == views.max_locations) {
		views.max_locations =
			views.max_locations ? 2 * views.max_locations : FIRST_LOCATIONS;
		views.locations =
			realloc(views.locations, views.max_locations * sizeof(*views.locations));
		msim_assert(views.locations);
	}
	views.locations[views.nr_locations] = (struct location){ word, size_bytes, NULL };
	return &views.locations[views.nr_locations++];
}

/* The history of a word, which begins with what is there if nobody has asked before. */
static struct location *history_of(struct msim_run *run, const struct memcgsim_point *point,
				   const volatile void *word)
{
	uint32_t number;
	struct location *location;

	settle();
	number = msim_words_number(&views.words, word);
	location = number == views.nr_locations ? new_location(word, point->size_bytes)
						: &views.locations[number];
	if (location->size_bytes != point->size_bytes)
		msim_run_fail(run, MEMCGSIM_ASSERTION, "a word is accessed in two sizes");
	/*
	 * Begun anew also where it was written by other means. Whoever wrote it plainly, without a
	 * race, knew all of the history, and is known by all who ask now.
	 */
	if (!location->newest || !holds(location, location->newest)) {
		location->newest = new_message();
		location->newest->writer = MSIM_ACTORS;
		msim_copy_word(location->newest->value, word, point->size_bytes);
	}
	return location;
}

/* ---- what an actor knows ---- */

static struct msim_clock view_of(const struct msim_run *run, int order)
{
	struct msim_clock view = *msim_happens_now(run->current);

	if (order == __ATOMIC_SEQ_CST)
		msim_happens_see_fences(&view);
	return view;
}

/* Whether everything older than @message is outdated for who sees @view. */
static bool is_known(const struct message *message, const struct msim_clock *view, int order)
{
	if (!message->older || (message->seq_cst && order == __ATOMIC_SEQ_CST))
		return true;
	if (message->writer < MSIM_ACTORS && message->epoch <= view->visible[message->writer])
		return true;
	for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
		if (message->read_at[i] && message->read_at[i] <= view->visible[i])
			return true;
	}
	return false;
}

static void note_read(const struct msim_run *run, struct message *message)
{
	unsigned int reader = run->current->index;

	if (!message->read_at[reader])
		message->read_at[reader] = msim_happens_epoch(run->current);
}

/* No choice is none that anybody has to know of. */
static unsigned int choose(struct msim_run *run, unsigned int count)
{
	return count > 1 ? msim_run_choose(run, count) : 0;
}

/* One of the messages that the actor may read, the newest being the first choice. */
static struct message *choose_message(struct msim_run *run, const struct location *location,
				      int order)
{
	struct msim_clock view = view_of(run, order);
	unsigned int reader = run->current->index, count = 1;
	struct message *message = location->newest;

	while (!is_known(message, &view, order) &&
	       message->older->stale_reads[reader] < MAX_STALE_READS) {
		message = message->older;
		count++;
	}
	count = choose(run, count);
	for (message = location->newest; count > 0; count--)
		message = message->older;
	if (message != location->newest)
		message->stale_reads[reader]++;
	return message;
}

/*
 * One of the places for a store: the message that comes in front of it, NULL where none does. Or of
 * those for a read-modify-write, which has read the message behind it: then as many as may be read.
 */
static struct message *choose_place(struct msim_run *run, const struct location *location,
				    int order)
{
	struct msim_clock view = view_of(run, order);
	struct message *message = location->newest, *newer = NULL;
	unsigned int count = 1;

	for (; !is_known(message, &view, order); message = message->older)
		count += !message->attached;
	count = choose(run, count);
	for (message = location->newest; count > 0; message = message->older) {
		if (!message->attached) {
			newer = message;
			count--;
		}
	}
	return newer;
}

static struct message *insert(const struct msim_run *run, const struct memcgsim_point *point,
			      struct location *location, struct message *newer)
{
	struct message *message = new_message();

	message->writer = (unsigned char)run->current->index;
	message->epoch = msim_happens_epoch(run->current);
	message->seq_cst = point->order == __ATOMIC_SEQ_CST;
	message->older = newer ? newer->older : location->newest;
	*(newer ? &newer->older : &location->newest) = message;
	return message;
}

/* Where an instruction is about to leave the value of @message. */
static void expect(struct location *location, struct message *message, struct message *newer)
{
	views.unsettled = message;
	views.newer = newer;
	views.location = location;
}

/* ---- accesses ---- */

static const volatile void *views_load(struct msim_run *run, const struct memcgsim_point *point,
				       const volatile void *word)
{
	struct location *location = history_of(run, point, word);
	struct message *message = choose_message(run, location, point->order);

	note_read(run, message);
	msim_happens_load(run, point->order, &message->clock);
	return message == location->newest ? word : message->value;
}

static volatile void *views_store(struct msim_run *run, const struct memcgsim_point *point,
				  volatile void *word)
{
	struct location *location = history_of(run, point, word);
	struct message *newer = choose_place(run, location, point->order);
	struct message *message = insert(run, point, location, newer);

	msim_happens_store(run, point->order, &message->clock);
	if (newer)
		return message->value;
	expect(location, message, NULL);
	views.is_exchange = false;
	return word;
}

static void views_rmw(struct msim_run *run, const struct memcgsim_point *point, volatile void *word)
{
	struct location *location = history_of(run, point, word);
	struct message *newer = choose_place(run, location, point->order);
	struct message *message = insert(run, point, location, newer);

	note_read(run, message->older);
	message->clock = message->older->clock;
	message->attached = true;
	msim_happens_rmw(run, point->order, &message->clock);
	if (newer) /* the instruction finds there what it is to read */
		msim_copy_word(word, message->older->value, location->size_bytes);
	expect(location, message, newer);
	views.is_exchange = strcmp(point->name, "cmpxchg") == 0;
}

static void views_see_newest(struct msim_run *run, const struct memcgsim_point *point,
			     const volatile void *word)
{
	uint32_t number;
	struct message *newest;

	settle();
	number = msim_words_find(&views.words, word);
	newest = number == MSIM_NO_WORD ? NULL : views.locations[number].newest;
	if (!newest)
		return;
	note_read(run, newest);
	if (point->op == MEMCGSIM_OP_WAIT)
		msim_happens_load(run, point->order, &newest->clock);
}

const struct msim_memory msim_views = {
	.begin = views_begin,
	.close = views_close,
	.load = views_load,
	.store = views_store,
	.rmw = views_rmw,
	.settle = settle,
	.see_newest = views_see_newest,
};
