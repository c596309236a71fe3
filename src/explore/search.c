/* SPDX-License-Identifier: MIT */
/*
 * Owns the search: schedule after schedule until one fails or the budget is spent. The portfolio
 * takes its random strategies in turns, since none of them is best for all bugs, and then goes
 * through all schedules.
 */
#include "explore/search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "explore/arena.h"
#include "explore/dpor.h"
#include "explore/ladder.h"
#include "explore/memory.h"
#include "explore/pick.h"
#include "explore/run.h"
#include "explore/shrink.h"
#include "explore/token.h"
#include "explore/words.h"

#define LOOK_EVERY	       64 /* schedules between two looks at the clock */
#define PORTFOLIO_PARTS	       4  /* of the budget: */
#define PORTFOLIO_RANDOM_PARTS 2
#define PORTFOLIO_DPOR_PARTS   3
#define PORTFOLIO_RANDOM       4
#define SIMPLE_SCHEDULES       4000 /* more than most subjects have with one preemption */
#define NO_BUDGET	       5000 /* and so many if there is none */

struct search {
	struct msim_run run;
	struct msim_pick pick;
	struct msim_dpor dpor;
	const struct memcgsim_explore_options *options;
	struct memcgsim_explore_result *result;
	struct timespec begun;
	unsigned long until_ms; /* 0: no limit */
	bool out_of_time;
	bool stopped; /* by who looks on */
};

void memcgsim_explore_options_init(struct memcgsim_explore_options *options)
{
	*options = (struct memcgsim_explore_options){
		.seed = 1, .schedules = 10000, .preemptions = -1, .nr_shards = 1
	};
}

const char *memcgsim_verdict_name(enum memcgsim_verdict verdict)
{
	static const char *const names[] = {
		[MEMCGSIM_FINE] = "fine",
		[MEMCGSIM_WRONG] = "wrong",
		[MEMCGSIM_INVARIANT] = "invariant",
		[MEMCGSIM_ASSERTION] = "assertion",
		[MEMCGSIM_USE_AFTER_FREE] = "use after free",
		[MEMCGSIM_DOUBLE_FREE] = "double free",
		[MEMCGSIM_WILD_ACCESS] = "wild access",
		[MEMCGSIM_DATA_RACE] = "data race",
		[MEMCGSIM_DEADLOCK] = "deadlock",
		[MEMCGSIM_LIVELOCK] = "livelock",
		[MEMCGSIM_STARVATION] = "starvation",
	};

	return (size_t)verdict < msim_array_size(names) ? names[verdict] : "unknown";
}

const char *memcgsim_strategy_name(enum memcgsim_strategy strategy)
{
	static const char *const names[] = {
		[MEMCGSIM_PORTFOLIO] = "portfolio",
		[MEMCGSIM_RANDOM] = "random",
		[MEMCGSIM_PCT2] = "pct2",
		[MEMCGSIM_PCT3] = "pct3",
		[MEMCGSIM_POS] = "pos",
		[MEMCGSIM_DFS] = "dfs",
		[MEMCGSIM_DPOR] = "dpor",
	};

	return (size_t)strategy < msim_array_size(names) ? names[strategy] : "unknown";
}

static unsigned long elapsed_ms(const struct search *search)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)(now.tv_sec - search->begun.tv_sec) * 1000 +
	       (unsigned long)((now.tv_nsec - search->begun.tv_nsec) / 1000000);
}

/* Whether the search may go on: now and then a look at the clock, and at who looks on. */
static bool go_on(struct search *search)
{
	const struct memcgsim_explore_options *options = search->options;
	struct memcgsim_explore_result *result = search->result;

	if (search->stopped || search->out_of_time)
		return false;
	if (result->schedules % LOOK_EVERY)
		return true;
	result->elapsed_ms = elapsed_ms(search);
	if (search->until_ms && result->elapsed_ms >= search->until_ms)
		search->out_of_time = true;
	if (options->progress && !options->progress(result, options->arg))
		search->stopped = true;
	return !search->stopped && !search->out_of_time;
}

