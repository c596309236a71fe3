/* SPDX-License-Identifier: MIT */
/*
 * One schedule: the actors as fibers, what each is about to do, and who may go on. Whoever reaches
 * a schedule point decides there who is next, and switches to it: there is no scheduler in between.
 *
 * A step is one visible operation and everything behind it up to the next point. Giving back a lock
 * that others only wait for, and leaving a read section, are no points: whoever waits for it can go
 * on a little earlier or later, and sees the same. Taking one is.
 *
 * Tables of this floor that grow while a schedule runs assert that there is memory: on the stack of
 * an actor there is nobody to give -ENOMEM to, and without them there is no schedule.
 */
#ifndef MSIM_EXPLORE_SCHEDULE_H
#define MSIM_EXPLORE_SCHEDULE_H

#include <memcgsim/explore.h>

#include "base/compiler.h"
#include "explore/fiber.h"

#define MSIM_ACTORS MEMCGSIM_EXPLORE_ACTORS

/* What an actor is about to do. */
struct msim_op {
	const struct memcgsim_point *point;
	const volatile void *word;
};

/* What the trace says of a step, and of what is no step but orders others. */
enum msim_silent {
	MSIM_STEP,
	MSIM_SILENT_UNLOCK,
	MSIM_SILENT_RCU_READ_UNLOCK,
	MSIM_SILENT_CHOICE, /* not whose turn it is, but what happens in it */
	MSIM_SILENT_END,    /* of an actor */
};

struct msim_step {
	struct msim_op op;
	uint64_t value; /* of the word afterwards, where it is recorded; what was chosen, always */
	unsigned char actor;
	unsigned char silent; /* enum msim_silent */
	unsigned short enabled;
};

#define MSIM_RCU_ENDS 16

struct msim_run_actor {
	const struct memcgsim_actor *spec;
	unsigned int index;
	struct msim_run *run;
	struct msim_fiber fiber;
	struct msim_op op, first_op;
	void *self, *saved_self; /* msim_self, while it does not run */
	unsigned int rcu_nesting;
	unsigned long rcu_section;     /* counts outermost ones */
	char rcu_slots[MSIM_RCU_ENDS]; /* section k releases slot k % MSIM_RCU_ENDS at its end */
	unsigned int atomic_depth;     /* locks held: no interrupt strikes */
	bool first_may_block;
	bool begun;		/* its first step is made ... */
	unsigned long begun_at; /* ... and was this one */
	bool done;
	/* The word last read, for MEMCGSIM_OP_SPIN. */
	const volatile void *last_word;
	uint64_t last_value;
	unsigned int last_size_bytes;
	/* A grace period that it awaits: the sections that had begun last, by actor. */
	unsigned long awaited[MSIM_ACTORS];
};

struct msim_run;

/* Who chooses. Called at each decision; the answers become the schedule. */
struct msim_chooser {
	void (*begin)(struct msim_run *run);
	/* One of @enabled; a negative number gives the schedule up. */
	int (*pick)(struct msim_run *run, unsigned int enabled);
	unsigned int (*choose)(struct msim_run *run, unsigned int count);
};

/*
 * A memory model: where a load reads from and a store goes to; none for sequential consistency. All
 * are called when the step is made. What is not there a model has no need of.
 */
struct msim_memory {
	void (*begin)(void); /* of a schedule */
	void (*close)(void);
	/* Where to read, and where to write; and both in the word itself. */
	const volatile void *(*load)(struct msim_run *run, const struct memcgsim_point *point,
				     const volatile void *word);
	volatile void *(*store)(struct msim_run *run, const struct memcgsim_point *point,
				volatile void *word);
	void (*rmw)(struct msim_run *run, const struct memcgsim_point *point, volatile void *word);
	/* The access has been made, and others may look at the word. */
	void (*settle)(void);
	/* A fence, the taking of a lock, or an end of a grace period. */
	void (*fence)(struct msim_run *run, const struct memcgsim_point *point);
	/* A lock is given back, and taken by who sees what those saw who gave it back. */
	void (*release)(struct msim_run *run, const volatile void *lock);
	void (*acquire)(struct msim_run *run, const volatile void *lock);
	/* An interrupt begins or ends on the CPU of @actor. */
	void (*interrupt)(struct msim_run *run, unsigned int actor);
	/* Whether a word may change without anybody's step. */
	bool (*may_change)(const struct msim_run *run, const volatile void *word);
	/* The word has changed, or may have, for the current actor, which waits at @point for that. */
	void (*see_newest)(struct msim_run *run, const struct memcgsim_point *point,
			   const volatile void *word);
	/* A plain access is about to be made. */
	void (*plain)(struct msim_run *run, const volatile void *address, size_t bytes);
	/* All actors are done: memory is to be as the next reader finds it. */
	void (*finish)(struct msim_run *run);
};

