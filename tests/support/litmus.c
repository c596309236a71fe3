/* SPDX-License-Identifier: MIT */
/*
 * Runs litmus tests. Owns the outcomes of the one that is being explored.
 */
#include "support/litmus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OUTCOMES 512
#define MAX_DIGITS   12

struct litmus_state {
	const struct litmus *litmus;
	int words[LITMUS_WORDS];
	unsigned int locks[2];
	char digits[LITMUS_ACTORS][LITMUS_OPS + 1];
};

static struct {
	char list[MAX_OUTCOMES][MAX_DIGITS + 1];
	size_t nr;
} outcomes;

/* One point for each operation and order. */
#define LITMUS_POINT(name_, op_, size_)                                                            \
	({                                                                                         \
		static const struct memcgsim_point points[] = {                                    \
			[__ATOMIC_RELAXED] = { "litmus", 1, name_, "", op_, __ATOMIC_RELAXED,      \
					       size_ },                                            \
			[__ATOMIC_ACQUIRE] = { "litmus", 2, name_, "", op_, __ATOMIC_ACQUIRE,      \
					       size_ },                                            \
			[__ATOMIC_RELEASE] = { "litmus", 3, name_, "", op_, __ATOMIC_RELEASE,      \
					       size_ },                                            \
			[__ATOMIC_ACQ_REL] = { "litmus", 4, name_, "", op_, __ATOMIC_ACQ_REL,      \
					       size_ },                                            \
			[__ATOMIC_SEQ_CST] = { "litmus", 5, name_, "", op_, __ATOMIC_SEQ_CST,      \
					       size_ },                                            \
		};                                                                                 \
		&points[op->order];                                                                \
	})

static int read_int(const struct litmus_op *op, int *word)
{
	return *(const volatile int *)memcgsim_explore_load(
		LITMUS_POINT("load", MEMCGSIM_OP_LOAD, sizeof(int)), word);
}

static void write_int(const struct litmus_op *op, int *word)
{
	volatile int *to =
		memcgsim_explore_store(LITMUS_POINT("store", MEMCGSIM_OP_STORE, sizeof(int)), word);

	*to = op->value;
}

static int read_and_write(const struct litmus_op *op, int *word)
{
	int old;

	if (op->kind == LITMUS_CMPXCHG)
		memcgsim_explore_rmw(LITMUS_POINT("cmpxchg", MEMCGSIM_OP_RMW, sizeof(int)), word);
	else
		memcgsim_explore_rmw(LITMUS_POINT("rmw", MEMCGSIM_OP_RMW, sizeof(int)), word);
	old = *word;
	if (op->kind == LITMUS_ADD)
		*word += op->value;
	else if (op->kind == LITMUS_XCHG || old == 0)
		*word = op->value;
	return old;
}

/* Of a word that is stored to once; who waits for that need not read it more than twice. */
static int await(const struct litmus_op *op, int *word)
{
	int value, nr_reads = 1;

	for (; !(value = read_int(op, word)); nr_reads++) {
		if (op->kind == LITMUS_AWAIT)
			memcgsim_explore_spin(LITMUS_POINT("spin", MEMCGSIM_OP_SPIN, 0));
	}
	return op->kind == LITMUS_AWAIT && nr_reads > 2 ? 9 : value;
}

static void order(const struct litmus_op *op, unsigned int *locks)
{
	switch (op->kind) {
	case LITMUS_FENCE:
		memcgsim_explore_fence(LITMUS_POINT("fence", MEMCGSIM_OP_FENCE, 0));
		break;
	case LITMUS_MEMBARRIER:
		memcgsim_explore_fence(LITMUS_POINT("membarrier", MEMCGSIM_OP_MEMBARRIER, 0));
		break;
	case LITMUS_LOCK:
		memcgsim_explore_lock(LITMUS_POINT("lock", MEMCGSIM_OP_LOCK, 4), &locks[op->word]);
		break;
	case LITMUS_UNLOCK:
		memcgsim_explore_unlock(NULL, &locks[op->word]);
		break;
	case LITMUS_RCU_READ_LOCK:
		memcgsim_explore_rcu_read_lock(
			LITMUS_POINT("rcu_read_lock", MEMCGSIM_OP_RCU_READ_LOCK, 0));
		break;
	case LITMUS_RCU_READ_UNLOCK:
		memcgsim_explore_rcu_read_unlock();
		break;
	default:
		memcgsim_explore_synchronize_rcu(
			LITMUS_POINT("grace period", MEMCGSIM_OP_GP_BEGIN, 0),
			LITMUS_POINT("grace period over", MEMCGSIM_OP_GP_END, 0));
	}
}

