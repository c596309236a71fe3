/* SPDX-License-Identifier: MIT */
/*
 * Every interleaving of a few actors, one after the other: the explorer, in libmemcgsim-explore.a.
 *
 * A subject is some state, a few actors that work on it, and what must hold. The explorer runs the
 * actors as fibers of one thread and chooses at each access to a shared word who goes on. What it
 * finds wrong it shrinks and prints as a ladder, with a token that replays it.
 *
 * The library is a subject as it stands: in that archive each of its accesses asks the explorer.
 * An algorithm of one's own asks through the macros at the end of this header; compiled without
 * MEMCGSIM_EXPLORE they are the compiler's builtins and nothing else, so that the text that is
 * explored is the text that ships.
 *
 * Memory that is to be as it was before each schedule comes from memcgsim_explore_alloc(); so does
 * everything that the library itself allocates, and the state. An actor must not do anything else
 * that outlasts a schedule; and what it does before its first access is done once for all of them.
 */
#ifndef MEMCGSIM_EXPLORE_H
#define MEMCGSIM_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

#define MEMCGSIM_EXPLORE_ACTORS 12

/**
 * enum memcgsim_op - what an actor does at a schedule point
 * @MEMCGSIM_OP_BEGIN: its first step
 * @MEMCGSIM_OP_LOAD: reads a word
 * @MEMCGSIM_OP_STORE: writes one
 * @MEMCGSIM_OP_RMW: reads and writes at once: exchange, compare and exchange, add
 * @MEMCGSIM_OP_FENCE: orders what is before it and what is after it
 * @MEMCGSIM_OP_MEMBARRIER: does that on every CPU that runs an actor
 * @MEMCGSIM_OP_LOCK: waits for a lock and takes it
 * @MEMCGSIM_OP_TRYLOCK: takes it if it is free
 * @MEMCGSIM_OP_UNLOCK: gives back a lock that somebody may try
 * @MEMCGSIM_OP_SPIN: waits until the word it last read is written
 * @MEMCGSIM_OP_WAIT: waits until a word is not zero
 * @MEMCGSIM_OP_RCU_READ_LOCK: begins an outermost read section
 * @MEMCGSIM_OP_FREE: gives a block of memory back
 * @MEMCGSIM_OP_GP_BEGIN: begins a grace period
 * @MEMCGSIM_OP_GP_END: waits until every section that had begun by then is over
 */
enum memcgsim_op {
	MEMCGSIM_OP_BEGIN,
	MEMCGSIM_OP_LOAD,
	MEMCGSIM_OP_STORE,
	MEMCGSIM_OP_RMW,
	MEMCGSIM_OP_FENCE,
	MEMCGSIM_OP_MEMBARRIER,
	MEMCGSIM_OP_LOCK,
	MEMCGSIM_OP_TRYLOCK,
	MEMCGSIM_OP_UNLOCK,
	MEMCGSIM_OP_SPIN,
	MEMCGSIM_OP_WAIT,
	MEMCGSIM_OP_RCU_READ_LOCK,
	MEMCGSIM_OP_FREE,
	MEMCGSIM_OP_GP_BEGIN,
	MEMCGSIM_OP_GP_END,
};

/**
 * struct memcgsim_point - a place in the source where an actor may be made to wait
 * @file: the source file
 * @line: the line
 * @name: what happens there, "load_acquire"
 * @text: the word as written
 * @op: the kind of step
 * @order: the memory order, one of __ATOMIC_...
 * @size_bytes: of the word
 */
struct memcgsim_point {
	const char *file;
	int line;
	const char *name;
	const char *text;
	enum memcgsim_op op;
	int order;
	unsigned int size_bytes;
};

/**
 * enum memcgsim_actor_kind - what an actor stands for
 * @MEMCGSIM_ACTOR_THREAD: a thread, from its first step to its last
 * @MEMCGSIM_ACTOR_IRQ: an interrupt: strikes a thread of its CPU that holds no lock, and runs to its
 * end before that thread goes on
 * @MEMCGSIM_ACTOR_WORK: whatever runs when there is something to do; the others need not wait for it
 */
