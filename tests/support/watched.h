/* SPDX-License-Identifier: MIT */
/*
 * A small machine that is explored and watched: what the tests of the oracles share. Two CPUs, two
 * tasks in "a", none in "b"; one actor for each task, and one that runs deferred work.
 */
#ifndef TESTS_SUPPORT_WATCHED_H
#define TESTS_SUPPORT_WATCHED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <memcgsim/explore.h>

#include "seam/thread.h"
#include "work_actor.h"

struct watched {
	struct memcgsim *sim;
	struct memcgsim_mem_cgroup *a, *b;
	struct memcgsim_task *tasks[2];
	void *object;
	unsigned int nr_done;
};

/* What is explored: a body for each task, the second may be NULL; @always looks on too. */
struct watched_case {
	const char *(*setup)(struct watched *world); /* on CPU 0, as the first task; may be NULL */
	const char *(*bodies[2])(struct watched *world);
	const char *(*always)(struct watched *world);
	bool expects_bugs;
};

static const int watched_cpus[2] = { 0, 1 };

static inline bool watched_expected(const struct memcgsim_bug *bug, void *arg)
{
	(void)bug;
	(void)arg;
	return true;
}

static inline struct memcgsim_mem_cgroup *watched_memcg(struct watched *world, const char *name)
{
	struct msim_list *pos;

	msim_list_for_each (pos, &world->sim->root->children) {
		struct memcgsim_cgroup *cgroup =
			msim_list_entry(pos, struct memcgsim_cgroup, sibling);

		if (!strcmp(cgroup->name, name))
			return cgroup->memcg;
	}
	return NULL;
}

static inline const char *watched_setup(void *state, const void *arg)
{
	const struct watched_case *what = arg;
	struct watched *world = state;
	struct memcgsim_config config;
	const char *wrong;

	memcgsim_config_init(&config);
	config.nr_pages = 256;
	config.nr_cpus = 2;
	config.pcp_batch_pages = 1;
	config.pcp_high_pages = 2;
	config.stock_batch_pages = 4;
	config.nr_swap_pages = 4;
	if (memcgsim_create(&config, &world->sim))
		return "no machine could be made";
	if (what->expects_bugs)
		memcgsim_set_bug_handler(world->sim, watched_expected, NULL);
	if (memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(world->sim, "a") || memcgsim_cgroup_mkdir(world->sim, "b"))
		return "the cgroups could not be made";
	world->a = watched_memcg(world, "a");
	world->b = watched_memcg(world, "b");
	for (unsigned int i = 0; i < 2; i++) {
		if (memcgsim_fork(world->sim, NULL, &world->tasks[i]) ||
		    memcgsim_cgroup_attach_task(world->sim, "a", world->tasks[i]))
			return "the tasks could not be made";
	}
	if (what->setup) {
		if (memcgsim_thread_bind(world->sim, 0, world->tasks[0]))
			return "the setup could not be bound";
		wrong = what->setup(world);
		if (wrong)
			return wrong;
		if (memcgsim_thread_unbind())
			return "the setup could not be unbound";
	}
	return memcgsim_explore_watch(world->sim) ? "the machine cannot be watched" : NULL;
}

static inline const char *watched_enter(void *state, const void *arg)
{
	struct watched *world = state;
	int cpu = *(const int *)arg;

	return memcgsim_thread_bind(world->sim, (unsigned int)cpu, world->tasks[cpu])
		       ? "the actor could not be bound"
		       : NULL;
}

static inline const char *watched_leave(void *state, const void *arg)
{
	(void)state;
	(void)arg;
	return memcgsim_thread_unbind() ? "the actor could not be unbound" : NULL;
}

/* The case is the subject's; the actors find theirs here. */
static const struct watched_case *watched_now;

static inline const char *watched_body(void *state, const void *arg)
{
	const char *(*body)(struct watched * world) = watched_now->bodies[*(const int *)arg];

	return body ? body(state) : NULL;
}

static inline const char *watched_work(void *state, const void *arg)
{
	struct watched *world = state;

	(void)arg;
	work_actor(world->sim);
}

static inline const char *watched_always(void *state, const void *arg)
{
	const struct watched_case *what = arg;

	return what->always(state);
}

static inline struct memcgsim_subject watched_subject(const struct watched_case *what)
{
	struct memcgsim_subject subject = {
		.name = "watched",
		.state_bytes = sizeof(struct watched),
		.setup = watched_setup,
		.always = what->always ? watched_always : NULL,
		.arg = what,
		.actors = {
			{ .name = "first", .body = watched_body, .enter = watched_enter,
			  .leave = watched_leave, .arg = &watched_cpus[0] },
			{ .name = "second", .body = watched_body, .enter = watched_enter,
			  .leave = watched_leave, .arg = &watched_cpus[1], .cpu = 1 },
			{ .name = "work", .body = watched_work, .kind = MEMCGSIM_ACTOR_WORK,
			  .cpu = -1 },
		},
	};

	watched_now = what;
	return subject;
}

/* Explores it, and wants a failure that says @expected, twice: found, and replayed; or none. */
static inline void watched_assert(const struct watched_case *what, const char *expected)
{
	struct memcgsim_subject subject = watched_subject(what);
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;
	int ret;

	memcgsim_explore_options_init(&options);
	options.schedules = 400;
	ret = memcgsim_explore(&subject, &options, &result);
	if (ret != (expected != NULL) || (expected && !strstr(result.failure, expected)))
		fail_msg("%d: %s: %s", ret, memcgsim_verdict_name(result.verdict), result.failure);
	if (!expected)
		return;
	assert_int_equal(memcgsim_replay(&subject, result.token, NULL, &result), 1);
	assert_true(result.token[0]);
	if (!strstr(result.failure, expected))
		fail_msg("replayed: %s", result.failure);
}

#endif /* TESTS_SUPPORT_WATCHED_H */