static const char *act(void *state, const void *arg)
{
	struct litmus_state *world = state;
	const struct litmus_op(*ops)[LITMUS_OPS] = arg;
	char *digit = world->digits[ops - world->litmus->actors];

	for (const struct litmus_op *op = *ops; op < *ops + LITMUS_OPS && op->kind; op++) {
		int *word = &world->words[op->word];

		switch (op->kind) {
		case LITMUS_READ:
			*digit++ = (char)('0' + read_int(op, word));
			break;
		case LITMUS_WRITE:
			write_int(op, word);
			break;
		case LITMUS_XCHG:
		case LITMUS_ADD:
		case LITMUS_CMPXCHG:
			*digit++ = (char)('0' + read_and_write(op, word));
			break;
		case LITMUS_POLL:
		case LITMUS_AWAIT:
			*digit++ = (char)('0' + await(op, word));
			break;
		case LITMUS_PLAIN_READ:
			if (op->value && (digit[-1] == '0') == (op->value == 1))
				break;
			memcgsim_explore_plain(word, sizeof(*word), false);
			*digit++ = (char)('0' + *word);
			break;
		case LITMUS_PLAIN_WRITE:
			memcgsim_explore_plain(word, sizeof(*word), true);
			*word = op->value;
			break;
		default:
			order(op, world->locks);
		}
	}
	return NULL;
}

static const char *setup(void *state, const void *arg)
{
	struct litmus_state *world = state;

	world->litmus = arg;
	return NULL;
}

static const char *finally(void *state, const void *arg)
{
	struct litmus_state *world = state;
	char outcome[LITMUS_ACTORS * LITMUS_OPS + LITMUS_WORDS + 1] = "";
	size_t length;

	(void)arg;
	for (unsigned int i = 0; i < LITMUS_ACTORS; i++)
		strcat(outcome, world->digits[i]);
	length = strlen(outcome);
	for (unsigned int i = 0; i < LITMUS_WORDS; i++) {
		if (world->litmus->finally & (1u << i))
			outcome[length++] = (char)('0' + world->words[i]);
	}
	outcome[length] = '\0';
	for (size_t i = 0; i < outcomes.nr; i++) {
		if (!strcmp(outcomes.list[i], outcome))
			return NULL;
	}
	if (length > MAX_DIGITS || outcomes.nr == MAX_OUTCOMES)
		return "too many outcomes";
	strcpy(outcomes.list[outcomes.nr++], outcome);
	return NULL;
}