enum memcgsim_actor_kind {
	MEMCGSIM_ACTOR_THREAD,
	MEMCGSIM_ACTOR_IRQ,
	MEMCGSIM_ACTOR_WORK,
};

/**
 * struct memcgsim_actor - one who acts
 * @name: its column of the ladder
 * @body: what it does; NULL, or what it found wrong, in constant text
 * @enter: what it does before the search begins; may be NULL
 * @leave: what it does when all are done; may be NULL
 * @arg: passed to all three, behind the state
 * @kind: what it stands for
 * @cpu: whom an interrupt strikes: threads of the same number
 */
struct memcgsim_actor {
	const char *name;
	const char *(*body)(void *state, const void *arg);
	const char *(*enter)(void *state, const void *arg);
	const char *(*leave)(void *state, const void *arg);
	const void *arg;
	enum memcgsim_actor_kind kind;
	int cpu;
};

/**
 * struct memcgsim_subject - what is explored
 * @name: what it is called on the command line and in tokens
 * @claim: what must hold, in a sentence
 * @state_bytes: of the state, which is zero before @setup
 * @setup: makes the state, once; may be NULL
 * @always: looks at the state at every step; may be NULL
 * @finally: judges it when all are done; may be NULL
 * @arg: passed to these three, behind the state
 * @actors: up to the first without a name
 * @max_steps: a schedule of more is a livelock; 0 for 20,000
 * @plain: watch plain accesses too: those of the library, and of what is compiled with
 * -fsanitize=thread but not linked with it
 *
 * All callbacks return NULL, or what they found wrong, in constant text.
 */
struct memcgsim_subject {
	const char *name;
	const char *claim;
	size_t state_bytes;
	const char *(*setup)(void *state, const void *arg);
	const char *(*always)(void *state, const void *arg);
	const char *(*finally)(void *state, const void *arg);
	const void *arg;
	struct memcgsim_actor actors[MEMCGSIM_EXPLORE_ACTORS];
	unsigned long max_steps;
	bool plain;
};

/**
 * enum memcgsim_strategy - how schedules are chosen
 * @MEMCGSIM_PORTFOLIO: the next four in turns for half of the budget, then @MEMCGSIM_DPOR, and where
 * that does not come to its end @MEMCGSIM_DFS with no preemption, one, two ...
 * @MEMCGSIM_RANDOM: each step anybody
 * @MEMCGSIM_PCT2: random priorities and one change of them
 * @MEMCGSIM_PCT3: random priorities and two changes
 * @MEMCGSIM_POS: a random priority for each pending step
 * @MEMCGSIM_DFS: all schedules, depth first
 * @MEMCGSIM_DPOR: one schedule or a few of each class that no order of independent steps tells apart
 */
enum memcgsim_strategy {
	MEMCGSIM_PORTFOLIO,
	MEMCGSIM_RANDOM,
	MEMCGSIM_PCT2,
	MEMCGSIM_PCT3,
	MEMCGSIM_POS,
	MEMCGSIM_DFS,
	MEMCGSIM_DPOR,
};

/**
 * enum memcgsim_memory - what a load may read
 * @MEMCGSIM_MEMORY_SC: the last value stored, as if every access were sequentially consistent; what
 * is read and written plainly may all the same rely on the declared orders only
 * @MEMCGSIM_MEMORY_RA: any that the declared orders allow: release and acquire by views
 * @MEMCGSIM_MEMORY_TSO: the last value stored, but a store may wait in its CPU's buffer, as on x86
 */
enum memcgsim_memory {
	MEMCGSIM_MEMORY_SC,
	MEMCGSIM_MEMORY_RA,
	MEMCGSIM_MEMORY_TSO,
};

struct memcgsim_explore_result;

