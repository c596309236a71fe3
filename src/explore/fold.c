/* SPDX-License-Identifier: MIT */
/*
 * Owns what is left out of a ladder. Most steps of a schedule would have come out the same without
 * the others. What matters is where an actor was caught between two accesses: somebody else touched
 * a word that it had used and was to use again. Beside these: locks and read sections that others
 * ran into, what was chosen, and the step that failed. No state.
 */
#include "explore/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LAST_STEPS   16
#define MAX_SECTIONS 64 /* open at once; of more nobody is told */

/* One access to a word. The masks have a bit for each actor that touches the word later. */
struct access {
	const volatile void *word;
	size_t index; /* in the trace */
	unsigned int actor;
	bool writes;
	bool blind; /* adds without looking: two of these may change places */
	unsigned int later, later_seeing, later_writing;
};

static bool is_access(const struct msim_step *step)
{
	if (step->silent != MSIM_STEP || !step->op.word)
		return false;
	switch (step->op.point->op) {
	case MEMCGSIM_OP_LOAD:
	case MEMCGSIM_OP_STORE:
	case MEMCGSIM_OP_RMW:
	case MEMCGSIM_OP_SPIN:
	case MEMCGSIM_OP_WAIT:
		return true;
	default:
		return false;
	}
}

/* By word, and then as they happened. */
static int compare(const void *a, const void *b)
{
	const struct access *one = a, *other = b;

	if (one->word != other->word)
		return one->word < other->word ? -1 : 1;
	return one->index < other->index ? -1 : 1;
}

static size_t gather(const struct msim_run *run, struct access *accesses)
{
	size_t nr = 0;

	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (!is_access(step))
			continue;
		accesses[nr++] = (struct access){
			.word = step->op.word,
			.index = i,
			.actor = step->actor,
			.writes = msim_op_writes(&step->op),
			.blind = !strcmp(step->op.point->name, "add_relaxed"),
		};
	}
	qsort(accesses, nr, sizeof(*accesses), compare);
	return nr;
}

static void look_ahead(struct access *accesses, size_t nr)
{
	unsigned int later = 0, seeing = 0, writing = 0;

	for (size_t i = nr; i-- > 0;) {
		unsigned int bit = 1u << accesses[i].actor;

		accesses[i].later = later;
		accesses[i].later_seeing = seeing;
		accesses[i].later_writing = writing;
		later |= bit;
		seeing |= accesses[i].blind ? 0 : bit;
		writing |= accesses[i].writes ? bit : 0;
	}
}

/* The accesses to one word. Shows who came between two of another's, and these two. */
static bool caught_between(struct access *accesses, size_t nr, bool *shown)
{
	unsigned int before = 0, seeing = 0, writing = 0, wanted = 0;
	size_t last[MSIM_ACTORS];
	bool any = false, again;

	look_ahead(accesses, nr);
	for (size_t i = 0; i < nr; i++) {
		const struct access *access = &accesses[i];
		unsigned int bit = 1u << access->actor, caught = before & access->later & ~bit;

		if (access->blind)
			caught &= seeing | access->later_seeing;
		else if (!access->writes)
			caught &= writing | access->later_writing;
		/* Who has just been there and reads again finds nothing new. */
		again = i && accesses[i - 1].actor == access->actor && !access->writes;
		if ((caught && !again) || wanted & bit)
			shown[access->index] = true;
		any |= caught != 0;
		wanted = (wanted & ~bit) | caught;
		for (unsigned int actor = 0; caught >> actor; actor++) {
			if (caught & (1u << actor))
				shown[last[actor]] = true;
		}
		last[access->actor] = access->index;
		before |= bit;
		seeing |= access->blind ? 0 : bit;
		writing |= access->writes ? bit : 0;
	}
	return any;
}