/*
 * A failure that took more than one preemption, once more with one at most: so few schedules have
 * that, that all can be tried. 0, or a negative errno; whether there is one: @run has just failed.
 */
static int find_simple(struct msim_run *run, const struct msim_failure *failure, bool *ret_found)
{
	struct msim_dpor dpor = { 0 };
	bool left = true;
	int err = msim_dpor_open(&dpor, false, 1);

	*ret_found = false;
	for (unsigned int n = 0; !err && n < SIMPLE_SCHEDULES && left && !*ret_found; n++) {
		run->chooser = &msim_dpor_chooser;
		run->chooser_data = &dpor;
		msim_run_schedule(run);
		*ret_found = msim_is_failure(run, failure);
		left = *ret_found || msim_dpor_next(&dpor, run);
	}
	if (!err)
		msim_dpor_close(&dpor);
	return err;
}

/* @run has just failed: the same again with as few preemptions as can be found. */
static int simplify(struct msim_run *run, struct msim_schedule *ret_schedule)
{
	struct msim_schedule schedule;
	struct msim_failure failure;
	bool simple = false;
	int err;

	msim_failure_of(run, &failure);
	err = msim_shrink(run, &schedule);
	if (err)
		return err;
	if (msim_preemptions(run) > 1)
		err = find_simple(run, &failure, &simple);
	if (!err && simple) {
		msim_schedule_free(&schedule);
		return msim_shrink(run, ret_schedule);
	}
	/* The last run need not be that of the schedule. */
	run->chooser = &msim_pick_given;
	run->chooser_data = &schedule;
	msim_run_schedule(run);
	*ret_schedule = schedule;
	if (err)
		msim_schedule_free(&schedule);
	return err;
}

/* How the schedule that has just run ended. */
static void tell_end(const struct msim_run *run, struct memcgsim_explore_result *result)
{
	result->verdict = run->verdict;
	memcpy(result->failure, run->failure, sizeof(result->failure));
	result->failure_step = run->failure_step;
	result->preemptions = msim_preemptions(run);
}

/* The first failure: made small, and written down. */
static int keep_failure(struct search *search, enum memcgsim_strategy strategy)
{
	struct memcgsim_explore_result *result = search->result;
	struct msim_run *run = &search->run;
	struct msim_schedule schedule;
	int err;

	result->strategy = strategy;
	result->found_preemptions = msim_preemptions(run);
	err = simplify(run, &schedule);
	if (err)
		return err;
	tell_end(run, result);
	(void)msim_token_write(&schedule, run->subject->name, search->options->memory,
			       result->token, sizeof(result->token));
	msim_schedule_free(&schedule);
	return 0;
}

/* Who has touched a word, and who has written it: bit per actor. */
struct touched {
	unsigned short by, written;
};

/* One more touches it: whether two have met there. */
static bool meet(struct touched *word, unsigned int actor, bool writes)
{
	unsigned short self = (unsigned short)(1u << actor);
	bool met = (writes ? word->by : word->written) & ~self;

	word->by |= self;
	if (writes)
		word->written |= self;
	return met;
}

/*
 * The same of a step: at its word; at the block around it, which somebody may give back; or, at the
 * beginning of a grace period, with the sections that it may have to wait for.
 */
static bool meet_step(const struct msim_run *run, const struct msim_step *step,
		      struct msim_words *words, struct touched *touched)
{
	enum memcgsim_op op = step->op.point->op;
	bool begins = op == MEMCGSIM_OP_GP_BEGIN;
	const volatile void *word = begins ? &run->rcu[0] : step->op.word;
	const void *block = msim_arena_block(step->op.word);

	if (!word)
		return false;
	return meet(&touched[msim_words_number(words, word)], step->actor,
		    begins || msim_op_writes(&step->op)) ||
	       (block && meet(&touched[msim_words_number(words, block)], step->actor,
			      op == MEMCGSIM_OP_FREE));
}

