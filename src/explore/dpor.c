/* SPDX-License-Identifier: MIT */
/*
 * Owns the tree of schedules: one node for each decision of the newest. Source sets and sleep sets:
 * Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction", POPL 2014. Two
 * things beyond the paper: where the one that should go first cannot go, all that can are tried;
 * and a schedule that ends early is looked at like any other, with what was about to happen.
 */
#include "explore/dpor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "explore/arena.h"
#include "explore/candidates.h"
#include "explore/depend.h"

#define FIRST_NODES 256

/* ---- the chooser ---- */

static struct msim_node *push(struct msim_dpor *dpor)
{
	if (dpor->nr_nodes == dpor->max_nodes) {
		dpor->max_nodes *= 2;
		dpor->nodes = realloc(dpor->nodes, dpor->max_nodes * sizeof(*dpor->nodes));
		msim_assert(dpor->nodes);
	}
	return memset(&dpor->nodes[dpor->nr_nodes++], 0, sizeof(*dpor->nodes));
}

static void dpor_begin(struct msim_run *run)
{
	struct msim_dpor *dpor = run->chooser_data;

	dpor->depth = 0;
}

/* What need not be tried at the next decision: what was tried here, and is still the same step. */
static unsigned short sleep_below(const struct msim_run *run, const struct msim_node *node)
{
	unsigned int left = node->sleep, asleep = 0;

	while (left) {
		unsigned int q = (unsigned int)__builtin_ctz(left);

		left &= left - 1;
		if (!msim_dependent(&node->pending[q], &node->pending[node->chosen]) &&
		    !msim_same_cpu(run, q, node->chosen))
			asleep |= 1u << q;
	}
	return (unsigned short)asleep;
}

static const struct msim_node *decision_above(const struct msim_dpor *dpor, size_t depth)
{
	while (depth-- > 0) {
		if (dpor->nodes[depth].nr_choices == 0)
			return &dpor->nodes[depth];
	}
	return NULL;
}

static unsigned int cost_of(const struct msim_node *node, unsigned int actor)
{
	return node->current != MSIM_ACTORS && node->current != actor &&
	       node->enabled & (1u << node->current);
}

static bool affordable(struct msim_dpor *dpor, const struct msim_node *node, unsigned int actor)
{
	if (dpor->bound < 0 ||
	    node->preemptions + cost_of(node, actor) <= (unsigned int)dpor->bound)
		return true;
	dpor->cut = true;
	return false;
}

/* The one to begin with: who goes on without a preemption, if it may. */
static int first_of(const struct msim_node *node, unsigned int candidates)
{
	if (!candidates)
		return -1;
	if (node->current != MSIM_ACTORS && candidates & (1u << node->current))
		return node->current;
	return __builtin_ctz(candidates);
}

static int new_decision(struct msim_run *run, struct msim_dpor *dpor, unsigned int enabled)
{
	const struct msim_node *above = decision_above(dpor, dpor->depth);
	unsigned short sleep = dpor->reduce && above ? sleep_below(run, above) : 0;
	unsigned int preemptions = above ? above->preemptions + cost_of(above, above->chosen) : 0;
	unsigned int current = above ? above->chosen : MSIM_ACTORS;
	struct msim_node *node = push(dpor); /* @above may have moved */
	int first;

	node->enabled = (unsigned short)enabled;
	node->uninterrupted = (unsigned short)msim_run_uninterrupted(run);
	node->sleep = sleep;
	node->current = (unsigned char)current;
	node->preemptions = (unsigned short)preemptions;
	for (unsigned int i = 0; i < run->nr_actors; i++)
		node->pending[i] = run->actors[i].op;
	first = first_of(node, enabled & ~sleep);
	if (first < 0) { /* every way on from here has been seen */
		dpor->nr_nodes--;
		return -1;
	}
	node->chosen = (unsigned char)first;
	node->backtrack = dpor->reduce ? (unsigned short)(1u << first) : node->enabled;
	dpor->depth++;
	return first;
}

