/* SPDX-License-Identifier: MIT */
/*
 * explore/happens and explore/shadow: which plain accesses are ordered, and that the others are
 * reported.
 */
#include "support/litmus.h"

#include <string.h>

static void assert_all(const struct litmus *tests, size_t nr, bool race)
{
	static const enum memcgsim_memory memories[] = { MEMCGSIM_MEMORY_SC, MEMCGSIM_MEMORY_TSO,
							 MEMCGSIM_MEMORY_RA };

	for (size_t i = 0; i < nr; i++) {
		for (size_t k = 0; k < 3; k++) {
			if (litmus_races(&tests[i], memories[k]) == race)
				continue;
			print_error("%s under memory model %zu\n", tests[i].name, k);
			fail();
		}
	}
}

/* Models: nothing of the kernel's. The litmus tests that every model is asked. */
static void outcomes_are_those_of_turns(void **state)
{
	(void)state;
	assert_litmus(litmus_tests, nr_litmus_tests, MEMCGSIM_MEMORY_SC);
}

/* Models: nothing of the kernel's. What orders plain accesses does so in each memory model. */
static void ordered_accesses_do_not_race(void **state)
{
	static const struct litmus tests[] = {
		{ "reads", { { PLAIN_R(X) }, { PLAIN_R(X) } }, .plain = true },
		{ "neighbours", { { PLAIN_W(X, 1) }, { PLAIN_W(Y, 1) } }, .plain = true },
		{ "release and acquire",
		  { { PLAIN_W(X, 1), W(Y, 1, RELEASE) }, { R(Y, ACQUIRE), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "through a third",
		  { { PLAIN_W(X, 1), W(Y, 1, RELEASE) },
		    { AWAIT(Y, ACQUIRE), W(Z, 1, RELEASE) },
		    { R(Z, ACQUIRE), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "wait",
		  { { PLAIN_W(X, 1), W(Y, 1, RELEASE) }, { AWAIT(Y, ACQUIRE), PLAIN_W(X, 2) } },
		  .plain = true },
		{ "release sequence",
		  { { PLAIN_W(X, 1), ADD(Y, RELEASE), ADD(Y, RELAXED) },
		    { R(Y, ACQUIRE), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "fences",
		  { { PLAIN_W(X, 1), FENCE, W(Y, 1, RELAXED) },
		    { R(Y, RELAXED), FENCE, PLAIN_R_IF(X) } },
		  .plain = true },
		{ "a lock",
		  { { LOCK(0), PLAIN_W(X, 1), UNLOCK(0) }, { LOCK(0), PLAIN_W(X, 2), UNLOCK(0) } },
		  .plain = true },
		{ "a grace period",
		  { { W(Y, 1, RELAXED), GRACE_PERIOD, PLAIN_W(X, 1) },
		    { READ_LOCK, R(Y, RELAXED), PLAIN_R_UNLESS(X), READ_UNLOCK } },
		  .plain = true },
		{ "a word shared, then one's own",
		  { { W(X, 1, RELEASE) }, { AWAIT(X, ACQUIRE), PLAIN_W(X, 2) } },
		  .plain = true },
		{ "a word made, then shared",
		  { { PLAIN_W(X, 1), W(Y, 1, RELEASE) }, { AWAIT(Y, ACQUIRE), ADD(X, RELAXED) } },
		  .plain = true },
	};

	(void)state;
	assert_all(tests, sizeof(tests) / sizeof(tests[0]), false);
}

/* Models: nothing of the kernel's. Turns that the schedule happens to take order nothing. */
static void others_race(void **state)
{
	static const struct litmus tests[] = {
		{ "write and write", { { PLAIN_W(X, 1) }, { PLAIN_W(X, 2) } }, .plain = true },
		{ "write and read", { { PLAIN_W(X, 1) }, { PLAIN_R(X) } }, .plain = true },
		{ "read and write later",
		  { { R(Y, RELAXED), PLAIN_R(X) }, { W(Y, 1, RELAXED), PLAIN_W(X, 1) } },
		  .plain = true },
		{ "plain and atomic", { { PLAIN_W(X, 1) }, { R(X, SEQ_CST) } }, .plain = true },
		{ "atomic and plain", { { W(X, 1, SEQ_CST) }, { PLAIN_R(X) } }, .plain = true },
		{ "plain, then atomic",
		  { { PLAIN_W(X, 1), W(Y, 1, RELAXED) }, { AWAIT(Y, RELAXED), R(X, SEQ_CST) } },
		  .plain = true },
		{ "atomic, then plain",
		  { { R(X, SEQ_CST), W(Y, 1, RELAXED) }, { AWAIT(Y, RELAXED), PLAIN_W(X, 1) } },
		  .plain = true },
		{ "read, then written",
		  { { PLAIN_R(X), W(Y, 1, RELAXED) }, { AWAIT(Y, RELAXED), PLAIN_W(X, 1) } },
		  .plain = true },
		{ "read, then read, then written",
		  { { PLAIN_R(X), W(Y, 1, RELAXED) },
		    { AWAIT(Y, RELAXED), PLAIN_R(X), PLAIN_W(X, 1) } },
		  .plain = true },
		{ "no release",
		  { { PLAIN_W(X, 1), W(Y, 1, RELAXED) }, { R(Y, ACQUIRE), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "no acquire",
		  { { PLAIN_W(X, 1), W(Y, 1, RELEASE) }, { R(Y, RELAXED), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "released before",
		  { { W(Y, 1, RELEASE), PLAIN_W(X, 1) }, { R(Y, ACQUIRE), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "a release sequence that a store ends",
		  { { PLAIN_W(X, 1), W(Y, 1, RELEASE), W(Y, 2, RELAXED) },
		    { R(Y, ACQUIRE), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "one fence",
		  { { PLAIN_W(X, 1), FENCE, W(Y, 1, RELAXED) }, { R(Y, RELAXED), PLAIN_R_IF(X) } },
		  .plain = true },
		{ "fences and nothing that is read",
		  { { PLAIN_W(X, 1), FENCE }, { FENCE, PLAIN_R(X) } },
		  .plain = true },
		{ "two locks",
		  { { LOCK(0), PLAIN_W(X, 1), UNLOCK(0) }, { LOCK(1), PLAIN_W(X, 2), UNLOCK(1) } },
		  .plain = true },
		{ "behind the lock",
		  { { LOCK(0), UNLOCK(0), PLAIN_W(X, 1) }, { LOCK(0), PLAIN_R(X), UNLOCK(0) } },
		  .plain = true },
		{ "no grace period",
		  { { W(Y, 1, RELAXED), PLAIN_W(X, 1) },
		    { READ_LOCK, R(Y, RELAXED), PLAIN_R_UNLESS(X), READ_UNLOCK } },
		  .plain = true },
		{ "behind the section",
		  { { W(Y, 1, RELAXED), GRACE_PERIOD, PLAIN_W(X, 1) },
		    { READ_LOCK, R(Y, RELAXED), READ_UNLOCK, PLAIN_R_UNLESS(X) } },
		  .plain = true },
		{ "in a later section",
		  { { W(Y, 1, RELAXED), GRACE_PERIOD, PLAIN_W(X, 1) },
		    { READ_LOCK, R(Y, RELAXED), READ_UNLOCK, READ_LOCK, PLAIN_R_UNLESS(X),
		      READ_UNLOCK } },
		  .plain = true },
	};

	(void)state;
	assert_all(tests, sizeof(tests) / sizeof(tests[0]), true);
}

/* ---- bytes, memory that is given back, interrupts ---- */

struct world {
	unsigned char bytes[24];
	unsigned char *block;
	unsigned long word;
};

/* What one of two actors does: writes so many bytes from there on. */
struct range {
	unsigned int first, nr;
};

static const char *writes(void *state, const void *arg)
{
	const struct range *range = arg;
	struct world *world = state;

	memcgsim_explore_plain(world->bytes + range->first, range->nr, true);
	return NULL;
}

static struct memcgsim_explore_result explore(const struct memcgsim_subject *subject)
{
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	memcgsim_explore_options_init(&options);
	options.strategy = MEMCGSIM_DPOR;
	options.schedules = 0;
	assert_true(memcgsim_explore(subject, &options, &result) >= 0);
	return result;
}

static bool ranges_race(struct range one, struct range other)
{
	struct memcgsim_subject subject = {
		.name = "ranges",
		.state_bytes = sizeof(struct world),
		.actors = { { .name = "one", .body = writes, .arg = &one },
			    { .name = "other", .body = writes, .arg = &other } },
		.plain = true,
	};

	return explore(&subject).verdict == MEMCGSIM_DATA_RACE;
}

/* Models: nothing of the kernel's. Accesses race if they have a byte in common. */
static void bytes_are_told_apart(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < 16; first++) {
		for (unsigned int nr = 1; nr <= 8; nr++) {
			const struct range middle = { 6, 5 }; /* of two cells */
			bool common = first < 11 && first + nr > 6;

			assert_int_equal(ranges_race((struct range){ first, nr }, middle), common);
			assert_int_equal(ranges_race(middle, (struct range){ first, nr }), common);
		}
	}
}

static const char *makes(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	world->block = memcgsim_explore_alloc(100);
	return world->block ? NULL : "no memory";
}

static const char *reads_its_end(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_LOAD(&world->word, RELAXED);
	memcgsim_explore_plain(world->block + 99, 1, false);
	(void)MEMCGSIM_X_LOAD(&world->word, RELAXED);
	return NULL;
}

static const char *frees(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_ADD(&world->word, 1ul, RELAXED);
	memcgsim_explore_free(world->block);
	return NULL;
}

/* Models: nothing of the kernel's. To give memory back is to write all of it ... */
static void giving_back_races_with_every_byte(void **state)
{
	struct memcgsim_subject subject = {
		.name = "reads first",
		.state_bytes = sizeof(struct world),
		.setup = makes,
		.actors = { { .name = "reader", .body = reads_its_end },
			    { .name = "owner", .body = frees } },
		.plain = true,
	};
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	(void)state;
	memcgsim_explore_options_init(&options);
	options.strategy = MEMCGSIM_DFS;
	options.preemptions = 0; /* the reader first */
	assert_int_equal(memcgsim_explore(&subject, &options, &result), 1);
	assert_int_equal(result.verdict, MEMCGSIM_DATA_RACE);
	assert_non_null(strstr(result.failure, "reader reads"));
	assert_non_null(strstr(result.failure, "owner writes"));
	/* ... and what comes after is a use after free. */
	subject.actors[0].body = frees;
	subject.actors[1].body = reads_its_end;
	assert_int_equal(memcgsim_explore(&subject, &options, &result), 1);
	assert_int_equal(result.verdict, MEMCGSIM_USE_AFTER_FREE);
}

static const char *steps_and_writes(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_ADD(&world->word, 1ul, RELAXED);
	memcgsim_explore_plain(world->bytes, 1, true);
	(void)MEMCGSIM_X_ADD(&world->word, 1ul, RELAXED);
	memcgsim_explore_plain(world->bytes, 1, true);
	return NULL;
}

/* Models: nothing of the kernel's. An interrupt races with other CPUs, and not with its own. */
static void an_interrupt_has_its_cpu_to_itself(void **state)
{
	struct memcgsim_subject subject = {
		.name = "interrupt",
		.state_bytes = sizeof(struct world),
		.actors = { { .name = "thread", .body = steps_and_writes, .cpu = 0 },
			    { .name = "irq",
			      .body = steps_and_writes,
			      .cpu = 0,
			      .kind = MEMCGSIM_ACTOR_IRQ } },
		.plain = true,
	};

	(void)state;
	assert_int_equal(explore(&subject).verdict, MEMCGSIM_FINE);
	subject.actors[0].cpu = 1;
	assert_int_equal(explore(&subject).verdict, MEMCGSIM_DATA_RACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_those_of_turns),
		cmocka_unit_test(ordered_accesses_do_not_race),
		cmocka_unit_test(others_race),
		cmocka_unit_test(bytes_are_told_apart),
		cmocka_unit_test(giving_back_races_with_every_byte),
		cmocka_unit_test(an_interrupt_has_its_cpu_to_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