/* Whether two actors of the schedule met at something that one of them wrote. */
static bool met(const struct msim_run *run)
{
	struct touched *touched = calloc(2 * run->nr_trace + 1, sizeof(*touched));
	struct msim_words words = { 0 };
	bool found = false;

	msim_assert(touched);
	msim_words_begin(&words);
	for (size_t i = 0; i < run->nr_trace && !found; i++)
		found = run->trace[i].silent == MSIM_STEP &&
			meet_step(run, &run->trace[i], &words, touched);
	msim_words_close(&words);
	free(touched);
	return found;
}

/* What one schedule has shown. 0 to go on, 1 to stop, or a negative errno. */
static int learn(struct search *search, enum memcgsim_strategy strategy)
{
	struct memcgsim_explore_result *result = search->result;
	struct msim_run *run = &search->run;

	result->schedules++;
	result->steps += run->nr_steps;
	result->pruned += run->gave_up;
	if (!result->met)
		result->met = met(run);
	result->trace_hash = (result->trace_hash ^ run->hash) * 0x9e3779b97f4a7c15u;
	if (run->nr_steps > result->max_steps)
		result->max_steps = run->nr_steps;
	if (!run->verdict)
		return 0;
	if (result->failures++ == 0) {
		int err;

		result->schedules_to_failure = result->schedules;
		err = keep_failure(search, strategy);
		if (err)
			return err;
	}
	return search->options->keep_going ? 0 : 1;
}

static const struct msim_chooser *chooser_of(struct search *search, enum memcgsim_strategy strategy)
{
	search->pick.changes = strategy == MEMCGSIM_PCT2 ? 1 : 2;
	search->pick.length = search->result->max_steps;
	switch (strategy) {
	case MEMCGSIM_PCT2:
	case MEMCGSIM_PCT3:
		return &msim_pick_pct;
	case MEMCGSIM_POS:
		return &msim_pick_pos;
	default:
		return &msim_pick_random;
	}
}

/* The seed of the @n-th random schedule: of all shards another one. */
static uint64_t seed_of(const struct memcgsim_explore_options *options, unsigned long n)
{
	unsigned int nr_shards = options->nr_shards ? options->nr_shards : 1;
	struct msim_rng rng = { options->seed * 0x9e3779b97f4a7c15u + n * nr_shards +
				options->shard };

	return msim_rng_next(&rng);
}

static int run_random(struct search *search, enum memcgsim_strategy strategy, unsigned long limit)
{
	static const enum memcgsim_strategy turns[PORTFOLIO_RANDOM] = {
		MEMCGSIM_RANDOM, MEMCGSIM_PCT2, MEMCGSIM_PCT3, MEMCGSIM_POS
	};
	int stop = 0;

	for (unsigned long n = 0; (!limit || n < limit) && !stop && go_on(search); n++) {
		enum memcgsim_strategy now =
			strategy == MEMCGSIM_PORTFOLIO ? turns[n % PORTFOLIO_RANDOM] : strategy;

		search->run.chooser = chooser_of(search, now);
		search->run.chooser_data = &search->pick;
		search->pick.seed = seed_of(search->options, n);
		msim_run_schedule(&search->run);
		stop = learn(search, now);
	}
	return stop;
}

/* @limit counts from here; 0: none. */
static int run_all(struct search *search, enum memcgsim_strategy strategy, int bound,
		   unsigned long limit)
{
	struct msim_dpor *dpor = &search->dpor;
	struct memcgsim_explore_result *result = search->result;
	bool left = true;
	int stop = msim_dpor_open(dpor, strategy == MEMCGSIM_DPOR, bound);

	if (stop)
		return stop;
	dpor->classic = search->options->classic_dpor;
	search->run.go_on = search->options->keep_going && search->options->cross_check;
	dpor->count_classes = search->options->cross_check || strategy == MEMCGSIM_DPOR;
	for (unsigned long n = 0; (!limit || n < limit) && left && !stop && go_on(search); n++) {
		search->run.chooser = &msim_dpor_chooser;
		search->run.chooser_data = dpor;
		msim_run_schedule(&search->run);
		/* Before it is shrunk: that runs others. */
		left = msim_dpor_next(dpor, &search->run);
		stop = learn(search, strategy);
	}
	result->classes = dpor->classes.nr;
	result->class_hash = dpor->classes.hash;
	result->exhausted = !left;
	result->bound = dpor->cut ? bound : -1;
	msim_dpor_close(dpor);
	return stop;
}