/*
 * Who looks on at what happens, and fails the schedule that does what must not be. Nobody is
 * searched meanwhile: it reads shared words as they are.
 */
struct msim_oracle {
	/* A schedule begins: everything is as the setup left it. */
	void (*begin)(struct msim_run *run);
	/* The current actor has taken a lock ... */
	void (*locked)(struct msim_run *run, const volatile void *lock);
	/* ... or has written @word, where @old was. */
	void (*wrote)(struct msim_run *run, const volatile void *word, uint64_t old);
	/*
	 * The current actor has run since the last look, and now others may see what it did; @idle:
	 * it has ended, or waits for something to do.
	 */
	void (*look)(struct msim_run *run, bool idle);
	void (*close)(struct msim_run *run);
};

struct msim_run {
	const struct memcgsim_subject *subject;
	void *state;
	struct msim_run_actor actors[MSIM_ACTORS];
	unsigned int nr_actors;
	struct msim_run_actor *current;
	struct msim_fiber main;
	struct msim_run_actor judge; /* runs what is not searched: finally */
	bool inside;		     /* a fiber of this run is running */
	bool prologue;		     /* actors run up to their first point */
	bool go_on;		     /* who fails stops, and the others go on to their ends */
	bool has_irqs;
	bool record;			  /* values, for the ladder */
	const volatile void *left_at;	  /* where to look for it, if not in the word itself */
	size_t nr_recorded;		  /* the trace up to here has them */
	bool clocks;			  /* what happens before what is kept account of */
	const struct msim_memory *memory; /* NULL: sequential consistency */
	unsigned int alive;		  /* bit per actor */
	unsigned int may_block;		  /* their next step may have to wait */
	unsigned int required;		  /* those that have to end */
	unsigned long max_steps;
	void **self; /* the thread-local pointer that each actor has for itself */

	const struct msim_oracle *oracle; /* NULL: nobody looks on */
	void *oracle_data;
	const volatile void *written; /* by the step that was made last, or NULL */
	uint64_t before;	      /* what was there */
	unsigned int written_bytes;
	bool looking; /* somebody looks on just now */

	const struct msim_chooser *chooser;
	void *chooser_data;

	struct msim_step *trace;
	size_t nr_trace, max_trace;
	unsigned long nr_steps;
	uint64_t hash;
	char rcu[2]; /* the addresses stand for read sections and grace periods in the trace */

	bool gave_up;
	enum memcgsim_verdict verdict;
	char failure[MEMCGSIM_FAILURE_BYTES];
	unsigned long failure_step;
	int failed_actor; /* -1: the judge */
};

/* One of the numbers below @count, which the chooser knows. */
unsigned int msim_run_choose(struct msim_run *run, unsigned int count);

/* Ends the schedule. Does not return to an actor. */
void msim_run_fail(struct msim_run *run, enum memcgsim_verdict verdict, const char *what);

/* Whom no interrupt, and no lock of whom an interrupt would strike, keeps from the next step. */
unsigned int msim_run_uninterrupted(const struct msim_run *run);

/* Who may make the next step. */
unsigned int msim_run_enabled(const struct msim_run *run);

/* Whether an operation writes its word, as far as others can see. */
static inline bool msim_op_writes(const struct msim_op *op)
{
	switch (op->point->op) {
	case MEMCGSIM_OP_STORE:
	case MEMCGSIM_OP_RMW:
	case MEMCGSIM_OP_LOCK:
	case MEMCGSIM_OP_TRYLOCK:
	case MEMCGSIM_OP_UNLOCK:
	case MEMCGSIM_OP_FREE:
		return true;
	default:
		return false;
	}
}

#endif /* MSIM_EXPLORE_SCHEDULE_H */