/**
 * struct memcgsim_explore_options - how a subject is explored
 * @strategy: who chooses; DPOR is sound for sequential consistency only, and with another @memory
 * the portfolio leaves it out
 * @memory: what a load may read
 * @seed: of everything random
 * @schedules: how many at most; 0 for no limit
 * @time_ms: for how long at most; 0 for no limit
 * @preemptions: depth first: at most so many in a schedule; -1 for no limit
 * @shard: explore the part with this number ...
 * @nr_shards: ... of so many (0 and 1: all)
 * @keep_going: count failures instead of stopping at the first
 * @cross_check: gather the classes, so that two explorations can be compared
 * @classic_dpor: backtrack by the rule of 2005, which loses schedules; for the test that shows it
 * @progress: called every now and then; may be NULL. False: stop and tell what was learned
 * @arg: passed to @progress
 */
struct memcgsim_explore_options {
	enum memcgsim_strategy strategy;
	enum memcgsim_memory memory;
	uint64_t seed;
	unsigned long schedules;
	unsigned long time_ms;
	int preemptions;
	unsigned int shard;
	unsigned int nr_shards;
	bool keep_going;
	bool cross_check;
	bool classic_dpor;
	bool (*progress)(const struct memcgsim_explore_result *so_far, void *arg);
	void *arg;
};

/**
 * enum memcgsim_verdict - how a schedule failed
 * @MEMCGSIM_FINE: it did not
 * @MEMCGSIM_WRONG: an actor, or the judge at the end, found something wrong
 * @MEMCGSIM_INVARIANT: what must hold at every step did not
 * @MEMCGSIM_ASSERTION: an assertion failed
 * @MEMCGSIM_USE_AFTER_FREE: memory was used that had been given back
 * @MEMCGSIM_DOUBLE_FREE: memory was given back twice
 * @MEMCGSIM_WILD_ACCESS: an address that nobody has
 * @MEMCGSIM_DATA_RACE: two plain accesses, one of them a write, that nothing orders
 * @MEMCGSIM_DEADLOCK: nobody can go on
 * @MEMCGSIM_LIVELOCK: they go on for ever
 * @MEMCGSIM_STARVATION: one waits for ever while others go on
 */
enum memcgsim_verdict {
	MEMCGSIM_FINE,
	MEMCGSIM_WRONG,
	MEMCGSIM_INVARIANT,
	MEMCGSIM_ASSERTION,
	MEMCGSIM_USE_AFTER_FREE,
	MEMCGSIM_DOUBLE_FREE,
	MEMCGSIM_WILD_ACCESS,
	MEMCGSIM_DATA_RACE,
	MEMCGSIM_DEADLOCK,
	MEMCGSIM_LIVELOCK,
	MEMCGSIM_STARVATION,
};

#define MEMCGSIM_TOKEN_BYTES	2048
#define MEMCGSIM_FAILURE_BYTES	256

/**
 * struct memcgsim_explore_result - what was learned
 * @schedules: that were run
 * @pruned: of these, given up because another one shows the same
 * @failures: that failed
 * @steps: of all of them
 * @max_steps: of the longest
 * @classes: that depth first and DPOR told apart; 0 where nobody counted
 * @class_hash: of all classes, whatever their order; with @cross_check
 * @met: two actors met at a word that one of them wrote; where none ever did nothing was tested
 * @exhausted: no schedule is left ...
 * @bound: ... of those with at most so many preemptions; -1 for of all
 * @strategy: that found the first failure, or ran last
 * @schedules_to_failure: how many until the first failure, with it
 * @elapsed_ms: how long it took
 * @verdict: of the first failure
 * @failure: what was wrong, for a person
 * @failure_step: the step at which it showed
 * @preemptions: of the shrunk schedule
 * @found_preemptions: of the schedule as it was found
 * @token: replays the shrunk schedule; empty if it would be too long
 * @strayed: a replay: the subject did not go on as the token says
 * @trace_hash: of all steps of all schedules
 */
