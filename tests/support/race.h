/* SPDX-License-Identifier: MIT */
/*
 * A race, written once: on real threads with forced overlap it runs as it stands, and so it does
 * under ThreadSanitizer and in whatever chooses the schedule itself. Therefore bodies have no
 * barrier (the runner's duty), no unbounded spin, no clock, no output, no allocation of their own;
 * how often they go round is a parameter; and what they find they return.
 */
#ifndef MSIM_TESTS_RACE_H
#define MSIM_TESTS_RACE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memcgsim/explore.h>
#include <memcgsim/memcgsim.h>

#define RACE_MAX_ACTORS 4
#define RACE_MAX_TASKS	4

/* A size: on threads, and where schedules are explored. */
#ifdef MEMCGSIM_EXPLORE
#define RACE_SIZE(threads, explored) (explored)
#else
#define RACE_SIZE(threads, explored) (threads)
#endif
/* In each @n-th round on threads, in every one where schedules are explored. */
#define RACE_NTH(round, n) ((round) % RACE_SIZE(n, 1) == RACE_SIZE(n, 1) - 1)

#define RACE_MAX_OBJECTS RACE_SIZE(64, 8)

/*
 * What the actors of one round share. Tables are filled by setup and read by actors as their
 * comments say.
 */
struct race_world {
	struct memcgsim *sim;
	unsigned int loops; /* how often an actor goes round: 1 where schedules are explored */
	uint64_t seed;
	struct memcgsim_task *tasks[RACE_MAX_TASKS];
	void *objects[RACE_MAX_OBJECTS];
	unsigned long plain;		       /* guarded by what the race is about */
	unsigned long counts[RACE_MAX_ACTORS]; /* each actor's own */
};

/* A verdict: NULL for fine, else what is wrong, in constant text. */
typedef const char *race_verdict;

/*
 * One actor: on a thread bound to @cpu and running tasks[@task], or unbound (@cpu < 0, @task < 0:
 * none). An interrupt is, on real threads, another thread of its CPU, whose body runs from
 * memcgsim_irq_enter() to memcgsim_irq_exit() and has to end the scopes that it sets: so it never
 * strikes inside an open section, for the CPU's lock keeps it out.
 */
struct race_actor {
	const char *name;
	race_verdict (*body)(struct race_world *world);
	int cpu;
	int task;
};

struct race {
	const char *name;
	const char *claim;	       /* what must hold, in a sentence */
	struct memcgsim_config config; /* zero members mean the defaults */
	race_verdict (*setup)(
		struct race_world *world);	    /* on a thread bound to CPU 0, without a task */
	struct race_actor threads[RACE_MAX_ACTORS]; /* up to the first without a name */
	struct race_actor irqs[RACE_MAX_ACTORS];    /* interrupts on @cpu, at most one each */
	race_verdict (*finally)(
		struct race_world *world); /* as setup; then every invariant is checked */
	bool cpu_lock; /* it is about the CPU lock's own text, which elsewhere is one step */
	bool bare;     /* its actors charge counters, and record it nowhere the ledger could look */
};

/* For runners: @step, setup or finally, on CPU 0 without a task. */
static inline race_verdict race_alone(struct race_world *world,
				      race_verdict (*step)(struct race_world *))
{
	race_verdict verdict;

	if (!step)
		return NULL;
	if (memcgsim_thread_bind(world->sim, 0, NULL))
		return "the runner could not be bound";
	verdict = step(world);
	if (memcgsim_thread_unbind())
		return "the runner could not be unbound";
	return verdict;
}

/*
 * Counts in the plain word, in two steps: between them is a look at a word of @who's own, where whoever
 * else is inside may come, and then one of the two counts is lost.
 */
static inline void race_count_plain(struct race_world *world, unsigned int who)
{
	unsigned long before = world->plain;

	(void)MEMCGSIM_X_LOAD(&world->counts[who], RELAXED);
	world->plain = before + 1;
}

/* For setups. A cgroup with a memcg of its own, if the one above it has one. 0 or a negative errno. */
static inline int race_mkdir(struct race_world *world, const char *path)
{
	const char *slash = strrchr(path, '/');
	char control[64];
	int err;

	snprintf(control, sizeof(control), "%.*s%scgroup.subtree_control",
		 slash ? (int)(slash - path) : 0, path, slash ? "/" : "");
	err = memcgsim_cgroupfs_write(world->sim, control, "+memory");
	return err ? err : memcgsim_cgroup_mkdir(world->sim, path);
}

/* Makes tasks[@i], in the cgroup at @path. 0 or a negative errno. */
static inline int race_fork(struct race_world *world, unsigned int i, const char *path)
{
	int err = memcgsim_fork(world->sim, NULL, &world->tasks[i]);

	return err ? err : memcgsim_cgroup_attach_task(world->sim, path, world->tasks[i]);
}

/* At the end of a race: NULL if memory.current, at @path, reads 0. */
static inline race_verdict race_nothing_charged(struct race_world *world, const char *path)
{
	char *text;
	bool nothing;

	if (memcgsim_cgroupfs_read(world->sim, path, &text))
		return "what is left cannot be read";
	nothing = text[0] == '0' && text[1] == '\n';
	free(text);
	return nothing ? NULL : "charged though nothing is left";
}

/*
 * Each file under tests/race defines one: RACE(a_vs_b) = { ... }. On threads a program has one race,
 * where schedules are explored it has them all.
 */
#ifdef MEMCGSIM_EXPLORE
#define RACE(name_) const struct race race_##name_
#else
#define RACE(name_) const struct race race
extern const struct race race;
#endif

#endif /* MSIM_TESTS_RACE_H */
