/* SPDX-License-Identifier: MIT */
/*
 * Invariants, and simulated bugs as data.
 */
#ifndef MEMCGSIM_CHECK_H
#define MEMCGSIM_CHECK_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * enum memcgsim_check_level - how much of the machine is at rest
 * @MEMCGSIM_CHECK_Q: no operation in flight, deferred work done
 * @MEMCGSIM_CHECK_Q0: and every stock and per-CPU list emptied; memcgsim_check() does both itself
 */
enum memcgsim_check_level {
	MEMCGSIM_CHECK_Q,
	MEMCGSIM_CHECK_Q0,
};

/**
 * struct memcgsim_violation - an invariant that does not hold
 * @id: its name, such as "I-COUNTER"
 * @object: what it was evaluated on
 * @expected: the value that the equation demands
 * @found: the value that was found
 * @detail: a sentence
 */
struct memcgsim_violation {
	const char *id;
	char object[96];
	long expected;
	long found;
	const char *detail;
};

/**
 * struct memcgsim_invariant - one line of the catalogue
 * @id: its name
 * @level: the level from which it is evaluated
 * @equation: what it says
 * @why_not: NULL if it is evaluated, else who holds it instead, or why nobody does
 */
struct memcgsim_invariant {
	const char *id;
	enum memcgsim_check_level level;
	const char *equation;
	const char *why_not;
};

/**
 * memcgsim_check() - evaluate every invariant of a level
 * @machine: the machine
 * @level: what may be assumed
 * @report: called for each violation, or NULL
 * @arg: passed on to @report
 *
 * Runs the deferred work first, and at %MEMCGSIM_CHECK_Q0 drains the CPUs.
 *
 * Context: any thread, outside RCU read sections; no other thread may be inside a function of the
 * machine.
 * Return: the number of violations; -EINVAL for a level that is none or inside an RCU read section;
 * -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK long
memcgsim_check(struct memcgsim *machine, enum memcgsim_check_level level,
	       void (*report)(const struct memcgsim_violation *violation, void *arg), void *arg);

/**
 * memcgsim_invariants() - the catalogue
 * @ret_count: how many lines it has
 *
 * Context: any thread.
 * Return: the lines, constant.
 * Models: nothing
 * Differs: nothing
 */
const struct memcgsim_invariant *memcgsim_invariants(size_t *ret_count);

/**
 * enum memcgsim_bug_kind - who complains
 * @MEMCGSIM_VM_BUG: the simulated kernel would have stopped (VM_BUG_ON)
 * @MEMCGSIM_WARN: the simulated kernel would have warned (WARN_ON_ONCE: once per place and machine)
 * @MEMCGSIM_MISUSE: a call that breaks the caller's side of the contract where the kernel has no
 * assertion of its own: a pointer of another machine, an object that is not allocated, an order
 * that is not the page's
 */
enum memcgsim_bug_kind {
	MEMCGSIM_VM_BUG,
	MEMCGSIM_WARN,
	MEMCGSIM_MISUSE,
};

/**
 * struct memcgsim_bug - a simulated assertion that fired
 * @kind: its kind
 * @what: the condition, as written in the source; for a misuse, a sentence
 * @function: where
 * @object: address of what it is about; may be NULL
 */
struct memcgsim_bug {
	enum memcgsim_bug_kind kind;
	const char *what;
	const char *function;
	const void *object;
};

/**
 * typedef memcgsim_bug_handler - who is told of a bug
 *
 * Called with no lock held: at once, or, if the bug was found under a lock and in builds without
 * checks, at the latest by memcgsim_run_work() and memcgsim_nr_bugs(). Returning true makes the bug
 * expected: it is not counted and not printed.
 */
typedef bool (*memcgsim_bug_handler)(const struct memcgsim_bug *bug, void *arg);

/**
 * memcgsim_set_bug_handler() - choose who is told
 * @machine: the machine
 * @handler: the handler, or NULL: every bug is then unexpected and printed on stderr
 * @arg: passed on to @handler
 *
 * Context: no other thread may be inside a function of the machine.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_set_bug_handler(struct memcgsim *machine, memcgsim_bug_handler handler, void *arg);

/**
 * memcgsim_nr_bugs() - how many bugs nobody expected
 * @machine: the machine
 *
 * Context: any thread.
 * Return: the number since creation.
 * Models: nothing
 * Differs: nothing
 */
unsigned long memcgsim_nr_bugs(struct memcgsim *machine);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_CHECK_H */