struct memcgsim_explore_result {
	unsigned long schedules;
	unsigned long pruned;
	unsigned long failures;
	unsigned long steps;
	unsigned long max_steps;
	unsigned long classes;
	uint64_t class_hash;
	bool met;
	bool exhausted;
	int bound;
	enum memcgsim_strategy strategy;
	unsigned long schedules_to_failure;
	unsigned long elapsed_ms;
	enum memcgsim_verdict verdict;
	char failure[MEMCGSIM_FAILURE_BYTES];
	unsigned long failure_step;
	unsigned int preemptions;
	unsigned int found_preemptions;
	char token[MEMCGSIM_TOKEN_BYTES];
	bool strayed;
	uint64_t trace_hash;
};

/**
 * struct memcgsim_ladder - how a schedule is shown to a person: a column an actor, a row a step
 * @out: where
 * @svg: as a drawing
 * @full: every step, also those that no other actor can see
 * @color: what matters less is dim, what went wrong red: for a terminal
 * @columns: how wide the text may be; 0 for 120
 */
struct memcgsim_ladder {
	FILE *out;
	bool svg;
	bool full;
	bool color;
	unsigned int columns;
};

/**
 * memcgsim_explore_options_init() - the defaults
 * @options: filled in: the portfolio, sequential consistency, seed 1, 10,000 schedules
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_options_init(struct memcgsim_explore_options *options);

/**
 * memcgsim_explore() - run schedule after schedule until one fails or the budget is spent
 * @subject: what is explored
 * @options: how; NULL for the defaults
 * @result: what was learned
 *
 * Context: a thread that is bound to no machine; one exploration at a time in a process.
 * Return: 0 if no schedule failed, 1 if one did; -EINVAL: no such strategy or memory model, DPOR for
 * one that it is not sound for, a subject without actors, or one whose setup, or the prologue of an
 * actor, fails: then the failure in @result says how; -EBUSY: the thread is exploring already; -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK
int memcgsim_explore(const struct memcgsim_subject *subject,
		     const struct memcgsim_explore_options *options,
		     struct memcgsim_explore_result *result);

/**
 * memcgsim_replay() - run the schedule of a token
 * @subject: the one that the token names
 * @token: as in a result, which may be @result
 * @ladder: how it is shown; NULL: not at all. Nor is it where the subject strayed from the token
 * @result: what became of it
 *
 * Context: as memcgsim_explore().
 * Return: 0 if the schedule did not fail, 1 if it did; -EINVAL: no token, or another subject's, or
 * the setup fails as with memcgsim_explore(); -EBUSY, -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK
int memcgsim_replay(const struct memcgsim_subject *subject, const char *token,
		    const struct memcgsim_ladder *ladder, struct memcgsim_explore_result *result);

/**
 * memcgsim_verdict_name() - a verdict in words
 * @verdict: the verdict
 *
 * Context: any.
 * Return: constant text: "use after free"
 * Models: nothing
 * Differs: nothing
 */
const char *memcgsim_verdict_name(enum memcgsim_verdict verdict);

/**
 * memcgsim_strategy_name() - a strategy as the command line names it
 * @strategy: the strategy
 *
 * Context: any.
 * Return: constant text: "pct2"
 * Models: nothing
 * Differs: nothing
 */
const char *memcgsim_strategy_name(enum memcgsim_strategy strategy);

/**
 * memcgsim_memory_name() - a memory model as the command line and tokens name it
 * @memory: the memory model
 *
 * Context: any.
 * Return: constant text: "sc"
 * Models: nothing
 * Differs: nothing
 */
const char *memcgsim_memory_name(enum memcgsim_memory memory);

/**
 * memcgsim_explore_alloc() - memory that each schedule finds as it was before the first
 * @size_bytes: how much
 *
 * What is given back is not used again before the end of the schedule: a use after free is seen
 * whenever it happens.
 *
 * Context: setup, or an actor.
 * Return: zeroed memory, or NULL if there is none left
 * Models: nothing
 * Differs: nothing
 */