static int dpor_pick(struct msim_run *run, unsigned int enabled)
{
	struct msim_dpor *dpor = run->chooser_data;

	if (dpor->depth < dpor->nr_nodes) {
		struct msim_node *node = &dpor->nodes[dpor->depth++];

		msim_assert(node->nr_choices == 0 && node->enabled == enabled);
		return node->chosen;
	}
	return new_decision(run, dpor, enabled);
}

static unsigned int dpor_choose(struct msim_run *run, unsigned int count)
{
	struct msim_dpor *dpor = run->chooser_data;
	struct msim_node *node;

	(void)run;
	if (dpor->depth < dpor->nr_nodes) {
		node = &dpor->nodes[dpor->depth++];
		msim_assert(node->nr_choices == count);
		return node->choice;
	}
	node = push(dpor);
	node->nr_choices = (unsigned short)count;
	dpor->depth++;
	return 0;
}

const struct msim_chooser msim_dpor_chooser = { dpor_begin, dpor_pick, dpor_choose };

/* ---- what races in a schedule ---- */

typedef uint32_t msim_clock[MSIM_ACTORS];

/* One step of the schedule, or of what was about to happen at its end. */
struct event {
	const struct msim_op *op;
	unsigned char actor;
	uint32_t number; /* of the actor's events, from 1 */
	size_t node;	 /* its decision */
	msim_clock clock;
	msim_clock section_end; /* when the read section that it begins was over */
};

/* What has happened to a word. */
struct history {
	const volatile void *word;
	int last_write;
	int held;		     /* as a lock, since that event; -1: not so */
	int last_of[MSIM_ACTORS];    /* reads since, by actor */
	int last_taken[MSIM_ACTORS]; /* as a lock, or tried, by actor */
	msim_clock released;	     /* by whoever gave it back silently */
};

struct analysis {
	const struct msim_run *run;
	struct msim_dpor *dpor;
	struct event *events;
	size_t nr_events;
	struct history *histories;
	size_t nr_buckets;
	msim_clock clocks[MSIM_ACTORS];
	int section[MSIM_ACTORS]; /* the event that began the actor's last read section */
	int awaited[MSIM_ACTORS][MSIM_ACTORS]; /* those sections, when its grace period began */
	uint32_t nr_choices[MSIM_ACTORS];
	uint64_t choices; /* hash of them all */
	uint32_t numbers[MSIM_ACTORS];
	int first_event[MSIM_ACTORS], last_event[MSIM_ACTORS], last_barrier[MSIM_ACTORS];
};

static void join(msim_clock to, const msim_clock from)
{
	for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
		if (from[i] > to[i])
			to[i] = from[i];
	}
}

static struct history *history_of(struct analysis *analysis, const volatile void *word)
{
	size_t i = (size_t)(((uintptr_t)word * 0x9e3779b97f4a7c15u) >> 20) &
		   (analysis->nr_buckets - 1);

	while (analysis->histories[i].word != word) {
		if (!analysis->histories[i].word) {
			struct history *history = &analysis->histories[i];

			history->word = word;
			history->last_write = history->held = -1;
			for (unsigned int k = 0; k < MSIM_ACTORS; k++)
				history->last_of[k] = history->last_taken[k] = -1;
			return history;
		}
		i = (i + 1) & (analysis->nr_buckets - 1);
	}
	return &analysis->histories[i];
}

static bool before(const struct event *event, const msim_clock clock)
{
	return clock[event->actor] >= event->number;
}

/*
 * Who could begin a schedule in which @later comes before @earlier: of all that need not come after
 * @earlier, and @later itself, those that nothing of these precedes.
 */