/* Where one actor comes upon what another left behind: if nobody was caught, it is all there is. */
static void follows(const struct access *accesses, size_t nr, bool *shown)
{
	for (size_t i = 1; i < nr; i++) {
		const struct access *one = &accesses[i - 1], *other = &accesses[i];

		if (one->actor == other->actor || !(one->writes || other->writes) ||
		    (one->blind && other->blind))
			continue;
		shown[one->index] = true;
		shown[other->index] = true;
	}
}

static int fold_accesses(const struct msim_run *run, bool *shown)
{
	struct access *accesses = malloc((run->nr_trace + 1) * sizeof(*accesses));
	/* Memory that was given back too early says enough by itself. */
	int rounds = run->verdict == MEMCGSIM_USE_AFTER_FREE ? 1 : 2;
	bool any = false;
	size_t nr;

	if (!accesses)
		return -ENOMEM;
	nr = gather(run, accesses);
	for (int round = 0; round < rounds && !any; round++) {
		for (size_t begin = 0, end; begin < nr; begin = end) {
			end = begin + 1;
			while (end < nr && accesses[end].word == accesses[begin].word)
				end++;
			if (round == 0)
				any |= caught_between(accesses + begin, end - begin, shown);
			else
				follows(accesses + begin, end - begin, shown);
		}
	}
	free(accesses);
	return 0;
}

/* ---- locks, read sections and grace periods: from one step to another ---- */

struct section {
	const volatile void *word;
	size_t begin; /* in the trace */
	unsigned int actor;
	bool entered; /* somebody else ran meanwhile */
};

struct sections {
	struct section open[MAX_SECTIONS];
	size_t nr;
};

static void section_begin(struct sections *sections, const struct msim_step *step, size_t index)
{
	if (sections->nr < MAX_SECTIONS)
		sections->open[sections->nr++] =
			(struct section){ step->op.word, index, step->actor, false };
}

static void section_end(struct sections *sections, const volatile void *word, unsigned int actor,
			size_t index, bool *shown)
{
	for (size_t i = sections->nr; i-- > 0;) {
		struct section *section = &sections->open[i];

		if (section->word != word || section->actor != actor)
			continue;
		if (section->entered)
			shown[section->begin] = shown[index] = true;
		*section = sections->open[--sections->nr];
		return;
	}
}

/* A lock that was tried while another held it: whether there is such a one; both are shown. */
static bool refused(const struct sections *sections, const struct msim_step *step, size_t index,
		    bool *shown)
{
	for (size_t i = 0; i < sections->nr; i++) {
		if (sections->open[i].word != step->op.word)
			continue;
		shown[sections->open[i].begin] = shown[index] = true;
		return true;
	}
	return false;
}

static void section_step(struct sections *sections, const struct msim_run *run, size_t index,
			 bool *shown)
{
	const struct msim_step *step = &run->trace[index];

	for (size_t i = 0; i < sections->nr; i++)
		sections->open[i].entered |= sections->open[i].actor != step->actor;
	switch (step->op.point->op) {
	case MEMCGSIM_OP_TRYLOCK:
		if (refused(sections, step, index, shown))
			return;
		section_begin(sections, step, index);
		return;
	case MEMCGSIM_OP_LOCK:
	case MEMCGSIM_OP_RCU_READ_LOCK:
	case MEMCGSIM_OP_GP_BEGIN:
		section_begin(sections, step, index);
		return;
	case MEMCGSIM_OP_UNLOCK:
		section_end(sections, step->op.word, step->actor, index, shown);
		return;
	case MEMCGSIM_OP_GP_END:
		section_end(sections, &run->rcu[1], step->actor, index, shown);
		return;
	default:
		return;
	}
}

static void fold_sections(const struct msim_run *run, bool *shown)
{
	struct sections sections = { .nr = 0 };

	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (step->silent == MSIM_STEP)
			section_step(&sections, run, i, shown);
		else if (step->silent == MSIM_SILENT_UNLOCK ||
			 step->silent == MSIM_SILENT_RCU_READ_UNLOCK)
			section_end(&sections, step->op.word, step->actor, i, shown);
	}
	for (size_t i = 0; i < sections.nr; i++) {
		if (sections.open[i].entered || run->verdict == MEMCGSIM_DEADLOCK)
			shown[sections.open[i].begin] = true;
	}
}