void *memcgsim_explore_alloc(size_t size_bytes);

/**
 * memcgsim_explore_free() - give it back
 * @memory: from memcgsim_explore_alloc(), or NULL
 *
 * Context: as memcgsim_explore_alloc().
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_free(void *memory);

/**
 * memcgsim_explore_watch() - hold a machine to its invariants at every step
 * @machine: the machine; at most one
 *
 * Beside what @always and @finally of the subject find: whatever is charged or held is charged to
 * and held by somebody, or in the hand of an actor that is in the middle of an operation, whenever
 * others can see it; and the words that may change in some ways only change in those. The table of
 * all that is looked at, and when, is docs/oracles.md. With a memory model other than sequential
 * consistency nothing is looked at.
 *
 * Context: the setup of a subject, with nothing in flight on the machine.
 * Return: 0; -EINVAL: not in a setup, or a machine is watched already; -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK
int memcgsim_explore_watch(struct memcgsim *machine);

/**
 * memcgsim_explore_choose() - explore what happens with each of the numbers below @count
 * @count: how many there are, from 1 to 65,535
 *
 * Context: an actor; elsewhere the answer is 0.
 * Return: one of them
 * Models: nothing
 * Differs: nothing
 */
unsigned int memcgsim_explore_choose(unsigned int count);

/**
 * memcgsim_explore_fail() - the schedule has failed, and ends here
 * @verdict: how
 * @what: what is wrong; copied
 *
 * Context: an actor, or the callbacks of a subject. Does not return, but outside an exploration it
 * does nothing.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_fail(enum memcgsim_verdict verdict, const char *what);

/**
 * memcgsim_explore_plain() - a plain access, for subjects that are not compiled to be watched
 * @word: what is read or written
 * @size_bytes: how much of it
 * @write: it is written
 *
 * Context: an actor; elsewhere it does nothing.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_plain(const volatile void *word, size_t size_bytes, bool write);

/**
 * memcgsim_explore_load() - the schedule point before a load
 * @point: where
 * @word: what is to be read
 *
 * Context: any; outside an exploration nothing happens, as for all that follow.
 * Return: where to read it: the word, or an older value of it
 * Models: nothing
 * Differs: nothing
 */
const volatile void *memcgsim_explore_load(const struct memcgsim_point *point,
					   const volatile void *word);

/**
 * memcgsim_explore_store() - the schedule point before a store
 * @point: where
 * @word: what is to be written
 *
 * Context: any.
 * Return: where to write it: the word, or the buffer of the actor's CPU
 * Models: nothing
 * Differs: nothing
 */
volatile void *memcgsim_explore_store(const struct memcgsim_point *point, volatile void *word);

/**
 * memcgsim_explore_rmw() - the schedule point before a read-modify-write
 * @point: where
 * @word: what is to be read and written, by one instruction
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_rmw(const struct memcgsim_point *point, volatile void *word);

/**
 * memcgsim_explore_fence() - a full barrier
 * @point: where; it says whether the actor alone has it, or every CPU that runs one
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_fence(const struct memcgsim_point *point);

/**
 * memcgsim_explore_lock() - wait for a lock and take it
 * @point: where
 * @lock: not zero while it is held
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_lock(const struct memcgsim_point *point, unsigned int *lock);

/**
 * memcgsim_explore_trylock() - take a lock if it is free
 * @point: where
 * @lock: not zero while it is held
 *
 * Context: any.
 * Return: whether it was free
 * Models: nothing
 * Differs: nothing
 */
bool memcgsim_explore_trylock(const struct memcgsim_point *point, unsigned int *lock);