/* All schedules with no preemption, with one, two ...: as far as the budget goes. */
static int run_bounded(struct search *search, unsigned long limit)
{
	struct memcgsim_explore_result *result = search->result;
	unsigned long until = result->schedules + limit, classes = result->classes;
	int bound = 0, stop = 0;

	while (!stop && !search->stopped && !search->out_of_time &&
	       (!limit || result->schedules < until)) {
		stop = run_all(search, MEMCGSIM_DFS, bound, limit ? until - result->schedules : 0);
		if (!result->exhausted || result->bound < 0)
			break;
		bound++;
	}
	if (!result->exhausted && bound > 0) {
		result->exhausted = true;
		result->bound = bound - 1;
	}
	result->classes = classes;
	return stop;
}

/* How much of a budget is spent when a part of the portfolio ends; 0: it has no end. */
static unsigned long share(unsigned long budget, unsigned int parts)
{
	return budget ? (budget * parts + PORTFOLIO_PARTS - 1) / PORTFOLIO_PARTS : 0;
}

/* Until so many parts of the time are over. */
static void give_time(struct search *search, unsigned int parts)
{
	search->until_ms = share(search->options->time_ms, parts);
	search->out_of_time = false;
}

/* What the result names, until something has failed. */
static void run_next(struct search *search, enum memcgsim_strategy strategy)
{
	if (!search->result->failures)
		search->result->strategy = strategy;
}

/*
 * Random schedules for a half of the budget. Then one of each class, if a quarter is enough for
 * that; and if not, all with as few preemptions as the last quarter is enough for.
 */
static int run_portfolio(struct search *search)
{
	const struct memcgsim_explore_options *options = search->options;
	struct memcgsim_explore_result *result = search->result;
	bool random_only = options->nr_shards > 1 && options->shard > 0;
	unsigned int parts = random_only ? PORTFOLIO_PARTS : PORTFOLIO_RANDOM_PARTS;
	unsigned long limit = share(options->schedules, parts);
	int stop;

	give_time(search, parts);
	if (!options->schedules && !options->time_ms)
		limit = NO_BUDGET;
	stop = run_random(search, MEMCGSIM_PORTFOLIO, limit);
	if (stop || search->stopped || random_only || options->schedules == 1)
		return stop;
	if (options->memory == MEMCGSIM_MEMORY_SC) {
		give_time(search, PORTFOLIO_DPOR_PARTS);
		run_next(search, MEMCGSIM_DPOR);
		limit = share(options->schedules, PORTFOLIO_DPOR_PARTS);
		stop = run_all(search, MEMCGSIM_DPOR, -1, limit ? limit - result->schedules : 0);
		if (stop || search->stopped || result->exhausted)
			return stop;
	}
	give_time(search, PORTFOLIO_PARTS);
	run_next(search, MEMCGSIM_DFS);
	if (options->schedules && options->schedules <= result->schedules)
		return 0;
	return run_bounded(search, options->schedules ? options->schedules - result->schedules : 0);
}

static int run_search(struct search *search)
{
	const struct memcgsim_explore_options *options = search->options;

	search->result->strategy = options->strategy;
	search->until_ms = options->time_ms;
	switch (options->strategy) {
	case MEMCGSIM_PORTFOLIO:
		return run_portfolio(search);
	case MEMCGSIM_DFS:
		return run_all(search, MEMCGSIM_DFS, options->preemptions, options->schedules);
	case MEMCGSIM_DPOR: /* what it leaves out may stand for schedules of fewer preemptions */
		return run_all(search, MEMCGSIM_DPOR, -1, options->schedules);
	default:
		return run_random(search, options->strategy, options->schedules);
	}
}