static struct memcgsim_explore_result explore(const struct litmus *litmus,
					      enum memcgsim_memory memory)
{
	static const char *const names[] = { "A", "B", "C", "D" };
	struct memcgsim_subject subject = {
		.name = litmus->name,
		.state_bytes = sizeof(struct litmus_state),
		.setup = setup,
		.finally = finally,
		.arg = litmus,
		.plain = litmus->plain,
	};
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	for (unsigned int i = 0; i < LITMUS_ACTORS && litmus->actors[i][0].kind; i++)
		subject.actors[i] = (struct memcgsim_actor){
			.name = names[i], .body = act, .arg = &litmus->actors[i], .cpu = (int)i
		};
	memcgsim_explore_options_init(&options);
	options.strategy = MEMCGSIM_DFS;
	options.memory = memory;
	options.schedules = 0;
	outcomes.nr = 0;
	assert_true(memcgsim_explore(&subject, &options, &result) >= 0);
	return result;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void assert_litmus(const struct litmus *litmus, size_t nr, enum memcgsim_memory memory)
{
	unsigned int nr_wrong = 0;

	for (const struct litmus *test = litmus; test < litmus + nr; test++) {
		struct memcgsim_explore_result result = explore(test, memory);
		char reached[MAX_OUTCOMES * (MAX_DIGITS + 1) + 1] = "";
		const char *allowed = test->sc;

		if (memory == MEMCGSIM_MEMORY_TSO && test->tso)
			allowed = test->tso;
		if (memory == MEMCGSIM_MEMORY_RA && test->ra)
			allowed = test->ra;
		qsort(outcomes.list, outcomes.nr, sizeof(outcomes.list[0]), compare);
		for (size_t i = 0; i < outcomes.nr; i++) {
			strcat(reached, i ? " " : "");
			strcat(reached, outcomes.list[i]);
		}
		if (result.verdict == MEMCGSIM_FINE && result.exhausted &&
		    !strcmp(reached, allowed))
			continue;
		print_error("%s: allowed is %s; reached was %s (%s: %s)\n", test->name, allowed,
			    reached, memcgsim_verdict_name(result.verdict), result.failure);
		nr_wrong++;
	}
	assert_int_equal(nr_wrong, 0);
}

bool litmus_races(const struct litmus *litmus, enum memcgsim_memory memory)
{
	struct memcgsim_explore_result result = explore(litmus, memory);

	assert_true(result.verdict == MEMCGSIM_FINE || result.verdict == MEMCGSIM_DATA_RACE);
	assert_true(result.verdict || result.exhausted);
	return result.verdict == MEMCGSIM_DATA_RACE;
}

/*
 * Words are 0 at first. Where tso or ra is left out the model allows what sequential consistency
 * does. Load buffering (LB) is what C11 allows and nobody explores: a load never reads from a store
 * that its own schedule has yet to make.
 */
const struct litmus litmus_tests[] = {
	{ "SB",
	  { { W(X, 1, RELAXED), R(Y, RELAXED) }, { W(Y, 1, RELAXED), R(X, RELAXED) } },
	  .sc = "01 10 11",
	  .tso = "00 01 10 11",
	  .ra = "00 01 10 11" },
	{ "SB, release and acquire",
	  { { W(X, 1, RELEASE), R(Y, ACQUIRE) }, { W(Y, 1, RELEASE), R(X, ACQUIRE) } },
	  .sc = "01 10 11",
	  .tso = "00 01 10 11",
	  .ra = "00 01 10 11" },
	{ "SB, sequentially consistent",
	  { { W(X, 1, SEQ_CST), R(Y, SEQ_CST) }, { W(Y, 1, SEQ_CST), R(X, SEQ_CST) } },
	  .sc = "01 10 11" },
	{ "SB, fences",
	  { { W(X, 1, RELAXED), FENCE, R(Y, RELAXED) },
	    { W(Y, 1, RELAXED), FENCE, R(X, RELAXED) } },
	  .sc = "01 10 11" },
	{ "SB, one fence",
	  { { W(X, 1, RELAXED), FENCE, R(Y, RELAXED) }, { W(Y, 1, RELAXED), R(X, RELAXED) } },
	  .sc = "01 10 11",
	  .tso = "00 01 10 11",
	  .ra = "00 01 10 11" },
	{ "SB, membarrier",
	  { { W(X, 1, RELAXED), MEMBARRIER, R(Y, RELAXED) }, { W(Y, 1, RELAXED), R(X, RELAXED) } },
	  .sc = "01 10 11" },
	{ "SB, exchanges",
	  { { XCHG(X, 1, SEQ_CST), R(Y, SEQ_CST) }, { XCHG(Y, 1, SEQ_CST), R(X, SEQ_CST) } },
	  .sc = "0001 0100 0101" },
	{ "SB, relaxed exchanges", /* full barriers on x86, whatever they are declared to be */
	  { { XCHG(X, 1, RELAXED), R(Y, RELAXED) }, { XCHG(Y, 1, RELAXED), R(X, RELAXED) } },
	  .sc = "0001 0100 0101",
	  .ra = "0000 0001 0100 0101" },
	{ "SB, adds in between",
	  { { W(X, 1, RELAXED), ADD(Z, RELAXED), R(Y, RELAXED) },
	    { W(Y, 1, RELAXED), ADD(Z, RELAXED), R(X, RELAXED) } },
	  .sc = "0011 0111 1100 1101",
	  .ra = "0010 0011 0110 0111 1000 1001 1100 1101" },
	{ "SB, a lock given back",
	  { { LOCK(0), W(X, 1, RELAXED), UNLOCK(0), R(Y, RELAXED) },
	    { LOCK(1), W(Y, 1, RELAXED), UNLOCK(1), R(X, RELAXED) } },
	  .sc = "01 10 11",
	  .tso = "00 01 10 11",
	  .ra = "00 01 10 11" },
	{ "SB, a lock taken", /* another full barrier of x86 */
	  { { W(X, 1, RELAXED), LOCK(0), R(Y, RELAXED), UNLOCK(0) },
	    { W(Y, 1, RELAXED), LOCK(1), R(X, RELAXED), UNLOCK(1) } },
	  .sc = "01 10 11",
	  .ra = "00 01 10 11" },
	{ "SB, the same lock",
	  { { LOCK(0), W(X, 1, RELAXED), R(Y, RELAXED), UNLOCK(0) },
	    { LOCK(0), W(Y, 1, RELAXED), R(X, RELAXED), UNLOCK(0) } },
	  .sc = "01 10" },
	{ "n6: a store of one's own is read before others see it",
	  { { W(X, 1, RELAXED), R(X, RELAXED), R(Y, RELAXED) },
	    { W(Y, 2, RELAXED), W(X, 2, RELAXED) } },
	  .finally = 1 << X,
	  .sc = "102 121 122 222",
	  .tso = "101 102 121 122 222",
	  .ra = "101 102 121 122 202 222" },
	{ "MP, relaxed",
	  { { W(X, 1, RELAXED), W(Y, 1, RELAXED) }, { R(Y, RELAXED), R(X, RELAXED) } },
	  .sc = "00 01 11",
	  .ra = "00 01 10 11" },
	{ "MP, release and acquire",
	  { { W(X, 1, RELAXED), W(Y, 1, RELEASE) }, { R(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "00 01 11" },
	{ "MP, release only",
	  { { W(X, 1, RELAXED), W(Y, 1, RELEASE) }, { R(Y, RELAXED), R(X, RELAXED) } },
	  .sc = "00 01 11",
	  .ra = "00 01 10 11" },
	{ "MP, acquire only",
	  { { W(X, 1, RELAXED), W(Y, 1, RELAXED) }, { R(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "00 01 11",
	  .ra = "00 01 10 11" },
	{ "MP, fences",
	  { { W(X, 1, RELAXED), FENCE, W(Y, 1, RELAXED) },
	    { R(Y, RELAXED), FENCE, R(X, RELAXED) } },
	  .sc = "00 01 11" },
	{ "MP, a fence and an acquire",
	  { { W(X, 1, RELAXED), FENCE, W(Y, 1, RELAXED) }, { R(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "00 01 11" },
	{ "MP, a wait",
	  { { W(X, 1, RELAXED), W(Y, 1, RELEASE) }, { AWAIT(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "11" },
	{ "MP, a wait that acquires nothing",
	  { { W(X, 1, RELAXED), W(Y, 1, RELEASE) }, { AWAIT(Y, RELAXED), R(X, RELAXED) } },
	  .sc = "11",
	  .ra = "10 11" },
	{ "MP, a release sequence",
	  { { W(X, 1, RELAXED), W(Y, 1, RELEASE) },
	    { ADD(Y, RELAXED) },
	    { R(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "000 001 010 011 100 101 111 121" },
	{ "MP, a release sequence that a store ends",
	  { { W(X, 1, RELAXED), W(Y, 1, RELEASE), W(Y, 2, RELAXED) },
	    { R(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "00 01 11 21",
	  .ra = "00 01 11 20 21" },
	{ "MP, locks",
	  { { LOCK(0), W(X, 1, RELAXED), W(Y, 1, RELAXED), UNLOCK(0) },
	    { LOCK(0), R(Y, RELAXED), UNLOCK(0), R(X, RELAXED) } },
	  .sc = "00 01 11" },
	{ "IRIW, release and acquire",
	  { { W(X, 1, RELEASE) },
	    { W(Y, 1, RELEASE) },
	    { R(X, ACQUIRE), R(Y, ACQUIRE) },
	    { R(Y, ACQUIRE), R(X, ACQUIRE) } },
	  .sc = "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111",
	  .ra = "0000 0001 0010 0011 0100 0101 0110 0111 "
		"1000 1001 1010 1011 1100 1101 1110 1111" },
	{ "IRIW, sequentially consistent",
	  { { W(X, 1, SEQ_CST) },
	    { W(Y, 1, SEQ_CST) },
	    { R(X, SEQ_CST), R(Y, SEQ_CST) },
	    { R(Y, SEQ_CST), R(X, SEQ_CST) } },
	  .sc = "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111" },
	{ "CoRR", /* nobody sees a word go back */
	  { { W(X, 1, RELAXED), W(X, 2, RELAXED) }, { R(X, RELAXED), R(X, RELAXED) } },
	  .sc = "00 01 02 11 12 22" },
	{ "CoRR, two writers", /* nor do two disagree on which was the later one */
	  { { W(X, 1, RELAXED) },
	    { W(X, 2, RELAXED) },
	    { R(X, RELAXED), R(X, RELAXED) },
	    { R(X, RELAXED), R(X, RELAXED) } },
	  .sc = "0000 0001 0002 0011 0012 0021 0022 0100 0101 0102 0111 0112 0121 0122 0200 0201 "
		"0202 0211 0212 0221 0222 1100 1101 1102 1111 1112 1121 1122 1200 1201 1202 1211 "
		"1212 1222 2100 2101 2102 2111 2121 2122 2200 2201 2202 2211 2212 2221 2222" },
	{ "CoWR", /* one's own store hides the older ones */
	  { { W(X, 1, RELAXED), R(X, RELAXED) }, { W(X, 2, RELAXED), R(X, RELAXED) } },
	  .sc = "11 12 22" },
	{ "WRC, release and acquire",
	  { { W(X, 1, RELAXED) },
	    { R(X, RELAXED), W(Y, 1, RELEASE) },
	    { R(Y, ACQUIRE), R(X, RELAXED) } },
	  .sc = "000 001 010 011 100 101 111" },
	{ "WRC, relaxed",
	  { { W(X, 1, RELAXED) },
	    { R(X, RELAXED), W(Y, 1, RELAXED) },
	    { R(Y, RELAXED), R(X, RELAXED) } },
	  .sc = "000 001 010 011 100 101 111",
	  .ra = "000 001 010 011 100 101 110 111" },
	{ "2+2W",
	  { { W(X, 1, RELEASE), W(Y, 2, RELEASE) }, { W(Y, 1, RELEASE), W(X, 2, RELEASE) } },
	  .finally = 1 << X | 1 << Y,
	  .sc = "12 21 22",
	  .ra = "11 12 21 22" },
	{ "2+2W, sequentially consistent",
	  { { W(X, 1, SEQ_CST), W(Y, 2, SEQ_CST) }, { W(Y, 1, SEQ_CST), W(X, 2, SEQ_CST) } },
	  .finally = 1 << X | 1 << Y,
	  .sc = "12 21 22" },
	{ "R",
	  { { W(X, 1, RELAXED), W(Y, 1, RELAXED) }, { W(Y, 2, RELAXED), R(X, RELAXED) } },
	  .finally = 1 << Y,
	  .sc = "01 11 12",
	  .tso = "01 02 11 12",
	  .ra = "01 02 11 12" },
	{ "S, relaxed",
	  { { W(X, 2, RELAXED), W(Y, 1, RELAXED) }, { R(Y, RELAXED), W(X, 1, RELAXED) } },
	  .finally = 1 << X,
	  .sc = "01 02 11",
	  .ra = "01 02 11 12" },
	{ "S, release and acquire",
	  { { W(X, 2, RELAXED), W(Y, 1, RELEASE) }, { R(Y, ACQUIRE), W(X, 1, RELAXED) } },
	  .finally = 1 << X,
	  .sc = "01 02 11" },
	{ "LB, which C11 allows to read 11",
	  { { R(X, RELAXED), W(Y, 1, RELAXED) }, { R(Y, RELAXED), W(X, 1, RELAXED) } },
	  .sc = "00 01 10" },
	{ "two adds",
	  { { ADD(X, RELAXED) }, { ADD(X, RELAXED) } },
	  .finally = 1 << X,
	  .sc = "012 102" },
	{ "two compare and exchange",
	  { { CMPXCHG(X, 1, SEQ_CST) }, { CMPXCHG(X, 2, SEQ_CST) } },
	  .finally = 1 << X,
	  .sc = "011 202" },
	{ "a grace period", /* a section that sees the second store has seen the first */
	  { { W(X, 1, RELAXED), GRACE_PERIOD, W(Y, 1, RELAXED) },
	    { READ_LOCK, R(Y, RELAXED), R(X, RELAXED), READ_UNLOCK } },
	  .sc = "00 01 11" },
	{ "a grace period, the other way round",
	  { { W(X, 1, RELAXED), GRACE_PERIOD, R(Y, RELAXED) },
	    { READ_LOCK, R(X, RELAXED), W(Y, 1, RELAXED), READ_UNLOCK } },
	  .sc = "01 10 11" },
	{ "no grace period",
	  { { W(X, 1, RELAXED), W(Y, 1, RELAXED) },
	    { READ_LOCK, R(Y, RELAXED), R(X, RELAXED), READ_UNLOCK } },
	  .sc = "00 01 11",
	  .ra = "00 01 10 11" },
};
const size_t nr_litmus_tests = sizeof(litmus_tests) / sizeof(litmus_tests[0]);