/**
 * memcgsim_explore_unlock() - give a lock back
 * @point: where; NULL for a lock that nobody tries, only waits for: then no schedule point
 * is needed
 * @lock: zero afterwards
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_unlock(const struct memcgsim_point *point, unsigned int *lock);

/**
 * memcgsim_explore_spin() - go on when the word that was read last has been written
 * @point: where
 *
 * What a loop that waits for a word calls in each turn: without it the explorer would explore the
 * turns.
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_spin(const struct memcgsim_point *point);

/**
 * memcgsim_explore_wait() - go on when a word is not zero
 * @point: where
 * @word: the word, an unsigned char
 *
 * Context: any.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_wait(const struct memcgsim_point *point, const volatile unsigned char *word);

/**
 * memcgsim_explore_rcu_read_lock() - begin a read section
 * @point: where
 *
 * Context: any. Sections nest.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_rcu_read_lock(const struct memcgsim_point *point);

/**
 * memcgsim_explore_rcu_read_unlock() - end it
 *
 * Context: inside one.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_rcu_read_unlock(void);

/**
 * memcgsim_explore_rcu_reading() - is the actor in a read section?
 *
 * Context: any.
 * Return: whether it is
 * Models: nothing
 * Differs: nothing
 */
bool memcgsim_explore_rcu_reading(void);

/**
 * memcgsim_explore_synchronize_rcu() - wait until every section that has begun is over
 * @begin: where the grace period begins
 * @end: where its end is awaited
 *
 * Context: outside read sections.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_explore_synchronize_rcu(const struct memcgsim_point *begin,
				      const struct memcgsim_point *end);

/*
 * An algorithm of one's own. MEMCGSIM_X_LOAD(&queue->head, ACQUIRE) is __atomic_load_n(&queue->head,
 * __ATOMIC_ACQUIRE) with a schedule point before it. MEMCGSIM_X_SPIN() stands in the body of a loop
 * that waits. Locks, which are unsigned ints, and read sections are the explorer's own: there are
 * none without it.
 */
#ifdef MEMCGSIM_EXPLORE
#define MEMCGSIM_POINT_(name_, text_, op_, order_, size_)                                          \
	({                                                                                         \
		static const struct memcgsim_point here_ = { __FILE__, __LINE__, name_, text_,     \
							     op_,      order_,	 size_ };          \
		&here_;                                                                            \
	})
#define MEMCGSIM_X_LOAD(p, order)                                                                  \
	__atomic_load_n((__typeof__(p))memcgsim_explore_load(                                      \
				MEMCGSIM_POINT_("load", #p, MEMCGSIM_OP_LOAD, __ATOMIC_##order,    \
						sizeof(*(p))),                                     \
				(p)),                                                              \
			__ATOMIC_RELAXED)