static unsigned int initials(const struct analysis *analysis, size_t earlier,
			     const struct event *later, size_t later_index)
{
	const struct event *first = &analysis->events[earlier];
	unsigned int seen = 0, initial = 0;

	for (size_t i = earlier + 1; i <= later_index; i++) {
		const struct event *event = i == later_index ? later : &analysis->events[i];
		bool preceded = false;

		/* @later itself depends on @earlier by the very race that is to be reversed */
		if (i < later_index && before(first, event->clock))
			continue;
		if (seen & (1u << event->actor))
			continue;
		for (size_t k = earlier + 1; k < i && !preceded; k++) {
			const struct event *other = &analysis->events[k];

			if (other->actor != event->actor && !before(first, other->clock))
				preceded = before(other, event->clock);
		}
		seen |= 1u << event->actor;
		if (!preceded)
			initial |= 1u << event->actor;
	}
	return initial;
}

/* @later's clock is what it was before it met @earlier. */
static void reverse(struct analysis *analysis, size_t earlier, const struct event *later,
		    size_t later_index)
{
	struct msim_node *node = &analysis->dpor->nodes[analysis->events[earlier].node];
	unsigned int candidates;

	if (analysis->dpor->classic) {
		candidates = 1u << later->actor;
		if (!(node->enabled & candidates))
			candidates = node->enabled;
		node->backtrack |= (unsigned short)candidates;
		return;
	}
	candidates = initials(analysis, earlier, later, later_index);
	if (candidates & node->backtrack)
		return;
	if (candidates & (1u << later->actor))
		candidates = 1u << later->actor;
	else if (candidates)
		candidates &= -candidates;
	/* One that cannot go on waits for somebody; which of the others frees it is not known. */
	if (!(candidates & node->enabled))
		candidates = node->enabled;
	node->backtrack |= (unsigned short)candidates;
}

/* Under which word that stands which may race with the operation. */
static const volatile void *counterpart(const struct msim_run *run, const struct msim_op *op)
{
	if (op->point->op == MEMCGSIM_OP_GP_BEGIN)
		return &run->rcu[0];
	if (op->point->op == MEMCGSIM_OP_RCU_READ_LOCK)
		return &run->rcu[1];
	return op->word;
}

/* Of another CPU, or at least of no interrupt's: the others are gathered apart. */
static void add_candidate(const struct analysis *analysis, const struct event *event,
			  struct msim_candidates *candidates, int other)
{
	if (other >= 0 &&
	    !msim_same_cpu(analysis->run, analysis->events[other].actor, event->actor))
		msim_insert_candidate(candidates, other);
}

/* Who gave back the memory that is used; or who has used what is given back. */
static void gather_of_block(struct analysis *analysis, const struct event *event,
			    struct msim_candidates *candidates)
{
	const void *block = msim_arena_block(event->op->word);
	struct history *history;

	if (!block)
		return;
	history = history_of(analysis, block);
	add_candidate(analysis, event, candidates, history->last_write);
	for (unsigned int i = 0; event->op->point->op == MEMCGSIM_OP_FREE && i < MSIM_ACTORS; i++) {
		if (i != event->actor)
			add_candidate(analysis, event, candidates, history->last_of[i]);
	}
}

/*
 * An actor looks at the word of a lock that it has waited for and holds, as assertions do: that races
 * with nothing, for others change it before or afterwards. Who takes the lock next races with its being
 * taken.
 */
static bool looks_at_own(struct analysis *analysis, const struct event *event)
{
	int held;

	if (event->op->point->op != MEMCGSIM_OP_LOAD)
		return false;
	held = history_of(analysis, event->op->word)->held;
	return held >= 0 && analysis->events[held].actor == event->actor;
}