/* ---- the failure ---- */

static bool is_free(const struct msim_step *step)
{
	return step->silent == MSIM_STEP && step->op.point->op == MEMCGSIM_OP_FREE;
}

/* Memory that was used after it was given back: who gave it back, and who used it before. */
static void fold_freed(const struct msim_run *run, const volatile void *word, bool *shown)
{
	size_t last[MSIM_ACTORS], freed = run->nr_trace;
	unsigned int seen = 0;

	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		if (is_free(step) && step->op.word <= word &&
		    (freed == run->nr_trace || step->op.word >= run->trace[freed].op.word))
			freed = i;
		if (is_access(step) && step->op.word == word) {
			last[step->actor] = i;
			seen |= 1u << step->actor;
		}
	}
	if (freed < run->nr_trace)
		shown[freed] = true;
	for (unsigned int actor = 0; seen >> actor; actor++) {
		if (seen & (1u << actor))
			shown[last[actor]] = true;
	}
}

/* A plain access is no step: it lies behind one, and that is its actor's last. */
static void fold_race(const struct msim_run *run, bool *shown)
{
	unsigned int seen = 0;

	for (size_t i = run->nr_trace; i-- > 0;) {
		unsigned int bit = 1u << run->trace[i].actor;

		if (seen & bit || !msim_is_visible(&run->trace[i]))
			continue;
		shown[i] = true;
		seen |= bit;
	}
}

static void fold_failure(const struct msim_run *run, bool *shown)
{
	for (size_t i = run->nr_trace; i-- > 0;) {
		if (msim_is_visible(&run->trace[i])) {
			shown[i] = true;
			break;
		}
	}
	if (run->verdict == MEMCGSIM_DATA_RACE)
		fold_race(run, shown);
	if (run->verdict == MEMCGSIM_USE_AFTER_FREE)
		fold_freed(run, run->actors[run->failed_actor].op.word, shown);
}

/* What is left out alone would take as much room by its number. */
static void show_single(const struct msim_run *run, bool *shown)
{
	unsigned int left_out = 0, actor = 0;
	size_t last = 0;

	for (size_t i = 0; i <= run->nr_trace; i++) {
		bool end = i == run->nr_trace, step = !end && msim_is_visible(&run->trace[i]);

		if (!end && !step && !shown[i])
			continue;
		if (end || shown[i] || run->trace[i].actor != actor) {
			if (left_out == 1)
				shown[last] = true;
			left_out = 0;
		}
		if (end || shown[i])
			continue;
		actor = run->trace[i].actor;
		last = i;
		left_out++;
	}
}

/* Those who go round and round: the last turns say how. */
static void fold_endless(const struct msim_run *run, bool *shown)
{
	unsigned int left = LAST_STEPS;

	for (size_t i = run->nr_trace; i-- > 0 && left > 0;) {
		if (!msim_is_visible(&run->trace[i]))
			continue;
		shown[i] = true;
		left--;
	}
}

int msim_fold(const struct msim_run *run, bool *shown)
{
	int err;

	memset(shown, 0, run->nr_trace * sizeof(*shown));
	if (run->verdict == MEMCGSIM_LIVELOCK || run->verdict == MEMCGSIM_STARVATION) {
		fold_endless(run, shown);
		return 0;
	}
	err = fold_accesses(run, shown);
	if (err)
		return err;
	fold_sections(run, shown);
	for (size_t i = 0; i < run->nr_trace; i++) {
		const struct msim_step *step = &run->trace[i];

		/* A memory model asks at most accesses, and 0 is what everybody expects. */
		if (step->silent == MSIM_SILENT_CHOICE && step->enabled > 1)
			shown[i] = step->value || !run->memory;
	}
	if (run->failed_actor >= 0)
		fold_failure(run, shown);
	show_single(run, shown);
	return 0;
}
