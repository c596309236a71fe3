/* SPDX-License-Identifier: MIT */
/*
 * Races as subjects of the explorer: the machine and what the setup makes of it are there before
 * each schedule; threads are bound before the search begins; and deferred work is an actor of its
 * own, which runs it whenever there is some.
 */
#include "support/race_subject.h"

#include <stdio.h>
#include <string.h>

#include "support/work_actor.h"

#define PAGES 256

static void complain(const struct memcgsim_violation *violation, void *arg)
{
	char *text = arg;

	if (!text[0])
		snprintf(text, MEMCGSIM_FAILURE_BYTES,
			 "%s does not hold for %s: expected %ld, found %ld: %s", violation->id,
			 violation->object, violation->expected, violation->found,
			 violation->detail);
}

static const char *setup(void *state, const void *arg)
{
	const struct race *race = arg;
	struct race_world *world = state;
	struct memcgsim_config config;
	const char *wrong;

	memcgsim_config_init(&config);
	config.nr_pages = race->config.nr_pages ? race->config.nr_pages : PAGES;
	config.nr_cpus = race->config.nr_cpus ? race->config.nr_cpus : 2;
	config.child_cost_bytes = race->config.child_cost_bytes;
	config.nr_swap_pages = race->config.nr_swap_pages;
	config.no_byte_stock = race->config.no_byte_stock;
	if (race->config.profile)
		config.profile = race->config.profile;
	/* Small worlds show the same with fewer steps. */
	config.pcp_batch_pages = 1;
	config.pcp_high_pages = 2;
	config.stock_batch_pages = 4;
	config.nr_memcg_ids = race->config.nr_memcg_ids ? race->config.nr_memcg_ids : 32;
	world->loops = 1;
	world->seed = 1;
	if (memcgsim_create(&config, &world->sim))
		return "no machine could be made";
	world->sim->cpu_lock_as_written = race->cpu_lock;
	wrong = race_alone(world, race->setup);
	if (!wrong && !race->bare && memcgsim_explore_watch(world->sim))
		return "the machine cannot be watched";
	return wrong;
}

static const char *enter(void *state, const void *arg)
{
	struct race_world *world = state;
	const struct race_actor *actor = arg;
	struct memcgsim_task *task = actor->task >= 0 ? world->tasks[actor->task] : NULL;

	if (actor->cpu < 0)
		return NULL;
	return memcgsim_thread_bind(world->sim, (unsigned int)actor->cpu, task)
		       ? "the actor could not be bound"
		       : NULL;
}

static const char *leave(void *state, const void *arg)
{
	const struct race_actor *actor = arg;

	(void)state;
	if (actor->cpu < 0)
		return NULL;
	return memcgsim_thread_unbind() ? "the actor could not be unbound" : NULL;
}

static const char *body(void *state, const void *arg)
{
	const struct race_actor *actor = arg;

	return actor->body(state);
}

static const char *strike(void *state, const void *arg)
{
	const struct race_actor *actor = arg;
	race_verdict verdict;

	if (memcgsim_irq_enter())
		return "the CPU took no interrupt";
	verdict = actor->body(state);
	return memcgsim_irq_exit() ? "the interrupt did not end" : verdict;
}

/* Whoever runs deferred work when nobody else does. */
static const char *work(void *state, const void *arg)
{
	struct race_world *world = state;

	(void)arg;
	work_actor(world->sim);
}

/* The end of a round: what it left, and every invariant. */
static const char *judge(void *state, const void *arg)
{
	static char text[MEMCGSIM_FAILURE_BYTES];
	const struct race *race = arg;
	struct race_world *world = state;
	const char *wrong = race_alone(world, race->finally);

	if (wrong)
		return wrong;
	text[0] = '\0';
	return memcgsim_check(world->sim, MEMCGSIM_CHECK_Q0, complain, text) ? text : NULL;
}

void race_subject(const struct race *race, struct memcgsim_subject *ret)
{
	unsigned int nr = 0;

	*ret = (struct memcgsim_subject){
		.name = race->name,
		.claim = race->claim,
		.state_bytes = sizeof(struct race_world),
		.setup = setup,
		.finally = judge,
		.arg = race,
		.plain = true,
	};
	for (unsigned int i = 0; i < RACE_MAX_ACTORS && race->threads[i].name; i++)
		ret->actors[nr++] = (struct memcgsim_actor){
			.name = race->threads[i].name,
			.body = body,
			.enter = enter,
			.leave = leave,
			.arg = &race->threads[i],
			.cpu = race->threads[i].cpu,
		};
	for (unsigned int i = 0; i < RACE_MAX_ACTORS && race->irqs[i].name; i++)
		ret->actors[nr++] = (struct memcgsim_actor){
			.name = race->irqs[i].name,
			.body = strike,
			.enter = enter,
			.leave = leave,
			.arg = &race->irqs[i],
			.kind = MEMCGSIM_ACTOR_IRQ,
			.cpu = race->irqs[i].cpu,
		};
	ret->actors[nr] = (struct memcgsim_actor){
		.name = "work",
		.body = work,
		.kind = MEMCGSIM_ACTOR_WORK,
		.cpu = -1,
	};
}