static void gather(struct analysis *analysis, const struct event *event,
		   struct msim_candidates *candidates)
{
	candidates->nr = 0;
	if (event->op->word && !looks_at_own(analysis, event)) {
		struct history *history =
			history_of(analysis, counterpart(analysis->run, event->op));

		for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
			int last = history->last_of[i];

			if (i == event->actor)
				continue;
			if (last >= 0 && msim_dependent(analysis->events[last].op, event->op))
				add_candidate(analysis, event, candidates, last);
			if (msim_takes(event->op))
				add_candidate(analysis, event, candidates, history->last_taken[i]);
		}
		if (history->last_write >= 0 &&
		    analysis->events[history->last_write].actor != event->actor &&
		    !(msim_takes(event->op) &&
		      msim_takes(analysis->events[history->last_write].op)))
			add_candidate(analysis, event, candidates, history->last_write);
	}
	gather_of_block(analysis, event, candidates);
	for (unsigned int i = 0; i < MSIM_ACTORS; i++) {
		const int *last = msim_is_membarrier(event->op) ? analysis->last_event
								: analysis->last_barrier;

		if (i != event->actor)
			add_candidate(analysis, event, candidates, last[i]);
	}
}

/* The actor of @later could not go on when @earlier was made, a step that all others depend on. */
static bool had_to_wait(const struct analysis *analysis, const struct event *earlier,
			const struct event *later)
{
	return msim_is_membarrier(earlier->op) &&
	       !(analysis->dpor->nodes[earlier->node].enabled & (1u << later->actor));
}

/* An interrupt is one block: its beginning may be reversed, against the newest step of whom it
 * strikes at which it could have struck. Where a lock is held it cannot. */
static int struck_by(const struct analysis *analysis, unsigned int irq, unsigned int struck)
{
	for (int i = (int)analysis->nr_events - 1; i >= 0; i--) {
		const struct event *event = &analysis->events[i];

		if (event->actor == struck &&
		    analysis->dpor->nodes[event->node].uninterrupted & (1u << irq))
			return i;
	}
	return -1;
}

/* Of actors of one CPU, one of them an interrupt. What else they share is subsumed in that. */
static void gather_interrupts(struct analysis *analysis, const struct event *event,
			      struct msim_candidates *candidates)
{
	const struct msim_run *run = analysis->run;

	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (!msim_same_cpu(run, i, event->actor))
			continue;
		if (event->number == 1 &&
		    run->actors[event->actor].spec->kind == MEMCGSIM_ACTOR_IRQ)
			msim_insert_candidate(candidates, struck_by(analysis, event->actor, i));
		if (run->actors[i].spec->kind == MEMCGSIM_ACTOR_IRQ)
			msim_insert_candidate(candidates, analysis->first_event[i]);
	}
}

/* Whether the event ended a wait that an earlier silent one made possible. */
static void join_released(struct analysis *analysis, struct event *event)
{
	if (event->op->point->op == MEMCGSIM_OP_LOCK || event->op->point->op == MEMCGSIM_OP_TRYLOCK)
		join(event->clock, history_of(analysis, event->op->word)->released);
	if (event->op->point->op == MEMCGSIM_OP_GP_END) {
		for (unsigned int i = 0; i < analysis->run->nr_actors; i++) {
			int section = analysis->awaited[event->actor][i];

			if (section >= 0)
				join(event->clock, analysis->events[section].section_end);
		}
	}
}

/* Finds the races of an event, and gives it its clock. @pending: it has not happened. */
static void meet(struct analysis *analysis, struct event *event, size_t index, bool pending)
{
	struct msim_candidates candidates;

	memcpy(event->clock, analysis->clocks[event->actor], sizeof(msim_clock));
	gather(analysis, event, &candidates);
	if (analysis->run->has_irqs)
		gather_interrupts(analysis, event, &candidates);
	for (unsigned int i = 0; i < candidates.nr; i++) {
		const struct event *other = &analysis->events[candidates.events[i]];

		if (!msim_may_be_reversed(other->op, event->op) ||
		    had_to_wait(analysis, other, event))
			continue; /* what it gave back was taken before, and that may be */
		if (analysis->dpor->reduce && !before(other, event->clock))
			reverse(analysis, (size_t)candidates.events[i], event, index);
		join(event->clock, other->clock);
	}
	if (pending)
		return;
	for (unsigned int i = 0; i < candidates.nr; i++)
		join(event->clock, analysis->events[candidates.events[i]].clock);
	for (unsigned int i = 0; analysis->run->has_irqs && i < analysis->run->nr_actors; i++) {
		if (msim_same_cpu(analysis->run, i, event->actor) && analysis->last_event[i] >= 0)
			join(event->clock, analysis->events[analysis->last_event[i]].clock);
	}
	join_released(analysis, event);
	event->clock[event->actor] = event->number;
	memcpy(analysis->clocks[event->actor], event->clock, sizeof(msim_clock));
}