#define MEMCGSIM_X_STORE(p, v, order)                                                              \
	({                                                                                         \
		__typeof__(*(p)) value_ = (v);                                                     \
		__atomic_store_n((__typeof__(p))memcgsim_explore_store(                            \
					 MEMCGSIM_POINT_("store", #p, MEMCGSIM_OP_STORE,           \
							 __ATOMIC_##order, sizeof(*(p))),          \
					 (p)),                                                     \
				 value_, __ATOMIC_RELAXED);                                        \
	})
#define MEMCGSIM_X_RMW_(name_, p, order_, expr)                                                    \
	({                                                                                         \
		memcgsim_explore_rmw(MEMCGSIM_POINT_(name_, #p, MEMCGSIM_OP_RMW, order_,           \
						     sizeof(*(p))),                                \
				     (p));                                                         \
		expr;                                                                              \
	})
#define MEMCGSIM_X_FENCE()                                                                         \
	memcgsim_explore_fence(                                                                    \
		MEMCGSIM_POINT_("fence", "", MEMCGSIM_OP_FENCE, __ATOMIC_SEQ_CST, 0))
#define MEMCGSIM_X_SPIN()                                                                          \
	memcgsim_explore_spin(MEMCGSIM_POINT_("spin", "", MEMCGSIM_OP_SPIN, __ATOMIC_RELAXED, 0))
#define MEMCGSIM_X_LOCK(lock)                                                                      \
	memcgsim_explore_lock(MEMCGSIM_POINT_("lock", #lock, MEMCGSIM_OP_LOCK, __ATOMIC_ACQUIRE,   \
					      sizeof(unsigned int)),                               \
			      (lock))
#define MEMCGSIM_X_TRYLOCK(lock)                                                                   \
	memcgsim_explore_trylock(MEMCGSIM_POINT_("trylock", #lock, MEMCGSIM_OP_TRYLOCK,            \
						 __ATOMIC_ACQUIRE, sizeof(unsigned int)),          \
				 (lock))
#define MEMCGSIM_X_UNLOCK(lock)                                                                    \
	memcgsim_explore_unlock(MEMCGSIM_POINT_("unlock", #lock, MEMCGSIM_OP_UNLOCK,               \
						__ATOMIC_RELEASE, sizeof(unsigned int)),           \
				(lock))
#define MEMCGSIM_X_RCU_READ_LOCK()                                                                 \
	memcgsim_explore_rcu_read_lock(MEMCGSIM_POINT_("rcu_read_lock", "",                        \
						       MEMCGSIM_OP_RCU_READ_LOCK,                  \
						       __ATOMIC_ACQUIRE, 0))
#define MEMCGSIM_X_RCU_READ_UNLOCK() memcgsim_explore_rcu_read_unlock()
#define MEMCGSIM_X_SYNCHRONIZE_RCU()                                                               \
	memcgsim_explore_synchronize_rcu(                                                          \
		MEMCGSIM_POINT_("grace_period_begin", "", MEMCGSIM_OP_GP_BEGIN, __ATOMIC_SEQ_CST,  \
				0),                                                                \
		MEMCGSIM_POINT_("grace_period_end", "", MEMCGSIM_OP_GP_END, __ATOMIC_SEQ_CST, 0))
#define MEMCGSIM_X_PLAIN_READ(p)  (memcgsim_explore_plain((p), sizeof(*(p)), false), *(p))
#define MEMCGSIM_X_PLAIN_WRITE(p) (memcgsim_explore_plain((p), sizeof(*(p)), true), (p))
#else
#define MEMCGSIM_X_LOAD(p, order)		 __atomic_load_n((p), __ATOMIC_##order)
#define MEMCGSIM_X_STORE(p, v, order)		 __atomic_store_n((p), (v), __ATOMIC_##order)
#define MEMCGSIM_X_RMW_(name_, p, order_, expr)	 (expr)
#define MEMCGSIM_X_FENCE()			 __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define MEMCGSIM_X_SPIN()			 ((void)0)
#define MEMCGSIM_X_PLAIN_READ(p)		 (*(p))
#define MEMCGSIM_X_PLAIN_WRITE(p)		 (p)
#endif
#define MEMCGSIM_X_XCHG(p, v, order)                                                               \
	MEMCGSIM_X_RMW_("xchg", p, __ATOMIC_##order,                                               \
			__atomic_exchange_n((p), (v), __ATOMIC_##order))
#define MEMCGSIM_X_CMPXCHG(p, old, v, order)                                                       \
	MEMCGSIM_X_RMW_("cmpxchg", p, __ATOMIC_##order,                                            \
			__atomic_compare_exchange_n((p), (old), (v), false, __ATOMIC_##order,      \
						    __ATOMIC_RELAXED))
#define MEMCGSIM_X_ADD(p, v, order)                                                                \
	MEMCGSIM_X_RMW_("add", p, __ATOMIC_##order,                                                \
			__atomic_add_fetch((p), (v), __ATOMIC_##order))
#define MEMCGSIM_X_OR(p, v, order)                                                                 \
	MEMCGSIM_X_RMW_("or", p, __ATOMIC_##order, __atomic_fetch_or((p), (v), __ATOMIC_##order))

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_EXPLORE_H */