static bool is_whole(const struct memcgsim_subject *subject)
{
	if (!subject->name || !subject->name[0])
		return false;
	for (unsigned int i = 0; i < MSIM_ACTORS && subject->actors[i].name; i++) {
		if (!subject->actors[i].body)
			return false;
	}
	return true;
}

int msim_search(const struct memcgsim_subject *subject,
		const struct memcgsim_explore_options *options, void **self,
		struct memcgsim_explore_result *result)
{
	struct memcgsim_explore_options defaults;
	struct search *search;
	int err;

	memset(result, 0, sizeof(*result));
	result->bound = -1;
	memcgsim_explore_options_init(&defaults);
	if (!options)
		options = &defaults;
	if (!is_whole(subject)) {
		snprintf(result->failure, sizeof(result->failure),
			 "a subject needs a name, and each of its actors a body");
		return -EINVAL;
	}
	if ((unsigned int)options->strategy > MEMCGSIM_DPOR ||
	    (unsigned int)options->memory > MEMCGSIM_MEMORY_TSO ||
	    (options->strategy == MEMCGSIM_DPOR && options->memory != MEMCGSIM_MEMORY_SC))
		return -EINVAL;
	search = calloc(1, sizeof(*search));
	if (!search)
		return -ENOMEM;
	search->options = options;
	search->result = result;
	search->run.self = self;
	clock_gettime(CLOCK_MONOTONIC, &search->begun);
	err = msim_run_open(&search->run, subject, msim_memory_of(options->memory));
	if (err) {
		memcpy(result->failure, search->run.failure, sizeof(result->failure));
	} else {
		err = run_search(search);
		msim_run_close(&search->run);
	}
	result->elapsed_ms = elapsed_ms(search);
	free(search);
	return err < 0 ? err : result->failures > 0;
}

/* The schedule of a token; @run keeps its trace. */
static int replay(struct msim_run *run, struct msim_schedule *schedule,
		  struct memcgsim_explore_result *result)
{
	run->record = true;
	run->chooser = &msim_pick_given;
	run->chooser_data = schedule;
	msim_run_schedule(run);
	result->schedules = 1;
	result->steps = run->nr_steps;
	result->max_steps = run->nr_steps;
	result->failures = run->verdict != MEMCGSIM_FINE;
	result->trace_hash = run->hash;
	tell_end(run, result);
	result->strayed = schedule->strayed || schedule->next < schedule->nr_turns;
	return run->verdict != MEMCGSIM_FINE;
}

int msim_search_replay(const struct memcgsim_subject *subject, const char *token, void **self,
		       const struct memcgsim_ladder *ladder, struct memcgsim_explore_result *result)
{
	struct msim_schedule schedule;
	enum memcgsim_memory memory;
	char text[MEMCGSIM_TOKEN_BYTES];
	struct msim_run *run;
	int err;

	snprintf(text, sizeof(text), "%s", token); /* which may be that of the result */
	err = msim_token_read(token, subject->name, &schedule, &memory);
	memset(result, 0, sizeof(*result));
	result->bound = -1;
	if (err)
		return err;
	run = calloc(1, sizeof(*run));
	if (!run) {
		msim_schedule_free(&schedule);
		return -ENOMEM;
	}
	run->self = self;
	err = msim_run_open(run, subject, msim_memory_of(memory));
	if (err) {
		memcpy(result->failure, run->failure, sizeof(result->failure));
	} else {
		err = replay(run, &schedule, result);
		if (ladder && !result->strayed) /* it would be another schedule's */
			msim_ladder_print(run, ladder);
		msim_run_close(run);
	}
	memcpy(result->token, text, sizeof(text));
	msim_schedule_free(&schedule);
	free(run);
	return err;
}