static void remember_block(struct analysis *analysis, const struct event *event, size_t index)
{
	const void *block = msim_arena_block(event->op->word);

	if (!block)
		return;
	if (event->op->point->op == MEMCGSIM_OP_FREE)
		history_of(analysis, block)->last_write = (int)index;
	else
		history_of(analysis, block)->last_of[event->actor] = (int)index;
}

static void remember(struct analysis *analysis, size_t index)
{
	const struct event *event = &analysis->events[index];
	struct history *history;

	if (event->number == 1)
		analysis->first_event[event->actor] = (int)index;
	analysis->last_event[event->actor] = (int)index;
	if (msim_is_membarrier(event->op))
		analysis->last_barrier[event->actor] = (int)index;
	if (event->op->point->op == MEMCGSIM_OP_RCU_READ_LOCK) {
		analysis->section[event->actor] = (int)index;
		memset(analysis->events[index].section_end, 0, sizeof(msim_clock));
	}
	if (event->op->point->op == MEMCGSIM_OP_GP_BEGIN)
		memcpy(analysis->awaited[event->actor], analysis->section,
		       sizeof(analysis->section));
	if (!event->op->word)
		return;
	remember_block(analysis, event, index);
	if (looks_at_own(analysis, event))
		return;
	history = history_of(analysis, event->op->word);
	if (event->op->point->op == MEMCGSIM_OP_LOCK)
		history->held = (int)index;
	if (event->op->point->op == MEMCGSIM_OP_UNLOCK)
		history->held = -1;
	if (msim_takes(event->op))
		history->last_taken[event->actor] = (int)index;
	if (msim_op_writes(event->op)) {
		history->last_write = (int)index;
		for (unsigned int i = 0; i < MSIM_ACTORS; i++)
			history->last_of[i] = -1;
	} else {
		history->last_of[event->actor] = (int)index;
	}
}

/* The same for every schedule of a class: each event, and what comes before it. */
static uint64_t hash_of(const struct analysis *analysis)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < analysis->nr_events; i++) {
		const struct event *event = &analysis->events[i];
		uint64_t one = msim_mix((uint64_t)event->actor << 32 | event->number);

		for (unsigned int k = 0; k < MSIM_ACTORS; k++)
			one = msim_mix(one + event->clock[k] * 31u + k);
		hash += one;
	}
	return hash + analysis->choices;
}

static void silent(struct analysis *analysis, const struct msim_step *step)
{
	if (step->silent == MSIM_SILENT_UNLOCK) {
		struct history *history = history_of(analysis, step->op.word);

		history->held = -1;
		memcpy(history->released, analysis->clocks[step->actor], sizeof(msim_clock));
	}
	if (step->silent == MSIM_SILENT_RCU_READ_UNLOCK)
		memcpy(analysis->events[analysis->section[step->actor]].section_end,
		       analysis->clocks[step->actor], sizeof(msim_clock));
	if (step->silent == MSIM_SILENT_CHOICE)
		analysis->choices += msim_mix(msim_mix((uint64_t)step->actor << 32 |
						       analysis->nr_choices[step->actor]++) +
					      step->value);
}

