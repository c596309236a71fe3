/* SPDX-License-Identifier: MIT */
/*
 * Runs a race on real threads: round after round on a fresh machine, all actors let go at the same
 * moment. Actors return verdicts; only this thread judges. How many rounds really overlapped is
 * counted, and a race in which none did has tested nothing, so it fails.
 */
#include "support/race.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ROUNDS 200
#define DEFAULT_LOOPS  40
#define DEFAULT_SEED   1
#define SPINS                                                                                      \
	20000 /* before a waiting actor gives up its processor: more than a thread's start takes */

/* One actor in one round. */
struct runner {
	struct race_world *world;
	const struct race_actor *actor;
	bool irq;
	race_verdict verdict;
	bool overlapped;
	pthread_t thread;
};

static unsigned int nr_threads;
static unsigned int nr_actors; /* these, and the interrupts behind them */
static unsigned int ready;     /* actors at the start line of this round */
static unsigned int started;   /* actors past it */
static unsigned int finished;  /* actors done with the round */

/*
 * A barrier that spins: a sleeping one lets the first actor finish before the last has woken. The
 * full ordering is all right here, at the start; within a round actors meet only in what they race
 * for.
 */
static void start_line(void)
{
	unsigned int spins = 0;

	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) < nr_actors) {
		if (++spins > SPINS)
			sched_yield();
	}
}

/* An interrupt's body, from its entry to its return. */
static race_verdict strike(struct race_world *world, const struct race_actor *actor)
{
	race_verdict verdict;

	if (memcgsim_irq_enter())
		return "the CPU took no interrupt";
	verdict = actor->body(world);
	return memcgsim_irq_exit() ? "the interrupt did not end" : verdict;
}

static race_verdict run_body(const struct runner *runner)
{
	if (runner->irq)
		return strike(runner->world, runner->actor);
	return runner->actor->body(runner->world);
}

static void *actor_main(void *arg)
{
	struct runner *runner = arg;
	struct race_world *world = runner->world;
	const struct race_actor *actor = runner->actor;
	struct memcgsim_task *task = actor->task >= 0 ? world->tasks[actor->task] : NULL;
	int err = 0;

	if (actor->cpu >= 0)
		err = memcgsim_thread_bind(world->sim, (unsigned int)actor->cpu, task);
	start_line();
	__atomic_add_fetch(&started, 1, __ATOMIC_RELAXED);
	runner->verdict = err ? "the actor could not be bound" : run_body(runner);
	/*
	 * All had begun, and others are still at it. Relaxed: the count must not order what they
	 * do.
	 */
	runner->overlapped = __atomic_load_n(&started, __ATOMIC_RELAXED) == nr_actors &&
			     __atomic_add_fetch(&finished, 1, __ATOMIC_RELAXED) < nr_actors;
	if (!err && actor->cpu >= 0 && memcgsim_thread_unbind())
		runner->verdict = "the actor could not be unbound";
	return NULL;
}

static void complain(const struct memcgsim_violation *violation, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s does not hold for %s: expected %ld, found %ld: %s\n", violation->id,
		violation->object, violation->expected, violation->found, violation->detail);
}

static race_verdict run_actors(struct race_world *world, bool *ret_overlapped)
{
	struct runner runners[2 * RACE_MAX_ACTORS];
	race_verdict verdict = NULL;

	ready = 0;
	started = 0;
	finished = 0;
	for (unsigned int i = 0; i < nr_actors; i++) {
		bool irq = i >= nr_threads;

		runners[i] = (struct runner){
			.world = world,
			.irq = irq,
			.actor = irq ? &race.irqs[i - nr_threads] : &race.threads[i],
		};
		if (pthread_create(&runners[i].thread, NULL, actor_main, &runners[i])) {
			perror("race: pthread_create");
			exit(EXIT_FAILURE); /* the others wait at the start line: there is no way back */
		}
	}
	*ret_overlapped = false;
	for (unsigned int i = 0; i < nr_actors; i++) {
		pthread_join(runners[i].thread, NULL);
		*ret_overlapped |= runners[i].overlapped;
		if (runners[i].verdict)
			verdict = runners[i].verdict;
	}
	return verdict;
}

static struct memcgsim_config config_of(uint64_t seed)
{
	struct memcgsim_config config;

	memcgsim_config_init(&config);
	config.nr_pages = race.config.nr_pages ? race.config.nr_pages : 4096;
	config.nr_cpus = race.config.nr_cpus ? race.config.nr_cpus : 2;
	config.child_cost_bytes = race.config.child_cost_bytes;
	config.nr_swap_pages = race.config.nr_swap_pages;
	config.no_byte_stock = race.config.no_byte_stock;
	if (race.config.profile)
		config.profile = race.config.profile;
	config.seed = seed;
	return config;
}

/* One round, from nothing to nothing. */
static race_verdict run_round(uint64_t seed, unsigned int loops, bool *ret_overlapped)
{
	struct race_world world = { .loops = loops, .seed = seed };
	struct memcgsim_config config = config_of(seed);
	struct memcgsim_leaks leaks;
	race_verdict verdict;

	if (memcgsim_create(&config, &world.sim))
		return "no machine could be made";
	verdict = race_alone(&world, race.setup);
	if (!verdict)
		verdict = run_actors(&world, ret_overlapped);
	if (!verdict)
		verdict = race_alone(&world, race.finally);
	if (!verdict && memcgsim_check(world.sim, MEMCGSIM_CHECK_Q0, complain, NULL))
		verdict = "an invariant does not hold";
	if (memcgsim_destroy(world.sim, &leaks))
		return "the machine could not be destroyed";
	if (!verdict && leaks.bugs)
		verdict = "a simulated bug was met";
	return verdict;
}

static unsigned long number(const char *text, const char *what)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value == 0) {
		fprintf(stderr, "race: %s: expected a number above 0, found '%s'\n", what, text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	unsigned long rounds = DEFAULT_ROUNDS, loops = DEFAULT_LOOPS, overlaps = 0;
	uint64_t seed = DEFAULT_SEED;
	int option;

	while ((option = getopt(argc, argv, "r:l:s:")) != -1) {
		if (option == 'r')
			rounds = number(optarg, "rounds");
		else if (option == 'l')
			loops = number(optarg, "loops");
		else if (option == 's')
			seed = number(optarg, "seed");
		else
			return 2;
	}
	while (nr_threads < RACE_MAX_ACTORS && race.threads[nr_threads].name)
		nr_threads++;
	nr_actors = nr_threads;
	while (nr_actors - nr_threads < RACE_MAX_ACTORS && race.irqs[nr_actors - nr_threads].name)
		nr_actors++;
	printf("%s: %s\nseed %lu, %lu rounds of %lu loops\n", race.name, race.claim,
	       (unsigned long)seed, rounds, loops);
	for (unsigned long round = 0; round < rounds; round++) {
		bool overlapped;
		race_verdict verdict = run_round(seed + round, (unsigned int)loops, &overlapped);

		if (verdict) {
			printf("%s: %s\nTo see it again: %s -s %lu -r %lu -l %lu\n", race.name,
			       verdict, argv[0], (unsigned long)(seed + round), rounds, loops);
			return EXIT_FAILURE;
		}
		overlaps += overlapped;
	}
	printf("%lu rounds overlapped\n", overlaps);
	if (!overlaps) {
		printf("%s: no two actors ever ran at once: nothing was tested\n", race.name);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