static void make_room(struct msim_dpor *dpor, struct analysis *analysis, size_t nr_trace)
{
	size_t events = (nr_trace + MSIM_ACTORS) * sizeof(struct event), histories;

	analysis->nr_buckets = 64;
	while (analysis->nr_buckets < 4 * (nr_trace + MSIM_ACTORS))
		analysis->nr_buckets *= 2;
	histories = analysis->nr_buckets * sizeof(struct history);
	if (events + histories > dpor->scratch_bytes) {
		dpor->scratch_bytes = 2 * (events + histories);
		free(dpor->scratch);
		dpor->scratch = malloc(dpor->scratch_bytes);
		msim_assert(dpor->scratch);
	}
	analysis->events = dpor->scratch;
	analysis->histories = (struct history *)((char *)dpor->scratch + events);
	memset(analysis->histories, 0, histories);
}

static void analyse(struct msim_dpor *dpor, const struct msim_run *run)
{
	struct analysis analysis = { .run = run, .dpor = dpor };
	size_t node = 0;

	make_room(dpor, &analysis, run->nr_trace);
	memset(analysis.first_event, -1, sizeof(analysis.first_event));
	memset(analysis.last_event, -1, sizeof(analysis.last_event));
	memset(analysis.last_barrier, -1, sizeof(analysis.last_barrier));
	memset(analysis.section, -1, sizeof(analysis.section));
	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];
		struct event *event = &analysis.events[analysis.nr_events];

		if (step->silent == MSIM_SILENT_CHOICE)
			node += step->enabled > 1;
		if (step->silent != MSIM_STEP) {
			silent(&analysis, step);
			continue;
		}
		event->op = &step->op;
		event->actor = step->actor;
		event->number = ++analysis.numbers[step->actor];
		event->node = node++;
		meet(&analysis, event, analysis.nr_events, false);
		remember(&analysis, analysis.nr_events++);
	}
	/* A schedule that stopped early: what was about to happen may race with what has. */
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		struct event *event = &analysis.events[analysis.nr_events];

		if (run->actors[i].done)
			continue;
		event->op = &run->actors[i].op;
		event->actor = (unsigned char)i;
		event->number = analysis.numbers[i] + 1;
		meet(&analysis, event, analysis.nr_events, true);
	}
	if (dpor->count_classes && !run->gave_up)
		msim_classes_count(&dpor->classes, hash_of(&analysis));
}

/* ---- the tree ---- */

int msim_dpor_open(struct msim_dpor *dpor, bool reduce, int bound)
{
	memset(dpor, 0, sizeof(*dpor));
	dpor->reduce = reduce;
	dpor->bound = bound;
	dpor->max_nodes = FIRST_NODES;
	dpor->nodes = malloc(dpor->max_nodes * sizeof(*dpor->nodes));
	return dpor->nodes ? 0 : -ENOMEM;
}

void msim_dpor_close(struct msim_dpor *dpor)
{
	free(dpor->nodes);
	msim_classes_close(&dpor->classes);
	free(dpor->scratch);
	memset(dpor, 0, sizeof(*dpor));
}

/* Whether the node has another way on; it is chosen. */
static bool advance(struct msim_dpor *dpor, struct msim_node *node)
{
	unsigned int left;

	if (node->nr_choices)
		return ++node->choice < node->nr_choices;
	node->sleep |= (unsigned short)(1u << node->chosen);
	left = node->backtrack & node->enabled & ~(unsigned int)node->sleep;
	while (left) {
		unsigned int i = (unsigned int)__builtin_ctz(left);

		left &= left - 1;
		if (!affordable(dpor, node, i)) {
			node->sleep |= (unsigned short)(1u << i);
			continue;
		}
		node->chosen = (unsigned char)i;
		return true;
	}
	return false;
}

bool msim_dpor_next(struct msim_dpor *dpor, const struct msim_run *run)
{
	if (dpor->reduce || dpor->count_classes)
		analyse(dpor, run);
	while (dpor->nr_nodes > 0) {
		if (advance(dpor, &dpor->nodes[dpor->nr_nodes - 1]))
			return true;
		dpor->nr_nodes--;
	}
	return false;
}
